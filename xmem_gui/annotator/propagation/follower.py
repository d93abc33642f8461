"""A propagation into the project: run, saved when it is interrupted, and gone on with."""

import logging
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.computer import Computer
from xmem_gui.annotator.probabilities import KeptProbabilities, KeptRun
from xmem_gui.annotator.propagation.checkpoint import (
    DAMAGED,
    Snapshot,
    SnapshotError,
    engine_key,
    forget_snapshot,
    load_snapshot,
    save_snapshot,
)
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.plan import Plan
from xmem_gui.annotator.propagation.resumable import interrupted, problem_of, video_key
from xmem_gui.annotator.propagation.run import Walk
from xmem_gui.annotator.propagation.tracker import TrackedFrame
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, Rle, Run
from xmem_gui.propagation import FrameReader

_log = logging.getLogger(__name__)
_SAVE_EVERY = 30.0
"""Seconds between two saved memories: what a killed run computes again."""


class Follower:
    """The engine of one project: what it remembers, and how that is saved and found again.

    Parameters
    ----------
    project, video
        The open project, and its open video.
    settings
        What computes; the network is loaded here.
    soft
        Where probabilities are kept for runs that ask for it.
    path
        Where its memory is saved.
    computer
        The machine that computes: this one, or another by Ray.

    Attributes
    ----------
    tracker
        The engine that tracks, here or on another machine.
    digests
        Of the masks committed on each frame that is in permanent memory.
    """

    def __init__(
        self,
        project: Project,
        video: FrameReader,
        settings: EngineSettings,
        path: Path,
        computer: Computer,
        soft: KeptProbabilities,
    ) -> None:
        self._soft = soft
        self._project, self._video, self._path = project, video, path
        self.tracker = computer.tracker(settings)
        self._key = engine_key(settings, computer.engine_facts(settings))
        self._permanent = settings.permanent
        self.digests: dict[int, str] = {}

    def remember(self, commits: Commits) -> None:
        """Make permanent memory what is committed; features of equal masks are not made again."""
        if self._permanent and not self.digests:
            self._take_saved_features()
        wanted = commits.digests() if self._permanent else {}
        kept = [frame for frame, digest in self.digests.items() if wanted.get(frame) == digest]
        self.digests = {}
        self.tracker.remember(self._video, commits, wanted, kept=kept)
        self.digests = wanted

    def run(
        self, plan: Plan, *, cancelled: Callable[[], bool], resume: bool = False
    ) -> Generator[TrackedFrame, None, None]:
        """Do what a plan says, or go on with it; yields each result when it is in the project.

        Raises
        ------
        SnapshotError
            If it cannot be gone on with; nothing has been done then.
        """
        done, steps = 0, list[int]()
        if resume:
            done, steps = self._go_back(plan.commits)
            if done > plan.steps:
                raise SnapshotError(DAMAGED)
        else:
            self.remember(plan.commits)
            forget_snapshot(self._path)
        soft = KeptRun(self._soft, plan.request.soft_budget, again=resume, say=self._project.say)
        with self._project.run(replace_reviewed=plan.request.again) as run:
            yield from self._walk(run, plan, soft, done, steps).go(cancelled)
        soft.finish()

    def _walk(self, run: Run, plan: Plan, soft: KeptRun, done: int, steps: list[int]) -> Walk[TrackedFrame]:
        """Return the walk that puts its results into a run; ``steps`` are those of the run before."""

        def put(result: TrackedFrame) -> None:
            found, sure = result.masks(), result.confidence()
            masks = {
                name: Rle.from_mask(found[name])
                for name in plan.objects
                if name in found and name not in result.given
            }
            if masks:
                run.put(result.frame, masks, confidence=sure)
                soft.put(result, masks)

        def save() -> None:
            soft.flush()  # first, or a run that goes on from here would lack some
            all_steps = [*steps, *([run.step.id] if run.step.size else [])]
            facts = {
                "work": asdict(plan.settled), "parts": plan.parts,
                "done": walk.done, "total": walk.total, "steps": all_steps,
            }  # fmt: skip
            self._save(plan.commits, facts if walk.done < walk.total else None)

        walk = Walk(
            self.tracker, self._video, plan.commits, plan.legs,
            put=put, save=save, save_every=_SAVE_EVERY, done=done,
        )  # fmt: skip
        return walk

    def _save(self, commits: Commits, facts: Mapping[str, Any] | None) -> None:
        """Save the memory; what cannot be saved is only said, for it can be made again."""
        whole = {
            "engine": self._key,
            "video": video_key(self._project),
            "permanent": {str(frame): digest for frame, digest in self.digests.items()},
            "given": {str(frame): digest for frame, digest in commits.digests().items()},
            "run": facts,
        }
        try:
            self._project.flush()
            save_snapshot(self._path, Snapshot(whole, self.tracker.state()))
        except XmemGuiError as error:
            _log.warning("%s", error)
            self._project.say(str(error))

    def _go_back(self, commits: Commits) -> tuple[int, list[int]]:
        """Restore the saved memory; return how many steps of the run are done, and its undoable steps."""
        snapshot = load_snapshot(self._path)
        if snapshot is None:
            raise SnapshotError("There is nothing to continue.")
        problem = problem_of(snapshot.facts, self._key, self._project, commits)
        if problem:
            raise SnapshotError(problem)
        run = interrupted(snapshot.facts)
        if run is None:
            raise SnapshotError("There is nothing to continue.")
        self._restore(snapshot)
        return run.done, list(run.steps)

    def _restore(self, snapshot: Snapshot) -> None:
        """Take a saved memory; a SnapshotError if it holds something else."""
        try:
            digests = {int(frame): str(digest) for frame, digest in snapshot.facts["permanent"].items()}
        except (KeyError, ValueError, AttributeError):
            raise SnapshotError(DAMAGED) from None
        self.tracker.restore(snapshot.tensors)
        # What they are said to be of is only true of frames that are there.
        frames = self.tracker.permanent_frames()
        self.digests = {frame: digests[frame] for frame in frames if frame in digests}

    def _take_saved_features(self) -> None:
        """Take the features of committed frames from the saved memory, as far as it is true to them."""
        try:
            snapshot = load_snapshot(self._path)
            if snapshot is None or snapshot.facts.get("engine") != self._key:
                return
            if snapshot.facts.get("video") == video_key(self._project):
                self._restore(snapshot)
        except SnapshotError as error:
            self._project.say(str(error))

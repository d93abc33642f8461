"""A propagation into the project: run, saved when it is interrupted, and gone on with."""

import logging
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from xmem_gui.annotator.commits import Commits
from xmem_gui.annotator.compute import EngineSettings, make_engine
from xmem_gui.annotator.legs import Leg, Role
from xmem_gui.annotator.resuming import problem_of, video_key
from xmem_gui.annotator.snapshots import (
    Snapshot,
    SnapshotError,
    engine_key,
    load_snapshot,
    save_snapshot,
)
from xmem_gui.annotator.work import Propagation, legs_of
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, Run
from xmem_gui.propagation import FirstPass, FrameResult, Frames
from xmem_gui.propagation.engine import Engine

_log = logging.getLogger(__name__)
_SAVE_EVERY = 60.0
"""Seconds between two saved memories: what a killed run computes again."""

_KEY_CACHE = 256 << 20


class Follower:
    """The engine of one project: what it remembers, and how that is saved and found again.

    Parameters
    ----------
    project, video
        Whose frames.
    settings
        What computes; the network is loaded here.
    path
        Where its memory is saved.
    """

    def __init__(self, project: Project, video: Frames, settings: EngineSettings, path: Path) -> None:
        self._project, self._video, self._path = project, video, path
        self.engine: Engine = make_engine(settings, key_cache=_KEY_CACHE)
        self._key = engine_key(settings)
        self._permanent = settings.permanent
        self._first = FirstPass()
        self.digests: dict[int, str] = {}

    def remember(self, commits: Commits) -> None:
        """Make permanent memory what is committed; features of equal masks are not made again."""
        if self._permanent and not self.digests:
            self._take_saved_features()
        wanted = commits.digests() if self._permanent else {}
        kept = [frame for frame, digest in self.digests.items() if wanted.get(frame) == digest]
        self.digests = {}
        self.engine.settle(kept)
        for frame in wanted:
            if frame not in kept:
                self.engine.commit(frame, self._video.frame(frame), commits[frame])
        self.engine.settle(wanted)
        self.digests = wanted

    def run(
        self, work: Propagation, commits: Commits, *, cancelled: Callable[[], bool], resume: bool = False
    ) -> Generator[FrameResult, None, None]:
        """Do settled work, or go on with it; yields each result when it is in the project.

        Raises
        ------
        SnapshotError
            If it cannot be gone on with; nothing has been done then.
        """
        legs = legs_of(work, commits, len(self._video))
        done, steps = 0, list[int]()
        if resume:
            done, steps = self._go_back(commits)
        else:
            self.remember(commits)
            self._path.unlink(missing_ok=True)
        with self._project.run(replace_reviewed=work.replace_reviewed) as run:
            yield from _Pass(self, run, work, commits, legs, done, steps).go(cancelled)

    def save(self, commits: Commits, facts: Mapping[str, Any] | None) -> None:
        """Save the memory; what cannot be saved is only said, for it can be made again."""
        tensors = {f"engine.{name}": tensor for name, tensor in self.engine.state().items()}
        tensors |= {f"first.{name}": tensor for name, tensor in self._first.state().items()}
        whole = {
            "engine": self._key,
            "video": video_key(self._project),
            "permanent": {str(frame): digest for frame, digest in self.digests.items()},
            "given": {str(frame): digest for frame, digest in commits.digests().items()},
            "run": facts,
        }
        try:
            self._project.flush()
            save_snapshot(self._path, Snapshot(whole, tensors))
        except XmemGuiError as error:
            _log.warning("%s", error)
            self._project.notices.append(str(error))

    def _go_back(self, commits: Commits) -> tuple[int, list[int]]:
        """Restore the saved memory; return how many steps of the run are done, and its undoable steps."""
        snapshot = load_snapshot(self._path)
        if snapshot is None:
            raise SnapshotError("There is nothing to go on with.")
        problem = problem_of(snapshot.facts, self._key, self._project, commits)
        if problem:
            raise SnapshotError(problem)
        self._restore(snapshot)
        run = snapshot.facts["run"]
        return int(run["done"]), list(run["steps"])

    def _restore(self, snapshot: Snapshot) -> None:
        parts: dict[str, dict[str, Any]] = {"engine": {}, "first": {}}
        for name, tensor in snapshot.tensors.items():
            owner, _, rest = name.partition(".")
            parts[owner][rest] = tensor
        self.engine.restore(parts["engine"])
        self._first.restore(parts["first"])
        self.digests = {int(frame): digest for frame, digest in snapshot.facts["permanent"].items()}

    def _take_saved_features(self) -> None:
        """Take the features of committed frames from the saved memory, as far as it is true to them."""
        try:
            snapshot = load_snapshot(self._path)
        except SnapshotError as error:
            self._project.notices.append(str(error))
            return
        if snapshot is None or snapshot.facts.get("engine") != self._key:
            return
        if snapshot.facts.get("video") == video_key(self._project):
            self._restore(snapshot)


class _Pass:
    """One go at a propagation, from a position on."""

    def __init__(
        self,
        owner: Follower,
        run: Run,
        work: Propagation,
        commits: Commits,
        legs: tuple[Leg, ...],
        done: int,
        steps: list[int],
    ) -> None:
        self._owner, self._run, self._work = owner, run, work
        self._commits, self._legs = commits, legs
        self._done, self._steps = done, steps
        self._total = sum(len(leg.frames) for leg in legs)
        self._whole = True
        self._saved = time.monotonic()

    def go(self, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        try:
            yield from self._results(cancelled)
        finally:
            if self._whole:
                self._save()

    def _results(self, cancelled: Callable[[], bool]) -> Iterator[FrameResult]:
        owner, skipped = self._owner, self._done
        for leg in self._legs:
            begin = min(skipped, len(leg.frames))
            skipped -= begin
            if begin == 0:
                owner.engine.start()
                if leg.role is Role.FIRST:
                    owner._first.clear()
            for frame in leg.frames[begin:]:
                if cancelled():
                    return
                # Between a step and its mask in the project, the memory is ahead of the document.
                self._whole = False
                result = self._step(leg, frame)
                self._done += 1
                self._whole = True
                yield result
                if time.monotonic() - self._saved > _SAVE_EVERY:
                    self._save()

    def _step(self, leg: Leg, frame: int) -> FrameResult:
        owner = self._owner
        image = owner._video.frame(frame)
        result = owner.engine.step(frame, image, self._commits.get(frame), last=frame == leg.frames[-1])
        blended = result
        if leg.role is Role.FIRST:
            owner._first.keep(result)
        elif leg.role is Role.SECOND:
            distances = {name: self._commits.distances(frame, name) for name in result.objects}
            blended = owner._first.blend(result, distances)
        found, sure = blended.masks(), blended.confidence()
        masks = {
            name: found[name]
            for name in self._work.objects or ()
            if name in found and name not in result.given
        }
        if masks:
            self._run.put(frame, masks, confidence=sure)
        return blended

    def _save(self) -> None:
        unfinished = self._done < self._total
        if not unfinished:
            self._owner._first.clear()
        work = asdict(self._work)
        steps = [*self._steps, *([self._run.step.id] if self._run.step.size else [])]
        facts = {"work": work, "done": self._done, "total": self._total, "steps": steps}
        self._owner.save(self._commits, facts if unfinished else None)
        self._saved = time.monotonic()

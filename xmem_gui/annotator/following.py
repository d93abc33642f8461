"""A propagation into the project: planned, run, interrupted and gone on with."""

import hashlib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from xmem_gui.annotator.commits import Commits
from xmem_gui.annotator.compute import EngineSettings, make_engine
from xmem_gui.annotator.legs import Leg, Role, Until, plan_legs
from xmem_gui.annotator.passes import Directions
from xmem_gui.annotator.snapshots import (
    Snapshot,
    SnapshotError,
    engine_key,
    load_facts,
    load_snapshot,
    save_snapshot,
)
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, Run, StepState
from xmem_gui.propagation import FirstPass, FrameResult, Frames
from xmem_gui.propagation.engine import Engine

_log = logging.getLogger(__name__)
_SAVE_EVERY = 60.0
"""Seconds between two saved memories: what a killed run computes again."""

_KEY_CACHE = 256 << 20


@dataclass(frozen=True)
class Propagation:
    """What to propagate.

    Attributes
    ----------
    directions
        Forward or backward from ``start``, or every stretch between key frames from both its ends.
    start
        A key frame to start from; None for the first of the range, for backward the last.
    first, last
        The range, both included; ``last`` None is the video's end.
    until
        Whether to end at the next key frames.
    objects
        Whose masks may change; None for all that are not locked.
    replace_reviewed
        Whether masks that a person has reviewed may be replaced.
    """

    directions: Directions = "forward"
    start: int | None = None
    first: int = 0
    last: int | None = None
    until: Until = "end"
    objects: tuple[int, ...] | None = None
    replace_reviewed: bool = False


@dataclass(frozen=True)
class Resumable:
    """A propagation that did not come to its end.

    Attributes
    ----------
    done, total
        Steps of it.
    work
        What it was.
    problem
        Why it cannot go on where it stopped but has to begin again, in a sentence; empty if it can.
    """

    done: int
    total: int
    work: Propagation
    problem: str = ""


def settled(work: Propagation, project: Project, commits: Commits) -> Propagation:
    """Return the work with its objects named: those asked for that have a committed mask and no lock.

    Raises
    ------
    XmemGuiError
        If that leaves none.
    """
    locked = {one.id for one in project.objects if one.locked}
    asked = commits.objects if work.objects is None else work.objects
    free = tuple(name for name in commits.objects if name in asked and name not in locked)
    if not free and work.objects is not None:
        raise XmemGuiError("None of these objects has a committed mask and no lock: nothing can be followed.")
    return replace(work, objects=free)


def legs_of(work: Propagation, commits: Commits, frames: int) -> tuple[Leg, ...]:
    """Plan settled work; raises as `plan_legs`."""
    objects = work.objects or ()
    # With every object locked there is nothing to change, but what is committed can still be passed over.
    objects = objects or commits.objects
    return plan_legs(
        commits.frames_of(objects),
        work.first,
        frames - 1 if work.last is None else work.last,
        work.directions,
        start=work.start,
        until=work.until,
        full=commits.frames_of_all(objects),
    )


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
        if not self.digests:
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
    ) -> Iterator[FrameResult]:
        """Do settled work, or go on with it; yields each result when it is in the project.

        Raises
        ------
        SnapshotError
            If it cannot be gone on with; nothing has been done then.
        """
        legs = legs_of(work, commits, len(self._video))
        position = 0
        if resume:
            position = self._go_back(commits)
        else:
            self.remember(commits)
            self._path.unlink(missing_ok=True)
        with self._project.run(replace_reviewed=work.replace_reviewed) as run:
            yield from _Pass(self, run, work, commits, legs, position).go(cancelled)

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

    def _go_back(self, commits: Commits) -> int:
        snapshot = load_snapshot(self._path)
        if snapshot is None:
            raise SnapshotError("There is nothing to go on with.")
        problem = _problem_of(snapshot.facts, self._key, self._project, commits)
        if problem:
            raise SnapshotError(problem)
        self._restore(snapshot)
        return int(snapshot.facts["run"]["done"])

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
        self, owner: Follower, run: Run, work: Propagation, commits: Commits, legs: tuple[Leg, ...], done: int
    ) -> None:
        self._owner, self._run, self._work = owner, run, work
        self._commits, self._legs, self._done = commits, legs, done
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
        work = asdict(self._work)
        step = self._run.step.id if self._run.step.size else None
        facts = {"work": work, "done": self._done, "total": self._total, "step": step}
        self._owner.save(self._commits, facts if unfinished else None)
        self._saved = time.monotonic()


def find_resumable(
    path: Path, settings: EngineSettings, project: Project, commits: Commits
) -> Resumable | None:
    """Look for a propagation that did not come to its end; cheap, for only the file's head is read."""
    try:
        facts = load_facts(path)
    except SnapshotError as error:
        project.notices.append(str(error))
        path.unlink(missing_ok=True)
        return None
    if facts is None or facts.get("run") is None:
        return None
    run = facts["run"]
    # Undone, its finished frames are gone: going on would leave a gap.
    kept = {step.id for step in project.history if step.state is not StepState.UNDONE}
    if run["step"] is not None and run["step"] not in kept:
        return None
    work = dict(run["work"])
    work["objects"] = None if work["objects"] is None else tuple(work["objects"])
    try:
        problem = _problem_of(facts, engine_key(settings), project, commits)
    except XmemGuiError as error:
        problem = str(error)
    return Resumable(run["done"], run["total"], Propagation(**work), problem)


def video_key(project: Project) -> str:
    """Return a digest of which video it is."""
    return hashlib.sha256(repr(project.fingerprint).encode()).hexdigest()


def _problem_of(facts: Mapping[str, Any], key: str, project: Project, commits: Commits) -> str:
    """Return why a run cannot go on with a saved memory, or nothing."""
    if facts.get("engine") != key:
        return "The model or its settings have changed since: the propagation begins again."
    if facts.get("video") != video_key(project):
        return "The video has changed since: the propagation begins again."
    if facts.get("given") != {str(frame): digest for frame, digest in commits.digests().items()}:
        return "Committed masks have changed since: the propagation begins again."
    return ""

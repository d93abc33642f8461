"""What is committed at one moment: what the engine is given, and what a saved memory is true to."""

import hashlib
import threading
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping

from xmem_gui.arrays import Mask
from xmem_gui.project import Project, Rle, StepState


class Commits(Mapping[int, Mapping[int, Mask]]):
    """Committed masks by frame and object, decoded when they are asked for.

    Objects of which nothing but empty masks is committed are left out: nothing is known of their looks.

    Parameters
    ----------
    masks
        The committed masks: for each frame, one by object id.
    """

    def __init__(self, masks: Mapping[int, Mapping[int, Rle]]) -> None:
        self._all = masks
        seen = {name for found in masks.values() for name, rle in found.items() if rle.area}
        kept = {
            frame: {name: found[name] for name in sorted(found) if name in seen}
            for frame, found in sorted(masks.items())
        }
        self._masks = {frame: found for frame, found in kept.items() if found}
        self.objects = tuple(sorted(seen))
        self._digests: dict[int, str] | None = None
        self._frames_of = {
            name: [frame for frame, found in self._masks.items() if name in found] for name in self.objects
        }

    @classmethod
    def of(cls, project: Project) -> "Commits":
        """Read a project's, each mask once and no other."""
        found: dict[int, dict[int, Rle]] = {}
        for one in project.objects:
            for frame in project.query.key_frames([one.id]):
                record = project.record(frame, one.id)
                if record is not None and record.committed:
                    found.setdefault(frame, {})[one.id] = record.rle
        return cls(found)

    def plus(self, frame: int, masks: Mapping[int, Rle]) -> "Commits":
        """Return these with masks that are about to be committed on a frame."""
        return Commits({**self._all, frame: {**self._all.get(frame, {}), **masks}})

    def __getitem__(self, frame: int) -> dict[int, Mask]:
        return {name: rle.to_mask() for name, rle in self._masks[frame].items()}

    def __iter__(self) -> Iterator[int]:
        return iter(self._masks)

    def __len__(self) -> int:
        return len(self._masks)

    def objects_on(self, frame: int) -> tuple[int, ...]:
        """Return the objects committed on a frame."""
        return tuple(self._masks.get(frame, ()))

    def frames_of(self, objects: Collection[int]) -> list[int]:
        """Return the frames where any of some objects is committed, in order."""
        return [frame for frame, found in self._masks.items() if not found.keys().isdisjoint(objects)]

    def frames_of_all(self, objects: Collection[int]) -> list[int]:
        """Return the frames where all of some objects are committed, in order."""
        return [frame for frame, found in self._masks.items() if found.keys() >= set(objects)]

    def distances(self, frame: int, name: int) -> tuple[float, float]:
        """Return how far away an object's nearest committed masks are, before and after; 0 on one itself."""
        frames = self._frames_of[name]
        at = bisect_left(frames, frame)
        if at < len(frames) and frames[at] == frame:
            return 0.0, 0.0
        before = frame - frames[at - 1] if at else float("inf")
        after = frames[at] - frame if at < len(frames) else float("inf")
        return before, after

    def digests(self) -> dict[int, str]:
        """Return a digest of each frame's masks; features made of equal masks are equal."""
        if self._digests is None:
            self._digests = {frame: _digest(masks) for frame, masks in self._masks.items()}
        return dict(self._digests)


class CommittedMasks:
    """A project's committed masks, read again only when the document has changed.

    Parameters
    ----------
    project
        The open project whose committed masks are read.
    """

    def __init__(self, project: Project) -> None:
        self._project = project
        self._lock = threading.Lock()
        self._found: tuple[int, Commits] | None = None

    def now(self) -> Commits:
        """Return what is committed."""
        with self._lock:
            while True:
                mark = _mark(self._project, "propagate")
                if self._found is None or self._found[0] != mark:
                    self._found = mark, Commits.of(self._project)
                if _mark(self._project, "propagate") == mark:  # or an edit came between
                    return self._found[1]


def state_mark(project: Project) -> int:
    """Return a number that is another one whenever committed, reviewed or locked masks may be others."""
    return _mark(project)


def _mark(project: Project, *but: str) -> int:
    """Return a number made of the steps that are done, for every edit is one; not of those of a kind.

    Steps that propagate change no committed mask.
    """
    done = (step for step in project.history if step.state is not StepState.UNDONE and step.kind not in but)
    return hash((project.frames, *((step.id, step.created, step.size) for step in done)))


def _digest(masks: Mapping[int, Rle]) -> str:
    digest = hashlib.sha256()
    for name, rle in masks.items():
        digest.update(f"{name}:{len(rle.counts)}:".encode() + rle.counts)
    return digest.hexdigest()

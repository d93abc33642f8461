"""What is committed at one moment: what the engine is given, and what a saved memory is true to."""

import hashlib
from bisect import bisect_left
from collections.abc import Collection, Iterator, Mapping

from xmem_gui.arrays import Mask
from xmem_gui.project import Project, Rle


class Commits(Mapping[int, Mapping[int, Mask]]):
    """Committed masks by frame and object, decoded when they are asked for.

    Objects of which nothing but empty masks is committed are left out: nothing is known of their looks.

    Parameters
    ----------
    masks
        The committed masks: for each frame, one by object id.
    """

    def __init__(self, masks: Mapping[int, Mapping[int, Rle]]) -> None:
        seen = {name for found in masks.values() for name, rle in found.items() if rle.area}
        kept = {
            frame: {name: found[name] for name in sorted(found) if name in seen}
            for frame, found in sorted(masks.items())
        }
        self._masks = {frame: found for frame, found in kept.items() if found}
        self.objects = tuple(sorted(seen))
        self._frames_of = {
            name: [frame for frame, found in self._masks.items() if name in found] for name in self.objects
        }

    @classmethod
    def of(cls, project: Project) -> "Commits":
        """Read a project's."""
        return cls(
            {
                frame: {name: one.rle for name, one in project.records(frame).items() if one.committed}
                for frame in project.query.key_frames()
            }
        )

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
        found = {}
        for frame, masks in self._masks.items():
            digest = hashlib.sha256()
            for name, rle in masks.items():
                digest.update(f"{name}:{len(rle.counts)}:".encode() + rle.counts)
            found[frame] = digest.hexdigest()
        return found

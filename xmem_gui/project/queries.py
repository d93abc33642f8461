"""What the window asks of a whole project, answered from the lanes in milliseconds."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
import numpy.typing as npt

from xmem_gui.project import door
from xmem_gui.project.edits import frame_number, object_number
from xmem_gui.project.lanes import COMMITTED, KNOWN, ORIGIN_SHIFT, PRESENT, REVIEWED, Lane
from xmem_gui.project.store import Store
from xmem_gui.project.strips import LaneStrip, copied, strip_of
from xmem_gui.project.values import ORIGINS, Origin

LOW_CONFIDENCE = 0.7
"""Below this, a propagated mask is worth a look."""
_BLOCK = 8192
_PROPAGATED = ORIGINS.index(Origin.PROPAGATED)


class What(str, Enum):
    """What a frame can be searched for."""

    PRESENT = "present"
    """Some object is seen."""
    KEY = "key"
    """Some mask is committed."""
    LOW = "low"
    """Some propagated mask has a low confidence and is neither committed nor reviewed."""
    SPAN = "span"
    """Some object comes into view."""
    MISSING = "missing"
    """Some object has no mask, not even an empty one."""


@dataclass(frozen=True, slots=True)
class Counts:
    """How many masks there are of each sort.

    Attributes
    ----------
    known, present, committed, reviewed, low : int
        Masks stored; with at least one pixel; committed; reviewed; of low confidence.
    """

    known: int
    present: int
    committed: int
    reviewed: int
    low: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """A mask worth a look."""

    frame: int
    object: int
    confidence: float


@dataclass(frozen=True, slots=True)
class MaskState:
    """What is known of a mask without reading it.

    Attributes
    ----------
    present : bool
        Whether it has a pixel inside; else the object is known not to be seen.
    committed, reviewed : bool
        As in `MaskRecord`.
    origin : Origin
        Where it came from.
    confidence : float
        0 to 1.
    """

    present: bool
    committed: bool
    reviewed: bool
    origin: Origin
    confidence: float


class Queries:
    """Answers about frames and objects; each takes one object, or several, or None for all.

    Parameters
    ----------
    store : Store
        The document's contents.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def spans(self, object_id: int) -> list[range]:
        """Return the ranges of frames on which an object is seen, in order."""
        with self._store.lock:
            lane = self._store.lane(object_number(object_id))
            if lane is None or lane.frames == 0:
                return []
            seen = (lane.flags & PRESENT).astype(np.int8)
        edges = np.flatnonzero(np.diff(seen, prepend=np.int8(0), append=np.int8(0)))
        return [range(start, stop) for start, stop in edges.reshape(-1, 2).tolist()]

    def key_frames(self, objects: Sequence[int] | None = None) -> list[int]:
        """Return the frames with a committed mask, in order."""
        return self._frames(objects, lambda lane, part: lane.flags[part] & COMMITTED != 0)

    def reviewed_frames(self, objects: Sequence[int] | None = None) -> list[int]:
        """Return the frames with a mask that a person has reviewed, in order."""
        return self._frames(objects, lambda lane, part: lane.flags[part] & REVIEWED != 0)

    def low_frames(
        self, objects: Sequence[int] | None = None, *, threshold: float = LOW_CONFIDENCE
    ) -> list[int]:
        """Return the frames with a mask of low confidence, in order."""
        return self._frames(objects, lambda lane, part: _low(lane, part, threshold))

    def masks_on(self, frame: int) -> list[int]:
        """Return the objects that have a mask on a frame, empty ones included."""
        with self._store.lock:
            frame = frame_number(frame)
            if not 0 <= frame < self._store.frames:
                return []
            return [one for one in self._store.objects if self._store.lanes[one].flags[frame]]

    def states(self, frame: int) -> dict[int, MaskState]:
        """Return what is known of each mask of a frame, by object id, without reading masks."""
        with self._store.lock:
            frame = frame_number(frame)
            if not 0 <= frame < self._store.frames:
                return {}
            found = {
                one: (
                    int(self._store.lanes[one].flags[frame]),
                    float(self._store.lanes[one].confidence[frame]),
                )
                for one in self._store.objects
            }
        return {
            one: MaskState(
                present=bool(flags & PRESENT),
                committed=bool(flags & COMMITTED),
                reviewed=bool(flags & REVIEWED),
                origin=ORIGINS[flags >> ORIGIN_SHIFT],
                confidence=confidence,
            )
            for one, (flags, confidence) in found.items()
            if flags
        }

    def frames_done(self) -> int:
        """Return on how many frames some object has a mask, empty ones included."""
        return len(self._frames(None, lambda lane, part: lane.flags[part] != 0))

    def known_frames(self, object_id: int, frames: range | None = None) -> list[int]:
        """Return the frames on which an object has a mask, empty ones included, in order."""
        with self._store.lock:
            lane = self._store.lane(object_number(object_id))
            found: list[int] = [] if lane is None else lane.known_frames(frames).tolist()
        return found

    def confidence_strip(
        self, object_id: int, bins: int, frames: range | None = None
    ) -> npt.NDArray[np.float32]:
        """Return the lowest confidence in each of so many equal parts of a range of frames.

        Parameters
        ----------
        object_id : int
            Which object.
        bins : int
            How many parts; one pixel of the timeline each.
        frames : range or None
            The range shown; None for the whole video.

        Returns
        -------
        float32 array of shape (bins,)
            NaN where there is no mask.
        """
        strip = np.full(max(bins, 0), np.nan, np.float32)
        with self._store.lock:
            lane = self._store.lane(object_number(object_id))
            if lane is None or bins < 1:
                return strip
            start, stop = (0, lane.frames) if frames is None else (frames.start, frames.stop)
            known = lane.flags[max(start, 0) : stop] != 0
            values = np.where(known, lane.confidence[max(start, 0) : stop], np.float32(2))
        edges = start + (np.arange(bins + 1, dtype=np.int64) * (stop - start)) // bins
        lows = np.clip(edges[:-1] - max(start, 0), 0, values.size)
        highs = np.clip(np.maximum(edges[1:], edges[:-1] + 1) - max(start, 0), 0, values.size)
        padded = np.append(values, np.float32(2))
        pairs = np.stack([lows, np.maximum(highs, lows)], axis=1).ravel()
        least = np.minimum.reduceat(padded, pairs)[::2]
        filled = (highs > lows) & (least <= 1)
        strip[filled] = least[filled]
        return strip

    def strip(self, object_id: int, frames: range) -> LaneStrip:
        """Return what the timeline draws of an object.

        Parameters
        ----------
        object_id : int
            Which object.
        frames : range
            Its items, 0 or more, are where the parts begin; its step is how many frames each has.
        """
        with self._store.lock:
            flags, confidence = copied(self._store.lane(object_id), frames)
        return strip_of(flags, confidence, frames.step)

    def counts(self, objects: Sequence[int] | None = None, *, threshold: float = LOW_CONFIDENCE) -> Counts:
        """Count masks."""
        total = np.zeros(5, np.int64)
        with self._store.lock:
            for lane in self._lanes(objects):
                sorts = [np.count_nonzero(lane.flags & bit) for bit in (KNOWN, PRESENT, COMMITTED, REVIEWED)]
                total += [*sorts, np.count_nonzero(_low(lane, slice(None), threshold))]
        return Counts(*total.tolist())

    def next(
        self,
        what: What,
        frame: int,
        objects: Sequence[int] | None = None,
        *,
        threshold: float = LOW_CONFIDENCE,
    ) -> int | None:
        """Return the first such frame after `frame`, or None."""
        for start in range(max(frame_number(frame) + 1, 0), self._store.frames, _BLOCK):
            part = slice(start, min(start + _BLOCK, self._store.frames))
            found = np.flatnonzero(self._any(what, part, objects, threshold))
            if found.size:
                return int(found[0]) + start
        return None

    def previous(
        self,
        what: What,
        frame: int,
        objects: Sequence[int] | None = None,
        *,
        threshold: float = LOW_CONFIDENCE,
    ) -> int | None:
        """Return the last such frame before `frame`, or None."""
        for stop in range(min(frame_number(frame), self._store.frames), 0, -_BLOCK):
            part = slice(max(stop - _BLOCK, 0), stop)
            found = np.flatnonzero(self._any(what, part, objects, threshold))
            if found.size:
                return int(found[-1]) + part.start
        return None

    def doubts(
        self,
        objects: Sequence[int] | None = None,
        *,
        threshold: float = LOW_CONFIDENCE,
        most: int = 100,
    ) -> list[Doubt]:
        """Return the masks of lowest confidence, the lowest first."""
        parts = [np.zeros((3, 0))]
        with self._store.lock:
            for one in self._chosen(objects):
                lane = self._store.lanes[one]
                frames = np.flatnonzero(_low(lane, slice(None), threshold))
                if frames.size > most:
                    frames = frames[np.argpartition(lane.confidence[frames], most)[:most]]
                parts.append(np.stack([lane.confidence[frames], frames, np.full(frames.size, one)]))
        values, frames, owners = np.concatenate(parts, axis=1)
        order = np.lexsort((owners, frames, values))[:most]
        return [Doubt(int(frames[at]), int(owners[at]), float(values[at])) for at in order]

    def doubt(self, object_id: int) -> npt.NDArray[np.float32]:
        """Return by frame how unsure an object's mask is.

        Returns
        -------
        float32 array of shape (frames,)
            1 - confidence, but 0 for what a person made, committed or reviewed; NaN without a mask.
        """
        with self._store.lock:
            lane = self._store.lane(object_number(object_id))
            if lane is None:
                return np.full(self._store.frames, np.nan, np.float32)
            free = _low(lane, slice(None), 2.0)
            found = np.where(free, 1 - lane.confidence, np.float32(0))
            found[lane.flags == 0] = np.nan
        return found

    def _chosen(self, objects: Sequence[int] | None) -> list[int]:
        known = self._store.objects
        return list(known) if objects is None else [one for one in door.ids(objects) if one in known]

    def _lanes(self, objects: Sequence[int] | None) -> Iterator[Lane]:
        for one in self._chosen(objects):
            yield self._store.lanes[one]

    def _frames(
        self, objects: Sequence[int] | None, test: Callable[[Lane, slice], npt.NDArray[np.bool_]]
    ) -> list[int]:
        found = np.zeros(self._store.frames, np.bool_)
        with self._store.lock:
            for lane in self._lanes(objects):
                found |= test(lane, slice(None))
        frames: list[int] = np.flatnonzero(found).tolist()
        return frames

    def _any(
        self, what: What, part: slice, objects: Sequence[int] | None, threshold: float
    ) -> npt.NDArray[np.bool_]:
        found = np.zeros(part.stop - part.start, np.bool_)
        with self._store.lock:
            for lane in self._lanes(objects):
                found |= _test(what, lane, part, threshold)
        return found


def _test(what: What, lane: Lane, part: slice, threshold: float) -> npt.NDArray[np.bool_]:
    flags = lane.flags[part]
    if what is What.LOW:
        return _low(lane, part, threshold)
    if what is What.MISSING:
        return np.asarray(flags == 0)
    if what is What.KEY:
        return np.asarray(flags & COMMITTED != 0)
    seen = flags & PRESENT != 0
    if what is What.SPAN:
        before = bool(part.start and lane.flags[part.start - 1] & PRESENT)
        seen &= ~np.concatenate(([before], seen[:-1]))
    return np.asarray(seen)


def _low(lane: Lane, part: slice, threshold: float) -> npt.NDArray[np.bool_]:
    wanted = KNOWN | _PROPAGATED << ORIGIN_SHIFT
    mask = KNOWN | COMMITTED | REVIEWED | 3 << ORIGIN_SHIFT
    return np.asarray((lane.flags[part] & mask == wanted) & (lane.confidence[part] < np.float32(threshold)))

"""The masks of a frame as one picture of numbers: who is seen at each pixel."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from xmem_gui.arrays import IndexMask

if TYPE_CHECKING:
    from xmem_gui.project import DocumentChange, MaskRecord, VideoObject


@dataclass(frozen=True, eq=False)
class Layers:
    """What is seen where on a frame.

    Attributes
    ----------
    index : (h, w) uint8 or uint16
        0 for nothing, n for ``objects[n - 1]``; never changed once made. Of the video's size or, while it is
        played, of the size at which it is seen.
    objects
        The objects shown, the lowest first; some may have no pixel here.
    size : (H, W)
        Size of the video in pixels.
    """

    index: IndexMask
    objects: tuple[VideoObject, ...]
    size: tuple[int, int]

    def slot(self, object_id: int | None) -> int:
        """Return an object's number in the index; 0 if it is not shown."""
        return next((n for n, one in enumerate(self.objects, start=1) if one.id == object_id), 0)

    def at(self, x: float, y: float) -> VideoObject | None:
        """Return the object seen at a place in video pixels."""
        height, width = self.size
        if not (0 <= x < width and 0 <= y < height):
            return None
        rows, columns = self.index.shape
        slot = int(self.index[int(y * rows / height), int(x * columns / width)])
        return self.objects[slot - 1] if slot else None


def stacked(objects: Sequence[VideoObject], *, solo: int | None = None) -> tuple[VideoObject, ...]:
    """Return the objects to be shown, the lowest first: the visible ones, or one alone."""
    shown = [one for one in objects if (one.visible if solo is None else one.id == solo)]
    return tuple(sorted(shown, key=lambda one: (one.priority, one.id)))


def make_layers(
    records: Mapping[int, MaskRecord],
    objects: tuple[VideoObject, ...],
    size: tuple[int, int],
    *,
    seen: tuple[int, int] | None = None,
) -> Layers:
    """Lay the masks of a frame over each other.

    Parameters
    ----------
    records
        The frame's masks by object id.
    objects
        Whom to show, the lowest first, as `stacked` gives them.
    size : (H, W)
        Size of the video in pixels.
    seen : (h, w)
        The smaller size in which they are wanted; None for the video's own.
    """
    index: IndexMask = np.zeros(seen or size, np.uint8 if len(objects) < 256 else np.uint16)
    for slot, one in enumerate(objects, start=1):
        record = records.get(one.id)
        if record is not None and record.area:
            # Slots rise with the height in the stack: the larger number is the one that is seen.
            mask = record.rle.to_mask() if seen is None else record.rle.sampled(*seen)
            np.maximum(index, mask.view(np.uint8) * index.dtype.type(slot), out=index)
    return Layers(index, objects, size)


class LayerCache:
    """The layers of the frames looked at last, bounded by bytes; for any thread."""

    def __init__(self, *, budget_bytes: int = 96 << 20) -> None:
        self._budget = budget_bytes
        self._lock = threading.Lock()
        self._layers: OrderedDict[int, Layers] = OrderedDict()
        self._generation = 0

    @property
    def generation(self) -> int:
        """Changes with every change of the document: layers begun before are not kept."""
        with self._lock:
            return self._generation

    def get(self, frame: int, objects: tuple[VideoObject, ...]) -> Layers | None:
        """Return a frame's layers, if they are of these objects."""
        with self._lock:
            found = self._layers.get(frame)
            if found is None or found.objects != objects:
                return None
            self._layers.move_to_end(frame)
            return found

    def put(self, frame: int, layers: Layers, generation: int) -> None:
        """Keep layers whose making began at a generation."""
        with self._lock:
            if generation != self._generation:
                return
            self._layers[frame] = layers
            self._layers.move_to_end(frame)
            kept = sum(one.index.nbytes for one in self._layers.values())
            while kept > self._budget and len(self._layers) > 1:
                kept -= self._layers.popitem(last=False)[1].index.nbytes

    def forget(self, change: DocumentChange) -> None:
        """Drop what a change touches."""
        with self._lock:
            self._generation += 1
            if change.frames is None:
                self._layers.clear()
            else:
                for frame in change.frames & self._layers.keys():
                    del self._layers[frame]

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._generation += 1
            self._layers.clear()

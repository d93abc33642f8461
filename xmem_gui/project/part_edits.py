"""An edit of a part of a mask: split it off as an object of its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.batch import MASK, Key
from xmem_gui.project.edits import ByAPerson, frame_number, names, need_object, object_number, said
from xmem_gui.project.history import RowChange
from xmem_gui.project.object_edits import AddObject
from xmem_gui.project.rle import Rle
from xmem_gui.project.store import Store


@dataclass(frozen=True, slots=True)
class SplitPart(ByAPerson):
    """Give the connected part of a mask that holds a pixel to a new object, seen on top of the others.

    Attributes
    ----------
    object, frame : int
        Whose mask.
    x, y : int
        Column and row of a pixel of the part; pixels that touch at a corner are connected.
    name : str
        The new object's name; empty for the old one's with "(2)".
    """

    object: int
    frame: int
    x: int
    y: int
    name: str = ""
    kind = "split"

    def __post_init__(self) -> None:
        door.settle(
            self, object=object_number, frame=frame_number, x=door.whole, y=door.whole, name=door.text
        )

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return said("Split", names(store, [self.object]), self.frame)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        item = need_object(store, self.object)
        record = store.mask(self.frame, self.object)
        mask = np.zeros((store.height, store.width), np.bool_) if record is None else record.rle.to_mask()
        inside = 0 <= self.y < store.height and 0 <= self.x < store.width and bool(mask[self.y, self.x])
        if record is None or not inside:
            raise ProjectError(f"{item.name} is not at {self.x}, {self.y} on frame {self.frame}.")
        _, parts = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
        part = np.asarray(parts) == parts[self.y, self.x]
        if bool((part == mask).all()):
            raise ProjectError(f"{item.name} is in one piece on frame {self.frame}: nothing to split off.")
        (added,) = AddObject(self.name or f"{item.name} (2)").plan(store)
        yield added
        for object_id, pixels in ((added[0].object, part), (self.object, mask & ~part)):
            rle = Rle.from_mask(pixels)
            yield Key(MASK, object_id, self.frame), replace(record, rle=rle, area=rle.area)

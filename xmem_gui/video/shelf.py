"""The decoded frames that all readers of a video share, within one budget."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Protocol

from xmem_gui.video.decoded import DecodedFrame


class Cursor(Protocol):
    """A reader, as the others see it: where it is, where it goes, and which frames it is waited at for."""

    @property
    def waiting(self) -> frozenset[int]:
        """Frames that somebody waits for just now."""

    @property
    def is_going(self) -> bool:
        """Whether it goes on frame by frame, so that the next ones are wanted too."""

    def distance(self, index: int) -> int | None:
        """Return how many steps ahead a frame is, from 0 where it is now; None if it is behind."""

    def window(self) -> range:
        """Return the frames that it is about to read ahead, in the order in which it comes to them."""


class Shelf:
    """Frames by number, and who is at them. All of it is used with `changed` held.

    Parameters
    ----------
    capacity
        The most frames kept, at least 1. More are there only while each of them is waited for.
    """

    def __init__(self, capacity: int) -> None:
        self.capacity = max(1, capacity)
        self.changed = threading.Condition()
        self.frames: OrderedDict[int, DecodedFrame] = OrderedDict()
        self.decoding: dict[int, Cursor] = {}
        """Frames that a reader is decoding now."""
        self.cursors: list[Cursor] = []
        self.closed = False
        self.asked = 0
        """How often a frame was asked for, by whomever."""

    def share(self, cursor: Cursor) -> int:
        """Return how many frames one reader may hold ready: those that go on share the room evenly."""
        others = sum(one.is_going for one in self.cursors if one is not cursor)
        return max(1, self.capacity // (1 + others))

    def is_others(self, cursor: Cursor, index: int) -> bool:
        """Tell whether a frame that a reader would read ahead comes by another, nearer to it or at it."""
        own = cursor.distance(index)
        for place, other in enumerate(self.cursors):
            if other is cursor:
                continue
            if self.decoding.get(index) is other or index in other.waiting:
                return True
            theirs = other.distance(index) if index in other.window() else None
            if theirs is None or own is None:
                continue
            if theirs < own or (theirs == own and place < self.cursors.index(cursor)):
                return True
        return False

    def put(self, index: int, frame: DecodedFrame) -> None:
        """Keep a frame, and wake whoever waits."""
        if not self.closed:
            self.frames[index] = frame
            self.make_room(keep=index)
        self.changed.notify_all()

    def close(self) -> None:
        """Forget all frames, and keep none that comes."""
        self.closed = True
        self.frames.clear()

    def make_room(self, *, keep: int) -> None:
        """Drop the least recently used frames, those that a reader is coming to last."""
        while len(self.frames) > self.capacity:
            waited = {keep}.union(*(cursor.waiting for cursor in self.cursors))
            droppable = [index for index in self.frames if index not in waited]
            if not droppable:
                return
            free = next((index for index in droppable if self._steps_to(index) is None), None)
            victim = max(droppable, key=lambda index: self._steps_to(index) or 0) if free is None else free
            del self.frames[victim]

    def _steps_to(self, index: int) -> int | None:
        """Return after how many steps a reader that goes on comes to a frame; None if none does soon."""
        found = [cursor.distance(index) for cursor in self.cursors if cursor.is_going]
        return min((steps for steps in found if steps is not None and steps <= self.capacity), default=None)

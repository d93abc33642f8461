"""One consumer's place in a video: what it read last, what it will read next, and a decoder of its own."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError, as_exception
from xmem_gui.video.decoded import DecodedFrame
from xmem_gui.video.shelf import Shelf
from xmem_gui.video.source import FrameSource
from xmem_gui.video.views import SourceView

logger = logging.getLogger(__name__)

_NEAR = 8
"""A step of up to this many frames is playing; a longer one is a jump."""
_RESTS_AFTER = 256
"""A reader that is not asked while the others are asked so often has come to rest: nothing waits for it."""


class Reader(SourceView):
    """Frames for one consumer, which share the cache's memory with those of the others.

    Only its own thread decodes for it, one frame at a time; what a caller waits for goes before what is read
    ahead. Playing is noticed from the frames asked for, or announced with ``prefetch``. Going backwards, a
    group of pictures is decoded once, forwards, as far as its share of the budget holds it. A frame that
    another reader is decoding, or is nearer to, is left to that one.

    Made by `CachedSource.reader`. Any number of threads may ask it.

    Parameters
    ----------
    source : FrameSource
        Whose frames they are.
    shelf : Shelf
        Where frames are kept.
    open_source : callable
        Gives the source to decode with, when there is something to decode; it is closed with the reader.
    ahead : int
        How many frames to stay ahead of the consumer.
    """

    def __init__(
        self, source: FrameSource, shelf: Shelf, open_source: Callable[[], FrameSource], *, ahead: int
    ) -> None:
        super().__init__(source)
        self._shelf = shelf
        self._changed = shelf.changed
        self._open_source = open_source
        self._default_ahead = self._ahead = max(0, ahead)
        self._errors: dict[int, Exception] = {}
        self._waiting: dict[int, int] = {}
        self._run: deque[int] = deque()
        self._last, self._direction = -1, 0
        self._as_decoded = False
        self._asked = 0
        self._closed = False
        self._failure: Exception | None = None
        self._worker: threading.Thread | None = None
        with self._changed:
            shelf.cursors.append(self)

    @property
    def waiting(self) -> frozenset[int]:
        """Frames that somebody waits for just now."""
        with self._changed:
            return frozenset(self._waiting)

    @property
    def is_closed(self) -> bool:
        """Whether no frame can be had from it any more."""
        return self._closed

    @property
    def is_going(self) -> bool:
        """Whether it goes on frame by frame, so that the next ones are wanted too."""
        with self._changed:
            return self._direction != 0 and self._shelf.asked - self._asked <= _RESTS_AFTER

    def holds(self, index: int) -> bool:
        """Whether ``frame(index)`` would return at once."""
        with self._changed:
            return index in self._shelf.frames

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only and shared with the cache.

        Raises
        ------
        MediaError
            As the wrapped source raises it, also if it happened while reading ahead; or the reader is closed.
        """
        return self.decoded(index).full()

    def decoded(self, index: int) -> DecodedFrame:
        """Return frame ``index``, shared with the cache, to be made into RGB in the size that is needed.

        Raises
        ------
        MediaError
            As `frame` does.
        """
        index = self.check_index(index)
        with self._changed:
            self._note_access(index)
            self._waiting[index] = self._waiting.get(index, 0) + 1
            self._wake()
            try:
                while not self._closed and self._failure is None:
                    if index in self._shelf.frames:
                        self._shelf.frames.move_to_end(index)
                        return self._shelf.frames[index]
                    if index in self._errors:
                        raise self._errors.pop(index)
                    self._changed.wait()
            finally:
                self._waiting[index] -= 1
                if not self._waiting[index]:
                    del self._waiting[index]
                self._shelf.make_room(keep=index)
            if self._failure is not None:
                raise MediaError(f"Reading {self.path.name} stopped: {self._failure}.") from self._failure
            raise MediaError(f"{self.path.name} is closed: open it again to read frames.")

    def prefetch(self, index: int, direction: int, count: int, *, as_decoded: bool = False) -> None:
        """Start decoding ``count`` frames from ``index`` on, and stay that far ahead while playing goes on.

        Parameters
        ----------
        index : int
            The first frame that will be asked for.
        direction : int
            1 for forwards, -1 for backwards.
        count : int
            How many frames to keep ready; what exceeds its share of the budget is left for later.
        as_decoded : bool
            Leave them as the decoder gives them, for one who looks at them smaller than they are; until
            reading goes another way.
        """
        if direction not in (1, -1):
            raise ValueError(f"direction is 1 or -1, not {direction}")
        with self._changed:
            if self._closed:
                return
            self._last = index - direction
            self._direction = direction
            self._as_decoded = as_decoded
            self._ahead = max(0, count)
            self._asked = self._shelf.asked
            self._run.clear()
            self._wake()

    def close(self) -> None:
        """Stop and join its thread, and close its decoder; frames stay for the other readers."""
        with self._changed:
            self._closed = True
            self._run.clear()
            if self in self._shelf.cursors:
                self._shelf.cursors.remove(self)
            self._changed.notify_all()
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.join()

    # As other readers see it

    def distance(self, index: int) -> int | None:
        """Return how many steps ahead a frame is, from 0 where it is now; None if behind, or resting."""
        steps = (index - self._last) * self._direction
        return steps if self.is_going and steps >= 0 else None

    def window(self) -> range:
        """Return the frames that it is about to read ahead, in the order in which it comes to them."""
        if self._direction == 0 or not self.is_going:
            return range(0)
        reach = min(self._ahead, self._shelf.share(self) - 1)
        first = self._last + self._direction
        if self._direction > 0:
            return range(max(first, 0), min(first + reach, len(self)))
        return range(min(first, len(self) - 1), max(min(first, len(self) - 1) - reach, -1), -1)

    # In its thread

    def _wake(self) -> None:
        if self._worker is None and not self._closed:
            self._worker = threading.Thread(target=self._work, name=f"decode {self.name}", daemon=True)
            self._worker.start()
        self._changed.notify_all()

    def _note_access(self, index: int) -> None:
        self._shelf.asked += 1
        self._asked = self._shelf.asked
        step = index - self._last
        if 0 < abs(step) <= _NEAR and (self._last >= 0 or self._direction):
            direction = 1 if step > 0 else -1
            if direction != self._direction:
                self._go_as_usual()
            self._direction = direction
        elif step and step != self._direction:
            self._direction = 0
            self._go_as_usual()
        self._last = index

    def _go_as_usual(self) -> None:
        self._ahead, self._as_decoded = self._default_ahead, False

    def _work(self) -> None:
        source: FrameSource | None = None
        try:
            while (index := self._take()) is not None:
                try:
                    source = source or self._open_source()
                    frame = source.decoded(index)
                    if not self._as_decoded:
                        frame.full()
                except BaseException as error:  # a frame's failure is for whoever asks for the frame
                    logger.info("%s: frame %d: %s", self.path.name, index, error)
                    with self._changed:
                        self._errors[index] = as_exception(error)
                        self._done(index)
                else:
                    with self._changed:
                        self._done(index)
                        self._shelf.put(index, frame)
        except BaseException as error:  # whoever waits for a frame has to hear of it
            logger.exception("The decoding thread of %s failed", self.path.name)
            with self._changed:
                self._failure = as_exception(error)
                self._changed.notify_all()
        finally:
            if source is not None:
                source.close()

    def _done(self, index: int) -> None:
        del self._shelf.decoding[index]
        self._changed.notify_all()

    def _take(self) -> int | None:
        """Wait for something to decode; None when closed."""
        with self._changed:
            while not self._closed:
                index = self._choose()
                if index is not None:
                    self._shelf.decoding[index] = self
                    return index
                self._changed.wait()
        return None

    def _choose(self) -> int | None:
        wanted = next((index for index in self._waiting if self._is_open(index)), None)
        if wanted is not None and wanted not in self._run:
            self._run = deque(self._run_to(wanted, self._shelf.share(self)))
        for _ in range(2):
            while self._run:
                index = self._run.popleft()
                if self._is_open(index):
                    return index
            self._run = deque(self._run_ahead())
        return None

    def _is_missing(self, index: int) -> bool:
        return index not in self._shelf.frames and index not in self._errors

    def _is_open(self, index: int) -> bool:
        """Whether a frame is missing, and nobody is at it."""
        return self._is_missing(index) and index not in self._shelf.decoding

    def _run_to(self, index: int, room: int) -> range:
        """Return the frames to decode, in order, to get ``index`` - and, going backwards, those before it."""
        if self._direction >= 0:
            return range(index, index + 1)
        return range(max(self.group_start(index), index - room + 1), index + 1)

    def _run_ahead(self) -> range:
        """Return the frames to decode next while nobody waits; empty when far enough ahead or out of room."""
        missing = next((index for index in self.window() if self._is_missing(index)), None)
        if missing is None or self._shelf.is_others(self, missing):
            return range(0)
        if self._direction > 0:
            return range(missing, missing + 1)
        share = self._shelf.share(self)
        held = self._last - missing
        need = missing - self.group_start(missing) + 1
        room = share - held
        if need <= room or (need > share and held <= share // 2):
            return self._run_to(missing, room)
        return range(0)

"""A cache in front of a frame source, filled ahead of the player by one decoding thread."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict, deque

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError, as_exception
from xmem_gui.video.display_range import DisplayRange
from xmem_gui.video.source import FrameSource

logger = logging.getLogger(__name__)

_NEAR = 8
"""A step of up to this many frames is playing; a longer one is a jump."""


class CachedSource(FrameSource):
    """A frame source that remembers frames and decodes the next ones while the caller works on this one.

    Only the cache's own thread reads from the wrapped source, one frame at a time; what a caller waits for
    goes before what is read ahead. Playing is noticed from the frames asked for, or announced with
    ``prefetch``. Going backwards, a group of pictures is decoded once, forwards, as far as the budget
    holds it.

    Parameters
    ----------
    source : FrameSource
        Where frames come from. It belongs to the cache from now on and is closed with it.
    budget_bytes : int
        Bytes of pictures to keep. One frame (and any a caller is waiting for) is kept in any case.
    ahead : int
        How many frames to stay ahead of the player.
    """

    def __init__(self, source: FrameSource, *, budget_bytes: int = 512 << 20, ahead: int = 32) -> None:
        super().__init__(
            path=source.path,
            name=source.name,
            size=(source.width, source.height),
            rate=source.rate,
            timestamps=source.timestamps,
        )
        self._source = source
        self.warned = source.warned
        self._capacity = max(1, budget_bytes // max(1, source.width * source.height * 3))
        self._default_ahead = self._ahead = max(0, ahead)
        self._changed = threading.Condition()
        self._frames: OrderedDict[int, RgbImage] = OrderedDict()
        self._errors: dict[int, Exception] = {}
        self._waiting: dict[int, int] = {}
        self._run: deque[int] = deque()
        self._last = -1
        self._direction = 0
        self._closed = False
        self._failure: Exception | None = None
        self._worker: threading.Thread | None = None

    @property
    def source(self) -> FrameSource:
        """The wrapped source."""
        return self._source

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the wrapped source warns of so far."""
        return self._source.warnings

    @property
    def damaged(self) -> frozenset[int]:
        """Those of the wrapped source."""
        return self._source.damaged

    @property
    def display_range(self) -> DisplayRange | None:
        """That of the wrapped source."""
        return self._source.display_range

    @property
    def capacity(self) -> int:
        """How many frames the budget holds."""
        return self._capacity

    @property
    def bytes_used(self) -> int:
        """Bytes of the pictures kept now."""
        with self._changed:
            return sum(image.nbytes for image in self._frames.values())

    def holds(self, index: int) -> bool:
        """Whether ``frame(index)`` would return at once."""
        with self._changed:
            return index in self._frames

    @property
    def named(self) -> bool:
        """Whether the wrapped source's frames have names of their own."""
        return self._source.named

    def frame_name(self, index: int) -> str:
        """Return the wrapped source's name of the frame."""
        return self._source.frame_name(index)

    def group_start(self, index: int) -> int:
        """Return the first frame that has to be decoded to reach ``index``."""
        return self._source.group_start(index)

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only and shared with the cache.

        Raises
        ------
        MediaError
            As the wrapped source raises it, also if it happened while reading ahead; or the cache is closed.
        """
        index = self.check_index(index)
        with self._changed:
            self._note_access(index)
            self._waiting[index] = self._waiting.get(index, 0) + 1
            self._wake()
            try:
                while not self._closed and self._failure is None:
                    if index in self._frames:
                        self._frames.move_to_end(index)
                        return self._frames[index]
                    if index in self._errors:
                        raise self._errors.pop(index)
                    self._changed.wait()
            finally:
                self._waiting[index] -= 1
                if not self._waiting[index]:
                    del self._waiting[index]
                self._make_room(keep=index)
            if self._failure is not None:
                raise MediaError(f"Reading {self.path.name} stopped: {self._failure}.") from self._failure
            raise MediaError(f"{self.path.name} is closed: open it again to read frames.")

    def twin(self) -> FrameSource:
        """Return another reader of the wrapped source's frames, without a cache."""
        return self._source.twin()

    def prefetch(self, index: int, direction: int, count: int) -> None:
        """Start decoding ``count`` frames from ``index`` on, and stay that far ahead while playing goes on.

        Parameters
        ----------
        index : int
            The first frame that will be asked for.
        direction : int
            1 for forwards, -1 for backwards.
        count : int
            How many frames to keep ready; what exceeds the budget is left for later.
        """
        if direction not in (1, -1):
            raise ValueError(f"direction is 1 or -1, not {direction}")
        with self._changed:
            if self._closed:
                return
            self._last = index - direction
            self._direction = direction
            self._ahead = max(0, count)
            self._run.clear()
            self._wake()

    def close(self) -> None:
        """Stop and join the decoding thread, forget all frames and close the wrapped source."""
        with self._changed:
            self._closed = True
            self._frames.clear()
            self._run.clear()
            self._changed.notify_all()
            worker, self._worker = self._worker, None
        if worker is not None:
            worker.join()
        self._source.close()

    def _wake(self) -> None:
        if self._worker is None and not self._closed:
            self._worker = threading.Thread(target=self._work, name=f"decode {self.name}", daemon=True)
            self._worker.start()
        self._changed.notify_all()

    def _note_access(self, index: int) -> None:
        step = index - self._last
        if 0 < abs(step) <= _NEAR and self._last >= 0:
            direction = 1 if step > 0 else -1
            if direction != self._direction:
                self._ahead = self._default_ahead
            self._direction = direction
        elif step and step != self._direction:
            self._direction = 0
            self._ahead = self._default_ahead
        self._last = index

    def _work(self) -> None:
        try:
            while (index := self._take()) is not None:
                try:
                    image = self._source.frame(index)
                except BaseException as error:  # a frame's failure is for whoever asks for the frame
                    logger.info("%s: frame %d: %s", self.path.name, index, error)
                    with self._changed:
                        self._errors[index] = as_exception(error)
                        self._changed.notify_all()
                else:
                    self._keep(index, image)
        except BaseException as error:
            logger.exception("The decoding thread of %s failed", self.path.name)
            with self._changed:
                self._failure = as_exception(error)
                self._changed.notify_all()

    def _take(self) -> int | None:
        """Wait for something to decode; None when closed."""
        with self._changed:
            while not self._closed:
                index = self._choose()
                if index is not None:
                    return index
                self._changed.wait()
        return None

    def _choose(self) -> int | None:
        wanted = next((index for index in self._waiting if self._is_missing(index)), None)
        if wanted is not None and wanted not in self._run:
            self._run = deque(self._run_to(wanted, self._capacity))
        for _ in range(2):
            while self._run:
                index = self._run.popleft()
                if self._is_missing(index):
                    return index
            self._run = deque(self._run_ahead())
        return None

    def _is_missing(self, index: int) -> bool:
        return index not in self._frames and index not in self._errors

    def _run_to(self, index: int, room: int) -> range:
        """Return the frames to decode, in order, to get ``index`` - and, going backwards, those before it."""
        if self._direction >= 0:
            return range(index, index + 1)
        return range(max(self._source.group_start(index), index - room + 1), index + 1)

    def _run_ahead(self) -> range:
        """Return the frames to decode next while nobody waits; empty when far enough ahead or out of room."""
        reach = min(self._ahead, self._capacity - 1)
        if self._direction > 0:
            stop = min(self._last + 1 + reach, len(self))
            missing = next((i for i in range(max(self._last + 1, 0), stop) if self._is_missing(i)), None)
            return range(0) if missing is None else range(missing, missing + 1)
        if self._direction < 0:
            start = min(self._last - 1, len(self) - 1)
            low = max(start - reach, -1)
            missing = next((i for i in range(start, low, -1) if self._is_missing(i)), None)
            if missing is None:
                return range(0)
            held = self._last - missing
            need = missing - self._source.group_start(missing) + 1
            room = self._capacity - held
            if need <= room or (need > self._capacity and held <= self._capacity // 2):
                return self._run_to(missing, room)
        return range(0)

    def _keep(self, index: int, image: RgbImage) -> None:
        with self._changed:
            if not self._closed:
                self._frames[index] = image
                self._make_room(keep=index)
            self._changed.notify_all()

    def _make_room(self, *, keep: int) -> None:
        """Drop the least recently used frames, those the player is coming to last."""
        while len(self._frames) > self._capacity:
            droppable = [i for i in self._frames if i != keep and i not in self._waiting]
            if not droppable:
                return
            behind = next((i for i in droppable if not self._is_coming(i)), None)
            victim = max(droppable, key=lambda i: abs(i - self._last)) if behind is None else behind
            del self._frames[victim]

    def _is_coming(self, index: int) -> bool:
        distance = (index - self._last) * self._direction
        return self._direction != 0 and 0 <= distance <= self._capacity

"""Small pictures of frames, made when nothing more urgent is to be decoded."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QImage

from xmem_gui.gui.pictures.pixels import thumbnail_of
from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.video import CachedSource
    from xmem_gui.video.cache import Glance

_logger = logging.getLogger(__name__)
_MOST_WAITING = 256
_Wanted = tuple[int, int]


class Thumbnails:
    """Thumbnails of one video, the newest wish first.

    They come from a `Glance` at the video: frames that its cache holds are taken from it, and none is put in,
    for that would throw out what the player needs.

    Parameters
    ----------
    ready
        Called in the window's thread with the frame whose thumbnail has come.
    budget_bytes
        Bytes of memory that the kept thumbnails may take.
    """

    def __init__(self, ready: Callable[[int], None], *, budget_bytes: int = 48 << 20) -> None:
        self._ready = ready
        self._budget = budget_bytes
        self._worker = Worker("thumbnails", lambda error: _logger.warning("no thumbnail: %s", error))
        self._video: Glance | None = None
        self._made: OrderedDict[_Wanted, QImage] = OrderedDict()
        self._wanted: list[_Wanted] = []
        self._failed: set[_Wanted] = set()
        self._busy = self._paused = False

    def open(self, video: CachedSource) -> None:
        """Take thumbnails from a video."""
        self.close()
        self._video = video.glance()

    def close(self) -> None:
        """Forget everything, and let go of the file."""
        video, self._video = self._video, None
        self._made.clear()
        self._wanted.clear()
        self._failed.clear()
        if video is not None:
            self._worker.submit(video.close)

    def get(self, frame: int, height: int) -> QImage | None:
        """Return a thumbnail, or None and make it."""
        wanted = frame, height
        found = self._made.get(wanted)
        if found is not None:
            self._made.move_to_end(wanted)
        elif self._video is not None and wanted not in self._failed:
            if wanted in self._wanted:
                self._wanted.remove(wanted)
            self._wanted.append(wanted)
            del self._wanted[:-_MOST_WAITING]
            self._go_on()
        return found

    @property
    def paused(self) -> bool:
        """Whether the thread rests, for something is being played."""
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._go_on()

    def stop(self) -> None:
        """End the thread."""
        self.close()
        self._worker.stop()

    def _go_on(self) -> None:
        video = self._video
        if self._busy or self._paused or video is None or not self._wanted:
            return
        wanted = self._wanted.pop()
        self._busy = True

        def done(image: QImage) -> None:
            if self._video is video:
                self._keep(wanted, image)
            self._next()

        def failed(error: Exception) -> None:
            _logger.info("no thumbnail of frame %d: %s", wanted[0], error)
            if self._video is video:
                self._failed.add(wanted)
            self._next()

        self._worker.submit(lambda: self._make(video, *wanted), done, failed=failed)

    def _next(self) -> None:
        self._busy = False
        self._go_on()

    def _keep(self, wanted: _Wanted, image: QImage) -> None:
        self._made[wanted] = image
        kept = sum(one.sizeInBytes() for one in self._made.values())
        while kept > self._budget and len(self._made) > 1:
            kept -= self._made.popitem(last=False)[1].sizeInBytes()
        self._ready(wanted[0])

    # In the thread

    def _make(self, video: Glance, frame: int, height: int) -> QImage:
        return thumbnail_of(video.frame(frame), height)

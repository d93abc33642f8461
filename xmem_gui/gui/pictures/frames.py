"""Pictures of the open video, brought to the window by threads: frames, masks over them, thumbnails."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import sentence_of
from xmem_gui.gui.pictures.layers import LayerCache, Layers, make_layers, stacked
from xmem_gui.gui.pictures.pixels import image_of
from xmem_gui.gui.pictures.thumbnails import Thumbnails
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.workers import Worker

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

_T = TypeVar("_T")
_logger = logging.getLogger(__name__)
_AHEAD = 48
"""Frames that are decoded ahead of a player."""


class Frames(QObject):
    """The decode thread: frames as images, and what the canvas draws of them.

    Parameters
    ----------
    session
        Whose video; the caches follow what is open and what changes.
    budget_bytes
        Of the images kept for `image`; the video has its own cache of decoded frames below that.
    """

    ready = Signal(int)
    """A frame asked for with `request` can be had from `image`."""
    failed = Signal(int, str)
    """A frame cannot be shown, and why."""
    playing_changed = Signal()
    """A player has begun, or has stopped; see `is_playing`."""
    thumbnail_ready = Signal(int)
    """A frame's thumbnail has come."""

    def __init__(self, session: Session, *, budget_bytes: int = 128 << 20) -> None:
        super().__init__(session)
        self._session = session
        self._budget = budget_bytes
        self._images: OrderedDict[int, tuple[QImage, RgbImage]] = OrderedDict()
        self._worker = Worker("pictures", self._on_error)
        self._cache = LayerCache()
        self._thumbnails = Thumbnails(self.thumbnail_ready.emit)
        self._direction = 0
        session.opened.connect(self._on_opened)
        session.closed.connect(self._forget)
        session.document_changed.connect(self._cache.forget)
        self._on_opened()

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the video; (0, 0) if nothing is open."""
        annotator = self._session.annotator
        return (0, 0) if annotator is None else (annotator.video.height, annotator.video.width)

    @property
    def is_idle(self) -> bool:
        """Whether nothing asked of the decode thread is waiting or being done."""
        return self._worker.is_idle

    @property
    def is_playing(self) -> bool:
        """Whether a player goes through the video: what it shows is gone at once."""
        return self._direction != 0

    # Frames

    def request(self, frame: int) -> None:
        """Ask for a frame: `ready` or `failed` follows, unless a newer request comes first."""
        if frame in self._images:
            self._images.move_to_end(frame)
            self.ready.emit(frame)
        else:
            self.work(frame, lambda _, pixels: pixels, lambda _: None, key="frame")

    def image(self, frame: int) -> QImage | None:
        """Return a frame that is ready, without waiting: RGB888, read only."""
        found = self._images.get(frame)
        return None if found is None else found[0]

    def array(self, frame: int) -> RgbImage | None:
        """Return the pixels of `image` as (H, W, 3) uint8."""
        found = self._images.get(frame)
        return None if found is None else found[1]

    def playing(self, direction: int, frame: int | None = None) -> None:
        """Say that a player goes forwards (1) or backwards (-1) from a frame, or has stopped (0)."""
        annotator = self._session.annotator
        if annotator is None:
            return
        changed = self.is_playing != bool(direction)
        self._direction = direction
        self._thumbnails.paused = direction != 0
        if changed:
            self.playing_changed.emit()
        if direction:
            start = self._session.frame if frame is None else frame
            annotator.video.prefetch(start, direction, _AHEAD)

    # Work in the decode thread

    def work(
        self,
        frame: int,
        work: Callable[[Annotator, RgbImage], _T],
        then: Callable[[_T], None],
        *,
        key: str,
    ) -> None:
        """Do something with a frame in the decode thread; the newest task of a key counts.

        Parameters
        ----------
        frame
            Which one; it is decoded first, `ready` or `failed` is emitted before ``then``.
        work
            Called in the thread with the frame's pixels (H, W, 3).
        then
            Called with its result in the window's thread, unless the video was closed meanwhile.
        key
            Tasks of the same key that wait are dropped.
        """
        annotator = self._session.annotator
        if annotator is None:
            return

        def in_thread() -> tuple[RgbImage, _T]:
            pixels = annotator.video.frame(frame)
            return pixels, work(annotator, pixels)

        def done(result: tuple[RgbImage, _T]) -> None:
            if self._session.annotator is annotator:
                self._keep(frame, result[0])
                then(result[1])

        def failed(error: Exception) -> None:
            if self._session.annotator is annotator:
                self._fail(frame, error)

        self._worker.submit(in_thread, done, failed=failed, key=key)

    def layers(self, annotator: Annotator, frame: int) -> Layers:
        """Return who is seen where on a frame; for use in worker threads, it may take a while."""
        project = annotator.project
        objects = stacked(project.objects, solo=self._session.solo)
        found = self._cache.get(frame, objects)
        if found is None:
            generation = self._cache.generation
            found = make_layers(project.records(frame), objects, project.size)
            self._cache.put(frame, found, generation)
        return found

    # Thumbnails

    def thumbnail(self, frame: int, height: int) -> QImage | None:
        """Return a small picture of a frame, or None and `thumbnail_ready` later.

        Parameters
        ----------
        frame
            The 0-based frame number.
        height
            Height of the picture in device pixels.
        """
        return self._thumbnails.get(frame, height)

    def stop(self) -> None:
        """End the threads; before the session shuts down."""
        self._forget()
        self._worker.stop(finish=False)
        self._thumbnails.stop()

    # Inside

    def _on_opened(self) -> None:
        self._forget()
        if self._session.annotator is not None:
            self._thumbnails.open(self._session.annotator.video)

    def _forget(self) -> None:
        self._images.clear()
        self._cache.clear()
        self._direction = 0
        self._thumbnails.close()

    def _keep(self, frame: int, pixels: RgbImage) -> None:
        if frame not in self._images:
            self._images[frame] = image_of(pixels), pixels
        self._images.move_to_end(frame)
        kept = sum(one.nbytes for _, one in self._images.values())
        while kept > self._budget and len(self._images) > 1:
            kept -= self._images.popitem(last=False)[1][1].nbytes
        self.ready.emit(frame)

    def _fail(self, frame: int, error: Exception) -> None:
        if sentence := sentence_of(error):
            self.failed.emit(frame, sentence)
        else:
            _logger.error("frame %d cannot be shown", frame, exc_info=error)
            self.failed.emit(frame, self.tr("This frame cannot be shown."))

    def _on_error(self, error: Exception) -> None:
        _logger.error("a task of the decode thread failed", exc_info=error)

"""Pictures of the open video, brought to the window by threads: frames, masks over them, thumbnails."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from xmem_gui.arrays import RgbImage, Size
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
_LARGE = 1920 * 1088
"""Pixels of a frame above which a player shows frames in the size of the canvas only."""


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
    rested = Signal()
    """Playing has stopped, and frames are shown in all their pixels again."""

    def __init__(self, session: Session, *, budget_bytes: int = 128 << 20) -> None:
        super().__init__(session)
        self._session = session
        self._budget = budget_bytes
        self._images: OrderedDict[int, tuple[QImage, RgbImage]] = OrderedDict()
        self._worker = Worker("pictures", self._on_error)
        self._cache = LayerCache()
        self._thumbnails = Thumbnails(self.thumbnail_ready.emit)
        self._direction = 0
        self._seen_smaller = False
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
        elif self._plays_smaller:
            self._decode(frame)
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
        changed, was_smaller = self.is_playing != bool(direction), self._plays_smaller
        self._direction = direction
        self._thumbnails.paused = direction != 0
        if changed:
            self.playing_changed.emit()
        if direction:
            start = self._session.frame if frame is None else frame
            annotator.video.prefetch(start, direction, _AHEAD, as_decoded=self._plays_smaller)
        elif was_smaller:
            self.rested.emit()

    # Work in the decode thread

    def work(
        self,
        frame: int,
        work: Callable[[Annotator, RgbImage], _T],
        then: Callable[[_T], None],
        *,
        key: str,
        enough: Size | None = None,
    ) -> None:
        """Do something with a frame in the decode thread; the newest task of a key counts.

        Parameters
        ----------
        frame
            Which one; it is decoded first, `ready` or `failed` is emitted before ``then``.
        work
            Called in the thread with the frame's pixels (H, W, 3), or fewer of them.
        then
            Called with its result in the window's thread, unless the video was closed meanwhile.
        key
            Tasks of the same key that wait are dropped.
        enough : (h, w)
            As `enough` returns it: fewer pixels will do, and if the player has gone on, none at all.
        """
        annotator = self._session.annotator
        if annotator is None:
            return
        known = self.array(frame)

        def in_thread() -> tuple[RgbImage, _T] | None:
            if enough is None:
                pixels = annotator.video.frame(frame)
            elif known is not None:
                pixels = known
            elif annotator.video.holds(frame):
                pixels = annotator.video.decoded(frame).to_look_at(enough)
            else:
                # The player has gone on; decoding it again would hold up what comes.
                return None
            return pixels, work(annotator, pixels)

        def done(result: tuple[RgbImage, _T] | None) -> None:
            if self._session.annotator is annotator and result is not None:
                if result[0].shape[:2] == self.size:
                    self._keep(frame, result[0])
                then(result[1])

        def failed(error: Exception) -> None:
            if self._session.annotator is annotator:
                self._fail(frame, error)

        self._worker.submit(in_thread, done, failed=failed, key=key)

    def enough(self, size: Size | None) -> Size | None:
        """Return the size in which frames and masks need to come now; None for the video's own.

        A large video is played in the size in which it is seen, and shown in its own when it stands.

        Parameters
        ----------
        size : (h, w)
            In which the whole frame is seen; None where it is not made smaller.
        """
        self._seen_smaller = size is not None and self.size[0] * self.size[1] > _LARGE
        return size if self._plays_smaller else None

    def layers(self, annotator: Annotator, frame: int, *, enough: Size | None = None) -> Layers:
        """Return who is seen where on a frame; for use in worker threads, it may take a while.

        Parameters
        ----------
        annotator
            The open annotator, whose project has the masks.
        frame
            The 0-based frame number.
        enough : (h, w)
            As `enough` returns it; they may have the video's own size all the same.
        """
        project = annotator.project
        objects = stacked(project.objects, solo=self._session.solo)
        found = self._cache.get(frame, objects)
        if found is None and enough is not None:
            return make_layers(project.records(frame), objects, project.size, seen=enough)
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

    @property
    def _plays_smaller(self) -> bool:
        """Whether frames go by in a player that shows them smaller than they are."""
        return self._direction != 0 and self._seen_smaller

    def _decode(self, frame: int) -> None:
        """Have a frame decoded for a player that waits for it."""
        annotator = self._session.annotator
        if annotator is None:
            return

        def failed(error: Exception) -> None:
            if self._session.annotator is annotator:
                self._fail(frame, error)

        self._worker.submit(lambda: annotator.video.decoded(frame), failed=failed, key="frame")

    def _on_opened(self) -> None:
        self._forget()
        if self._session.annotator is not None:
            self._thumbnails.open(self._session.annotator.video)

    def _forget(self) -> None:
        self._images.clear()
        self._cache.clear()
        self._direction, self._seen_smaller = 0, False
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

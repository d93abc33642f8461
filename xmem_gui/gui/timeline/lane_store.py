"""The lanes' strips of what is seen of the video, fetched in the documents' thread and kept up to date."""

from __future__ import annotations

import logging
import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.values import in_order
from xmem_gui.gui.timeline.lane_pictures import LanePicture
from xmem_gui.gui.timeline.scale import Scale
from xmem_gui.gui.timeline.viewport import Viewport

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import DocumentChange, LaneStrip, VideoObject

_Strips = dict[int, "LaneStrip"]
_REST = 60
"""Milliseconds between two looks at a document that goes on changing."""
_logger = logging.getLogger(__name__)


def window_of(scale: Scale, pixels: float) -> range:
    """Return the parts to fetch for a scale: a part a pixel or a frame, and half as much again each side.

    Parameters
    ----------
    scale
        The part of the timeline that is in sight.
    pixels
        Of the screen for one of the scale.
    """
    step = max(1, math.ceil(scale.visible / max(scale.width * pixels, 1.0) - 1e-6))
    margin = scale.visible / 2
    start = max(0, math.floor((scale.first - margin) / step)) * step
    stop = min(scale.frames, math.ceil(scale.first + scale.visible + margin))
    return range(start, max(start, stop), step)


class LaneStore(QObject):
    """Pictures of all lanes.

    Parameters
    ----------
    context
        Its session has the objects; its preferences say below which confidence a frame is one to review.
    viewport
        Which frames are to be had.
    """

    changed = Signal(object)
    """Ids of the objects whose pictures are different, or None for all."""
    objects_changed = Signal()
    """Objects joined, left, or look different."""

    def __init__(self, context: Context, viewport: Viewport) -> None:
        super().__init__(context.session)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
        self._viewport = viewport
        self.objects: list[VideoObject] = []
        self.window = range(0)
        self.pixel_ratio = 1.0
        self._pictures: dict[int, LanePicture] = {}
        self._strips: _Strips = {}
        self._dirty: range | None = None
        self._asked: Annotator | None = None
        self._rest = QTimer(self, singleShot=True, interval=_REST)
        self._rest.timeout.connect(self._refresh)
        viewport.changed.connect(self._on_viewport)
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_opened)
        session.document_changed.connect(self._on_change)
        preferences.changed.connect(self._on_preference)
        self._on_opened()

    def picture(self, object_id: int) -> LanePicture | None:
        """Return an object's picture over `window`, or None while it is on its way."""
        return self._pictures.get(object_id)

    def redraw(self) -> None:
        """Draw all pictures again, in the theme's colours."""
        low = self._preferences.values.low_confidence
        self._pictures = {
            one.id: LanePicture(self._strips[one.id], one, low=low)
            for one in self.objects
            if one.id in self._strips
        }
        self.changed.emit(None)

    # What is out of date

    def _on_opened(self) -> None:
        self.objects = in_order(self._session.objects)
        self.window, self._pictures, self._strips, self._dirty = range(0), {}, {}, None
        self.objects_changed.emit()
        self._on_viewport()

    def _on_preference(self, name: str) -> None:
        if name == "low_confidence":
            self.redraw()

    def _on_viewport(self) -> None:
        wanted = window_of(self._viewport.scale, self.pixel_ratio)
        seen = self._viewport.scale.seen()
        has = self.window.start <= seen.start and seen.stop <= self._stop()
        if wanted.step != self.window.step or not has or not len(self.window):
            self._fetch(wanted, whole=True)

    def _on_change(self, change: DocumentChange) -> None:
        others = change.of_objects and self.objects != in_order(self._session.objects)
        if others:
            self.objects = in_order(self._session.objects)
            self.redraw()
            self.objects_changed.emit()
        part = self.window
        if change.frames is not None and not others:
            inside = [frame for frame in change.frames if part.start <= frame < self._stop()]
            if not inside:
                return
            step = part.step
            low = part.start + (min(inside) - part.start) // step * step
            part = range(low, max(inside) + 1, step)
        if self._dirty is not None:
            low, high = min(self._dirty.start, part.start), max(self._dirty.stop, part.stop)
            part = range(low, high, part.step)
        self._dirty = part
        if not self._rest.isActive():
            self._rest.start()

    def _stop(self) -> int:
        """Return the frame after the last part."""
        return self.window.start + len(self.window) * self.window.step

    # Fetching, one question at a time

    def _refresh(self) -> None:
        if self._dirty is None:
            return
        if len(self._dirty) * 2 >= len(self.window):
            self._fetch(window_of(self._viewport.scale, self.pixel_ratio), whole=True)
        else:
            self._fetch(self._dirty, whole=False)

    def _fetch(self, part: range, *, whole: bool) -> None:
        annotator = self._session.annotator
        if annotator is None or not self.objects:
            return
        if self._asked is annotator:
            # What is missing then is fetched when the answer has come.
            return
        self._dirty, self._asked = None, annotator
        ids = [one.id for one in self.objects]

        def work() -> _Strips:
            return {one: annotator.project.query.strip(one, part) for one in ids}

        def done(strips: _Strips) -> None:
            if self._asked is annotator:
                self._asked = None
            if self._session.annotator is annotator:
                self._take(part, strips, whole=whole)
                self._on_viewport()

        def failed(error: Exception) -> None:
            _logger.warning("the lanes cannot be drawn: %s", error)
            if self._asked is annotator:
                self._asked = None

        self._session.documents.submit(work, done, failed=failed)

    def _take(self, part: range, strips: _Strips, *, whole: bool) -> None:
        if whole:
            self.window, self._strips = part, strips
            self.redraw()
        elif part.step == self.window.step and part.start >= self.window.start and part.stop <= self._stop():
            at = (part.start - self.window.start) // part.step
            patched = [
                one for one, strip in strips.items()
                if one in self._pictures and self._pictures[one].patch(at, strip)
            ]  # fmt: skip
            if patched:
                self.changed.emit(frozenset(patched))
        if self._dirty is not None and not self._rest.isActive():
            self._rest.start()

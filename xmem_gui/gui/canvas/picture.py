"""The picture on the canvas: frame and masks at the place and in the look asked for."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from xmem_gui.arrays import RgbImage
from xmem_gui.gui.canvas.geometry import Place, Region, bound_scale, fitting, kept
from xmem_gui.gui.canvas.look import Look, Mode
from xmem_gui.gui.canvas.rendition import Rendition, Sight, Touch
from xmem_gui.gui.context import Context
from xmem_gui.gui.pictures.mattes import MatteCache
from xmem_gui.gui.theme import colours

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.canvas.desk import Desk
    from xmem_gui.project import DocumentChange

_MARGIN = 160
"""Device pixels drawn beyond the canvas, so that moving the picture a little shows no gap."""


class PictureView(QWidget):
    """Shows the current frame.

    The decode thread draws what is to be seen (a `Rendition`); this widget only puts it on the screen,
    stretched or moved while the next one is on its way, over the plain frame where it does not reach.

    Parameters
    ----------
    context
        Its session has the frame that is shown; its frames decode it.
    desk
        What is shown beyond the document.
    """

    place_changed = Signal()
    """Zoom or position is another."""
    shown = Signal(int)
    """A frame has been drawn anew; for what measures."""

    def __init__(self, context: Context, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._frames = frames = context.frames
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._desk = desk
        self._place = Place()
        self._fitted = True
        self._look = Look()
        self._rendition: Rendition | None = None
        self._wanted: Sight | None = None
        self._mattes = MatteCache()
        self._problem = ""
        session.opened.connect(self._on_opened)
        session.closed.connect(self._on_closed)
        session.frame_changed.connect(lambda _: self.draw())
        session.document_changed.connect(self._on_change)
        session.solo_changed.connect(lambda _: self.draw())
        session.object_selected.connect(self._on_selected)
        desk.stale.connect(self.draw)
        desk.touched.connect(self._on_touched)
        frames.failed.connect(self._on_failed)
        frames.rested.connect(self.draw)

    # What is shown and where

    @property
    def place(self) -> Place:
        """Where the video lies, in device pixels."""
        return self._place

    @place.setter
    def place(self, place: Place) -> None:
        self._move(place, fitted=False)

    @property
    def is_fitted(self) -> bool:
        """Whether all of the video is shown, and will be when the canvas changes its size."""
        return self._fitted

    @property
    def look(self) -> Look:
        """How masks are shown."""
        return self._look

    @look.setter
    def look(self, look: Look) -> None:
        if look != self._look:
            self._look = look
            self.draw()

    @property
    def rendition(self) -> Rendition | None:
        """What is on the screen."""
        return self._rendition

    @property
    def problem(self) -> str:
        """Why there is no picture; "" if there is one."""
        return self._problem

    @property
    def canvas(self) -> tuple[int, int]:
        """(width, height) in device pixels."""
        ratio = self.devicePixelRatioF()
        return max(round(self.width() * ratio), 1), max(round(self.height() * ratio), 1)

    @property
    def video(self) -> tuple[int, int]:
        """(width, height) of the video."""
        height, width = self._frames.size
        return max(width, 1), max(height, 1)

    def fit(self) -> None:
        """Show all of the video, as large as may be."""
        self._move(fitting(self.video, self.canvas), fitted=True)

    def actual_size(self) -> None:
        """Show a pixel of the video as a pixel of the screen."""
        middle = self.canvas[0] / 2, self.canvas[1] / 2
        self.zoom_to(1.0, *middle)

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Zoom by a factor; what is at a position of the widget (its middle by default) stays there."""
        ratio = self.devicePixelRatioF()
        x, y = (self.canvas[0] / 2, self.canvas[1] / 2) if at is None else (at.x() * ratio, at.y() * ratio)
        self.zoom_to(self._place.scale * factor, x, y)

    def zoom_to(self, scale: float, x: float, y: float) -> None:
        """Zoom to a scale; what is at a place in device pixels stays there."""
        scale = bound_scale(scale, self.video, self.canvas)
        self.place = self._place.zoomed(scale, x, y)

    def draw(self) -> None:
        """Have the current frame drawn, as it is now."""
        if self._session.annotator is None:
            return
        frame, place = self._session.frame, self._place
        look = replace(
            self._look, selected=self._session.selected, line=max(round(self.devicePixelRatioF()), 1)
        )
        whole = Region(0, 0, *self.video)
        region = whole if place.scale < 1 else place.exposed(self.video, self.canvas, margin=_MARGIN)
        if region.is_empty:
            return
        self._wanted = sight = Sight(frame, region, place.scale, look)
        frames, mattes, touches = self._frames, self._mattes, self._desk.touches(frame)
        # Mattes are made of whole frames.
        is_smaller = place.scale < 1 and look.mode is not Mode.MATTE
        enough = frames.enough(sight.size if is_smaller else None)

        def make(annotator: Annotator, pixels: RgbImage) -> Rendition:
            layers = frames.layers(annotator, frame, enough=enough)
            matte = None
            if look.mode is Mode.MATTE:
                matte = mattes.of(annotator, frame, layers, chosen=look.selected, edge=look.edge)
            return Rendition(sight, pixels, layers, touches, matte)

        frames.work(frame, make, self._on_rendition, key="rendition", enough=enough)

    # Painting

    def paintEvent(self, event: QPaintEvent) -> None:
        """Put the picture on the screen."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(colours().canvas))
        if self._session.annotator is not None:
            ratio = self.devicePixelRatioF()
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)
            self._paint_picture(painter)
            painter.restore()
        if self._problem:
            painter.setPen(QColor(colours().text))
            painter.drawText(self.rect().adjusted(24, 24, -24, -24), _CENTRED, self._problem)

    def _paint_picture(self, painter: QPainter) -> None:
        rendition, place = self._rendition, self._place
        if rendition is None:
            return
        sight = rendition.sight
        target = self._target(sight.region)
        image = self._frames.image(sight.frame)
        if image is not None and not sight.region.covers(place.exposed(self.video, self.canvas)):
            painter.save()
            painter.setClipRegion(QRegion(QRect(0, 0, *self.canvas)) - QRegion(target))
            painter.drawImage(QRectF(self._target(Region(0, 0, *self.video))), image)
            painter.restore()
        if target.size() == rendition.image.size():
            painter.drawImage(target.topLeft(), rendition.image)
        else:
            painter.drawImage(QRectF(target), rendition.image)

    def _target(self, region: Region) -> QRect:
        """Return where a region is, in whole device pixels."""
        left, top = self._place.to_canvas(region.left, region.top)
        scale = self._place.scale
        return QRect(round(left), round(top), round(region.width * scale), round(region.height * scale))

    # Inside

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the video fitting, or where it was."""
        super().resizeEvent(event)
        if self._fitted:
            self.fit()
        else:
            self.place = self._place

    def _move(self, place: Place, *, fitted: bool) -> None:
        before = self._place
        self._place, self._fitted = kept(place, self.video, self.canvas), fitted
        self.update()
        if self._needs_drawing(before):
            self.draw()
        self.place_changed.emit()

    def _needs_drawing(self, before: Place) -> bool:
        wanted = self._wanted
        if wanted is None or self._place.scale != before.scale or wanted.scale != self._place.scale:
            return True
        return not wanted.region.covers(self._place.exposed(self.video, self.canvas))

    def _on_rendition(self, rendition: Rendition) -> None:
        # What the brush has painted since it was asked for.
        for touch in self._desk.touches(rendition.sight.frame):
            if not touch.alone:
                rendition.touch(touch)
        self._rendition, self._problem = rendition, ""
        self.update()
        self.shown.emit(rendition.sight.frame)

    def _on_touched(self, touch: Touch) -> None:
        rendition = self._rendition
        if rendition is None or touch.frame != rendition.sight.frame:
            return
        x, y, width, height = rendition.touch(touch)
        target, ratio = self._target(rendition.sight.region), self.devicePixelRatioF()
        self.update(
            QRectF((target.x() + x) / ratio, (target.y() + y) / ratio, width / ratio, height / ratio)
            .toAlignedRect()
            .adjusted(-1, -1, 1, 1)
        )

    def _on_opened(self) -> None:
        self._rendition = self._wanted = None
        self._problem = ""
        self.fit()
        self.draw()

    def _on_closed(self) -> None:
        self._rendition = self._wanted = None
        # Another one: the decode thread may be at work with this one.
        self._mattes = MatteCache()
        self._problem = ""
        self.update()

    def _on_change(self, change: DocumentChange) -> None:
        if change.of_objects or change.touches(self._session.frame):
            self.draw()

    def _on_selected(self, _: object) -> None:
        self.draw()

    def _on_failed(self, frame: int, why: str) -> None:
        if frame == self._session.frame:
            self._rendition, self._problem = None, why
            self.update()


_CENTRED = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)

"""A loupe: what is under a painting pointer, magnified in a corner of the picture."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from xmem_gui.gui.canvas.geometry import Place, Region
from xmem_gui.gui.canvas.rendition import LiveLayers, Rendition, Sight
from xmem_gui.gui.context import Context
from xmem_gui.gui.theme import colours

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk
    from xmem_gui.gui.canvas.sketch import Sketch
    from xmem_gui.gui.canvas.view import CanvasView

_SIDE = 192
"""Logical pixels of its sides; less on a small canvas."""
_MARGIN = 12
_NEAR = 24
"""Logical pixels that the pointer comes near to before it moves away."""
_LEAST, _MOST = 4, 8
"""How many times as large as 100 % it shows the video."""
_TOOLS = {"tool.brush", "tool.eraser", "tool.polygon", "tool.lasso", "tool.fill"}
_GRID = QColor(0, 0, 0, 40)
_GRID_FROM = 6.0
"""Logical pixels to a pixel of the video from which lines between them do not hide the picture."""


class Loupe(QObject):
    """Binds the action: picture, masks and the tool around the pointer, four to eight times as large.

    It is in an upper corner, and goes to the other one when the pointer comes near. Pixels of the video are
    squares in it. It is at least twice as large as the canvas, and not shown where that is large itself.

    Parameters
    ----------
    context
        Its session has the frame; its preferences keep whether the loupe is on.
    view
        The canvas that it lies over.
    desk
        What is being painted, and how wide.
    """

    def __init__(self, context: Context, view: CanvasView, desk: Desk) -> None:
        super().__init__(view)
        self._session, self._frames, self._preferences = context.session, context.frames, context.preferences
        self._view, self._desk = view, desk
        self._action = context.actions["view.loupe"]
        self._at_right = False
        self._live = LiveLayers()
        self._action.setChecked(context.preferences.values.loupe)
        context.actions.bind_toggle("view.loupe", self._set)
        context.preferences.changed.connect(self._on_preference)
        view.pointed.connect(self._on_pointed)
        view.draw_also(self._paint, over=True)

    def area(self) -> QRectF | None:
        """Return where it is now, in logical pixels of the canvas; None if it is not shown."""
        view, at = self._view, self._view.mouse
        painting = view.tool is not None and view.tool.id in _TOOLS and not view.panning
        if not self._action.isChecked() or at is None or not painting or self._on_canvas >= _MOST:
            return None
        width, height = view.width(), view.height()
        side = min(_SIDE, (width - 3 * _MARGIN) // 2, height - 2 * _MARGIN)
        if side < _SIDE // 3:
            return None
        left = QRectF(_MARGIN, _MARGIN, side, side)
        right = left.translated(width - side - 2 * _MARGIN, 0)
        here = right if self._at_right else left
        if here.adjusted(-_NEAR, -_NEAR, _NEAR, _NEAR).contains(at):
            self._at_right = not self._at_right
            here = right if self._at_right else left
        return here

    @property
    def scale(self) -> float:
        """Logical pixels to a pixel of the video: fewer for a large brush, so that it can be seen whole."""
        wide = self._view.tool is not None and self._view.tool.cursor == "none"
        diameter = 2 * self._desk.options.radius if wide else 1.0
        scale = min(max(math.floor(_SIDE / 2 / diameter), _LEAST), _MOST)
        return float(max(scale, math.ceil(2 * self._on_canvas)))

    # Inside

    @property
    def _on_canvas(self) -> float:
        return self._view.place.scale / self._view.devicePixelRatioF()

    def _on_preference(self, name: str) -> None:
        if name == "loupe":
            self._action.setChecked(self._preferences.values.loupe)

    def _set(self, on: bool) -> None:
        self._preferences.set(loupe=on)
        self._view.update()

    def _on_pointed(self) -> None:
        if self._action.isChecked():
            self._view.update()

    def _paint(self, painter: QPainter, sketch: Sketch) -> None:
        area, at = self.area(), self._view.mouse
        if area is None or at is None:
            return
        x, y = self._view.place.to_video(at.x() * sketch.ratio, at.y() * sketch.ratio)
        # Whole device pixels, or squares would not be of one size.
        scale = float(round(self.scale * sketch.ratio))
        middle = area.center() * sketch.ratio
        place = Place(scale, middle.x() - x * scale, middle.y() - y * scale)
        painter.save()
        painter.setClipRect(area)
        painter.fillRect(area, QColor(colours().canvas))
        self._paint_video(painter, place, area, sketch.ratio)
        if self._view.tool is not None:
            self._view.tool.paint(painter, replace(sketch, place=place))
        painter.restore()
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, around in ((QColor(0, 0, 0, 150), 1.5), (QColor(Qt.GlobalColor.white), 0.5)):
            painter.setPen(QPen(colour, 1))
            painter.drawRect(area.adjusted(-around, -around, around, around))

    def _paint_video(self, painter: QPainter, place: Place, area: QRectF, ratio: float) -> None:
        frame, shown = self._session.frame, self._view.rendition
        pixels = self._frames.array(frame)
        if shown is None or shown.sight.frame != frame or pixels is None:
            return
        if shown.layers.index.shape != shown.layers.size:
            # It goes by in a player: the masks come in their own size when it stands.
            return
        left, top = place.to_video(area.left() * ratio, area.top() * ratio)
        right, bottom = place.to_video(area.right() * ratio, area.bottom() * ratio)
        width, height = self._view.video
        region = Region(
            max(math.floor(left), 0), max(math.floor(top), 0),
            min(math.ceil(right), width), min(math.ceil(bottom), height),
        )  # fmt: skip
        if region.is_empty:
            return
        look = replace(shown.sight.look, line=max(round(ratio), 1))
        sight = Sight(frame, region, place.scale, look)
        live = self._live.of(shown.layers, self._desk.touches(frame))
        made = Rendition(sight, pixels, live, matte=shown.matte_in(region, live))
        corner = QPointF(*place.to_canvas(region.left, region.top)) / ratio
        image = made.image
        image.setDevicePixelRatio(ratio)
        painter.drawImage(corner, image)
        if place.scale / ratio >= _GRID_FROM:
            self._paint_grid(painter, corner, region, place.scale / ratio)

    def _paint_grid(self, painter: QPainter, corner: QPointF, region: Region, step: float) -> None:
        painter.setPen(QPen(_GRID, 0))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        right, bottom = corner.x() + region.width * step, corner.y() + region.height * step
        for column in range(1, region.width):
            x = corner.x() + column * step
            painter.drawLine(QPointF(x, corner.y()), QPointF(x, bottom))
        for row in range(1, region.height):
            y = corner.y() + row * step
            painter.drawLine(QPointF(corner.x(), y), QPointF(right, y))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)

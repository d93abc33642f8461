"""What tools draw with: places of the video on the canvas, and pens that show on any picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from xmem_gui.gui.canvas.geometry import Place

_DARK = QColor(0, 0, 0, 150)
_MARK = 6.0


@dataclass(frozen=True)
class Sketch:
    """Where the video lies and how large a screen's pixel is.

    Attributes
    ----------
    place
        Of the video, in device pixels.
    ratio
        Device pixels to a logical one; a painter counts in logical ones.
    colour
        Of the selected object, or the theme's accent.
    add, subtract
        Colours of what adds and of what takes away.
    """

    place: Place
    ratio: float
    colour: QColor
    add: QColor
    subtract: QColor

    def at(self, x: float, y: float) -> QPointF:
        """Return where a place of the video is for a painter."""
        on_canvas = self.place.to_canvas(x, y)
        return QPointF(on_canvas[0] / self.ratio, on_canvas[1] / self.ratio)

    def length(self, pixels: float) -> float:
        """Return a length of the video for a painter."""
        return pixels * self.place.scale / self.ratio

    def polygon(self, points: Iterable[tuple[float, float]]) -> QPolygonF:
        """Return places of the video for a painter."""
        return QPolygonF([self.at(x, y) for x, y in points])

    def line(
        self,
        painter: QPainter,
        points: Iterable[tuple[float, float]],
        colour: QColor,
        *,
        dashed: bool,
        width: float = 1.5,
    ) -> None:
        """Draw a thin line, of a width in logical pixels, that shows on light and on dark."""
        polygon = self.polygon(points)
        for pen in (QPen(_DARK, width + 1.5), QPen(colour, width)):
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
            if dashed and pen.widthF() == width:
                pen.setDashPattern([4, 3])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawPolyline(polygon)

    def stroke(
        self, painter: QPainter, points: Iterable[tuple[float, float]], radius: float, colour: QColor
    ) -> None:
        """Draw a line as wide as a brush, half transparent."""
        shade = QColor(colour)
        shade.setAlpha(150)
        width = max(self.length(2 * radius), 2.0)
        pen = QPen(shade, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin)
        places = [self.at(x, y) for x, y in points]
        painter.setPen(pen)
        if len(places) == 1:
            painter.drawPoint(places[0])
        else:
            painter.drawPolyline(QPolygonF(places))

    def circle(self, painter: QPainter, x: float, y: float, radius: float, *, erase: bool) -> None:
        """Draw the outline of a round brush."""
        drawn = max(self.length(radius), 1.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (QPen(_DARK, 3.0), QPen(self.subtract if erase else QColor(Qt.GlobalColor.white), 1.25)):
            painter.setPen(pen)
            painter.drawEllipse(self.at(x, y), drawn, drawn)

    def mark(self, painter: QPainter, x: float, y: float, *, positive: bool, hot: bool) -> None:
        """Draw a click: a round mark with a plus or a minus."""
        centre, radius = self.at(x, y), _MARK + (1.5 if hot else 0)
        painter.setPen(QPen(QColor(Qt.GlobalColor.white), 1.5))
        painter.setBrush(self.add if positive else self.subtract)
        painter.drawEllipse(centre, radius, radius)
        arm = radius * 0.5
        painter.drawLine(centre - QPointF(arm, 0), centre + QPointF(arm, 0))
        if positive:
            painter.drawLine(centre - QPointF(0, arm), centre + QPointF(0, arm))

    def handle(self, painter: QPainter, x: float, y: float, *, hot: bool = False) -> None:
        """Draw a corner that can be taken hold of."""
        centre, half = self.at(x, y), 4.5 if hot else 3.5
        painter.setPen(QPen(_DARK, 1))
        painter.setBrush(QColor(Qt.GlobalColor.white))
        painter.drawRect(QRectF(centre - QPointF(half, half), centre + QPointF(half, half)))

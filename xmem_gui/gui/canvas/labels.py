"""Words on the picture: white on a dark, round patch that shows on any picture."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

_PATCH = QColor(0, 0, 0, 170)
_EDGE = 4
"""Logical pixels between a label and the edge of the canvas."""
_NAME_WIDTH = 220
_MARGIN = 12
_SWATCH = 18


def paint_name(painter: QPainter, font: QFont, name: str, at: QPointF, area: QRectF) -> None:
    """Draw a name beside the pointer, in the canvas' font made smaller, and inside of an area."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() - 1, 7))
    painter.setFont(small)
    text = painter.fontMetrics().elidedText(name, Qt.TextElideMode.ElideRight, _NAME_WIDTH)
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-6, -3, 6, 3)
    box.moveTopLeft(at + QPointF(16, 18))
    if box.right() > area.right() - _EDGE:
        box.moveRight(at.x() - 12)
    if box.bottom() > area.bottom() - _EDGE:
        box.moveBottom(at.y() - 12)
    _patch(painter, box)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)


def paint_title(painter: QPainter, font: QFont, text: str, area: QRectF) -> QRectF:
    """Draw a sentence at the top of an area, its middle; return where it stands."""
    bold = QFont(font)
    bold.setBold(True)
    painter.setFont(bold)
    room = max(area.width() - 2 * _MARGIN - 24, 1)
    text = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(room))
    box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-12, -6, 12, 6)
    box.moveCenter(QPointF(area.center().x(), 0))
    box.moveTop(area.top() + _MARGIN)
    _patch(painter, box)
    painter.setPen(QPen(QColor(Qt.GlobalColor.white), 1, Qt.PenStyle.DashLine))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
    painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), text)
    return box


def paint_legend(painter: QPainter, font: QFont, rows: Sequence[tuple[QColor, str]], area: QRectF) -> None:
    """Draw what lines of some colours are, in the lower left corner of an area."""
    small = QFont(font)
    small.setPointSizeF(max(font.pointSizeF() - 1, 7))
    painter.setFont(small)
    metrics = painter.fontMetrics()
    step = metrics.height() + 2
    width = max((metrics.horizontalAdvance(text) for _, text in rows), default=0) + _SWATCH + 22
    box = QRectF(0, 0, width, step * len(rows) + 8)
    box.moveBottomLeft(area.bottomLeft() + QPointF(_MARGIN, -_MARGIN))
    _patch(painter, box)
    for number, (colour, text) in enumerate(rows):
        row = QRectF(box.left() + 8, box.top() + 4 + number * step, width - 16, step)
        middle = row.center().y()
        painter.setPen(QPen(colour, 2))
        painter.drawLine(QPointF(row.left(), middle), QPointF(row.left() + _SWATCH, middle))
        painter.setPen(QColor(Qt.GlobalColor.white))
        row.setLeft(row.left() + _SWATCH + 6)
        painter.drawText(row, int(Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft), text)


def _patch(painter: QPainter, box: QRectF) -> None:
    """Draw what is behind the words, and take a pen for them."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(_PATCH)
    painter.drawRoundedRect(box, 4, 4)
    painter.setPen(QColor(Qt.GlobalColor.white))

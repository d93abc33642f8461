"""The ruler: frame numbers, the playhead's head, and the range with its handles."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline.track import Track
from xmem_gui.gui.timeline.viewport import Viewport

RULER_HEIGHT = 22
_GRAB = 6
"""Pixels within which a handle or the playhead's head is taken, and by which a hand shakes."""


class Ruler(Track):
    """Frame numbers along the top of the timeline; parameters as `Track`.

    A click goes to a frame, a drag selects a range, a double click on the range clears it. A drag of the
    playhead's head scrubs, with Shift it selects too.
    """

    def __init__(
        self,
        session: Session,
        viewport: Viewport,
        menu: Callable[[QPointF], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session, viewport, menu, parent)
        self._handle = ""
        self._begun: tuple[int, float] | None = None
        """The frame where a range begins if this becomes a drag, and its pixel; None where nothing does."""
        self._selecting = False
        self.setFixedHeight(RULER_HEIGHT)
        self.setAccessibleName(self.tr("Ruler"))

    def sizeHint(self) -> QSize:
        """One line of text high."""
        return QSize(400, RULER_HEIGHT)

    def background(self) -> QColor:
        """As the window: the ruler is no content."""
        return QColor(theme.colours().window)

    def handle_at(self, x: float) -> str:
        """Return which handle is at a pixel: ``in``, ``out`` or nothing."""
        first, last = self.session.marks
        scale = self.viewport.scale
        if first is not None and abs(scale.x_of(first) - x) <= _GRAB:
            return "in"
        if last is not None and abs(scale.x_of(last + 1) - x) <= _GRAB:
            return "out"
        return ""

    def draw(self, painter: QPainter, area: QRect) -> None:
        """Draw ticks and numbers."""
        colours, scale = theme.colours(), self.viewport.scale
        font = self.font()
        font.setPixelSize(10)
        painter.setFont(font)
        step = scale.tick_step(12.0 + 8.0 * len(str(scale.frames)))
        small = max(1, step // (5 if step % 5 == 0 else 2 if step % 2 == 0 else 1))
        lines, base = QColor(colours.faint), float(self.height())
        # A number reaches to the right of its tick.
        begin = scale.frame_at(area.left() - 80) // step * step
        for frame in range(begin, scale.frame_at(area.right() + 1) + 1, small):
            x, labelled = scale.x_of(frame), frame % step == 0
            painter.setPen(QPen(lines, 1))
            painter.drawLine(QPointF(x, base - (8 if labelled else 4)), QPointF(x, base - 1))
            if labelled:
                painter.setPen(QColor(colours.muted))
                painter.drawText(QPointF(x + 4, base - 9), f"{frame:,}")
        painter.fillRect(QRectF(area.left(), base - 1, area.width(), 1), QColor(colours.border))

    def _draw_range(self, painter: QPainter) -> None:
        super()._draw_range(painter)
        first, last = self.session.marks
        scale, accent = self.viewport.scale, QColor(theme.colours().accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(accent)
        for x, way in (
            (None if first is None else scale.x_of(first), 1),
            (None if last is None else scale.x_of(last + 1), -1),
        ):
            if x is not None:
                corner = QPointF(x, 2)
                painter.drawRect(QRectF(x - 1 if way < 0 else x, 2, 1.5, self.height() - 3))
                painter.drawPolygon(QPolygonF([corner, corner + QPointF(8 * way, 0), corner + QPointF(0, 8)]))
        if first is not None or last is not None:
            left, right = scale.x_of(self.session.span[0]), scale.x_of(self.session.span[1] + 1)
            accent.setAlphaF(0.7)
            painter.fillRect(QRectF(left, self.height() - 3, right - left, 2), accent)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _draw_lines(self, painter: QPainter) -> None:
        super()._draw_lines(painter)
        x = self.viewport.scale.centre_of(self._playhead)
        head = QPainterPath(QPointF(x - 6, 3))
        head.lineTo(x + 6, 3)
        head.lineTo(x + 6, 11)
        head.lineTo(x, 18)
        head.lineTo(x - 6, 11)
        head.closeSubpath()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(head, QColor(theme.colours().accent))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    # The mouse

    def pressed(self, event: QMouseEvent) -> bool:
        """Take a handle, else go there: what is dragged from there is a range, but for the playhead."""
        x, scale = event.position().x(), self.viewport.scale
        self._handle = self.handle_at(x)
        self._begun, self._selecting = None, False
        if self._handle:
            return True
        shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        if shift or abs(scale.centre_of(self.session.frame) - x) > _GRAB:
            self._begun = scale.frame_at(x), x
        return super().pressed(event)

    def dragged(self, event: QMouseEvent) -> None:
        """Move the handle, or select up to here, else scrub."""
        if self._handle:
            self._move_handle(event)
        elif self._begun is None:
            super().dragged(event)
        else:
            frame, x = self._begun
            self._selecting = self._selecting or abs(event.position().x() - x) > _GRAB
            if not self._selecting:
                return
            super().dragged(event)
            first, last = sorted((frame, self.session.frame))
            self.session.marks = first, last

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Clear the range if it is meant."""
        first, last = self.session.span
        frame = self.viewport.scale.frame_at(event.position().x())
        left = event.button() == Qt.MouseButton.LeftButton
        if left and self.session.marks != (None, None) and first <= frame <= last:
            self.session.marks = None, None
        else:
            self.mousePressEvent(event)

    def _move_handle(self, event: QMouseEvent) -> None:
        scale, (first, last) = self.viewport.scale, self.session.marks
        if self._handle == "in":
            frame = scale.frame_at(event.position().x() + scale.pixels / 2)
            self.session.marks = (frame if last is None else min(frame, last)), last
        else:
            frame = scale.frame_at(event.position().x() - scale.pixels / 2)
            self.session.marks = first, (frame if first is None else max(frame, first))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Show that a handle can be taken."""
        if not event.buttons():
            shape = Qt.CursorShape.SizeHorCursor if self.handle_at(event.position().x()) else None
            self.setCursor(shape) if shape is not None else self.unsetCursor()
        super().mouseMoveEvent(event)

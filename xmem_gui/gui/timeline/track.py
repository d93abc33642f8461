"""What every track does: scrubs, zooms, pans, and shows playhead, range and run."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.state.jobs import JobState
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline.viewport import Viewport

_NOTCH = 120.0
_ZOOM = 1.25
"""Of one notch of the wheel."""


class Track(QWidget):
    """A band of the timeline, as wide as all others.

    Subclasses draw their content in `draw`; the lines that run through all tracks are drawn here.

    Parameters
    ----------
    session
        The session whose video and current frame are shown.
    viewport
        Which of them are seen.
    menu
        Called with a position on the screen for the context menu.
    """

    def __init__(
        self,
        session: Session,
        viewport: Viewport,
        menu: Callable[[QPointF], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.session, self.viewport, self._menu = session, viewport, menu
        self._playhead = session.frame
        self._run: int | None = None
        self._dragged: QPointF | None = None
        self.setMouseTracking(True)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.grabGesture(Qt.GestureType.PinchGesture)
        viewport.changed.connect(self.update)
        viewport.hovered.connect(self._on_hover)
        self._hovered: int | None = None
        session.frame_changed.connect(self._on_frame)
        session.range_changed.connect(self.update)
        session.job_changed.connect(self._on_job)
        session.opened.connect(self.update)
        session.closed.connect(self.update)

    def sizeHint(self) -> QSize:
        """As wide as there is room."""
        return QSize(400, self.minimumHeight())

    # Drawing

    def draw(self, painter: QPainter, area: QRect) -> None:
        """Draw the content of a part of the track; its background is there already."""
        raise NotImplementedError

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the content and what runs through all tracks."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), self.background())
        if self.viewport.scale.frames:
            self.draw(painter, event.rect())
            self._draw_range(painter)
            self._draw_lines(painter)

    def background(self) -> QColor:
        """Return the colour under everything."""
        return QColor(theme.colours().surface)

    def column(self, frame: int) -> QRect:
        """Return what has to be drawn again when a line through a frame comes or goes."""
        scale = self.viewport.scale
        half = max(8.0, scale.pixels / 2 + 2)
        return QRectF(scale.centre_of(frame) - half, 0, 2 * half, self.height()).toAlignedRect()

    def _draw_range(self, painter: QPainter) -> None:
        first, last = self.session.marks
        shade = QColor(theme.colours().window)
        shade.setAlphaF(0.6)
        scale = self.viewport.scale
        if first is not None:
            painter.fillRect(QRectF(0, 0, scale.x_of(first), self.height()), shade)
        if last is not None:
            left = scale.x_of(last + 1)
            painter.fillRect(QRectF(left, 0, max(0.0, self.width() - left), self.height()), shade)

    def _draw_lines(self, painter: QPainter) -> None:
        colours, scale = theme.colours(), self.viewport.scale
        if self._hovered is not None:
            faint = QColor(colours.muted)
            faint.setAlphaF(0.5)
            self._line(painter, self._hovered, faint, 1.0)
        if self._run is not None:
            self._line(painter, self._run, QColor(colours.success), 2.0)
        accent = QColor(colours.accent)
        if scale.pixels >= 4:
            accent.setAlphaF(0.18)
            left = scale.x_of(self._playhead)
            painter.fillRect(QRectF(left, 0, scale.pixels, self.height()), accent)
            accent.setAlphaF(1.0)
        self._line(painter, self._playhead, accent, 1.5)

    def _line(self, painter: QPainter, frame: int, colour: QColor, width: float) -> None:
        x = self.viewport.scale.centre_of(frame)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, 0), QPointF(x, self.height()))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _on_frame(self, frame: int) -> None:
        for one in (self._playhead, frame):
            self.update(self.column(one))
        self._playhead = frame

    def _on_hover(self, frame: int | None) -> None:
        for one in (self._hovered, frame):
            if one is not None:
                self.update(self.column(one))
        self._hovered = frame

    def _on_job(self, state: JobState | None) -> None:
        run = None if state is None else state.frame
        if run != self._run:
            for one in (self._run, run):
                if one is not None:
                    self.update(self.column(one))
            self._run = run

    # The mouse

    def pressed(self, event: QMouseEvent) -> bool:
        """Take a press of the left button; False if nothing is to be scrubbed."""
        self.session.frame = self.viewport.scale.frame_at(event.position().x())
        return True

    def dragged(self, event: QMouseEvent) -> None:
        """Follow the mouse after a press that was taken."""
        self.session.frame = self.viewport.scale.frame_at(event.position().x())
        self.viewport.show_frame(self.session.frame)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Scrub with the left button, move with the middle one."""
        if not self.viewport.scale.frames:
            return
        if event.button() == Qt.MouseButton.MiddleButton or (
            event.button() == Qt.MouseButton.LeftButton and self.pressed(event)
        ):
            self._dragged = event.position()
            self.viewport.hover = None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with it; without a button, tell what the mouse is on."""
        if self._dragged is None:
            inside = 0 <= event.position().x() < self.width() and bool(self.viewport.scale.frames)
            self.viewport.hover = self.viewport.scale.frame_at(event.position().x()) if inside else None
        elif event.buttons() & Qt.MouseButton.MiddleButton:
            self.viewport.move(self._dragged.x() - event.position().x())
            self._dragged = event.position()
        elif event.buttons() & Qt.MouseButton.LeftButton:
            self.dragged(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End it."""
        del event
        self._dragged = None

    def leaveEvent(self, event: QEvent) -> None:
        """Forget what the mouse was on."""
        super().leaveEvent(event)
        self.viewport.hover = None

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the mouse, with Ctrl too; with Shift or sideways move, with Alt go down the lanes."""
        fine, coarse = event.pixelDelta(), event.angleDelta()
        across = float(fine.x() or coarse.x())
        down = float(coarse.y())
        modifiers = event.modifiers()
        if modifiers & Qt.KeyboardModifier.ControlModifier:
            self.viewport.zoom(_ZOOM ** (down / _NOTCH), event.position().x())
        elif modifiers & Qt.KeyboardModifier.AltModifier:
            # Most systems turn the wheel sideways while Alt is held.
            self.viewport.top -= round((down or across) / 3)
        elif modifiers & Qt.KeyboardModifier.ShiftModifier:
            self.viewport.move(-(down or across))
        elif abs(across) > abs(down):
            self.viewport.move(-across)
        else:
            self.viewport.zoom(_ZOOM ** (down / _NOTCH), event.position().x())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Zoom with a pinch on a touchpad or a touch screen."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.viewport.zoom(1 + event.value(), event.position().x())
            return True
        if event.type() == QEvent.Type.Gesture:
            pinch = event.gesture(Qt.GestureType.PinchGesture)  # type: ignore[attr-defined]
            if pinch is not None:
                at = self.mapFromGlobal(pinch.centerPoint().toPoint())
                self.viewport.zoom(pinch.scaleFactor(), at.x())
                return True
        return super().event(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Go there and show what can be done; with the menu key, at the current frame."""
        if not self.viewport.scale.frames:
            return
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            self.picked(event.pos())
            self.session.frame = self.viewport.scale.frame_at(event.pos().x())
        self.open_menu(event)

    def open_menu(self, event: QContextMenuEvent) -> None:
        """Show what can be done where the menu was asked for."""
        self._menu(QPointF(event.globalPos()))

    def picked(self, position: object) -> None:
        """Select what is at a position."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the frames that are seen."""
        super().resizeEvent(event)
        self.viewport.resize(self.width())

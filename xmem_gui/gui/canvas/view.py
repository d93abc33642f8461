"""The canvas: the picture, the hand that moves it, and the tool that works on it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QInputDevice,
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QTabletEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from xmem_gui.gui.canvas.ghost import paint_ghost
from xmem_gui.gui.canvas.labels import paint_name
from xmem_gui.gui.canvas.layered import LayeredView
from xmem_gui.gui.canvas.marks import paint_marks
from xmem_gui.gui.canvas.sketch import Sketch
from xmem_gui.gui.canvas.tools import Pointer, Tool
from xmem_gui.gui.canvas.tools.prompts import Hit
from xmem_gui.gui.context import Context
from xmem_gui.gui.widgets.plain import row_text

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk
    from xmem_gui.gui.canvas.prompter import Prompter

_REACH = 5.0
"""Logical pixels that a hand may miss by."""
_NOTCH = 120
_STEP = math.sqrt(math.sqrt(2))
"""One notch of a wheel: four make the picture twice as large."""


class CanvasView(LayeredView):
    """The picture with a tool in hand.

    The wheel zooms at the pointer, with Ctrl it sizes the brush; the middle button moves the
    picture, the left one too while `panning`. A touchpad's two fingers move it and pinching zooms.
    The right button is the tool's; with Ctrl, and where the tool has no use for it, it asks for a menu.

    Parameters
    ----------
    context
        Its session has the frame that is shown; its frames decode it.
    desk
        The frame, object and document that the tools work on.
    prompter
        The prompter whose clicks, scribbles and box are drawn.
    """

    pointed = Signal()
    """The pointer is at another place, or has left."""
    entered = Signal()
    """Enter was pressed, and is no action's now."""
    menu_wanted = Signal(QPointF, object)
    """A menu is asked for at a position of the widget; with the id of the object under the mouse, or None."""

    def __init__(
        self, context: Context, desk: Desk, prompter: Prompter, parent: QWidget | None = None
    ) -> None:
        super().__init__(context, desk, parent)
        session = context.session
        self.setMouseTracking(True)
        self.setTabletTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Canvas"))
        self.setMinimumSize(160, 120)
        self._prompter = prompter
        self._tool: Tool | None = None
        self._pan: QPointF | None = None
        self._panning = self._pressed = False
        self._button: Literal["left", "right"] = "left"
        self._mouse: QPointF | None = None
        self._name = ""
        session.frame_changed.connect(lambda _: None if self._pressed else self._finish())
        desk.repaint.connect(self.update)
        prompter.changed.connect(self.update)
        prompter.ghost_changed.connect(self.update)
        self.place_changed.connect(self._set_cursor)
        self.place_changed.connect(self._name_again)
        self.shown.connect(self._name_again)

    @property
    def tool(self) -> Tool | None:
        """What is in hand."""
        return self._tool

    @tool.setter
    def tool(self, tool: Tool | None) -> None:
        if tool is not self._tool:
            self._finish()
            if self._tool is not None:
                self._tool.leave()
            self._tool = tool
            self._set_cursor()
            self.update()

    @property
    def panning(self) -> bool:
        """Whether the left button moves the picture."""
        return self._panning

    @panning.setter
    def panning(self, panning: bool) -> None:
        self._panning = panning
        self._set_cursor()
        self.update()

    @property
    def named(self) -> str:
        """The name shown beside the pointer: of the object under it, or ""."""
        return self._name

    @property
    def mouse(self) -> QPointF | None:
        """Where the pointer is, in logical pixels; None if it is elsewhere."""
        return self._mouse

    # Painting

    def paint_work(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw prompts, the tool and the name under the pointer."""
        hot: Hit | None = getattr(self._tool, "hot", None)
        prompts = getattr(self._tool, "shown", None) or self._prompter.prompts
        ghost = self._prompter.ghost
        if ghost is not None and ghost.frame == self._session.frame:
            paint_ghost(painter, sketch, ghost)
        if prompts is not None:
            paint_marks(painter, sketch, prompts, hot)
        if self._tool is not None and self._pan is None and not self._panning:
            self._tool.paint(painter, sketch)
        if self._name and self._mouse is not None and not self._pressed and self._pan is None:
            paint_name(painter, self.font(), self._name, self._mouse, QRectF(self.rect()))

    # The pointer

    def _pointer(
        self,
        at: QPointF,
        modifiers: Qt.KeyboardModifier,
        button: Literal["left", "right", "none"],
        pressure: float = 1.0,
    ) -> Pointer:
        ratio = self.devicePixelRatioF()
        x, y = self.place.to_video(at.x() * ratio, at.y() * ratio)
        held = Qt.KeyboardModifier
        return Pointer(
            x,
            y,
            button,
            alt=bool(modifiers & held.AltModifier),
            shift=bool(modifiers & held.ShiftModifier),
            ctrl=bool(modifiers & held.ControlModifier),
            pressure=pressure,
            reach=_REACH * ratio / self.place.scale,
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the picture, or begin a gesture of the tool."""
        self._down(event.position(), event.button(), event.modifiers())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Tell the tool."""
        self._down(event.position(), event.button(), event.modifiers(), double=True)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the gesture, or hover."""
        self._to(event.position(), event.modifiers())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the gesture."""
        self._up(event.position(), event.button(), event.modifiers())

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Do as the mouse does, with the pen's pressure."""
        kind, at = event.type(), event.position()
        if kind == QEvent.Type.TabletPress:
            self._down(at, event.button(), event.modifiers(), pressure=event.pressure())
        elif kind == QEvent.Type.TabletMove:
            self._to(at, event.modifiers(), pressure=event.pressure() if self._pressed else 1.0)
        else:
            self._up(at, event.button(), event.modifiers())
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        """Nothing is under the pointer."""
        super().leaveEvent(event)
        self._mouse, self._name = None, ""
        if self._tool is not None:
            self._tool.leave()
        self.update()
        self.pointed.emit()

    def _down(
        self,
        at: QPointF,
        button: Qt.MouseButton,
        modifiers: Qt.KeyboardModifier,
        *,
        double: bool = False,
        pressure: float = 1.0,
    ) -> None:
        if self._pressed or self._session.annotator is None:
            return
        if button == Qt.MouseButton.RightButton and self._is_for_menu(at, modifiers):
            self._ask_menu(at)
        elif button == Qt.MouseButton.MiddleButton or self._panning:
            self._pan = at
            self._set_cursor()
        elif self.problem:
            self._session.say(self.problem, "warning")
        elif self._tool is not None and button in {Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton}:
            self._pressed = True
            self._button = "left" if button == Qt.MouseButton.LeftButton else "right"
            pointer = self._pointer(at, modifiers, self._button, pressure)
            (self._tool.double if double else self._tool.press)(pointer)

    def _is_for_menu(self, at: QPointF, modifiers: Qt.KeyboardModifier) -> bool:
        """Whether the right button means the menu: with Ctrl, or where it means nothing else."""
        annotator, tool = self._session.annotator, self._tool
        if modifiers & Qt.KeyboardModifier.ControlModifier or self._panning or tool is None:
            return True
        idle = annotator is not None and bool(annotator.project.read_only)
        return idle or not tool.takes(self._pointer(at, modifiers, "right"))

    def _ask_menu(self, at: QPointF) -> None:
        ratio = self.devicePixelRatioF()
        place = self.place.to_video(at.x() * ratio, at.y() * ratio)
        under = None if self.rendition is None else self.rendition.layers.at(*place)
        self.menu_wanted.emit(at, None if under is None else under.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Show the menu by key; what the mouse's right button means is found when it is pressed."""
        event.accept()
        if event.reason() != QContextMenuEvent.Reason.Mouse:
            self._ask_menu_by_key()

    def _ask_menu_by_key(self) -> None:
        if self._session.annotator is not None:
            middle = QPointF(self.rect().center())
            self.menu_wanted.emit(middle if self._mouse is None else self._mouse, None)

    def _to(self, at: QPointF, modifiers: Qt.KeyboardModifier, *, pressure: float = 1.0) -> None:
        self._mouse = at
        if self._pan is not None:
            step, self._pan = at - self._pan, at
            ratio = self.devicePixelRatioF()
            self.place = self.place.moved(round(step.x() * ratio), round(step.y() * ratio))
        elif self._tool is not None and self._pressed:
            self._tool.move(self._pointer(at, modifiers, self._button, pressure))
        else:
            pointer = self._pointer(at, modifiers, "none")
            self._name_at(pointer.x, pointer.y)
            if self._tool is not None and not self._panning:
                self._tool.hover(pointer)
        self.pointed.emit()

    def _up(self, at: QPointF, button: Qt.MouseButton, modifiers: Qt.KeyboardModifier) -> None:
        if self._pan is not None:
            self._pan = None
            self._set_cursor()
            self._name_again()
            return
        mine = Qt.MouseButton.LeftButton if self._button == "left" else Qt.MouseButton.RightButton
        if self._tool is not None and self._pressed and button == mine:
            self._pressed = False
            self._tool.release(self._pointer(at, modifiers, self._button))

    def _name_at(self, x: float, y: float) -> None:
        """Name the object that is seen at a place of the video."""
        width, height = self.video
        name = ""
        if self.rendition is not None and 0 <= x < width and 0 <= y < height:
            one = self.rendition.layers.at(x, y)
            if one is not None:
                known = row_text(one.name)
                name = self.tr("{0} (locked)").format(known) if one.locked else known
        if name or self._name:
            self._name = name
            self.update()

    def _name_again(self) -> None:
        """Name what has come under a pointer that rests."""
        if self._mouse is not None and not self._pressed and self._pan is None:
            ratio = self.devicePixelRatioF()
            self._name_at(*self.place.to_video(self._mouse.x() * ratio, self._mouse.y() * ratio))

    # Zoom

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, size the brush, or move the picture with two fingers."""
        if self._session.annotator is None:
            return
        turned = event.angleDelta().y() or event.angleDelta().x()
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        touchpad = event.device().type() == QInputDevice.DeviceType.TouchPad
        if touchpad and not ctrl:
            step = QPointF(event.pixelDelta() if not event.pixelDelta().isNull() else QPoint(0, turned // 4))
            ratio = self.devicePixelRatioF()
            self.place = self.place.moved(round(step.x() * ratio), round(step.y() * ratio))
        elif ctrl and not touchpad and self._tool is not None and self._tool.cursor == "none":
            self._desk.options = self._desk.options.resized(1.15 ** (turned / _NOTCH))
        elif turned:
            self.zoom(_STEP ** (turned / _NOTCH), event.position())
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Take Delete and undo while the tool has a use for them, and pinching."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() == Qt.NativeGestureType.ZoomNativeGesture:
                self.zoom(1 + event.value(), event.position())
                return True
        elif (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and self._takes(event)
        ):
            event.accept()
            return True
        return super().event(event)

    # Keys

    def _takes(self, event: QKeyEvent) -> bool:
        """Whether a key is the canvas' although it is some action's shortcut."""
        plain = event.modifiers() in {Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier}
        tool = self._tool
        if tool is None:
            return False
        if event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            return plain and (tool.is_busy or getattr(tool, "hot", None) is not None)
        undo = event.key() == Qt.Key.Key_Z and event.modifiers() == Qt.KeyboardModifier.ControlModifier
        return undo and tool.is_busy

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Give the tool its keys."""
        tool = self._tool
        if event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self.entered.emit()
        elif event.key() == Qt.Key.Key_F10 and event.modifiers() == Qt.KeyboardModifier.ShiftModifier:
            # Not every system asks for a menu by this key.
            self._ask_menu_by_key()
        elif tool is not None and event.key() in {Qt.Key.Key_Delete, Qt.Key.Key_Backspace}:
            tool.delete()
        elif tool is not None and event.key() == Qt.Key.Key_Z and tool.is_busy:
            if not tool.back():
                tool.cancel()
        else:
            self._hover_again(event.modifiers())
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Tell the tool that a key is no more held."""
        self._hover_again(event.modifiers())
        super().keyReleaseEvent(event)

    def _hover_again(self, modifiers: Qt.KeyboardModifier) -> None:
        """Tell the tool that Shift or Alt is held, though the pointer rests."""
        if self._tool is not None and self._mouse is not None and not self._pressed:
            self._tool.hover(self._pointer(self._mouse, modifiers, "none"))

    def _finish(self) -> None:
        """Go on with something else: what is begun is done if it can be, and else given up."""
        if self._tool is not None and self._tool.is_busy and not self._tool.accept():
            self._tool.cancel()

    def _set_cursor(self) -> None:
        shape = Qt.CursorShape.ArrowCursor
        if self._pan is not None:
            shape = Qt.CursorShape.ClosedHandCursor
        elif self._panning:
            shape = Qt.CursorShape.OpenHandCursor
        elif self._tool is not None:
            shape = Qt.CursorShape.BlankCursor if self._tool.cursor == "none" else Qt.CursorShape.CrossCursor
        if self.cursor().shape() != shape:
            self.setCursor(shape)

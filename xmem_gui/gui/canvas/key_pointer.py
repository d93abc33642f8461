"""A pointer that keys move, so that every tool of the canvas works without a mouse."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import QEvent, QObject, QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QApplication, QWidget

from xmem_gui.gui.actions import Actions

STEP, FINE = 12, 1
"""Logical pixels that it moves by."""
_WAYS = {"left": (-1, 0), "right": (1, 0), "up": (0, -1), "down": (0, 1)}
_SIDE = 31
_LEFT, _RIGHT, _NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton, Qt.MouseButton.NoButton


class KeyPointer(QWidget):
    """A cross over the canvas; what it does comes to the canvas as the mouse's doing.

    It begins in the middle, shows itself when it is first moved, and goes when the mouse moves.

    Parameters
    ----------
    canvas
        The canvas that receives the pointer events made from keys.
    actions
        Those of ``pointer.*`` are bound here.
    """

    def __init__(self, canvas: QWidget, actions: Actions) -> None:
        super().__init__(canvas)
        self.setFixedSize(_SIDE, _SIDE)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAccessibleName(self.tr("Keyboard pointer"))
        self._canvas = canvas
        self._at: QPoint | None = None
        self._held = self._mine = False
        for way, (dx, dy) in _WAYS.items():
            actions.bind(f"pointer.{way}", partial(self._move, dx * STEP, dy * STEP))
            actions.bind(f"pointer.{way}_fine", partial(self._move, dx * FINE, dy * FINE))
        actions.bind("pointer.press", partial(self._press, _LEFT))
        actions.bind("pointer.press_right", partial(self._press, _RIGHT))
        actions.bind("pointer.hold", self._hold)
        canvas.installEventFilter(self)
        self.hide()

    @property
    def at(self) -> QPoint:
        """Where it is, in the canvas' logical pixels."""
        return self._canvas.rect().center() if self._at is None else self._at

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Give way to the mouse."""
        moved = watched is self._canvas and not self._mine
        if moved and event.type() == QEvent.Type.MouseMove and isinstance(event, QMouseEvent):
            self._at = event.position().toPoint()
            self.hide()
        return False

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a cross that is seen on any picture."""
        painter = QPainter(self)
        middle, arm = _SIDE // 2, _SIDE // 2 - 2
        for colour, width in ((Qt.GlobalColor.black, 4), (Qt.GlobalColor.white, 2)):
            painter.setPen(QPen(QColor(colour), width))
            for gap in (-1, 1):
                painter.drawLine(middle + 4 * gap, middle, middle + arm * gap, middle)
                painter.drawLine(middle, middle + 4 * gap, middle, middle + arm * gap)

    def _move(self, dx: int, dy: int) -> None:
        inside: QRect = self._canvas.rect()
        at = self.at + QPoint(dx, dy)
        self._at = QPoint(
            min(max(at.x(), inside.left()), inside.right()), min(max(at.y(), inside.top()), inside.bottom())
        )
        self._show()
        self._send(QEvent.Type.MouseMove, _NONE, _LEFT if self._held else _NONE)

    def _press(self, button: Qt.MouseButton) -> None:
        self._show()
        if self._held:
            self._hold()
            return
        self._send(QEvent.Type.MouseButtonPress, button, button)
        self._send(QEvent.Type.MouseButtonRelease, button, _NONE)

    def _hold(self) -> None:
        """Put the button down, or let it go: between the two, moving draws."""
        self._show()
        self._held = not self._held
        kind = QEvent.Type.MouseButtonPress if self._held else QEvent.Type.MouseButtonRelease
        self._send(kind, _LEFT, _LEFT if self._held else _NONE)

    def _show(self) -> None:
        self._at = self.at
        self.move(self._at - self.rect().center())
        self.show()
        self.raise_()

    def _send(self, kind: QEvent.Type, button: Qt.MouseButton, down: Qt.MouseButton) -> None:
        where = QPointF(self.at)
        over = QPointF(self._canvas.mapToGlobal(self.at))
        plain = Qt.KeyboardModifier.NoModifier
        self._mine = True
        QApplication.sendEvent(self._canvas, QMouseEvent(kind, where, over, button, down, plain))
        self._mine = False

"""Keys that mean two things: Space held pans and tapped plays; what is typed is typed."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QKeySequenceEdit,
    QLineEdit,
    QPlainTextEdit,
    QTextEdit,
    QWidget,
)
from shiboken6 import isValid

from xmem_gui.gui.actions.held_keys import HeldKeys

_TYPING = (QLineEdit, QTextEdit, QPlainTextEdit, QAbstractSpinBox, QKeySequenceEdit, QComboBox)
_ENTER = {Qt.Key.Key_Return, Qt.Key.Key_Enter}
_OWN_KEYS = {
    Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape, Qt.Key.Key_Up, Qt.Key.Key_Down,
    Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Delete, Qt.Key.Key_Backspace,
}  # fmt: skip


class KeyFilter(QObject):
    """Looks at keys before the window does.

    Space is play and pause when it is let go without anything having happened in between; while it is held,
    the canvas pans.

    It hears of the window's events and of those of what has the focus in it, where keys come first. To hear
    of all events of the program takes a third of the time in which a dialog is made.

    Parameters
    ----------
    window
        The window whose key presses are filtered.
    held
        Keys that show something while they are down.
    """

    tapped = Signal()
    """Space was pressed and let go."""
    panning = Signal(bool)
    """Space is held, or no more."""
    entered = Signal()
    """Enter was pressed in a field, which has taken it."""
    pressed = Signal(QKeySequence)
    """A key was pressed that nothing in the window has taken as a shortcut, and that is not typed text."""

    def __init__(self, window: QWidget, held: HeldKeys) -> None:
        super().__init__(window)
        self._window, self._keys = window, held
        self._held = self._used = False
        self._focus: QWidget | None = None
        self._mouse = _MouseUse(self)
        self._mouse.used.connect(self._on_use)
        window.installEventFilter(self)
        self._application = application = QApplication.instance()
        if isinstance(application, QApplication):
            application.focusChanged.connect(self._on_focus)

    def _on_focus(self, _: QWidget | None, focus: QWidget | None) -> None:
        before, self._focus = self._focus, None
        if before is not None and isValid(before) and before is not self._window:
            before.removeEventFilter(self)
        if focus is not None and focus is not self._window and focus.window() is self._window:
            focus.installEventFilter(self)
            self._focus = focus

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take Space; leave keys to what is typed in."""
        kind = event.type()
        if kind in {QEvent.Type.WindowDeactivate, QEvent.Type.FocusOut} and watched is self._window:
            self._let_go()
            self._keys.let_go()
        if not isinstance(event, QKeyEvent) or QApplication.activeWindow() is not self._window:
            return False
        focus = QApplication.focusWidget()
        typing = isinstance(focus, _TYPING)
        if kind == QEvent.Type.ShortcutOverride and typing and event.key() in _OWN_KEYS:
            event.accept()
            return True
        if kind == QEvent.Type.KeyRelease and typing and event.key() in _ENTER and watched is focus:
            self.entered.emit()
        if kind == QEvent.Type.KeyPress and watched is focus and not typing and not event.isAutoRepeat():
            self.pressed.emit(QKeySequence(event.keyCombination()))
        if (not typing or kind == QEvent.Type.KeyRelease) and self._keys.take(event):
            return True
        plain_space = event.key() == Qt.Key.Key_Space and event.modifiers() == Qt.KeyboardModifier.NoModifier
        if not plain_space or typing or (isinstance(focus, QAbstractButton) and not self._held):
            return False
        return self._space(event)

    def _space(self, event: QKeyEvent) -> bool:
        kind = event.type()
        if kind == QEvent.Type.ShortcutOverride:
            # Else the press would come as a shortcut, and nobody would hear of the release.
            event.accept()
            return True
        if event.isAutoRepeat():
            return True
        if kind == QEvent.Type.KeyPress and not self._held:
            self._held, self._used = True, False
            if self._application is not None:
                self._application.installEventFilter(self._mouse)
            self.panning.emit(True)
        elif kind == QEvent.Type.KeyRelease and self._held:
            used = self._used
            self._let_go()
            if not used:
                self.tapped.emit()
        return True

    def _let_go(self) -> None:
        if self._held:
            self._held = False
            if self._application is not None:
                self._application.removeEventFilter(self._mouse)
            self.panning.emit(False)

    def _on_use(self) -> None:
        self._used = True


class _MouseUse(QObject):
    """Says that the mouse is used, wherever it is; to be installed for a while only."""

    used = Signal()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Note presses and the wheel."""
        if event.type() in {QEvent.Type.MouseButtonPress, QEvent.Type.Wheel}:
            self.used.emit()
        return False

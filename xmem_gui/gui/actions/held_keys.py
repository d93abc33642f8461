"""Keys that show something while they are held, and no longer."""

from __future__ import annotations

from PySide6.QtCore import QEvent
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence

from xmem_gui.gui.actions.registry import Actions


class HeldKeys:
    """Turns actions whose spec says ``held`` on while their key is down; one that is on already goes off.

    Parameters
    ----------
    actions
        All actions; a person may have given them other keys.
    """

    def __init__(self, actions: Actions) -> None:
        self._actions = [actions[name] for name, spec in actions.specs.items() if spec.held]
        self._key: int | None = None
        self._on: QAction | None = None

    def take(self, event: QKeyEvent) -> bool:
        """Take a key that is one of theirs; return whether nobody else shall have it."""
        kind, again = event.type(), event.isAutoRepeat()
        if self._key is not None and self._key == event.key() and kind != QEvent.Type.ShortcutOverride:
            if kind == QEvent.Type.KeyRelease and not again:
                self.let_go()
            return True
        action = None if kind == QEvent.Type.KeyRelease else self._meant(event)
        if action is None:
            return False
        if kind == QEvent.Type.ShortcutOverride:
            # Else the press would come as a shortcut, and nobody would hear of the release.
            event.accept()
        elif not again:
            self.let_go()
            self._key, self._on = event.key(), None if action.isChecked() else action
            action.setChecked(self._on is not None)
        return True

    def let_go(self) -> None:
        """End what a key has turned on."""
        action, self._key, self._on = self._on, None, None
        if action is not None:
            action.setChecked(False)

    def _meant(self, event: QKeyEvent) -> QAction | None:
        pressed = QKeySequence(event.keyCombination())
        able = (one for one in self._actions if one.isEnabled())
        return next((one for one in able if pressed in one.shortcuts()), None)

"""A tool's button with its key in a corner."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import QToolButton, QWidget

_PIXELS, _MARGIN = 9, 3


class KeyButton(QToolButton):
    """A button of an action; a key of one character is drawn at the lower right.

    Parameters
    ----------
    action
        What it does; the key follows it.
    icon
        Pixels of the icon's side.
    """

    def __init__(self, action: QAction, icon: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setDefaultAction(action)
        self.setIconSize(QSize(icon, icon))
        self.setAccessibleName(action.text().replace("&", ""))
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    @property
    def letter(self) -> str:
        """The key that is drawn; "" for none."""
        text = self.defaultAction().shortcut().toString()
        return text if len(text) == 1 else ""

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the key over the button."""
        super().paintEvent(event)
        if not self.letter:
            return
        painter = QPainter(self)
        font = self.font()
        font.setPixelSize(_PIXELS)
        painter.setFont(font)
        group = QPalette.ColorGroup.Active if self.isEnabled() else QPalette.ColorGroup.Disabled
        colour = self.palette().color(group, QPalette.ColorRole.WindowText)
        colour.setAlpha(170)
        painter.setPen(colour)
        inside = self.rect().adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        painter.drawText(inside, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignBottom, self.letter)

"""Choosing an object's colour: those that colour-blind people can tell apart, or any other."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize
from PySide6.QtGui import QColor, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QColorDialog, QGridLayout, QMenu, QToolButton, QWidget, QWidgetAction

if TYPE_CHECKING:
    from xmem_gui.arrays import Colour

_COLUMNS, _CHOICES = 6, 12


def swatch(colour: Colour, size: int = 20) -> QIcon:
    """Return a rounded square of a colour, which stays that colour where it is disabled."""
    picture = QPixmap(size * 2, size * 2)
    picture.fill(QColor(0, 0, 0, 0))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setBrush(QColor(*colour))
    painter.setPen(QColor(128, 128, 128, 120))
    painter.drawRoundedRect(picture.rect().adjusted(1, 1, -2, -2), 10, 10)
    painter.end()
    icon = QIcon(picture)
    icon.addPixmap(picture, QIcon.Mode.Disabled)
    return icon


class ColourMenu(QMenu):
    """A grid of colours, and the way to all others.

    Parameters
    ----------
    current
        The colour that the object has now.
    choose
        Called with the colour chosen.
    """

    def __init__(self, current: Colour, choose: Callable[[Colour], None], parent: QWidget) -> None:
        super().__init__(parent)
        from xmem_gui.project import default_colour

        self._current, self._choose, self._owner = current, choose, parent
        grid = QWidget()
        layout = QGridLayout(grid)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(4)
        for place in range(_CHOICES):
            colour = default_colour(place + 1)
            button = QToolButton(grid)
            button.setIcon(swatch(colour))
            button.setIconSize(QSize(20, 20))
            button.setCheckable(True)
            button.setChecked(colour == current)
            name = self.tr("Colour {}").format(place + 1)
            button.setAccessibleName(name)
            button.setToolTip(f"{name}  #{colour[0]:02x}{colour[1]:02x}{colour[2]:02x}")
            button.clicked.connect(lambda _=False, colour=colour: self._chosen(colour))
            layout.addWidget(button, place // _COLUMNS, place % _COLUMNS)
        action = QWidgetAction(self)
        action.setDefaultWidget(grid)
        self.addAction(action)
        self.addAction(self.tr("Another colour…")).triggered.connect(self._ask)

    def open_at(self, place: QPoint) -> None:
        """Show the menu at a place of the screen."""
        self.popup(place)

    def _chosen(self, colour: Colour) -> None:
        self.close()
        self._choose(colour)

    def _ask(self) -> None:
        dialog = QColorDialog(QColor(*self._current), self._owner)
        dialog.setWindowTitle(self.tr("Colour of the object"))
        dialog.colorSelected.connect(lambda one: self._choose((one.red(), one.green(), one.blue())))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

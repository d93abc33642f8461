"""Choose a theme, follow the system, and give the application its palette and style sheet."""

from __future__ import annotations

from typing import Literal, cast

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication

from xmem_gui.gui.theme.colours import SCHEMES, Colours, Scheme
from xmem_gui.gui.theme.style import style_sheet

Choice = Literal["system", "light", "dark", "contrast"]
_PROPERTY = "xmem_gui_scheme"


def colours() -> Colours:
    """Return the colours of the theme in use."""
    application = QApplication.instance()
    scheme = application.property(_PROPERTY) if application is not None else None
    return SCHEMES[cast("Scheme", scheme or "light")]


class Theme(QObject):
    """The look of the application.

    Parameters
    ----------
    application
        The application whose colours and fonts are set.
    choice
        A theme, or ``system`` to follow the system as it changes.
    """

    changed = Signal()
    """The palette is another, or a screen came: what is drawn with its colours is to be drawn again."""

    def __init__(self, application: QApplication, choice: Choice = "system") -> None:
        super().__init__(application)
        self._application = application
        self._choice: Choice = choice
        application.setStyle("Fusion")
        application.styleHints().colorSchemeChanged.connect(self._on_system)
        # It may have another scale, for which icons are drawn in other sizes.
        application.screenAdded.connect(self._on_screen)
        self._dress()

    @property
    def choice(self) -> Choice:
        """What the person chose."""
        return self._choice

    @choice.setter
    def choice(self, choice: Choice) -> None:
        if choice != self._choice:
            self._choice = choice
            self._dress()

    @property
    def scheme(self) -> Scheme:
        """The theme in use."""
        if self._choice != "system":
            return self._choice
        dark = self._application.styleHints().colorScheme() == Qt.ColorScheme.Dark
        return "dark" if dark else "light"

    def _on_system(self) -> None:
        if self._choice == "system":
            self._dress()

    def _on_screen(self) -> None:
        self.changed.emit()

    def _dress(self) -> None:
        scheme = self.scheme
        if self._application.property(_PROPERTY) == scheme:
            return
        self._application.setProperty(_PROPERTY, scheme)
        self._application.setPalette(palette_of(SCHEMES[scheme]))
        self._application.setStyleSheet(style_sheet(SCHEMES[scheme], scheme))
        self.changed.emit()


def palette_of(tokens: Colours) -> QPalette:
    """Return the palette of a theme."""
    palette = QPalette()
    role, group = QPalette.ColorRole, QPalette.ColorGroup
    for which, colour in (
        (role.Window, tokens.window), (role.WindowText, tokens.text), (role.Base, tokens.surface),
        (role.AlternateBase, tokens.window), (role.ToolTipBase, tokens.raised),
        (role.ToolTipText, tokens.text),
        (role.PlaceholderText, tokens.muted), (role.Text, tokens.text), (role.Button, tokens.raised),
        (role.ButtonText, tokens.text), (role.BrightText, tokens.danger), (role.Link, tokens.accent),
        (role.LinkVisited, tokens.accent), (role.Highlight, tokens.accent),
        (role.HighlightedText, tokens.on_accent), (role.Accent, tokens.accent), (role.Light, tokens.hover),
        (role.Midlight, tokens.hover), (role.Mid, tokens.border), (role.Dark, tokens.border),
        (role.Shadow, tokens.border),
    ):  # fmt: skip
        palette.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText, role.PlaceholderText):
        palette.setColor(group.Disabled, which, QColor(tokens.faint))
    palette.setColor(group.Disabled, role.Highlight, QColor(tokens.border))
    palette.setColor(group.Disabled, role.HighlightedText, QColor(tokens.faint))
    return palette

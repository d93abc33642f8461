"""What docks have in common: a row of buttons, and a sentence where there is nothing to show yet."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedLayout, QToolButton, QVBoxLayout, QWidget

from xmem_gui.gui.widgets.plain import Label

ICON = QSize(18, 18)


def muted(text: str = "", *, wrap: bool = True) -> QLabel:
    """Return a label for what explains."""
    label = Label(text)
    label.setProperty("role", "muted")
    label.setWordWrap(wrap)
    return label


def tool_button(action: QAction) -> QToolButton:
    """Return a button with an action's icon; its text is what screen readers say."""
    button = QToolButton()
    button.setDefaultAction(action)
    button.setIconSize(ICON)
    button.setAccessibleName(action.text().replace("&", ""))
    return button


def row(*widgets: QWidget | None) -> QHBoxLayout:
    """Return widgets side by side; None stands for what stretches."""
    layout = QHBoxLayout()
    layout.setSpacing(4)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        else:
            layout.addWidget(widget)
    return layout


class Panel(QWidget):
    """A dock's content: bars above and below, and between them the content or a sentence instead of it."""

    def __init__(self, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._layout = QVBoxLayout(self)
        self._layout.setContentsMargins(8, 4, 8, 8)
        self._layout.setSpacing(4)
        self._sentence = muted()
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setContentsMargins(16, 16, 16, 16)
        self._middle = QStackedLayout()
        self._middle.addWidget(content)
        self._middle.addWidget(self._sentence)
        self._layout.addLayout(self._middle, 1)
        self._for_content: tuple[QWidget, ...] = ()

    def add_bar(self, bar: QHBoxLayout, *, at: int = 0) -> None:
        """Put a row of widgets above the content, under so many others."""
        self._layout.insertLayout(at, bar)

    def only_with_content(self, *widgets: QWidget) -> None:
        """Name widgets of the bars that are of no use without the content, and are hidden then."""
        self._for_content = widgets

    @property
    def sentence(self) -> str:
        """What stands in the content's place; "" while the content is shown."""
        return self._sentence.text()

    def say(self, text: str) -> None:
        """Show a sentence instead of the content; with "" the content."""
        self._sentence.setText(text)
        self._middle.setCurrentIndex(1 if text else 0)
        for widget in self._for_content:
            widget.setVisible(not text)

"""The first page: open something, go on with something, or try the sample."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.shell.recent_words import words_of
from xmem_gui.gui.state.recents import THUMBNAIL, Recent, Recents
from xmem_gui.gui.widgets.plain import Label, row_text, tip

_WIDTH = 760
_STARTS = ("file.open", "file.open_folder", "file.open_project", "file.sample")


class Welcome(QStackedWidget):
    """The page that fills the window while nothing is open.

    Parameters
    ----------
    context
        Its recents are listed; its actions are what the buttons do.
    """

    chosen = Signal(object)
    """A `Path` to open."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._recents = recents = context.recents
        self._actions = context.actions
        self.setAccessibleName(self.tr("Welcome"))
        self._list = _RecentList(recents, self.chosen.emit)
        self._heading = _label(self.tr("Recent"), "heading")
        self._wait = _label("", "title")
        self._buttons: list[tuple[QPushButton, str]] = []
        self.addWidget(self._start_page())
        self.addWidget(self._wait_page())
        self.refresh()

    def refresh(self) -> None:
        """List what was open before, and show it."""
        self._list.fill()
        for widget in (self._list, self._heading):
            widget.setVisible(self._list.count() > 0)
        self.setCurrentIndex(0)

    def wait_for(self, name: str) -> None:
        """Say that something is being opened."""
        self._wait.setText(self.tr("Opening {0}…").format(name))
        self.setCurrentIndex(1)

    def redraw_icons(self) -> None:
        """Draw icons again, after the theme has changed."""
        for button, name in self._buttons:
            button.setIcon(theme.icon(self._actions.specs[name].icon))

    def _start_page(self) -> QWidget:
        column = QVBoxLayout()
        column.setSpacing(8)
        column.addWidget(_label("XMem GUI", "title"))
        about = self.tr("Click an object, follow it through the whole clip, fix what is wrong once.")
        column.addWidget(_label(about, "muted"))
        column.addSpacing(16)
        row = QHBoxLayout()
        row.setSpacing(8)
        for name in _STARTS:
            row.addWidget(self._start_button(name))
        column.addLayout(row)
        column.addWidget(_label(self.tr("… or drop a file or a folder anywhere on the window."), "muted"))
        column.addSpacing(24)
        column.addWidget(self._heading)
        column.addWidget(self._list, 100)
        column.addStretch(1)
        return _centred(column)

    def _start_button(self, name: str) -> QPushButton:
        spec = self._actions.specs[name]
        button = QPushButton(theme.icon(spec.icon), spec.plain)
        button.setIconSize(QSize(20, 20))
        button.setMinimumHeight(48)
        button.setToolTip(self._actions[name].toolTip())
        button.clicked.connect(self._actions[name].trigger)
        self._buttons.append((button, name))
        return button

    def _wait_page(self) -> QWidget:
        column = QVBoxLayout()
        column.setSpacing(16)
        column.addStretch(1)
        column.addWidget(self._wait, 0, Qt.AlignmentFlag.AlignHCenter)
        bar = QProgressBar(minimum=0, maximum=0, textVisible=False)
        bar.setFixedWidth(240)
        bar.setAccessibleName(self.tr("Opening"))
        column.addWidget(bar, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(2)
        return _centred(column)


class _RecentList(QListWidget):
    """Pictures of what was open before; Enter or a click opens, Delete forgets."""

    def __init__(self, recents: Recents, chosen: Callable[[Path], object]) -> None:
        super().__init__()
        self._recents = recents
        self.setViewMode(QListWidget.ViewMode.IconMode)
        self.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.setMovement(QListWidget.Movement.Static)
        self.setIconSize(QSize(*THUMBNAIL) * 0.8)
        self.setGridSize(QSize(177, 144))
        self.setWordWrap(True)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.setUniformItemSizes(True)
        self.setFrameShape(QListWidget.Shape.NoFrame)
        self.setStyleSheet("QListWidget { background: transparent; border: none; }")
        self.setAccessibleName(self.tr("Recent"))
        self.itemClicked.connect(lambda item: chosen(item.data(Qt.ItemDataRole.UserRole)))
        self.itemActivated.connect(lambda item: chosen(item.data(Qt.ItemDataRole.UserRole)))

    def fill(self) -> None:
        self.clear()
        for path in self._recents.paths:
            item = QListWidgetItem(QIcon(_blank()), _two_lines(path, ""))
            item.setToolTip(tip(str(path)))
            item.setData(Qt.ItemDataRole.UserRole, path)
            self.addItem(item)
            self._recents.recall(path, lambda found, path=path: self._draw(path, found))  # type: ignore[misc]

    def _draw(self, path: Path, found: Recent) -> None:
        for row in range(self.count()):
            item = self.item(row)
            if item.data(Qt.ItemDataRole.UserRole) != path:
                continue
            item.setText(_two_lines(path, words_of(found.standing)))
            if not found.picture.isNull():
                item.setIcon(QIcon(QPixmap.fromImage(found.picture)))
            if not found.there:
                item.setFlags(Qt.ItemFlag.NoItemFlags)
                item.setToolTip(tip(self.tr("{0} no longer exists.").format(path)))


def _two_lines(path: Path, words: str) -> str:
    """Return what stands under a picture: two lines in any case, for all are as high as the first."""
    return f"{row_text(path.name)}\n{words or ' '}"


def _blank() -> QPixmap:
    blank = QPixmap(*THUMBNAIL)
    blank.fill(theme.colours().hover)
    return blank


def _label(text: str, role: str) -> QLabel:
    label = Label(text)
    label.setProperty("role", role)
    label.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
    return label


def _centred(column: QVBoxLayout) -> QWidget:
    inner = QWidget()
    inner.setMaximumWidth(_WIDTH)
    column.setContentsMargins(24, 48, 24, 24)
    inner.setLayout(column)
    page = QWidget()
    row = QHBoxLayout(page)
    row.setContentsMargins(0, 0, 0, 0)
    row.addStretch(1)
    row.addWidget(inner, 10)
    row.addStretch(1)
    return page

"""The user guide in a window of its own, with a search, read from the files that ship with the program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QKeySequence, QShortcut, QTextCursor, QTextDocument
from PySide6.QtWidgets import (
    QDialog,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QSizePolicy,
    QTextBrowser,
    QTextEdit,
    QToolBar,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui import theme
from xmem_gui.gui.dialogs.guide_search import GuidePassage, passages, search

_PACKAGE = Path(__file__).resolve().parents[2]
_WIDEST = 640
"""Logical pixels of a picture."""
_QUERY, _FOUND, _GAP = 260, 220, 4
"""Logical pixels: the search field's width, the most height of what is found, and the room below it."""
_MOST, _MOST_MARKS = 20, 500
_PICTURE = re.compile(r"!\[[^\]]*\]\(([^)\s]+)\)")
_BLANK = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)


def contents() -> Path:
    """Return the guide's first page; it may be missing from a damaged installation."""
    # A wheel carries docs/ inside the package, without pictures; a checkout keeps it beside the package.
    places = (_PACKAGE / "docs" / "guide", _PACKAGE.parent / "docs" / "guide")
    return next((one for one in places if one.is_dir()), places[0]) / "README.md"


class GuideWindow(QDialog):
    """Shows the guide's pages beside the work.

    Parameters
    ----------
    page
        The page to begin with.
    """

    def __init__(self, page: Path, parent: QWidget | None = None) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self._page = page
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Guide"))
        self.resize(760, 680)
        self.pages = _Pages()
        self.pages.setAccessibleName(self.tr("Guide"))
        self._bar = QToolBar()
        back = self._bar.addAction(theme.icon("previous"), self.tr("Back"), self.pages.backward)
        forward = self._bar.addAction(theme.icon("next"), self.tr("Forward"), self.pages.forward)
        self._bar.addAction(theme.icon("guide"), self.tr("Contents"), self.pages.home)
        for action, possible in (
            (back, self.pages.backwardAvailable),
            (forward, self.pages.forwardAvailable),
        ):
            action.setEnabled(False)
            possible.connect(action.setEnabled)
        self.query = QLineEdit()
        self.query.setPlaceholderText(self.tr("Search the guide"))
        self.query.setAccessibleName(self.tr("Search the guide"))
        self.query.setClearButtonEnabled(True)
        self.query.setMaximumWidth(_QUERY)
        self.query.textChanged.connect(self._search)
        self.query.returnPressed.connect(self._open_first)
        gap = QWidget()
        gap.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self._bar.addWidget(gap)
        self._bar.addWidget(self.query)
        QShortcut(QKeySequence(QKeySequence.StandardKey.Find), self, self.query.setFocus)
        self.found = QListWidget()
        self.found.setAccessibleName(self.tr("Found in the guide"))
        self.found.setWordWrap(True)
        self.found.hide()
        self.found.itemActivated.connect(self._open)
        self.found.itemClicked.connect(self._open)
        self._parts = passages(page.parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.found)
        column.addWidget(self.pages, 1)
        self.pages.setSource(QUrl.fromLocalFile(str(page)))
        self.pages.setFocus()

    def show_part(self, page: str, heading: str = "") -> None:
        """Show a page of the folder, from the first heading that begins so."""
        self.pages.setSource(QUrl.fromLocalFile(str(self._page.parent / page)))
        self.pages.go_to(heading)

    def _search(self, query: str) -> None:
        self.found.clear()
        parts = search(self._parts, query)[:_MOST]
        words = query.casefold().split()
        for part in parts:
            where = part.title if part.heading == part.title else f"{part.title}: {part.heading}"
            item = QListWidgetItem(f"{where}\n{part.snippet(words)}")
            item.setData(Qt.ItemDataRole.UserRole, part)
            self.found.addItem(item)
        if query.strip() and not parts:
            nothing = QListWidgetItem(self.tr("The guide has nothing on “{}”.").format(query.strip()))
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.found.addItem(nothing)
        self.found.setVisible(bool(query.strip()))
        rows = sum(self.found.sizeHintForRow(row) for row in range(self.found.count()))
        self.found.setFixedHeight(min(rows + 2 * self.found.frameWidth() + _GAP, _FOUND))

    def _open_first(self) -> None:
        if (item := self.found.item(0)) is not None:
            self._open(item)

    def _open(self, item: QListWidgetItem) -> None:
        part = item.data(Qt.ItemDataRole.UserRole)
        if not isinstance(part, GuidePassage):
            return
        self.show_part(part.page.name, part.heading)
        self.pages.mark(self.query.text().split())


class _Pages(QTextBrowser):
    """Pages of Markdown; a picture that is not there is left out, and one too wide is shrunk."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenExternalLinks(True)
        self.document().setDocumentMargin(24)
        # It fills the window: a border that says that it has the focus says nothing.
        self.setStyleSheet("QTextBrowser { border: none; border-radius: 0; }")

    def go_to(self, heading: str) -> None:
        """Scroll so that a heading is at the top; to the page's top without one, or if it is not there."""
        self.moveCursor(QTextCursor.MoveOperation.Start)
        block = self.document().begin()
        while heading and block.isValid():
            if block.blockFormat().headingLevel() and block.text().strip().startswith(heading):
                bounds = self.document().documentLayout().blockBoundingRect(block)
                self.verticalScrollBar().setValue(round(bounds.top()))
                return
            block = block.next()
        self.verticalScrollBar().setValue(0)

    def mark(self, words: list[str]) -> None:
        """Mark words wherever they stand on the page; none unmarks all."""
        marked: list[QTextEdit.ExtraSelection] = []
        for word in words:
            cursor = self.document().find(word)
            while not cursor.isNull() and len(marked) < _MOST_MARKS:
                selection = QTextEdit.ExtraSelection()
                selection.cursor = cursor
                selection.format.setBackground(self.palette().highlight())
                selection.format.setForeground(self.palette().highlightedText())
                marked.append(selection)
                cursor = self.document().find(word, cursor)
        self.setExtraSelections(marked)

    def loadResource(self, kind: int, name: QUrl | str) -> Any:
        """Return a page's text or a picture."""
        path = Path(self.source().resolved(QUrl(name)).toLocalFile())
        if kind == QTextDocument.ResourceType.ImageResource.value:
            return self._picture(path)
        if kind != QTextDocument.ResourceType.MarkdownResource.value:
            return super().loadResource(kind, name)
        try:
            text = path.read_text(encoding="utf8")
        except OSError:
            return self.tr("This page is missing from the installation: install xmem-gui again.")
        return _PICTURE.sub(lambda found: found[0] if (path.parent / found[1]).is_file() else "", text)

    def _picture(self, path: Path) -> QImage:
        image, ratio = QImage(str(path)), self.devicePixelRatioF()
        if image.isNull():
            return _BLANK
        if image.width() > _WIDEST:
            smooth = Qt.TransformationMode.SmoothTransformation
            image = image.scaledToWidth(min(image.width(), round(_WIDEST * ratio)), smooth)
            image.setDevicePixelRatio(image.width() / _WIDEST)
        return image

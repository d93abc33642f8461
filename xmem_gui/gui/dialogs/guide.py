"""The user guide in a window of its own, read from the files that ship with the program."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QImage, QTextDocument
from PySide6.QtWidgets import QDialog, QTextBrowser, QToolBar, QVBoxLayout, QWidget

from xmem_gui.gui import theme

_PACKAGE = Path(__file__).resolve().parents[2]
_WIDEST = 640
"""Logical pixels of a picture."""
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
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._bar)
        column.addWidget(self.pages, 1)
        self.pages.setSource(QUrl.fromLocalFile(str(page)))
        self.pages.setFocus()


class _Pages(QTextBrowser):
    """Pages of Markdown; a picture that is not there is left out, and one too wide is shrunk."""

    def __init__(self) -> None:
        super().__init__()
        self.setOpenExternalLinks(True)
        self.document().setDocumentMargin(24)
        # It fills the window: a border that says that it has the focus says nothing.
        self.setStyleSheet("QTextBrowser { border: none; border-radius: 0; }")

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

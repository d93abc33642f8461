"""What this is, and the licences of what it is made of."""

from __future__ import annotations

import importlib.metadata
import re

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from xmem_gui import __version__
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.plain import Label


class AboutDialog(QDialog):
    """A dialog with the name and version, and the licences of all packages that the program needs."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("About XMem GUI"))
        self.resize(560, 480)
        title = Label("XMem GUI")
        title.setProperty("role", "title")
        about = Label(
            self.tr(
                "Version {0}. Annotate video: click an object, watch it followed, fix what is wrong once, "
                "export exact masks. Objects are followed by XMem (Ho Kei Cheng and Alexander Schwing, 2022)."
            ).format(__version__)
        )
        about.setWordWrap(True)
        made = Label(self.tr("Made with:"))
        made.setProperty("role", "muted")
        table = self._table()
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.reject)
        column = roomy_column(self, spacing=8)
        for widget in (title, about, made, table, buttons):
            column.addWidget(widget)

    def _table(self) -> QTableWidget:
        rows = packages()
        table = QTableWidget(len(rows), 3)
        table.setHorizontalHeaderLabels([self.tr("Package"), self.tr("Version"), self.tr("Licence")])
        table.setAccessibleName(self.tr("Packages and their licences"))
        table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QTableWidget.SelectionBehavior.SelectRows)
        table.setShowGrid(False)
        table.verticalHeader().hide()
        for row, texts in enumerate(rows):
            for column, text in enumerate(texts):
                table.setItem(row, column, QTableWidgetItem(text))
        table.resizeColumnsToContents()
        table.horizontalHeader().setSectionResizeMode(2, QHeaderView.ResizeMode.Stretch)
        return table


def packages() -> list[tuple[str, str, str]]:
    """Return name, version and licence of everything this program needs, as installed."""
    try:
        wanted = importlib.metadata.requires("xmem-gui") or []
    except importlib.metadata.PackageNotFoundError:
        wanted = ["torch", "torchvision", "numpy", "av", "pillow", "PySide6-Essentials"]
    names = {re.split(r"[^\w.-]", one, maxsplit=1)[0] for one in wanted if "extra ==" not in one}
    found = []
    for name in sorted(names, key=str.lower):
        try:
            metadata = importlib.metadata.metadata(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        found.append((name, importlib.metadata.version(name), _licence(metadata)))
    return found


def _field(metadata: importlib.metadata.PackageMetadata, name: str) -> str:
    return metadata[name] if name in metadata else ""  # noqa: SIM401 - it has no get in its type


def _licence(metadata: importlib.metadata.PackageMetadata) -> str:
    kinds = [one.rpartition(" :: ")[2] for one in metadata.get_all("Classifier") or [] if "License ::" in one]
    stated = _field(metadata, "License-Expression") or _field(metadata, "License")
    # Some packages have the whole text there.
    short = stated if 0 < len(stated) < 80 and "\n" not in stated else ""
    return short or ", ".join(kinds) or "see its files"

"""What helps when something does not open: a dialog for each kind of trouble; damaged projects here."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from xmem_gui.gui.dialogs.placing import PlaceDialog
from xmem_gui.gui.dialogs.relinking import RelinkDialog
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Trouble
from xmem_gui.gui.widgets.alive import while_alive
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.project import Salvage


class Rescue(QObject):
    """Shows the dialog that helps when a session cannot open a project.

    Parameters
    ----------
    session
        The session whose troubles are shown as they come.
    window
        The window that the dialogs belong to.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.dialog: QDialog | None = None
        session.troubled.connect(self._show)

    def _show(self, trouble: Trouble) -> None:
        self.dialog = _kind(trouble)(self._session, trouble, self._window)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()


def _kind(trouble: Trouble) -> Callable[[Session, Trouble, QWidget], QDialog]:
    if trouble.needs_place:
        return PlaceDialog
    return SalvageDialog if trouble.location is None else RelinkDialog


class SalvageDialog(QDialog):
    """A damaged project: save what can be saved, say what that is, and open it.

    Parameters
    ----------
    session
        Opens the project when it is repaired.
    trouble
        The trouble, with the project file that cannot be opened.
    """

    def __init__(self, session: Session, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trouble = session, trouble
        self.setWindowTitle(self.tr("The project is damaged"))
        self.resize(520, 200)
        self.message = Label(
            self.tr(
                "{} is damaged. Everything that can be read in it and in its newest backup can be "
                "recovered into a new file. The damaged file is kept beside it."
            ).format(trouble.project.name)
        )
        self.message.setWordWrap(True)
        self.repair = QPushButton(self.tr("Repair"))
        self.repair.setDefault(True)
        self._cancel = QPushButton(self.tr("Cancel"))
        self._cancel.clicked.connect(self.reject)
        self.repair.clicked.connect(self._repair)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        row.addWidget(self._cancel)
        row.addWidget(self.repair)
        layout = roomy_column(self)
        layout.addWidget(self.message)
        layout.addWidget(muted(trouble.text))
        layout.addStretch(1)
        layout.addLayout(row)

    def _repair(self) -> None:
        project = self._trouble.project

        def work() -> Salvage:
            from xmem_gui.annotator import salvage

            return salvage(project)

        self.repair.setEnabled(False)
        self.message.setText(self.tr("Repairing…"))
        self._session.documents.submit(
            work, while_alive(self, self._on_repaired), failed=while_alive(self, self._on_failed)
        )

    def _on_repaired(self, report: Salvage) -> None:
        self.message.setText(str(report))
        self._cancel.setText(self.tr("Close"))
        self.repair.setText(self.tr("Open it"))
        self.repair.clicked.disconnect()
        self.repair.clicked.connect(self._open)
        self.repair.setEnabled(True)

    def _open(self) -> None:
        self.accept()
        self._session.open(self._trouble.opened, project=self._trouble.given)

    def _on_failed(self, error: Exception) -> None:
        self.message.setText(str(error))

"""Dialogs for projects that do not open: the video has moved or changed, or the file is damaged."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.alive import while_alive
from xmem_gui.gui.docks.panel import muted
from xmem_gui.gui.session import Session
from xmem_gui.gui.values import Trouble

if TYPE_CHECKING:
    from xmem_gui.project import Comparison, Salvage


class Rescue(QObject):
    """Shows the dialog that helps when a session cannot open a project.

    Parameters
    ----------
    session
        Whose troubles.
    window
        What dialogs belong to.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.dialog: QDialog | None = None
        session.troubled.connect(self._show)

    def _show(self, trouble: Trouble) -> None:
        kind = SalvageDialog if trouble.location is None else RelinkDialog
        self.dialog = kind(self._session, trouble, self._window)
        self.dialog.finished.connect(self.dialog.deleteLater)
        self.dialog.open()


class RelinkDialog(QDialog):
    """Where is the video now? Those that may be it, and any other.

    Parameters
    ----------
    session
        Opens the project again.
    trouble
        What is known of the video.
    """

    def __init__(self, session: Session, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trouble = session, trouble
        self._checked: Path | None = None
        self.setWindowTitle(self.tr("Where is the video?"))
        self.resize(560, 320)
        self.candidates = QListWidget()
        self.candidates.setAccessibleName(self.tr("Videos that may be it"))
        self.message = QLabel()
        self.message.setWordWrap(True)
        self.accept_changes = QCheckBox(self.tr("Use it all the same: masks stay on their frame numbers"))
        self.accept_changes.hide()
        self.relink = QPushButton(self.tr("Use this video"))
        self.relink.setDefault(True)
        file, folder = QPushButton(self.tr("Another file…")), QPushButton(self.tr("Another folder…"))
        cancel = QPushButton(self.tr("Cancel"))
        for button in (file, folder, cancel):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        for widget in (file, folder):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (cancel, self.relink):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
        explanation = QLabel(self._explanation())
        explanation.setWordWrap(True)
        layout.addWidget(explanation)
        layout.addWidget(muted(self.tr("No mask is lost: they are in {}.").format(trouble.project)))
        layout.addWidget(self.candidates, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.accept_changes)
        layout.addLayout(row)
        file.clicked.connect(self._browse_file)
        folder.clicked.connect(self._browse_folder)
        cancel.clicked.connect(self.reject)
        self.relink.clicked.connect(self._relink)
        self.accept_changes.toggled.connect(lambda _: self._enable())
        self.candidates.currentTextChanged.connect(self._check)
        self._fill()

    def offer(self, path: Path) -> None:
        """Add a video to those that may be it, and look at it."""
        found = [self.candidates.item(row).text() for row in range(self.candidates.count())]
        if str(path) not in found:
            self.candidates.insertItem(0, str(path))
        row = 0 if str(path) not in found else found.index(str(path))
        self.candidates.setCurrentRow(row)

    def _explanation(self) -> str:
        from xmem_gui.project import Changed, Missing

        name, location = self._trouble.project.name, self._trouble.location
        if isinstance(location, Changed):
            differs = " and ".join(location.what)
            text = self.tr("The video of {}, {}, is not as it was: {}.")
            return text.format(name, location.path.name, differs)
        if isinstance(location, Missing):
            return self.tr("The video of {} is gone; it was {}.").format(name, location.expected)
        return self.tr("The video of {} has moved. It may be one of these.").format(name)

    def _fill(self) -> None:
        from xmem_gui.project import Changed, Moved

        location = self._trouble.location
        if isinstance(location, Moved):
            self.candidates.addItems([str(path) for path in location.candidates])
        elif isinstance(location, Changed):
            self.candidates.addItem(str(location.path))
        if self.candidates.count():
            self.candidates.setCurrentRow(0)
        self._enable()

    def _check(self, text: str) -> None:
        """Compare the video chosen with the one that was, in a thread."""
        self._checked = None
        self.accept_changes.hide()
        self.accept_changes.setChecked(False)
        self._enable()
        if not text:
            return
        path, project = Path(text), self._trouble.project

        def work() -> Comparison:
            from xmem_gui.annotator import differences

            return differences(project, path)

        self._say(self.tr("Looking…"))
        checked = while_alive(self, partial(self._on_checked, path))
        failed = while_alive(self, self._on_failed)
        self._session.documents.submit(work, checked, failed=failed, key="relink")

    def _on_checked(self, path: Path, found: Comparison) -> None:
        self._checked = path if found.fits else None
        self._say(
            self.tr("It is the same video.")
            if found.same else self.tr("It is not the same video: {}.").format(" and ".join(found.what)),
            "muted" if found.same else "warning",
        )  # fmt: skip
        self.accept_changes.setVisible(found.fits and not found.same)
        self._enable()

    def _relink(self) -> None:
        path, project, accept = self._checked, self._trouble.project, self.accept_changes.isChecked()
        if path is None:
            return

        def work() -> None:
            from xmem_gui.annotator import relink

            relink(project, path, accept_changes=accept)

        def done(_: None) -> None:
            self.accept()
            self._session.open(path, project=project)

        self.relink.setEnabled(False)
        self._session.documents.submit(
            work, while_alive(self, done), failed=while_alive(self, self._on_failed)
        )

    def _on_failed(self, error: Exception) -> None:
        self._say(str(error), "danger")
        self._enable()

    def _enable(self) -> None:
        needs_yes = not self.accept_changes.isHidden() and not self.accept_changes.isChecked()
        self.relink.setEnabled(self._checked is not None and not needs_yes)

    def _say(self, text: str, role: str = "muted") -> None:
        self.message.setProperty("role", role)
        self.message.style().polish(self.message)
        self.message.setText(text)

    def _browse_file(self) -> None:
        start = str(self._trouble.project.parent)
        found, _ = QFileDialog.getOpenFileName(self, self.tr("The video of the project"), start)
        if found:
            self.offer(Path(found))

    def _browse_folder(self) -> None:
        start = str(self._trouble.project.parent)
        found = QFileDialog.getExistingDirectory(self, self.tr("The image folder of the project"), start)
        if found:
            self.offer(Path(found))


class SalvageDialog(QDialog):
    """A damaged project: save what can be saved, say what that is, and open it.

    Parameters
    ----------
    session
        Opens the project when it is repaired.
    trouble
        Which project.
    """

    def __init__(self, session: Session, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trouble = session, trouble
        self.setWindowTitle(self.tr("The project is damaged"))
        self.resize(520, 200)
        self.message = QLabel(
            self.tr(
                "{} is damaged. What can be read of it, and of its newest backup, can be put into a new file "
                "in its place; the damaged file is kept beside it."
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
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 16, 16, 16)
        layout.setSpacing(12)
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
        opened, project = self._trouble.opened, self._trouble.project
        self._session.open(opened, project=None if opened == project else project)

    def _on_failed(self, error: Exception) -> None:
        self.message.setText(str(error))

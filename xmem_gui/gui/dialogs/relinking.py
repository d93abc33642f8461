"""The dialog for a project whose video is not where it was, or is not the same."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QWidget,
)

from xmem_gui.gui.dialogs.asking_place import ask_place
from xmem_gui.gui.dialogs.frame_pairs import FramePairs
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Trouble
from xmem_gui.gui.widgets.alive import while_alive
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label, tip
from xmem_gui.text import printable

if TYPE_CHECKING:
    from xmem_gui.project import Comparison

_PATH = Qt.ItemDataRole.UserRole


class RelinkDialog(QDialog):
    """Where is the video now? Those that may be it, and any other; frames of both where it is not the same.

    Parameters
    ----------
    session
        The session that opens the project again once its video is found.
    trouble
        What is known of the video.

    Attributes
    ----------
    trouble : Trouble
        The trouble that the dialog is about.
    """

    def __init__(self, session: Session, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self.trouble = session, trouble
        self._checked: Path | None = None
        self.setWindowTitle(self.tr("Where is the video?"))
        self.resize(680, 360)
        self.candidates = QListWidget()
        self.candidates.setAccessibleName(self.tr("Possible videos"))
        self.candidates.setMinimumHeight(60)
        self.candidates.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.message = _plain()
        self.pairs = FramePairs()
        self.accept_changes = QCheckBox()
        self.accept_changes.hide()
        self.relink = QPushButton(self.tr("Use this video"))
        self.relink.setDefault(True)
        self._lay_out()
        self.relink.clicked.connect(self._relink)
        self.accept_changes.toggled.connect(lambda _: self._enable())
        self.candidates.currentItemChanged.connect(lambda item, _: self._check(item))
        self._fill()

    def offer(self, path: Path) -> None:
        """Add a video to those that may be it, and look at it."""
        for row in range(self.candidates.count()):
            if self.candidates.item(row).data(_PATH) == path:
                self.candidates.setCurrentRow(row)
                return
        self.candidates.show()
        self.candidates.insertItem(0, _item(path))
        self.candidates.setCurrentRow(0)

    def _lay_out(self) -> None:
        layout = roomy_column(self)
        layout.addWidget(_plain(self._explanation()))
        kept = self.tr("No masks are lost: they are in {}.").format(printable(str(self.trouble.project)))
        layout.addWidget(muted(kept))
        layout.addWidget(self.candidates, 1)
        layout.addWidget(self.message)
        layout.addWidget(self.pairs)
        layout.addWidget(self.accept_changes)
        layout.addStretch(0)
        layout.addLayout(self._ways_to_find())
        layout.addLayout(self._ways_out())

    def _ways_to_find(self) -> QHBoxLayout:
        from xmem_gui.project import Remote

        self.browse_file = self._button(self.tr("Another file…"), self._browse_file)
        self.browse_folder = self._button(self.tr("Another folder…"), self._browse_folder)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.browse_file)
        row.addWidget(self.browse_folder)
        location = self.trouble.location
        if isinstance(location, Remote):
            text = self.tr("Look on {}").format(printable(location.host))
            self.ask_host = self._button(text, partial(self._ask_host, location))
            row.addWidget(self.ask_host)
        row.addStretch(1)
        return row

    def _ways_out(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(8)
        self.without = self._button(self.tr("Open without the video"), self._open_without)
        self.without.setToolTip(self.tr("View and export the masks. Nothing can be changed."))
        row.addWidget(self.without)
        if self.trouble.opened != self.trouble.project:
            self.fresh = self._button(self.tr("New project…"), self._make_another)
            self.fresh.setToolTip(
                tip(
                    self.tr("Leave this project as it is, and create one for {}.").format(
                        self.trouble.opened.name
                    )
                )
            )
            row.addWidget(self.fresh)
        row.addStretch(1)
        row.addWidget(self._button(self.tr("Cancel"), self.reject))
        row.addWidget(self.relink)
        return row

    def _button(self, text: str, slot: object) -> QPushButton:
        button = QPushButton(text)
        button.setAutoDefault(False)
        button.clicked.connect(slot)
        return button

    def _explanation(self) -> str:
        from xmem_gui.project import Changed, Missing, Remote

        name, location = printable(self.trouble.project.name), self.trouble.location
        if isinstance(location, Changed):
            text = self.tr("{0} was made for a different video than {1}, or the video has changed since.")
            return text.format(name, printable(location.path.name))
        if isinstance(location, Remote):
            text = self.tr(
                "{0} says that its video is on another computer: {1}. Looking there tells {2} who you are. "
                "Do it only if you know where the project comes from."
            )
            return text.format(name, printable(str(location.path)), printable(location.host))
        if isinstance(location, Missing):
            text = self.tr("The video of {0} is not where it was: {1}.")
            return text.format(name, printable(str(location.expected)))
        return self.tr("The video of {} has moved. It may be one of these.").format(name)

    def _fill(self) -> None:
        from xmem_gui.project import Changed, Moved

        location = self.trouble.location
        if isinstance(location, Moved):
            for path in location.candidates:
                self.candidates.addItem(_item(path))
        elif isinstance(location, Changed):
            self.candidates.addItem(_item(location.path))
        self.candidates.setVisible(self.candidates.count() > 0)
        if self.candidates.count():
            self.candidates.setCurrentRow(0)
        if isinstance(location, Changed):
            # Room for the frames that are shown soon, so that nothing jumps.
            self.resize(680, 560)
        elif not self.candidates.count():
            self.resize(680, 220)
        self._enable()

    def _check(self, item: QListWidgetItem | None) -> None:
        """Compare the video chosen with the one that was, in a thread."""
        self._checked = None
        self.accept_changes.hide()
        self.accept_changes.setChecked(False)
        self.pairs.show_pairs(())
        self._enable()
        if item is None:
            return
        path, project = item.data(_PATH), self.trouble.project

        def work() -> Comparison:
            from xmem_gui.annotator import differences

            return differences(project, path)

        self._say(self.tr("Looking…"))
        checked = while_alive(self, partial(self._on_checked, path))
        failed = while_alive(self, self._on_failed)
        self._session.documents.submit(work, checked, failed=failed, key="relink")

    def _on_checked(self, path: Path, found: Comparison) -> None:
        self._checked = path if found.fits else None
        self._say(self._verdict(found), "muted" if found.same else "warning")
        doubtful = found.fits and not found.same
        if found.moves is not None:
            self.accept_changes.setText(self.tr("Let masks follow the names of the pictures"))
        else:
            self.accept_changes.setText(self.tr("Use this video anyway (masks keep their frame numbers)"))
        self.accept_changes.setVisible(doubtful)
        self.pairs.show_pairs(found.pairs if doubtful else ())
        hint = self.sizeHint()
        self.resize(max(self.width(), hint.width()), max(self.height(), hint.height()))
        self._enable()

    def _verdict(self, found: Comparison) -> str:
        differs = printable(" and ".join(found.what))
        if found.same:
            return self.tr("This is the same video.")
        if not found.fits:
            return self.tr("Masks do not fit this video: {}.").format(differs)
        if found.moves is None:
            return self.tr("This is not the same video: {}.").format(differs)
        text = self.tr("The folder has changed: {}.").format(differs)
        if found.moves.gone:
            text += " " + self.tr("Masks of missing pictures are kept, and return when the pictures do.")
        return text

    def _relink(self) -> None:
        path, project, accept = self._checked, self.trouble.project, self.accept_changes.isChecked()
        if path is None:
            return

        def work() -> tuple[str, ...]:
            from xmem_gui.annotator import relink

            return relink(project, path, accept_changes=accept)

        def done(said: tuple[str, ...]) -> None:
            self.accept()
            for sentence in said:
                self._session.say(sentence)
            self._session.open(path, project=project)

        self.relink.setEnabled(False)
        self._say(self.tr("Linking…"))
        self._session.documents.submit(
            work, while_alive(self, done), failed=while_alive(self, self._on_failed)
        )

    def _open_without(self) -> None:
        self.accept()
        self._session.open(self.trouble.project, without_video=True)

    def _make_another(self) -> None:
        opened = self.trouble.opened
        place = ask_place(self, opened)
        if place is not None:
            self.accept()
            self._session.open(opened, project=place)

    def _ask_host(self, location: object) -> None:
        from xmem_gui.project import Remote

        assert isinstance(location, Remote)
        self._session.hosts.add(location.host)
        self.offer(location.path)

    def _on_failed(self, error: Exception) -> None:
        self._say(printable(str(error)), "danger")
        self._enable()

    def _enable(self) -> None:
        needs_yes = not self.accept_changes.isHidden() and not self.accept_changes.isChecked()
        self.relink.setEnabled(self._checked is not None and not needs_yes)

    def _say(self, text: str, role: str = "muted") -> None:
        self.message.setProperty("role", role)
        self.message.style().polish(self.message)
        self.message.setText(text)

    def _browse_file(self) -> None:
        start = str(self.trouble.project.parent)
        found, _ = QFileDialog.getOpenFileName(self, self.tr("The video of the project"), start)
        if found:
            self.offer(Path(found))

    def _browse_folder(self) -> None:
        start = str(self.trouble.project.parent)
        found = QFileDialog.getExistingDirectory(self, self.tr("The image folder of the project"), start)
        if found:
            self.offer(Path(found))


def _item(path: Path) -> QListWidgetItem:
    item = QListWidgetItem(printable(str(path)))
    item.setData(_PATH, path)
    return item


def _plain(text: str = "") -> QLabel:
    label = Label()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setText(text)
    return label

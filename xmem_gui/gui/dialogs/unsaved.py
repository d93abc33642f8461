"""The question when a project cannot be saved in its place: save a copy, take the place over, or give up."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QMessageBox, QWidget

from xmem_gui.gui.dialogs.asking_place import ask_place
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Unsaved
from xmem_gui.gui.widgets.alive import while_alive
from xmem_gui.project.trouble import SaveTrouble
from xmem_gui.text import printable

_T = TypeVar("_T")


class WaysOut(QObject):
    """Shows the ways out when a session says that it cannot save, and goes the one that is chosen.

    Parameters
    ----------
    session
        The session whose project cannot be saved.
    window
        What the question belongs to.
    """

    def __init__(self, session: Session, window: QWidget) -> None:
        super().__init__(window)
        self._session, self._window = session, window
        self.box: QMessageBox | None = None
        session.unsaved.connect(self.ask)

    def ask(self, unsaved: Unsaved) -> None:
        """Ask; while it is asked already, it stays as it is."""
        if self.box is not None:
            self.box.raise_()
            return
        self.box = box = QMessageBox(self._window)
        box.setIcon(QMessageBox.Icon.Warning)
        box.setWindowTitle(self.tr("Not saved"))
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText(self.tr("{} cannot be saved").format(printable(unsaved.path.name)))
        more = self.tr(
            "Taking over replaces the file with your version. The file that is there now is kept beside it."
        )
        replaced = unsaved.trouble is SaveTrouble.REPLACED
        box.setInformativeText(printable(unsaved.text) + (f"\n\n{more}" if replaced else ""))
        copy = box.addButton(self.tr("Save a copy…"), QMessageBox.ButtonRole.AcceptRole)
        again = box.addButton(self._again(unsaved.trouble), QMessageBox.ButtonRole.AcceptRole)
        give_up = box.addButton(self.tr("Close without saving"), QMessageBox.ButtonRole.DestructiveRole)
        cancel = box.addButton(self.tr("Cancel"), QMessageBox.ButtonRole.RejectRole)
        box.setDefaultButton(copy)
        box.setEscapeButton(cancel)
        ways = {copy: self._save_copy, again: self._take_over, give_up: self._give_up}
        for button, way in ways.items():
            button.clicked.connect(partial(way, unsaved))
        box.finished.connect(self._done)
        box.open()

    def _again(self, trouble: SaveTrouble) -> str:
        if trouble is SaveTrouble.REPLACED:
            return self.tr("Take over that file")
        if trouble is SaveTrouble.GONE:
            return self.tr("Put it back")
        return self.tr("Try again")

    def _done(self, _: int = 0) -> None:
        box, self.box = self.box, None
        if box is not None:
            box.deleteLater()

    def _save_copy(self, unsaved: Unsaved, _: bool = False) -> None:
        away = unsaved.trouble not in (SaveTrouble.REPLACED, SaveTrouble.GONE)
        folder = Path.home() if away or not unsaved.path.parent.is_dir() else unsaved.path.parent
        place = ask_place(self._window, unsaved.path.with_name(f"{unsaved.path.stem} copy"), folder)
        if place is None:
            self._session.ask_ways_out(unsaved)
            return

        def saved(_: object) -> None:
            self._session.say(self.tr("A copy with everything is in {}.").format(printable(str(place))))
            if unsaved.closing:
                unsaved.close(lose_unsaved=True)
            else:
                self._session.close(lambda _: self._session.open(place), lose_unsaved=True)

        self._try(unsaved, lambda: unsaved.annotator.project.save_copy(place), saved)

    def _take_over(self, unsaved: Unsaved, _: bool = False) -> None:
        def work() -> Path | None:
            project = unsaved.annotator.project
            if unsaved.trouble in (SaveTrouble.REPLACED, SaveTrouble.GONE, SaveTrouble.DAMAGED):
                return project.take_over()
            project.flush()
            return None

        def done(kept: Path | None) -> None:
            text = self.tr("{} is saved again.").format(printable(unsaved.path.name))
            if kept is not None:
                text += " " + self.tr("The file that was there is kept as {}.").format(printable(kept.name))
            self._session.say(text)
            if unsaved.closing:
                unsaved.close(lose_unsaved=False)

        self._try(unsaved, work, done)

    def _give_up(self, unsaved: Unsaved, _: bool = False) -> None:
        unsaved.close(lose_unsaved=True)

    def _try(self, unsaved: Unsaved, work: Callable[[], _T], then: Callable[[_T], None]) -> None:
        def failed(error: Exception) -> None:
            self._session.ask_ways_out(unsaved.after(error))

        self._session.documents.submit(work, while_alive(self, then), failed=while_alive(self, failed))

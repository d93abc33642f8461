"""The dialog for a video whose project cannot be kept where it belongs."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QWidget

from xmem_gui.gui.dialogs.asking_place import ask_place
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Trouble
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label
from xmem_gui.text import printable


class PlaceDialog(QDialog):
    """Another place for the project, or only a look at the video.

    Parameters
    ----------
    session
        The session that opens the video once the place is chosen.
    trouble
        Where its project cannot be.
    """

    def __init__(self, session: Session, trouble: Trouble, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._trouble = session, trouble
        self.setWindowTitle(self.tr("Where should the project be saved?"))
        self.resize(520, 180)
        message = Label()
        message.setTextFormat(Qt.TextFormat.PlainText)
        message.setWordWrap(True)
        message.setText(
            self.tr(
                "The project for {0} cannot be saved in {1}. Choose a folder of your own for it, or "
                "open the video read-only."
            ).format(printable(trouble.opened.name), printable(str(trouble.project.parent)))
        )
        self.choose = QPushButton(self.tr("Choose a place…"))
        self.choose.setDefault(True)
        self.look = QPushButton(self.tr("Open read-only"))
        cancel = QPushButton(self.tr("Cancel"))
        for button in (self.look, cancel):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.look)
        row.addStretch(1)
        row.addWidget(cancel)
        row.addWidget(self.choose)
        layout = roomy_column(self)
        layout.addWidget(message)
        layout.addWidget(muted(printable(trouble.text)))
        layout.addStretch(1)
        layout.addLayout(row)
        self.choose.clicked.connect(self._choose)
        self.look.clicked.connect(self._look)
        cancel.clicked.connect(self.reject)

    def _choose(self) -> None:
        place = ask_place(self, self._trouble.opened)
        if place is not None:
            self.accept()
            self._session.open(self._trouble.opened, project=place)

    def _look(self) -> None:
        self.accept()
        self._session.open(self._trouble.opened, project=self._trouble.given, look_only=True)

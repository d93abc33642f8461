"""The bottom of a dialog that does a long job: a button to begin, progress with cancel, what came of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QPushButton, QVBoxLayout, QWidget
from shiboken6 import isValid

from xmem_gui.gui.state.jobs import JobControl, JobState
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.state.values import Message
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

_T = TypeVar("_T")


class JobBar(QWidget):
    """Begins a job of the session and follows it.

    Parameters
    ----------
    session
        The session in whose engine thread the job runs.
    label
        What the button and the job are called.
    """

    go = Signal()
    """The person wants it to begin."""
    closed = Signal()
    """The person has done with the dialog."""
    opened = Signal()
    """The person wants to see what was made."""

    def __init__(self, session: Session, label: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session, self._label = session, label
        self._running = self._ready = False
        self.message = Label()
        self.message.setWordWrap(True)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName(self.tr("Progress"))
        self.progress.hide()
        self.begin, self.stop = QPushButton(label), QPushButton(self.tr("Close"))
        self.begin.setDefault(True)
        self.begin.setEnabled(False)
        self.show_result = QPushButton(self.tr("Open folder"))
        self.show_result.hide()
        for button in (self.stop, self.show_result):
            button.setAutoDefault(False)
        bottom = QHBoxLayout()
        bottom.setSpacing(8)
        bottom.addWidget(self.message, 1)
        self._bottom = bottom
        for button in (self.show_result, self.stop, self.begin):
            bottom.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.progress)
        layout.addLayout(bottom)
        self.begin.clicked.connect(self.go)
        self.stop.clicked.connect(self._on_stop)
        self.show_result.clicked.connect(self.opened)
        session.job_changed.connect(self._on_job)
        session.notice.connect(self._on_notice)

    def set_ready(self, ready: bool, label: str = "") -> None:
        """Say whether it can begin, and what the button is called then; by default as the job."""
        self._ready = ready
        self.begin.setText(label or self._label)
        self.begin.setEnabled(ready and self._session.job is None)

    def add_button(self, button: QPushButton) -> None:
        """Put a button left of the others."""
        button.setAutoDefault(False)
        self._bottom.insertWidget(1, button)

    def forget(self) -> None:
        """Say no more what came of the last job."""
        if not self._running:
            self._say("")
            self.show_result.hide()

    def run(
        self,
        work: Callable[[Annotator, JobControl], _T],
        then: Callable[[_T], None],
        say: Callable[[_T], str] = lambda _: "",
    ) -> None:
        """Begin.

        Parameters
        ----------
        work
            Does the job in the engine's thread, as in `Session.run`.
        then
            Called with what came of it, unless it fails, is cancelled, or the dialog is gone.
        say
            Gives the notice for the person, who may have closed the dialog.
        """
        session = self._session

        def done(value: _T) -> None:
            if text := say(value):
                session.say(text)
            if isValid(self):
                self._say("")
                then(value)

        self.forget()
        self._running = True
        if not session.run(self._label, work, done):
            self._running = False
            self._say(self.tr("Another job is running. Wait for it to finish, or stop it."), "warning")

    def show_done(self, text: str, *, folder: bool = True) -> None:
        """Say what came of it."""
        self._say(text)
        self.show_result.setVisible(folder)
        if folder:
            self.show_result.setFocus()

    def _on_stop(self) -> None:
        if self._running:
            self._session.cancel_job()
        else:
            self.closed.emit()

    def _on_job(self, state: JobState | None) -> None:
        self.set_ready(self._ready, self.begin.text())
        if not self._running:
            return
        self.progress.setVisible(state is not None)
        self.stop.setText(self.tr("Close") if state is None else self.tr("Cancel"))
        self.stop.setEnabled(state is None or not state.stopping)
        if state is None:
            self._running = False
            # Overwritten at once where it has ended well, or failed.
            self._say(self.tr("Stopped. Nothing was changed."))
            return
        self.progress.setRange(0, state.total)
        self.progress.setValue(state.done)
        if state.stopping:
            self._say(self.tr("Stopping…"))
        elif state.total:
            self._say(self.tr("{:,} of {:,}").format(state.done, state.total))

    def _on_notice(self, notice: Message) -> None:
        # It comes right after the job's end; the window behind the dialog shows it too.
        if notice.level == "error":
            self._say(notice.text, "danger")

    def _say(self, text: str, role: str = "muted") -> None:
        self.message.setProperty("role", role)
        self.message.style().polish(self.message)
        self.message.setText(text)

"""Keeps a dock up to date without asking all the time: soon after a change, seldom while a job runs."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtWidgets import QWidget

from xmem_gui.gui.state.session import Session

_SOON, _SELDOM = 150, 1500


class Refresher(QObject):
    """Calls a dock's refresh after changes of the document, while it can be seen.

    Parameters
    ----------
    session
        The session whose open document is followed.
    dock
        What is to be seen.
    refresh
        What to call; also at once when the dock comes into sight, something is opened or closed.
    """

    def __init__(self, session: Session, dock: QWidget, refresh: Callable[[], None]) -> None:
        super().__init__(dock)
        self._session, self._dock, self._refresh = session, dock, refresh
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.now)
        session.opened.connect(self.now)
        session.closed.connect(self.now)
        session.document_changed.connect(lambda _: self.soon())
        session.job_changed.connect(self._on_job)
        dock.installEventFilter(self)

    def soon(self) -> None:
        """Refresh in a moment; what happens until then is one refresh."""
        if not self._timer.isActive():
            self._timer.start(_SOON if self._session.job is None else _SELDOM)

    def now(self) -> None:
        """Refresh, if the dock can be seen or nothing is open."""
        self._timer.stop()
        if self._dock.isVisible() or self._session.annotator is None:
            self._refresh()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Refresh when the dock comes into sight."""
        if event.type() == QEvent.Type.Show:
            self._timer.start(0)
        return super().eventFilter(watched, event)

    def _on_job(self, state: object) -> None:
        if state is None:
            self._timer.start(_SOON)

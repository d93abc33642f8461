"""Calls the person back when something long has ended while they were elsewhere."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtWidgets import QApplication, QWidget

from xmem_gui.gui.context import Context
from xmem_gui.gui.state.jobs import JobState

LONG = 10.0
"""Seconds of a job from which its end is worth a call."""


class Attention:
    """Flashes the window's entry in the task bar, with a sound if wanted, at the end of a long job.

    Nothing happens while a window of the program is in front: what has ended is said there.

    Parameters
    ----------
    context
        Its session runs the jobs; its preferences say what to do.
    window
        The window whose entry in the taskbar flashes.
    clock
        Returns seconds that only grow; a test gives its own.
    """

    def __init__(
        self, context: Context, window: QWidget, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._preferences, self._window, self._clock = context.preferences, window, clock
        self._since: float | None = None
        context.session.job_changed.connect(self._on_job)

    def _on_job(self, job: JobState | None) -> None:
        if job is not None:
            self._since = self._clock() if self._since is None else self._since
            return
        since, self._since = self._since, None
        how = self._preferences.values.at_end
        long = since is not None and self._clock() - since >= LONG
        if not long or how == "nothing" or QApplication.activeWindow() is not None:
            return
        QApplication.alert(self._window)
        if how == "sound":
            QApplication.beep()

"""A long job in the engine's thread: what is shown of it, how it is told to stop, how fast it goes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

_TELL_EVERY = 33
"""Milliseconds between two steps that views are told of: some jobs take thousands a second."""


@dataclass(frozen=True)
class JobState:
    """A long job as the status bar shows it.

    Attributes
    ----------
    label
        What the job is called for people, such as "Export".
    done, total
        Of its steps; ``total`` 0 is unknown.
    frame
        The frame just finished, or None.
    rate
        Steps a second, 0 if not known yet.
    stopping
        Whether it has been asked to stop.
    """

    label: str
    done: int = 0
    total: int = 0
    frame: int | None = None
    rate: float = 0.0
    stopping: bool = False


def time_left(state: JobState) -> str:
    """Return how long a job will go on, such as ``1:20``; empty while that is not known."""
    if not state.rate or not state.total:
        return ""
    minutes, seconds = divmod(round(max(0, state.total - state.done) / state.rate), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


class JobControl:
    """A running job's end of the wire; used in the job's thread."""

    def __init__(
        self,
        progress: Callable[[int, int, int | None], None],
        label: Callable[[str], None],
    ) -> None:
        self._progress, self._label = progress, label
        self._cancel = threading.Event()

    def cancelled(self) -> bool:
        """Whether the person has asked to stop."""
        return self._cancel.is_set()

    def progress(self, done: int, total: int, frame: int | None = None) -> None:
        """Say how far it is; a ``frame`` given has new masks."""
        self._progress(done, total, frame)

    def label(self, text: str) -> None:
        """Say what it is doing now."""
        self._label(text)

    def cancel(self) -> None:
        """Ask the job to stop; from any thread."""
        self._cancel.set()


class JobClock:
    """How fast a job goes, over its latest steps."""

    def __init__(self) -> None:
        self._marks: list[tuple[float, int]] = []

    def state(self, before: JobState, done: int, total: int, frame: int | None) -> JobState:
        """Return the job's state after so many steps."""
        self._marks = [*self._marks[-20:], (time.monotonic(), done)]
        (began, first), (now, last) = self._marks[0], self._marks[-1]
        rate = (last - first) / (now - began) if now > began else 0.0
        return replace(before, done=done, total=total, frame=frame, rate=rate)


class RunningJob(QObject):
    """The one job that may run at a time, as the window's thread knows it.

    Attributes
    ----------
    state
        How far it is; None when there is no job.
    """

    changed = Signal(object)
    """A `JobState`, or None when there is no job; not every step, but the first and the last."""

    _progress = Signal(int, int, object)
    _label = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.state: JobState | None = None
        self._control: JobControl | None = None
        self._clock = JobClock()
        self._untold = False
        self._pause = QTimer(self, singleShot=True, interval=_TELL_EVERY)
        self._pause.timeout.connect(self._tell_late)
        # Sent from the job's thread.
        self._progress.connect(self._on_progress)
        self._label.connect(self._on_label)

    def begin(self, label: str) -> JobControl | None:
        """Return the control of a new job; None while another one runs."""
        if self._control is not None:
            return None
        self._control = JobControl(self._progress.emit, self._label.emit)
        self._clock = JobClock()
        self._set(JobState(label))
        return self._control

    def cancel(self) -> None:
        """Ask the running job to stop."""
        if self._control is not None and self.state is not None:
            self._control.cancel()
            self._set(replace(self.state, stopping=True))

    def end(self) -> None:
        """Make room for the next job."""
        self._tell_late()
        self._control = None
        self._set(None)

    def _on_progress(self, done: int, total: int, frame: int | None) -> None:
        if self.state is None:
            return
        self.state = self._clock.state(self.state, done, total, frame)
        self._untold = True
        if not self._pause.isActive():
            self._tell_late()

    def _on_label(self, text: str) -> None:
        if self.state is not None:
            self._set(replace(self.state, label=text))

    def _tell_late(self) -> None:
        if self._untold:
            self._pause.start()
            self._set(self.state)

    def _set(self, state: JobState | None) -> None:
        self.state, self._untold = state, False
        self.changed.emit(state)

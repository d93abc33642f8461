"""Threads that do what takes longer than a frame of the screen, and bring results back to the window."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from PySide6.QtCore import QObject, Qt, Signal
from shiboken6 import isValid

from xmem_gui.errors import as_exception

_T = TypeVar("_T")

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Task:
    work: Callable[[], Any]
    then: Callable[[Any], None]
    failed: Callable[[Exception], None]
    key: str | None


class Worker(QObject):
    """One thread with a queue; what its tasks return comes back to the thread that made the worker.

    Parameters
    ----------
    name
        Of the thread, for logs and debuggers.
    failed
        Called in the window's thread with the exception of a task that names no handler of its own.
    """

    _back = Signal(object, object)
    idle = Signal()
    """Nothing is waiting or being done."""

    def __init__(self, name: str, failed: Callable[[Exception], None]) -> None:
        super().__init__()
        self._failed = failed
        self._tasks: deque[_Task] = deque()
        self._changed = threading.Condition()
        self._busy = self._stopping = False
        self._back.connect(_call, Qt.ConnectionType.QueuedConnection)
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waiting or being done."""
        with self._changed:
            return not self._tasks and not self._busy

    def submit(
        self,
        work: Callable[[], _T],
        then: Callable[[_T], None] | None = None,
        *,
        failed: Callable[[Exception], None] | None = None,
        key: str | None = None,
    ) -> None:
        """Do something in the thread.

        Parameters
        ----------
        work
            What to do; called in the worker's thread.
        then
            Called with what ``work`` returned, in the window's thread.
        failed
            Called with its exception, in the window's thread.
        key
            A task of the same key that is still waiting is dropped: only the newest counts.
        """
        task = _Task(work, then or _nothing, failed or self._failed, key)
        with self._changed:
            if self._stopping:
                return
            if key is not None:
                self._tasks = deque(one for one in self._tasks if one.key != key)
            self._tasks.append(task)
            self._changed.notify()

    def drop(self, key: str) -> None:
        """Forget waiting tasks of a key."""
        with self._changed:
            self._tasks = deque(one for one in self._tasks if one.key != key)

    def stop(self, *, finish: bool = True) -> None:
        """End the thread, and wait until it has ended.

        Parameters
        ----------
        finish
            Whether to do what is waiting first.
        """
        with self._changed:
            self._stopping = True
            if not finish:
                self._tasks.clear()
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        while (task := self._next()) is not None:
            self._do(task)
            # A frame held by the last task's closure would stay in memory until the next task.
            del task

    def _do(self, task: _Task) -> None:
        try:
            value = task.work()
        except BaseException as error:  # whatever it is, the thread goes on: others wait for it
            _logger.info("a task failed", exc_info=True)
            self._back.emit(task.failed, as_exception(error))
        else:
            self._back.emit(task.then, value)

    def _next(self) -> _Task | None:
        with self._changed:
            was_busy, self._busy = self._busy, False
            if was_busy and not self._tasks:
                self._back.emit(_tell_idle, self)
            while not self._tasks:
                if self._stopping:
                    return None
                self._changed.wait()
            self._busy = True
            return self._tasks.popleft()


def _call(then: Callable[[Any], None], value: Any) -> None:
    then(value)


def _tell_idle(worker: Worker) -> None:
    if isValid(worker):
        worker.idle.emit()


def _nothing(_: object) -> None:
    pass

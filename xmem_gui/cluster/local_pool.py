"""A pool of this machine: one process for each device."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

from xmem_gui.cluster.tasks import Event, Lost, Pool, Stepped, Task, call
from xmem_gui.heap import keep_heap

_VISIBLE = "CUDA_VISIBLE_DEVICES"
_PATIENCE = 5.0
"""Seconds that a process gets to end."""


def devices_of(name: str) -> tuple[str, ...]:
    """Return what a process each is made for: every GPU, or the one device of a name.

    Parameters
    ----------
    name
        ``auto``, ``cuda``, ``mps``, ``cpu`` or any that torch knows.

    Returns
    -------
    tuple of str
        Values for ``CUDA_VISIBLE_DEVICES``; an empty one leaves it as it is.
    """
    if name not in ("auto", "cuda"):
        return ("",)
    import torch

    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if count < 2:
        return ("",)
    listed = [one for one in os.environ.get(_VISIBLE, "").split(",") if one]
    return tuple(listed[:count]) if listed else tuple(str(number) for number in range(count))


@dataclass
class _Worker:
    process: BaseProcess
    ours: Connection
    task: Task | None = None


class LocalPool(Pool):
    """Processes of this machine, one a device; one that is killed is replaced.

    Parameters
    ----------
    devices
        As `devices_of` returns them.
    """

    def __init__(self, devices: tuple[str, ...] = ("",)) -> None:
        self._devices = devices
        self._workers: list[_Worker | None] = [None] * len(devices)
        self._events: deque[Event] = deque()
        count = len(devices)
        self.title = "this machine" if count == 1 else f"this machine ({count} GPUs)"

    def room(self) -> int:
        """Return how many processes have nothing to do."""
        return sum(worker is None or worker.task is None for worker in self._workers)

    def start(self, task: Task) -> None:
        """Give a task to a process that has none."""
        place = next(at for at, one in enumerate(self._workers) if one is None or one.task is None)
        worker = self._workers[place]
        if worker is None or not worker.process.is_alive():
            worker = self._workers[place] = _started(self._devices[place])
        worker.task = task
        try:
            worker.ours.send(task)
        except OSError:
            self._lose(place)

    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened since."""
        busy = {at: one for at, one in enumerate(self._workers) if one is not None and one.task is not None}
        if not self._events and busy:
            wait([one.ours for one in busy.values()], seconds)
        for place, worker in busy.items():
            self._listen(place, worker)
        found = list(self._events)
        self._events.clear()
        return found

    def drop(self, key: str) -> None:
        """End the process of a task."""
        for place, worker in enumerate(self._workers):
            if worker is not None and worker.task is not None and worker.task.key == key:
                _end(worker)
                self._workers[place] = None

    def close(self) -> None:
        """End all processes."""
        for worker in self._workers:
            if worker is not None:
                _end(worker)
        self._workers = [None] * len(self._devices)

    def _listen(self, place: int, worker: _Worker) -> None:
        try:
            while worker.task is not None and worker.ours.poll():
                event: Event = worker.ours.recv()
                self._events.append(event)
                if not isinstance(event, Stepped):
                    worker.task = None
        except (EOFError, OSError):
            self._lose(place)

    def _lose(self, place: int) -> None:
        worker = self._workers[place]
        assert worker is not None
        assert worker.task is not None
        worker.process.join(_PATIENCE)
        self._events.append(Lost(worker.task.key, why_ended(worker.process.exitcode)))
        _end(worker)
        self._workers[place] = None


def why_ended(code: int | None) -> str:
    """Return why a process has ended that should not have, in a sentence."""
    if code is not None and code < 0:
        name = next((one.name for one in signal.Signals if one == -code), f"signal {-code}")
        memory = " (often for want of memory)" if name == "SIGKILL" else ""
        return f"The process that worked on it was ended by {name}{memory}."
    return f"The process that worked on it has ended by itself{f' with code {code}' if code else ''}."


def _started(device: str) -> _Worker:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, device), daemon=True, name="xmem-gui batch")
    process.start()
    theirs.close()
    return _Worker(process, ours)


def _end(worker: _Worker) -> None:
    worker.ours.close()
    worker.process.terminate()
    worker.process.join(_PATIENCE)
    if worker.process.is_alive():
        worker.process.kill()
        worker.process.join()


def _serve(connection: Connection, device: str) -> None:
    """Do tasks until nobody gives any more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the person's Ctrl-C is the other process's to answer
    signal.signal(signal.SIGTERM, _leave)
    if device:
        os.environ[_VISIBLE] = device
    keep_heap()
    with suppress(EOFError, OSError, KeyboardInterrupt):
        while True:
            task: Task = connection.recv()

            def tell(done: int, total: int, key: str = task.key) -> None:
                connection.send(Stepped(key, done, total))

            answer: Any = call(task, task.arguments, tell)
            connection.send(answer)


def _leave(_number: int, _frame: object) -> None:
    """End in order, so that folders on the way are removed."""
    sys.exit(1)

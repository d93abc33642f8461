"""Tasks for other processes, and what becomes of them; who runs them is a pool, here or on Ray."""

from __future__ import annotations

import logging
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from xmem_gui.errors import Cancelled, DeviceMemoryError, sentence_of

_log = logging.getLogger(__name__)

Tell = Callable[[int, int], None]
"""Told of (steps done, steps in all); it raises to stop what is going on."""


@dataclass(frozen=True)
class Task:
    """A call of a function in another process.

    Attributes
    ----------
    key
        What it is known by, and no other at the same time.
    function
        A function of a module; called with the arguments and, last, a `Tell`.
    arguments
        Values, or what `Pool.put` returned for one.
    alone
        Whether it is to have a device for itself, for it ran out of memory beside others.
    """

    key: str
    function: Callable[..., Any]
    arguments: tuple[Any, ...] = ()
    alone: bool = False


@dataclass(frozen=True)
class Stepped:
    """A task has got so far."""

    key: str
    done: int
    total: int


@dataclass(frozen=True)
class Returned:
    """A task has ended, with a value."""

    key: str
    value: Any


@dataclass(frozen=True)
class Failed:
    """A task cannot be done: why, in a sentence. Trying again would not help."""

    key: str
    why: str


@dataclass(frozen=True)
class Lost:
    """A task's process, or its machine, has gone, or ran out of memory: another try may help.

    Attributes
    ----------
    key
        The key by which the task was submitted.
    why
        One sentence that says why the task was lost.
    memory
        Whether there was not enough memory.
    """

    key: str
    why: str
    memory: bool = False


Event = Stepped | Returned | Failed | Lost


class Pool(ABC):
    """Processes that do tasks.

    Attributes
    ----------
    title
        What it is, for a person.
    warnings
        What a person should know of it, a sentence each.
    """

    title: str = ""
    warnings: tuple[str, ...] = ()

    @abstractmethod
    def room(self) -> int:
        """Return how many more tasks can be taken now."""

    @abstractmethod
    def start(self, task: Task) -> None:
        """Take a task."""

    @abstractmethod
    def wait(self, seconds: float) -> list[Event]:
        """Return what has happened since; wait at most so long for something to happen."""

    @abstractmethod
    def drop(self, key: str) -> None:
        """Stop a task, if it is still going on; nothing more is heard of it."""

    def put(self, value: Any) -> Any:
        """Return what stands for a large value that several tasks get as an argument."""
        return value

    @abstractmethod
    def close(self) -> None:
        """Stop everything, and let go of processes."""

    def __enter__(self) -> Pool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def call(task: Task, arguments: tuple[Any, ...], tell: Tell) -> Returned | Failed | Lost:
    """Do a task here, and return how it ended; never raises an `Exception`."""
    try:
        return Returned(task.key, task.function(*arguments, tell))
    except (DeviceMemoryError, MemoryError) as error:
        return Lost(task.key, sentence_of(error), memory=True)
    except Cancelled as error:
        return Failed(task.key, str(error))
    except Exception as error:
        sentence = sentence_of(error)
        if not sentence:
            _log.error("%s", traceback.format_exc())
            said = " ".join(str(error).split())
            sentence = f"A fault of this program: {type(error).__name__}{': ' if said else ''}{said}"
        return Failed(task.key, sentence)

"""The document's lock: a transaction ends, and is told, when the outermost holder lets go."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType


class Turn:
    """A lock that one thread may take several times over.

    Parameters
    ----------
    ending
        Called before the outermost holder lets go; returns whether there is something to tell.
    ended
        Called after it has let go, if there is.
    """

    def __init__(self, *, ending: Callable[[], bool], ended: Callable[[], None]) -> None:
        self._ending, self._ended = ending, ended
        self._lock = threading.RLock()
        self._depth = 0
        self._holder: int | None = None

    @property
    def is_mine(self) -> bool:
        """Whether this thread is in the midst of a transaction."""
        return self._holder == threading.get_ident()

    def __enter__(self) -> Turn:
        self._lock.acquire()
        self._depth += 1
        self._holder = threading.get_ident()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        speaks = False
        try:
            if self._depth == 1:
                speaks = self._ending()
        finally:
            self._depth -= 1
            if not self._depth:
                self._holder = None
            self._lock.release()
        if speaks:
            self._ended()

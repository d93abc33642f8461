"""How a document speaks: what has changed and what people should know, told once, in order, under no lock."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from xmem_gui.listeners import Listeners
from xmem_gui.project.changes import DocumentChange
from xmem_gui.project.notices import Gravity, Notice, Remedy


class Voice:
    """What a document tells, and to whom.

    Everything goes through one queue. Whoever has put something there tells all that is in it, unless another
    thread is telling just then: that one goes on with it, and nobody waits. So listeners hear in the order in
    which things happened and never two at a time; what a listener changes in its turn is told after all have
    heard of the first.

    Attributes
    ----------
    changed : Listeners of DocumentChange
        Told once for each transaction.
    noticed : Listeners of Notice
        Told of each sentence for people.
    """

    def __init__(self) -> None:
        self.changed: Listeners[DocumentChange] = Listeners("changes of a project")
        self.noticed: Listeners[Notice] = Listeners("notices of a project")
        self._notices: tuple[Notice, ...] = ()
        self._guard = threading.Lock()
        self._queue: deque[Callable[[], None]] = deque()
        self._telling = False
        self._busy = threading.local()

    @property
    def notices(self) -> tuple[Notice, ...]:
        """All that has been said, the oldest first."""
        return self._notices

    def put(self, change: DocumentChange) -> None:
        """Queue a change, under the document's lock, so that the order is that of the transactions."""
        with self._guard:
            self._queue.append(partial(self.changed.tell, change))

    def say(self, text: str, gravity: Gravity = "warning", remedy: Remedy = Remedy.NONE) -> None:
        """Tell people something; the values are those of a `Notice`."""
        notice = Notice(text, gravity, remedy)
        with self._guard:
            self._notices = (*self._notices, notice)
            self._queue.append(partial(self.noticed.tell, notice))
        self.tell()

    def hear(self, listener: Callable[[Notice], object]) -> Callable[[], None]:
        """Have a function told of what was said and of what will be, each once; return what ends that."""
        with self._guard:
            before = self._notices

            def hear(notice: Notice) -> None:
                if not any(notice is one for one in before):
                    listener(notice)

            self.noticed.connect(hear)
        for notice in before:
            listener(notice)
        return partial(self.noticed.disconnect, hear)

    @contextmanager
    def afterwards(self) -> Iterator[None]:
        """Tell nothing in this thread meanwhile, for it holds a lock, but when that is over."""
        depth = getattr(self._busy, "depth", 0)
        self._busy.depth = depth + 1
        try:
            yield
        finally:
            self._busy.depth = depth
            if not depth:
                self.tell()

    def tell(self) -> None:
        """Tell all that is queued, unless that is being done or has to wait."""
        if getattr(self._busy, "depth", 0):
            return
        with self._guard:
            if self._telling:
                return
            self._telling = True
        try:
            while (tell := self._next()) is not None:
                tell()
        except BaseException:
            # Whoever was to be told of the rest is told with what comes next.
            self._telling = False
            raise

    def _next(self) -> Callable[[], None] | None:
        with self._guard:
            if self._queue:
                return self._queue.popleft()
            self._telling = False
            return None

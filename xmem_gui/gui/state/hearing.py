"""What an open document tells, brought from whatever thread tells it to the window's, a few at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import DocumentChange

_T = TypeVar("_T")

_FRAME = 16
"""Milliseconds of a frame of the screen: changes that come within one are told as one."""


class Hearing(QObject):
    """Listens to one annotator at a time. Nobody who tells it something waits for the window.

    Parameters
    ----------
    parent
        Whose thread is the window's.
    """

    changed = Signal(object)
    """A `DocumentChange`: all that has come since the last one."""
    noticed = Signal(object)
    """A `Notice`."""
    settings_changed = Signal()
    """What computes is another."""
    memory_changed = Signal()
    """What the engine remembers is another, otherwise than by a frame that was tracked."""
    _rang = Signal()
    """Something has come; from any thread."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._guard = threading.Lock()
        self._changes: list[DocumentChange] = []
        self._others: list[Callable[[], None]] = []
        self._stops: list[Callable[[], object]] = []
        self._heard: Annotator | None = None
        self._timer = QTimer(self, singleShot=True, interval=_FRAME)
        self._timer.timeout.connect(self._tell)
        self._rang.connect(self._on_ring, Qt.ConnectionType.QueuedConnection)

    @property
    def has_news(self) -> bool:
        """Whether something has come that was not told yet."""
        with self._guard:
            return bool(self._changes or self._others)

    def follow(self, annotator: Annotator) -> None:
        """Listen to an annotator, and to no other; what it has said before is told too."""
        from xmem_gui.project import ANY_CHANGE

        self.leave()
        self._heard = annotator
        change = partial(self._on_change, annotator)
        settings = partial(self._on_other, annotator, lambda _: self.settings_changed.emit())
        memory = partial(self._on_other, annotator, lambda _: self.memory_changed.emit())
        for listeners, listener in (
            (annotator.project.changed, change),
            (annotator.settings_changed, settings),
            (annotator.memory_changed, memory),
        ):
            listeners.connect(listener)
            self._stops.append(partial(listeners.disconnect, listener))
        self._stops.append(annotator.hear(partial(self._on_other, annotator, self.noticed.emit)))
        # Nothing has been told of it: views begin with all of it.
        change(ANY_CHANGE)

    def leave(self) -> None:
        """Listen no more, and forget what was not told yet."""
        stops, self._stops, self._heard = self._stops, [], None
        for stop in stops:
            stop()
        self._timer.stop()
        with self._guard:
            self._changes.clear()
            self._others.clear()

    # In the thread that tells

    def _on_change(self, annotator: Annotator, change: DocumentChange) -> None:
        self._put(annotator, self._changes, change)

    def _on_other(self, annotator: Annotator, tell: Callable[[object], None], value: object) -> None:
        news: Callable[[], None] = partial(tell, value)
        self._put(annotator, self._others, news)

    def _put(self, annotator: Annotator, where: list[_T], what: _T) -> None:
        with self._guard:
            if annotator is not self._heard:
                return
            is_first = not (self._changes or self._others)
            where.append(what)
        if is_first:
            self._rang.emit()

    # In the window's thread

    def _on_ring(self) -> None:
        with self._guard:
            others = self._others[:]
            del self._others[:]
            changes = bool(self._changes)
        if changes and not self._timer.isActive():
            self._timer.start()
        for tell in others:
            tell()

    def _tell(self) -> None:
        from xmem_gui.project import DocumentChange

        with self._guard:
            changes = self._changes[:]
            del self._changes[:]
            others = bool(self._others)
        if others:
            self._on_ring()
        if changes:
            self.changed.emit(DocumentChange.joined(changes))

"""Those who want to be told of something, in any thread; one that fails spoils it for no other."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from psygnal import EmitLoopError, SignalInstance

_T = TypeVar("_T")

logger = logging.getLogger(__name__)


class Listeners(Generic[_T]):
    """Functions that are called with each value told, one after the other in the order they were connected.

    psygnal keeps the connections. Each listener has a signal of its own, so that psygnal's lock is never held
    around somebody else's code, and an exception in one listener is logged and keeps no other from hearing.

    Parameters
    ----------
    name
        What is told, for the log.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._guard = threading.Lock()
        self._signals: tuple[SignalInstance, ...] = ()

    def connect(self, listener: Callable[[_T], Any]) -> Callable[[_T], Any]:
        """Have a function called with each value told from now on; return it, for use as a decorator.

        A bound method is held weakly: it is called no more once its object is gone. Anything else is called
        until it is disconnected.

        Raises
        ------
        ValueError
            If it cannot be called with one value.
        """
        signal = SignalInstance((object,), name=self._name)
        signal.connect(listener)
        with self._guard:
            self._signals = (*(one for one in self._signals if len(one)), signal)
        return listener

    def disconnect(self, listener: Callable[[_T], Any]) -> None:
        """Call a function no more; one that is not connected does no harm."""
        with self._guard:
            self._signals = tuple(one for one in self._signals if len(one) and listener not in one)

    def __len__(self) -> int:
        return sum(len(one) for one in self._signals)

    def tell(self, value: _T) -> None:
        """Call every listener with a value, in this thread.

        Whoever tells holds no lock that a listener may need.
        """
        for signal in self._signals:
            try:
                signal.emit(value)
            except EmitLoopError:
                logger.exception("One that was told of %s failed", self._name)

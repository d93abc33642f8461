"""Answers from threads for widgets that may be gone when they come."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QObject
from shiboken6 import isValid

_T = TypeVar("_T")


def while_alive(widget: QObject, then: Callable[[_T], object]) -> Callable[[_T], None]:
    """Return what calls a function unless a widget that it needs has been deleted."""

    def call(value: _T) -> None:
        if isValid(widget):
            then(value)

    return call

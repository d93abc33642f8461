"""The document's door: values from outside become plain ones that a project file can keep, or are refused.

Scripts have NumPy's numbers, tables have floats that are whole, names come from files and from anywhere.
SQLite and JSON take such values for something else, or not at all, long after the call that brought them.
"""

from __future__ import annotations

import contextlib
import json
import math
import numbers
import operator
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from xmem_gui.errors import ProjectError

LONGEST_NAME = 10_000
"""Characters."""
_T = TypeVar("_T")


def whole(value: object, what: str = "number") -> int:
    """Return a whole number as an int; floats that are whole count, booleans do not.

    Raises
    ------
    ProjectError
        If it is something else.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if not isinstance(value, (bool, np.bool_)):
        try:
            return int(operator.index(value))  # type: ignore[arg-type]
        except TypeError:
            if isinstance(value, numbers.Real) and _finite(value, what).is_integer():
                return int(_finite(value, what))
    raise ProjectError(f"{_shown(value)} is no {what}: expected a whole number.")


def real(value: object, what: str = "number") -> float:
    """Return a finite number as a float.

    Raises
    ------
    ProjectError
        If it is something else.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise ProjectError(f"{_shown(value)} is no {what}: expected a number.")
    return _finite(value, what)


def flag(value: object, what: str = "yes or no") -> bool:
    """Return a truth value as a bool; 0 and 1 count.

    Raises
    ------
    ProjectError
        If it is something else.
    """
    if isinstance(value, np.ndarray) and value.ndim == 0:
        value = value.item()
    if isinstance(value, (bool, np.bool_)) or (isinstance(value, numbers.Integral) and value in (0, 1)):
        return bool(value)
    raise ProjectError(f"{_shown(value)} is not {what}: expected True or False.")


def text(value: object, what: str = "name") -> str:
    """Return a text as a str; halves of characters that stand for no text are marked as such.

    Raises
    ------
    ProjectError
        If it is something else, or endless.
    """
    if not isinstance(value, str):
        raise ProjectError(f"{_shown(value)} is no {what}: expected a text.")
    if len(value) > LONGEST_NAME:
        raise ProjectError(f"A {what} of {len(value):,} characters is too long: at most {LONGEST_NAME:,}.")
    return str.__str__(value).encode("utf-8", "replace").decode()


def ids(values: object, what: str = "object number") -> tuple[int, ...]:
    """Return several whole numbers.

    Raises
    ------
    ProjectError
        If they are something else.
    """
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise ProjectError(f"{_shown(values)} is no list of numbers: expected one {what} or more.")
    return tuple(whole(one, what) for one in values)


def span(value: object) -> range:
    """Return a range of frames.

    Raises
    ------
    ProjectError
        If it is something else.
    """
    if not isinstance(value, range):
        raise ProjectError(f"{_shown(value)} is no range of frames: expected range(first, last + 1).")
    return value


def colour(value: object) -> tuple[int, int, int]:
    """Return a colour.

    Raises
    ------
    ProjectError
        If it is not three numbers from 0 to 255.
    """
    try:
        shades = ids(value, "shade")
    except ProjectError:
        shades = ()
    if len(shades) != 3 or not all(0 <= shade <= 255 for shade in shades):
        raise ProjectError(f"{_shown(value)} is not a colour: expected red, green and blue, each 0 to 255.")
    return shades[0], shades[1], shades[2]


def member(kind: Callable[[object], _T], value: object) -> _T:
    """Return a value of an enumeration.

    Raises
    ------
    ProjectError
        If it has no such value.
    """
    try:
        return kind(value)
    except ValueError:
        raise ProjectError(f"{_shown(value)} is not possible here.") from None


def optional(convert: Callable[[object], _T], value: object) -> _T | None:
    """Return None for None, else what is converted."""
    return None if value is None else convert(value)


def place(path: str | os.PathLike[str]) -> Path:
    """Return a path.

    Raises
    ------
    ProjectError
        If it is none, or no file can have it.
    """
    name: object = None
    with contextlib.suppress(TypeError):
        name = os.fspath(path)
    with contextlib.suppress(UnicodeError):  # letters that no file system takes
        if isinstance(name, str) and "\0" not in name and os.fsencode(name):
            return Path(name)
    raise ProjectError(f"{_shown(path)} is no path of a file.")


def as_json(value: object, what: str) -> str:
    """Return a value as JSON; NumPy's numbers and arrays, and paths, become plain ones.

    Raises
    ------
    ProjectError
        If JSON has nothing for it.
    """
    try:
        return json.dumps(value, default=_plain, allow_nan=False)
    except (TypeError, ValueError, RecursionError, OverflowError) as error:
        raise ProjectError(f"The {what} cannot be kept with the project: {error}.") from None


def settle(edit: object, **convert: Callable[[Any], object]) -> None:
    """Make fields of a frozen dataclass plain, each by its own converter; for its ``__post_init__``."""
    for name, converter in convert.items():
        object.__setattr__(edit, name, converter(getattr(edit, name)))


def _finite(value: Any, what: str) -> float:
    try:
        number = float(value)
    except (OverflowError, ValueError, TypeError):
        number = math.inf
    if not math.isfinite(number):
        raise ProjectError(f"{_shown(value)} is no {what}: expected a finite number.")
    return number


def _plain(value: object) -> object:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    raise TypeError(f"{type(value).__name__} is no value that JSON has")


def _shown(value: object) -> str:
    """Show a value in a message: short, and as text, whatever it is."""
    try:
        shown = repr(value)
    except Exception:  # the repr of a stranger's object
        shown = f"a {type(value).__name__}"
    shown = shown if len(shown) <= 60 else f"{shown[:57]}..."
    return shown.encode("utf-8", "replace").decode()

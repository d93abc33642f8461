"""Settings that are more than a number or a word: shortcuts, recent paths, how the window stands.

The file of settings can be damaged, come from another version, or be written by someone else. What is in it
reaches the window, and Qt, which crashes on some of it, only through the table (`xmem_gui.settings`) and
these.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Annotated, Any

from PySide6.QtGui import QKeySequence

from xmem_gui.cluster.remote_address import Address
from xmem_gui.errors import ClusterError
from xmem_gui.settings import Rule, name_text

_LONGEST_STATE = 1 << 16
_MOST_ITEMS = 1000
_MOST_KEYS = 8
_MOST_RECENTS = 12


class UnfitSettingError(ValueError):
    """A setting is of another type, or out of its range."""


def _need(fits: bool) -> None:
    if not fits:
        raise UnfitSettingError


def sealed(data: bytes) -> str:
    """Return what Qt has saved as text that tells whether it is whole: Qt crashes on a layout that is not."""
    return f"{_seal(data)}:{base64.b64encode(data).decode()}" if data else ""


def unsealed(text: str) -> bytes:
    """Return what `sealed` was given; raises `UnfitSettingError` for anything else."""
    seal, _, encoded = text.partition(":")
    try:
        data = base64.b64decode(encoded, validate=True)
    except ValueError:
        raise UnfitSettingError from None
    _need(not text or seal == _seal(data))
    return data


def _seal(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:16]


def _state(value: Any) -> str:
    _need(isinstance(value, str) and len(value) <= _LONGEST_STATE)
    unsealed(value)
    return str(value)


def _some(rule: Callable[[Any], Any], values: Iterable[Any], most: int) -> list[Any]:
    """Return those of the first values that fit, each once."""
    found: list[Any] = []
    for value in islice(values, _MOST_ITEMS):
        try:
            fit = rule(value)
        except ValueError:
            continue
        if fit not in found:
            found.append(fit)
        if len(found) == most:
            break
    return found


def _recents(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(name_text, value, _MOST_RECENTS)


def _host(value: Any) -> str:
    _need(isinstance(value, str) and 0 < len(value) <= 255 and value.isprintable())
    return str(value)


def _hosts(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(_host, value, _MOST_ITEMS)


def _key(value: Any) -> str:
    _need(isinstance(value, str) and 0 < len(value) <= 64 and value.isprintable())
    _need(bool(QKeySequence(value).toString()))
    return str(value)


def _keys(value: Any) -> dict[str, list[str]]:
    """Keep what are keys; an action whose list is empty has none, one whose keys all are odd has its own."""
    _need(isinstance(value, dict))
    found: dict[str, list[str]] = {}
    for action, keys in islice(value.items(), _MOST_ITEMS):
        named = isinstance(action, str) and re.fullmatch(r"[a-z0-9_.]{1,64}", action)
        if named and isinstance(keys, list):
            fit = _some(_key, keys, _MOST_KEYS)
            if fit or not keys:
                found[action] = fit
    return found


def _dock(value: Any) -> str:
    _need(isinstance(value, str) and value in {"timeline", "objects"})
    return str(value)


def _docks(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(_dock, value, 2)


def _address(value: Any) -> str:
    _need(isinstance(value, str))
    try:
        return str(Address.parse(value))
    except ClusterError:
        raise UnfitSettingError from None


def _place(value: Any) -> str:
    return "" if value == "" else _address(value)


def _addresses(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(_address, value, _MOST_RECENTS)


State = Annotated[str, Rule(_state)]
"""What Qt has saved, sealed; "" for nothing."""
RecentPaths = Annotated[list[str], Rule(_recents)]
"""Those of the first paths that fit, each once."""
Hosts = Annotated[list[str], Rule(_hosts)]
"""Names of computers, each once."""
Keys = Annotated[dict[str, list[str]], Rule(_keys)]
"""Shortcuts by action id, as `QKeySequence` reads them."""
Docks = Annotated[list[str], Rule(_docks)]
"""Names of docks that can be sized."""
ComputerAddress = Annotated[str, Rule(_place)]
"""Address of a machine that computes; "" for this one."""
ComputerAddresses = Annotated[list[str], Rule(_addresses)]
"""Addresses of machines that compute, each once."""

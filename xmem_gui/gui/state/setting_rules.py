"""What each setting may be: its type and its range, in one table. Anything else counts as never chosen.

The file of settings can be damaged, come from another version, or be written by someone else. What is in it
reaches the window, the disk and the engine only through this table.
"""

from __future__ import annotations

import base64
import hashlib
import math
import os
import re
from collections.abc import Callable, Iterable, Mapping
from itertools import islice
from typing import Any

from PySide6.QtGui import QKeySequence

Rule = Callable[[Any], Any]
"""Returns a value as it can be used; raises `UnfitSettingError` for one that cannot."""

MOST_RECENTS = 12
BRUSH = (0.5, 512.0)
"""Radius in pixels of the video."""
SIZE = (16, 4320)
"""The network's shorter side in pixels."""
MEMORY: Mapping[str, tuple[int, int]] = {
    "memory_every": (1, 1000),
    "max_working_frames": (1, 1000),
    "min_working_frames": (1, 1000),
    "max_long_term_tokens": (1, 1_000_000),
    "prototypes": (1, 10_000),
    "top_k": (1, 1000),
}
"""Least and most of the memory's settings that a person can choose, by `MemoryConfig`'s names."""

_LONGEST_PATH = 4096
_LONGEST_STATE = 1 << 16
_MOST_ITEMS = 1000
_MOST_KEYS = 8


class UnfitSettingError(ValueError):
    """A setting is of another type, or out of its range."""


def usable(name: str, value: object, default: Any) -> Any:
    """Return a setting as it can be used: what was found if it fits, else the default."""
    try:
        return RULES[name](value)
    except UnfitSettingError:
        return default


def _need(fits: bool) -> None:
    if not fits:
        raise UnfitSettingError


def _flag(value: Any) -> bool:
    _need(isinstance(value, bool))
    return bool(value)


def _one_of(*allowed: str) -> Rule:
    def rule(value: Any) -> str:
        _need(isinstance(value, str) and value in allowed)
        return str(value)

    return rule


def _like(pattern: str) -> Rule:
    def rule(value: Any) -> str:
        _need(isinstance(value, str) and re.fullmatch(pattern, value, re.ASCII) is not None)
        return str(value)

    return rule


def _whole(least: int, most: int) -> Rule:
    def rule(value: Any) -> int:
        _need(isinstance(value, int) and not isinstance(value, bool) and least <= value <= most)
        return int(value)

    return rule


def _number(least: float, most: float) -> Rule:
    def rule(value: Any) -> float:
        _need(isinstance(value, (int, float)) and not isinstance(value, bool))
        # Compared before it is converted: a whole number of 400 digits is no float.
        _need(least <= value <= most and math.isfinite(value))
        return float(value)

    return rule


def _or(first: Rule, second: Rule) -> Rule:
    def rule(value: Any) -> Any:
        try:
            return first(value)
        except UnfitSettingError:
            return second(value)

    return rule


def _path(value: Any) -> str:
    """Let pass what can be the name of a file, or of a model: nothing that the system would choke on."""
    _need(isinstance(value, str) and len(value) <= _LONGEST_PATH and "\0" not in value)
    try:
        os.fsencode(value)
    except UnicodeEncodeError:
        raise UnfitSettingError from None
    return str(value)


def _named(value: Any) -> str:
    _need(value != "")
    return _path(value)


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


def _some(rule: Rule, values: Iterable[Any], most: int) -> list[Any]:
    """Return those of the first values that fit, each once."""
    found: list[Any] = []
    for value in islice(values, _MOST_ITEMS):
        try:
            fit = rule(value)
        except UnfitSettingError:
            continue
        if fit not in found:
            found.append(fit)
        if len(found) == most:
            break
    return found


def _recents(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(_named, value, MOST_RECENTS)


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


def _memory(value: Any) -> dict[str, int]:
    """Keep the numbers in range; two that contradict each other go together."""
    _need(isinstance(value, dict))
    rules = {name: _whole(*limits) for name, limits in MEMORY.items()}
    kept = {name: one for name, rule in rules.items() for one in _some(rule, [value.get(name)], 1)}
    if kept.get("min_working_frames", 1) > kept.get("max_working_frames", 0):
        kept.pop("min_working_frames", None)
    if kept.get("prototypes", 128) > kept.get("max_long_term_tokens", 10_000):
        kept.pop("prototypes", None)
        kept.pop("max_long_term_tokens", None)
    return kept


def _docks(value: Any) -> list[str]:
    _need(isinstance(value, list))
    return _some(_one_of("timeline", "objects"), value, 2)


RULES: Mapping[str, Rule] = {
    "theme": _one_of("system", "light", "dark", "contrast"),
    "keys": _keys,
    "recents": _recents,
    "hosts": _hosts,
    "hints_shown": _flag,
    "geometry": _state,
    "layout": _state,
    "sized": _docks,
    "folder": _path,
    "model": _named,
    "click_model": _named,
    "device": _like(r"auto|mps|cpu|cuda(:\d{1,2})?"),
    "size": _or(_whole(0, 0), _whole(*SIZE)),
    "memory": _memory,
    "view": _one_of("overlay", "outline", "mask", "cutout", "faded", "image"),
    "opacity": _number(0.0, 1.0),
    "cutout": _like(r"|#[0-9a-fA-F]{6}"),
    "brush": _number(*BRUSH),
    "low_confidence": _number(0.0, 1.0),
    "track_count": _whole(1, 10_000_000),
    "track_way": _one_of("forward", "backward"),
    "export_format": _like(r"[a-z0-9-]{1,64}"),
}

"""Paths that stand in a project, which can be anybody's: whether they may be looked at, what lies near."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

_LOOK_AT_MOST = 5000
_DOUBLE = re.compile(r"[\\/]{2}([^\\/]+)(?:[\\/]+([^\\/]*))?(?:[\\/]+([^\\/]*))?")
_MOUNTED = re.compile(r"/(?:net|Network/Servers)/([^/]+)")


def host_of(path: str) -> str | None:
    r"""Return the computer that a path points to; None if it is this one.

    Those are ``\\host\share`` and ``//host/share`` in all their spellings, and the folders in which Unix
    mounts other computers by themselves: touching such a path calls them.
    """
    match = _DOUBLE.match(path)
    if match is None:
        mounted = _MOUNTED.match(path)
        return None if mounted is None else mounted[1].lower()
    first, second, third = match.groups()
    if first not in ("?", "."):
        return first.lower()
    if first == "?" and second is not None and re.fullmatch("[A-Za-z]:", second):
        return None
    return (third or second or first).lower()


def is_at_hand(path: Path) -> bool:
    """Whether there is a file or a folder that one may look at; never raises."""
    try:
        mode = path.stat().st_mode
    except (OSError, ValueError):
        return False
    return stat.S_ISREG(mode) or stat.S_ISDIR(mode)


def same_place(one: Path, other: Path) -> bool:
    """Whether two paths lead to one file, by whatever names or links; never raises."""
    try:
        return one.samefile(other)
    except (OSError, ValueError):
        return os.path.normcase(os.path.abspath(one)) == os.path.normcase(os.path.abspath(other))  # noqa: PTH100


def files_near(*folders: Path) -> Iterator[Path]:
    """Yield what lies in the folders, in those above them, and one level below: a bounded look."""
    places: dict[Path, None] = {}
    for folder in folders:
        places.update(dict.fromkeys((folder, folder.parent)))
        places.update(dict.fromkeys(path for path in _listing(folder) if _is_folder(path)))
    seen: dict[Path, None] = {}
    for place in places:
        seen.update(dict.fromkeys(_listing(place)))
    yield from islice(seen, _LOOK_AT_MOST)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):
        return False


def _listing(folder: Path) -> list[Path]:
    try:
        return sorted(islice(folder.iterdir(), _LOOK_AT_MOST))
    except (OSError, ValueError):
        return []

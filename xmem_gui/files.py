"""The one way to write files: whole, beside their place under a name nobody can guess, then moved into it."""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import shutil
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

_LONGEST = 200
"""Bytes of a name that are kept in a temporary one; most file systems allow 255."""
_TEMPORARY = re.compile(r"\.(?P<name>.*)\.[0-9a-f]{8}\.part(?P<ending>.*)", re.DOTALL)
_OLD = "-old"


def publish(finished: Path, target: Path, *, replace: bool = True) -> None:
    """Bring a finished file to the disk and give it the target's name.

    Parameters
    ----------
    finished, target
        From where to where, on one disk.
    replace
        Whether a file that is there may be replaced.

    Raises
    ------
    FileExistsError
        If a file is there, or has come meanwhile, that may not be replaced.
    OSError
        If it is not possible; the target is as it was.
    """
    sync_file(finished)
    if replace:
        finished.replace(target)
    else:
        _move_to_free(finished, target)
    sync_folder(target.parent)


def _move_to_free(finished: Path, target: Path) -> None:
    try:
        os.link(finished, target)  # unlike a move, it never replaces anything
    except FileExistsError:
        raise
    except OSError:
        if is_there(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), os.fspath(target)) from None
        finished.replace(target)
    else:
        finished.unlink()


def publish_folder(finished: Path, target: Path) -> None:
    """Give a finished folder the target's name, in place of the folder that is there.

    Parameters
    ----------
    finished, target
        From where to where, on one disk.

    Raises
    ------
    OSError
        If it is not possible; the target is as it was.
    """
    aside = old_name(target) if target.exists() else None
    if aside is not None:
        target.rename(aside)
    try:
        finished.rename(target)
    except OSError:
        if aside is not None:
            aside.rename(target)
        raise
    sync_folder(target.parent)
    if aside is not None:
        shutil.rmtree(aside, ignore_errors=True)


def sync_file(path: Path) -> None:
    """Bring what a file holds to the disk."""
    with path.open("r+b") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the file system can do that."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def temporary_name(target: Path, *, ending: str = "") -> Path:
    """Return a hidden name beside a target that nobody can guess; nothing is there.

    Parameters
    ----------
    target
        What will be there when it is finished.
    ending
        What the name ends with, such as ``.mp4``, for programs that go by that.
    """
    return target.with_name(f".{_short(target.name)}.{uuid.uuid4().hex[:8]}.part{ending}")


def old_name(target: Path) -> Path:
    """Return such a name for what stood at a target until now; it is no leftover unless it is asked for."""
    return temporary_name(target, ending=_OLD)


def leftovers(target: Path, *, old: bool = False) -> list[Path]:
    """Return what is at temporary names of a target: unfinished, be it that somebody is writing it now.

    Parameters
    ----------
    target
        What it was to become.
    old
        Whether to add what stood there before (`old_name`); while nothing is there, it is all there is.
    """
    name = _short(target.name)
    with contextlib.suppress(OSError):
        return [path for path in target.parent.iterdir() if _target_of(path, old=old) == name]
    return []


def leftovers_in(folder: Path) -> list[Path]:
    """Return what is at temporary names in a folder, whatever it was to become."""
    with contextlib.suppress(OSError):
        return [path for path in folder.iterdir() if _target_of(path, old=False)]
    return []


def _target_of(path: Path, *, old: bool) -> str:
    match = _TEMPORARY.fullmatch(path.name)
    return match["name"] if match and (old or match["ending"] != _OLD) else ""


def new_file(target: Path) -> Path:
    """Make an empty file under such a name, for others to write to by its path."""
    path = temporary_name(target)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    return path


@contextlib.contextmanager
def replacing(target: Path, *, sync: bool = True) -> Iterator[Path]:
    """Give the path of a new, empty file; when all goes well, it takes the target's place, else it goes.

    Parameters
    ----------
    target
        Path that the file or folder has once it is whole.
    sync
        Whether to bring it to the disk first; else a loss of power may leave half of it under its name.

    Raises
    ------
    OSError
        If it cannot be made or moved; the target is as it was.
    """
    path = new_file(target)
    try:
        yield path
        if sync:
            publish(path, target)
        else:
            path.replace(target)
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def write_whole(target: Path, data: bytes) -> None:
    """Write a small file whole or not at all; raises as `replacing`."""
    with replacing(target) as path:
        path.write_bytes(data)


def remove_leftovers(target: Path) -> None:
    """Remove what programs that were killed left of a target; only where nobody else can be writing it."""
    for path in leftovers(target):
        with contextlib.suppress(OSError):
            path.unlink()


def free_name(path: Path) -> Path:
    """Return a path at which nothing is: this one, or with ``-2``, ``-3`` and so on before its suffix."""
    others = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in itertools.count(2))
    return next(one for one in itertools.chain([path], others) if not is_there(one))


KEPT = ".other-"
"""In the name under which a file is kept whose place a project has taken."""


def remove_kept_names(target: Path) -> None:
    """Remove second names of a file that are such: who was killed before it took the place left them."""
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            if path.name.startswith(f"{target.stem}{KEPT}") and path.samefile(target):
                with contextlib.suppress(OSError):
                    path.unlink()


def is_there(path: Path) -> bool:
    """Tell whether a name is taken, be it by a link that leads nowhere."""
    return os.path.lexists(path)


def _short(name: str) -> str:
    while len(os.fsencode(name)) > _LONGEST:
        name = name[: len(name) * 9 // 10]
    return name

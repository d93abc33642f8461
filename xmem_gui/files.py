"""The one way to write files: whole, under their final name only when finished, never through a link.

A name that others can guess (a lock, the rest of a download) may hold a link, a pipe or a second name of
another file: such a file is not ours, and is neither emptied nor written. What is written beside its place
gets a random name.
"""

from __future__ import annotations

import contextlib
import errno
import itertools
import os
import re
import stat
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

_LONGEST = 200
"""Bytes of a name that are kept in a temporary one; most file systems allow 255."""
_FAR = 1 << 30
_HIDDEN = 2
"""Windows' mark of files that are not shown."""
_TEMPORARY = re.compile(r"\.(?P<name>.*)\.[0-9a-f]{8}\.part", re.DOTALL)
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


class NotOursError(OSError):
    """Where a file of ours should be is a link, a folder, a pipe, or a second name of another file."""


class NoLocksError(OSError):
    """The disk knows no locks."""


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
    with finished.open("r+b") as file:
        os.fsync(file.fileno())
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


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, where the file system can do that."""
    if sys.platform != "win32":
        with contextlib.suppress(OSError):
            handle = os.open(folder, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)


def temporary_name(target: Path) -> Path:
    """Return a hidden name beside a target that nobody can guess; nothing is there."""
    return target.with_name(f".{_short(target.name)}.{uuid.uuid4().hex[:8]}.part")


def new_file(target: Path) -> Path:
    """Make an empty file under such a name, for others to write to by its path."""
    path = temporary_name(target)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    return path


def own_folder(path: Path) -> Path:
    """Make a folder of ours, with those above it, if it is not there; hidden from sight if its name says so.

    Raises
    ------
    NotOursError
        If a link is there.
    OSError
        If it cannot be made.
    """
    if not path.parent.is_dir():
        own_folder(path.parent)
    if path.is_symlink() or (path.parent.name.startswith(".") and path.parent.is_symlink()):
        raise _not_ours(path)
    path.mkdir(exist_ok=True)
    if sys.platform == "win32" and path.name.startswith("."):
        import ctypes

        ctypes.windll.kernel32.SetFileAttributesW(str(path), _HIDDEN)
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
    name = _short(target.name)
    with contextlib.suppress(OSError):
        for path in target.parent.iterdir():
            match = _TEMPORARY.fullmatch(path.name)
            if match and match["name"] == name:
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


def open_own(path: Path, mode: str = "r+b", *, create: bool = True) -> IO[Any]:
    """Open a file at a name that others can guess, for reading and writing.

    Parameters
    ----------
    path
        Where; it must be a regular file with no other name, or not be there.
    mode
        As for `os.fdopen`. Nothing is cut off, whatever it says.
    create
        Whether to make it if it is not there.

    Raises
    ------
    NotOursError
        If something else is there.
    OSError
        If it cannot be opened.
    """
    handle = open_handle(path, create=create)
    return os.fdopen(handle, mode)


def open_handle(path: Path, *, create: bool = True) -> int:
    """Open a file as `open_own` does, and return its descriptor."""
    if sys.platform == "win32" and path.is_symlink():
        raise _not_ours(path)
    flags = os.O_RDWR | (os.O_CREAT if create else 0)
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY", "O_NOINHERIT"):
        flags |= getattr(os, name, 0)
    try:
        handle = os.open(path, flags, 0o644)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.EMLINK, errno.EISDIR, errno.ENXIO} or path.is_symlink():
            raise _not_ours(path) from None
        raise
    state = os.fstat(handle)
    if not stat.S_ISREG(state.st_mode) or state.st_nlink > 1:
        os.close(handle)
        raise _not_ours(path)
    return handle


def rewrite(handle: int, data: bytes) -> None:
    """Put these bytes in the place of all that an open file holds."""
    os.lseek(handle, 0, os.SEEK_SET)
    os.ftruncate(handle, 0)
    os.write(handle, data)


def try_lock(handle: int) -> bool:
    """Take the operating system's lock on an open file; it ends with the process, however that ends.

    Returns
    -------
    bool
        Whether it is ours; else somebody else holds it.

    Raises
    ------
    NoLocksError
        If the disk knows no locks.
    """
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in _NO_LOCKS:
            raise NoLocksError(error.errno, "the disk knows no locks") from None
        return False
    return True


def is_there(path: Path) -> bool:
    """Tell whether a name is taken, be it by a link that leads nowhere."""
    return os.path.lexists(path)


def is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is still the one under a name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False


def _short(name: str) -> str:
    while len(os.fsencode(name)) > _LONGEST:
        name = name[: len(name) * 9 // 10]
    return name


def _not_ours(path: Path) -> NotOursError:
    return NotOursError(
        errno.EEXIST, f"{path.name} is a link or no ordinary file; move it away", os.fspath(path)
    )

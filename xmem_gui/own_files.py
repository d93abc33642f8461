"""Files and folders of ours at names that others can guess, such as a lock or the rest of a download.

There may be a link, a pipe or a second name of another file: such a file is not ours, and is neither emptied
nor written. Why locks are not those of the library filelock: docs/adr/0027.
"""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path
from typing import IO, Any

_FAR = 1 << 30
_HIDDEN = 2
"""Windows' mark of files that are not shown."""
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


class NotOursError(OSError):
    """Where a file of ours should be is a link, a folder, a pipe, or a second name of another file."""


class NoLocksError(OSError):
    """The disk knows no locks."""


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


def is_at(handle: int, path: Path) -> bool:
    """Tell whether an open file is still the one under a name."""
    try:
        return os.path.samestat(os.fstat(handle), path.lstat())
    except OSError:
        return False


def _not_ours(path: Path) -> NotOursError:
    return NotOursError(
        errno.EEXIST, f"{path.name} is a link or no ordinary file; move it away", os.fspath(path)
    )

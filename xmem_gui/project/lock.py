"""One writer at a time: a lock that the operating system lets go when its holder dies."""

from __future__ import annotations

import contextlib
import getpass
import json
import os
import socket
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from xmem_gui.errors import ProjectError

_FAR = 1 << 30


@dataclass(frozen=True, slots=True)
class LockOwner:
    """Who has a project open for writing.

    Attributes
    ----------
    pid : int
        Process number.
    host, user : str
        Machine and person.
    since : float
        Seconds since 1970.
    """

    pid: int
    host: str
    user: str
    since: float

    @classmethod
    def this_process(cls) -> LockOwner:
        """Describe the process that asks."""
        try:
            user = getpass.getuser()
        except (OSError, KeyError, ImportError):
            user = "someone"
        return cls(os.getpid(), socket.gethostname(), user, time.time())

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        return f"{self.user} on {self.host} (process {self.pid}) since {since}"


class ProjectLock:
    """The lock beside a project file, named like it with ``.lock`` at its end.

    What locks is the operating system's advisory lock, which ends with the process however that ends;
    the text in the file only says who holds it. A lock file that was left behind is therefore no obstacle.
    """

    def __init__(self, project: Path) -> None:
        self.path = project.with_name(project.name + ".lock")
        self.left_behind: LockOwner | None = None
        """Who held the lock last and did not give it back."""
        self._file: int | None = None

    def acquire(self) -> LockOwner | None:
        """Take the lock.

        Returns
        -------
        LockOwner or None
            None if the lock is ours now; else who holds it.

        Raises
        ------
        ProjectError
            If no lock file can be made there.
        """
        while True:
            try:
                handle = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o644)
            except OSError as error:
                reason = error.strerror or error
                raise ProjectError(f"Cannot write in {self.path.parent}: {reason}.") from None
            if not _try_lock(handle):
                owner = _read_owner(handle)
                os.close(handle)
                return owner
            if self._is_current(handle):
                break
            os.close(handle)
        self._file = handle
        if os.fstat(handle).st_size:
            self.left_behind = _read_owner(handle)
        with contextlib.suppress(OSError):  # a full disk: who holds it stays unsaid
            os.lseek(handle, 0, os.SEEK_SET)
            os.ftruncate(handle, 0)
            os.write(handle, json.dumps(asdict(LockOwner.this_process())).encode())
        return None

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._file is None:
            return
        if sys.platform != "win32":
            with contextlib.suppress(OSError):
                self.path.unlink()
        os.close(self._file)
        self._file = None
        if sys.platform == "win32":
            with contextlib.suppress(OSError):
                self.path.unlink()

    def _is_current(self, handle: int) -> bool:
        """Tell whether the file we locked is still the one under the name (its last holder removes it)."""
        if sys.platform == "win32":
            return True
        try:
            return os.path.samestat(os.fstat(handle), self.path.stat())
        except OSError:
            return False


def _try_lock(handle: int) -> bool:
    try:
        if sys.platform == "win32":
            import msvcrt

            os.lseek(handle, _FAR, os.SEEK_SET)
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
            os.lseek(handle, 0, os.SEEK_SET)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read_owner(handle: int) -> LockOwner:
    try:
        os.lseek(handle, 0, os.SEEK_SET)
        value = json.loads(os.read(handle, 4096))
        return LockOwner(
            int(value["pid"]),
            str(value["host"]),
            str(value["user"]),
            min(max(float(value["since"]), 0.0), 1e11),
        )
    except (OSError, ValueError, KeyError, TypeError):
        return LockOwner(0, "this machine", "another program", time.time())

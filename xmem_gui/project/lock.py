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

from xmem_gui import own_files
from xmem_gui.errors import ProjectError


@dataclass(frozen=True, slots=True)
class LockOwner:
    """Who has a project open for writing.

    Attributes
    ----------
    pid : int
        Process number.
    host, user : str
        Name of the machine, and of the person who has the project open.
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

    @property
    def is_here(self) -> bool:
        """Whether it is this person on this machine."""
        here = self.this_process()
        return (self.host, self.user) == (here.host, here.user)

    @property
    def is_alive_here(self) -> bool:
        """Whether it is a process of this machine that has not ended."""
        if self.host != socket.gethostname() or self.pid < 1 or sys.platform == "win32":
            return False
        try:
            os.kill(self.pid, 0)
        except PermissionError:
            return True
        except (OSError, OverflowError):
            return False
        return True

    def __str__(self) -> str:
        since = time.strftime("%Y-%m-%d %H:%M", time.localtime(self.since))
        return f"{self.user} on {self.host} (process {self.pid}) since {since}"


class ProjectLock:
    """The lock beside a project file (behind links, if it is one), named like it with ``.lock`` at its end.

    What locks is the operating system's advisory lock, which ends with the process however that ends;
    the text in the file only says who holds it. A lock file that was left behind is therefore no obstacle.

    Attributes
    ----------
    left_behind : LockOwner or None
        Who held the lock last and did not give it back.
    unknown : bool
        Whether the disk knows no locks, so that nothing holds others off.
    """

    def __init__(self, project: Path) -> None:
        place = Path(os.path.realpath(project))
        self.path = place.with_name(place.name + ".lock")
        self.left_behind: LockOwner | None = None
        self.unknown = False
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
            If no lock file can be made there, or something else is in its place.
        """
        while True:
            try:
                handle = own_files.open_handle(self.path)
            except own_files.NotOursError as error:
                raise ProjectError(f"{error.strerror}.") from None
            except OSError as error:
                reason = error.strerror or error
                raise ProjectError(f"Cannot write in {self.path.parent}: {reason}.") from None
            if not self._try_lock(handle):
                owner = _read_owner(handle)
                os.close(handle)
                return owner
            if sys.platform == "win32" or own_files.is_at(handle, self.path):
                break
            os.close(handle)  # its last holder has removed it since
        self._file = handle
        if os.fstat(handle).st_size:
            self.left_behind = _read_owner(handle)
        with contextlib.suppress(OSError):  # a full disk: who holds it stays unsaid
            own_files.rewrite(handle, json.dumps(asdict(LockOwner.this_process())).encode())
        return None

    def release(self) -> None:
        """Give the lock back and remove its file."""
        if self._file is None:
            return
        ours = own_files.is_at(self._file, self.path)
        if sys.platform == "win32":
            os.close(self._file)
        if ours:
            with contextlib.suppress(OSError):
                self.path.unlink()
        if sys.platform != "win32":
            os.close(self._file)
        self._file = None

    def _try_lock(self, handle: int) -> bool:
        try:
            return own_files.try_lock(handle)
        except own_files.NoLocksError:
            self.unknown = True
            return not _read_owner(handle).is_alive_here


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
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return LockOwner(0, "this machine", "another program", time.time())

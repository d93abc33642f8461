"""Rotating copies of a project file, each whole and checked before it takes an older one's place."""

from __future__ import annotations

import contextlib
import errno
import filecmp
import logging
import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xmem_gui import files
from xmem_gui.errors import ProjectError, as_exception
from xmem_gui.project import places
from xmem_gui.project.schema import SUFFIX, UNREADABLE, connect

logger = logging.getLogger(__name__)

_NAME = re.compile(r"(?:(\d{6,12})-)?(\d{8}-\d{6})-(\d{1,18})" + re.escape(SUFFIX))
_NEW = f"new{SUFFIX}"


@dataclass(frozen=True, slots=True)
class Backup:
    """One copy.

    Attributes
    ----------
    path : Path
        Path of the backup file.
    number : int
        Its place in the order in which they were made; 0 for those of older versions, which had none.
    when : str
        What the clock said when it was made: ``20260131-235959``. Clocks are set back: it orders nothing.
    revision : int
        Number of transactions the project had seen.
    """

    path: Path
    number: int
    when: str
    revision: int


class Backups:
    """The copies of one project, in a hidden folder beside it (`places.backups_folder`).

    Parameters
    ----------
    project : Path
        Path of the project file.
    keep : int
        How many copies to keep.
    """

    is_ours: Callable[[], bool]
    """Asked before a copy counts: whether the file under the project's name is the project."""

    def __init__(self, project: Path, *, keep: int = 5) -> None:
        self.is_ours = lambda: True
        self.folder = places.backups_folder(project)
        self._project, self._keep = project, keep
        self._turn = threading.Lock()
        self._seen = -1
        """The revision that the newest copy was last found, or made, to be a copy of."""

    def all(self) -> list[Backup]:
        """Return the copies, the newest first."""
        found: list[Backup] = []
        for folder in (self.folder, places.old_backups_folder(self._project)):
            with contextlib.suppress(OSError):
                named = ((path, _NAME.fullmatch(path.name)) for path in folder.iterdir())
                found.extend(
                    Backup(path, int(match[1] or 0), match[2], int(match[3]))
                    for path, match in named
                    if match
                )
        return sorted(found, key=lambda one: (one.number, one.revision, one.when), reverse=True)

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Make none meanwhile."""
        with self._turn:
            yield

    def make(self) -> Backup | None:
        """Copy the project as it is on the disk, unless it is as in the newest copy.

        Returns
        -------
        Backup or None
            The new copy, or None if there was no need of one.

        Raises
        ------
        ProjectError
            If no copy could be made, or the project is damaged; the copies there stay as they are.
        """
        with self._turn:
            return self._make()

    def _make(self) -> Backup | None:
        partial = files.temporary_name(self.folder / _NEW)
        try:
            # Before it is opened too: SQLite keeps one index of the log for whatever file has the name.
            self._need_ours()
            with contextlib.closing(connect(self._project, readonly=True)) as source:
                revision = int(source.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()[0])
                before = self.all()
                # A project that was restored from a backup comes to the same revision with other masks.
                alike = [one for one in before[:1] if one.revision == revision]
                if alike and self._seen == revision:
                    return None
                places.make_folder(self.folder)
                self._clean()
                _copy(source, partial)
            self._need_ours()
            self._seen = revision
            if alike and filecmp.cmp(partial, alike[0].path, shallow=False):
                partial.unlink()
                return None
            number, when = max((one.number for one in before), default=0) + 1, time.strftime("%Y%m%d-%H%M%S")
            path = self.folder / f"{number:06}-{when}-{revision}{SUFFIX}"
            files.publish(partial, path)
        except (*UNREADABLE, OSError, ValueError, TypeError) as error:
            with contextlib.suppress(OSError):
                partial.unlink(missing_ok=True)
            reason = (isinstance(error, OSError) and error.strerror) or error
            raise ProjectError(f"No backup of {self._project.name} could be made: {reason}.") from error
        for old in before[self._keep - 1 :]:
            with contextlib.suppress(OSError):
                old.path.unlink()
        return Backup(path, number, when, revision)

    def _need_ours(self) -> None:
        if not self.is_ours():
            raise OSError(errno.ENOENT, "another file is in its place")

    def _clean(self) -> None:
        """Remove what copies that were cut off left behind."""
        older_versions = self.folder.glob("new.partial*")
        for path in (*files.leftovers(self.folder / _NEW), *older_versions):
            with contextlib.suppress(OSError):
                path.unlink()


class BackupTimer:
    """Makes a backup now and then, in a thread of its own.

    Parameters
    ----------
    backups : Backups
        Makes the backups when it is time.
    every : float or None
        Seconds between backups, the first with the first `tick`; None for none.
    say : callable
        Told in a sentence when one could not be made.
    """

    def __init__(self, backups: Backups, *, every: float | None, say: Callable[[str], None]) -> None:
        self._backups, self._every, self._say = backups, every, say
        self._due = 0.0
        self._thread: threading.Thread | None = None

    def tick(self) -> None:
        """Begin a backup if one is due; return at once."""
        if self._every is None or time.monotonic() < self._due:
            return
        if self._thread is None or not self._thread.is_alive():
            self._due = time.monotonic() + self._every
            thread = threading.Thread(target=self._make, name="project-backup", daemon=True)
            thread.start()
            self._thread = thread

    def join(self) -> None:
        """Wait for a backup that is being made; call it when there are no more ticks."""
        if self._thread is not None:
            self._thread.join()

    def _make(self) -> None:
        try:
            self._backups.make()
        except ProjectError as error:
            logger.warning("%s", error)
            self._say(str(error))
        except BaseException as error:  # nobody else hears of it
            logger.exception("a backup failed")
            self._say(f"No backup of the project could be made: {as_exception(error)}.")


def _copy(source: sqlite3.Connection, target: Path) -> None:
    with contextlib.closing(sqlite3.connect(target, isolation_level=None)) as copy:
        copy.execute("PRAGMA synchronous=OFF")
        source.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        verdict = copy.execute("PRAGMA quick_check(1)").fetchone()
        if verdict != ("ok",):
            raise sqlite3.DatabaseError("it is damaged on the disk, so close it and have it salvaged")

"""The one writer: brings what changed to the disk several times a second, and keeps what it cannot."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import ProjectError, as_exception
from xmem_gui.project.batch import Batch
from xmem_gui.project.notices import Remedy
from xmem_gui.project.refusals import REFUSED, left_out
from xmem_gui.project.schema import BUSY_TIMEOUT, UNREADABLE, connect, connect_frozen
from xmem_gui.project.store import Store
from xmem_gui.project.trouble import OutOfPlaceError, SaveTrouble, explain, save_trouble_of
from xmem_gui.project.voice import Voice

logger = logging.getLogger(__name__)

_RETRY = 1.0
"""Seconds until a write that failed is tried again."""
_DIGITS = 18
"""So many decimal digits fit SQLite's integers."""
_PATIENCE = 100
"""Milliseconds that emptying the log waits for those who read; the next transaction tries again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not on the disk yet.

    Attributes
    ----------
    changes : int
        How many rows wait to be written.
    error : str
        Why the last try failed and what to do, in a sentence; empty if it did not.
    age : float
        Seconds since the disk was last up to date.
    trouble : SaveTrouble
        What kind of error it is.
    failures : int
        How many tries have failed one after the other.
    """

    changes: int = 0
    error: str = ""
    age: float = 0.0
    trouble: SaveTrouble = SaveTrouble.NONE
    failures: int = 0


class Writer:
    """Writes a store's batches, from a thread of its own or at once when asked.

    After each transaction the write-ahead log is emptied into the file: whatever becomes of the log, a copy
    of the file alone is whole, and the log of one file cannot get into another that is put in its place.

    Parameters
    ----------
    path : Path
        The project file.
    store : Store
        The document whose changes are written.
    interval : float
        Seconds between transactions.
    on_tick : callable
        Called from the thread after each round.
    voice : Voice
        Tells people what they must know.
    last_resort : callable
        Called when the program ends and what is in memory cannot be written.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        *,
        interval: float,
        on_tick: Callable[[], None],
        voice: Voice,
        last_resort: Callable[[], object],
    ) -> None:
        self._path, self._store, self._interval = path, store, interval
        self._on_tick, self._voice, self._last_resort = on_tick, voice, last_resort
        self._turn = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._file = path.stat()
        self._revision = self._emptied = self._revision_said()
        self._error, self._trouble, self._failures = "", SaveTrouble.NONE, 0
        self._saved = time.monotonic()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="project-writer", daemon=True)

    def start(self) -> None:
        """Begin writing by itself."""
        atexit.register(self._flush_at_exit)
        self._thread.start()

    @property
    def pending(self) -> Pending:
        """What is not on the disk yet."""
        return Pending(
            self._store.unwritten,
            self._error,
            time.monotonic() - self._saved,
            self._trouble,
            self._failures,
        )

    def flush(self) -> None:
        """Write everything now; when this returns, it is on the disk.

        Raises
        ------
        ProjectError
            If it cannot be written. It stays in memory and is tried again.
        """
        with self._voice.afterwards(), self._turn:
            while (batch := self._store.take()) is not None:
                written = False
                try:
                    self._write(batch)
                    written = True
                except KeyboardInterrupt:
                    self._disconnect()
                    raise
                except BaseException as error:  # a library's panic too: it is tried again, and told
                    self._disconnect()
                    self._note(as_exception(error))
                    raise ProjectError(self._error) from error
                finally:
                    self._store.settle(written=written)
            self._error, self._trouble, self._failures = "", SaveTrouble.NONE, 0
            self._saved = time.monotonic()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Write nothing meanwhile."""
        with self._turn:
            yield

    def detach(self) -> None:
        """Let go of the file that was opened; while `held`."""
        self._disconnect()

    def attach(self) -> None:
        """Write to the file that is under the name now, one that has all that was written; while `held`."""
        self._file = self._path.stat()
        self._revision = self._emptied = self._revision_said()
        self._error, self._trouble, self._failures = "", SaveTrouble.NONE, 0
        self._saved = time.monotonic()

    @property
    def is_in_place(self) -> bool:
        """Whether the file under the project's name is the one that was opened, as the writer left it."""
        try:
            with self._turn:
                self._need_place()
        except OSError:
            return False
        return True

    @property
    def is_overwritten(self) -> bool:
        """Whether the very file that was opened has a content now that nobody here has written."""
        try:
            now = self._path.stat()
        except OSError:
            return False
        return os.path.samestat(self._file, now) and self._is_foreign(now)

    def stop(self) -> None:
        """Stop writing by itself and let go of the file."""
        self._stop.set()
        atexit.unregister(self._flush_at_exit)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        with self._turn:
            self._disconnect()

    def _revision_said(self) -> int:
        text = self._store.meta("revision") or ""
        if text.isascii() and text.isdecimal() and len(text) < _DIGITS:
            return int(text)
        self._store.put_meta("revision", "0")  # from a file that nobody can have written so
        return 0

    def _write(self, batch: Batch) -> None:
        database = self._connection()
        try:
            revision = batch.write(database)
        except REFUSED as error:
            # Not the disk: something in it that no file takes. The rest must not wait for it for ever.
            refused = left_out(batch, database)
            if not refused:
                raise
            logger.exception("The project file does not take %s", refused)
            revision = batch.write(database)
            self._store.take_back(refused)
            self._voice.say(
                f"{len(refused):,} changes could not be kept because the project file does not take them "
                f"({error}). All others are saved."
            )
        self._revision = revision
        self._empty_log(database)
        now = self._path.stat()
        if os.path.samestat(self._file, now):  # else another was put in its place: told at the next try
            self._file = now

    def _empty_log(self, database: sqlite3.Connection) -> None:
        # What is in the log is on the disk: a full disk or a slow reader only leaves it there for now.
        with contextlib.suppress(sqlite3.OperationalError):
            database.execute(f"PRAGMA busy_timeout={_PATIENCE}")
            busy, *_ = database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if not busy:
                self._emptied = self._revision
        database.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT}")

    def _note(self, error: Exception) -> None:
        """Remember why a try failed; a second failure in a row is told."""
        trouble = save_trouble_of(error)
        said = explain(trouble, error, self._path)
        self._failures = self._failures + 1 if trouble is self._trouble else 1
        if said != self._error:
            logger.warning("%s (%s)", said, error)
        self._error, self._trouble = said, trouble
        if self._failures == 2:
            self._voice.say(said, "error", Remedy.SAVE_ELSEWHERE)

    def _flush_at_exit(self) -> None:
        """Save what a program that ends without closing the project has left."""
        try:
            self.flush()
        except ProjectError:
            with contextlib.suppress(ProjectError):
                self._last_resort()

    def _run(self) -> None:
        while not self._stop.wait(max(self._interval, _RETRY) if self._error else self._interval):
            try:
                with contextlib.suppress(ProjectError):  # said by `pending` and by the next flush
                    self.flush()
                self._on_tick()
            except BaseException:  # without this thread nothing is saved any more
                logger.exception("A task of or beside the writer failed")

    def _connection(self) -> sqlite3.Connection:
        self._need_place()
        if self._database is None:
            self._database = connect(self._path)
        return self._database

    def _need_place(self) -> None:
        try:
            now = self._path.stat()
        except FileNotFoundError:
            raise OutOfPlaceError(SaveTrouble.GONE) from None
        if not os.path.samestat(self._file, now) or self._is_foreign(now):
            raise OutOfPlaceError(SaveTrouble.REPLACED)

    def _is_foreign(self, now: os.stat_result) -> bool:
        """Tell whether somebody else has written into the file; nobody but this writer may."""
        if (now.st_size, now.st_mtime_ns) == (self._file.st_size, self._file.st_mtime_ns):
            return False
        # Some disks round times, or tell them late: what the file holds decides.
        try:
            with contextlib.closing(connect_frozen(self._path)) as database:
                found = database.execute("SELECT value FROM meta WHERE key = 'revision'").fetchone()
            foreign = not self._emptied <= int(found[0]) <= self._revision
        except (*UNREADABLE, TypeError, ValueError):
            return True
        if not foreign:
            self._file = now
        return foreign

    def _disconnect(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None

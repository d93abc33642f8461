"""The one writer: brings what changed to the disk several times a second, and keeps what it cannot."""

from __future__ import annotations

import atexit
import contextlib
import logging
import os
import sqlite3
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import ProjectError
from xmem_gui.project.schema import UNREADABLE, connect
from xmem_gui.project.store import Store

logger = logging.getLogger(__name__)

_RETRY = 1.0
"""Seconds until a write that failed is tried again."""


@dataclass(frozen=True, slots=True)
class Pending:
    """What is not on the disk yet.

    Attributes
    ----------
    changes : int
        How many rows wait to be written.
    error : str
        Why the last try failed, in a sentence; empty if it did not.
    saved : float
        When the disk was last up to date, in seconds since 1970.
    """

    changes: int
    error: str
    saved: float


class Writer:
    """Writes a store's batches, from a thread of its own or at once when asked.

    Parameters
    ----------
    path : Path
        The project file.
    store : Store
        What to write.
    interval : float
        Seconds between transactions.
    on_tick : callable
        Called from the thread after each round.
    """

    def __init__(self, path: Path, store: Store, *, interval: float, on_tick: Callable[[], None]) -> None:
        self._path, self._store, self._interval, self._on_tick = path, store, interval, on_tick
        self._turn = threading.Lock()
        self._database: sqlite3.Connection | None = None
        self._file = path.stat()
        self._error = ""
        self._saved = time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="project-writer", daemon=True)

    def start(self) -> None:
        """Begin writing by itself."""
        atexit.register(self._flush_at_exit)
        self._thread.start()

    @property
    def pending(self) -> Pending:
        """What is not on the disk yet."""
        return Pending(self._store.unwritten, self._error, self._saved)

    def flush(self) -> None:
        """Write everything now; when this returns, it is on the disk.

        Raises
        ------
        ProjectError
            If it cannot be written. It stays in memory and is tried again.
        """
        with self._turn:
            while (batch := self._store.take()) is not None:
                written = False
                try:
                    batch.write(self._connection())
                    written = True
                except (*UNREADABLE, OSError) as error:
                    said, self._error = self._error, self._explain(error)
                    self._disconnect()
                    if self._error != said:
                        logger.warning("%s (%s)", self._error, error)
                    raise ProjectError(self._error) from error
                finally:
                    self._store.settle(written=written)
            self._error = ""
            self._saved = time.time()

    def stop(self) -> None:
        """Stop writing by itself and let go of the file."""
        self._stop.set()
        atexit.unregister(self._flush_at_exit)
        if self._thread.is_alive() and self._thread is not threading.current_thread():
            self._thread.join()
        with self._turn:
            self._disconnect()

    def _flush_at_exit(self) -> None:
        """Save what a program that ends without closing the project has left."""
        with contextlib.suppress(ProjectError):
            self.flush()

    def _run(self) -> None:
        while not self._stop.wait(max(self._interval, _RETRY) if self._error else self._interval):
            with contextlib.suppress(ProjectError):  # said by `pending` and by the next flush
                self.flush()
            try:
                self._on_tick()
            except Exception:
                logger.exception("A task beside the writer failed")

    def _connection(self) -> sqlite3.Connection:
        if not self._is_in_place():
            raise FileNotFoundError
        if self._database is None:
            self._database = connect(self._path)
        return self._database

    def _is_in_place(self) -> bool:
        try:
            return os.path.samestat(self._file, self._path.stat())
        except OSError:
            return False

    def _disconnect(self) -> None:
        if self._database is not None:
            with contextlib.suppress(sqlite3.Error):
                self._database.close()
            self._database = None

    def _explain(self, error: Exception) -> str:
        waits = "Nothing is lost: the changes wait in memory and are saved as soon as that is possible."
        name = self._path.name
        if isinstance(error, FileNotFoundError):
            return f"{name} is no longer in {self._path.parent}: put it back. {waits}"
        text = str(error)
        if "full" in text:
            return f"The disk is full, so {name} cannot be saved: make room. {waits}"
        if "readonly" in text:
            return (
                f"{name} cannot be saved, for it or its folder has become read-only: allow writing. {waits}"
            )
        if "malformed" in text or "not a database" in text:
            return f"{name} is damaged on the disk: close it and open it again to have it repaired. {waits}"
        return f"{name} cannot be saved ({text}): see that its disk is connected and has room. {waits}"

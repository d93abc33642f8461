"""Probabilities of tracked masks, kept beside a project: what makes the edges of exported mattes soft."""

from __future__ import annotations

import contextlib
import hashlib
import logging
import sqlite3
import threading
import zlib
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Probability, Size
from xmem_gui.errors import in_words
from xmem_gui.project import Project, Rle, places

if TYPE_CHECKING:
    from torch import Tensor

    from xmem_gui.annotator.propagation.tracker import TrackedFrame

_log = logging.getLogger(__name__)

SOFT_BUDGET = 1 << 30
"""Bytes that the probabilities of a project may take where nobody says otherwise."""
_TOP = 255
_BYTES_AT_EDGE = 4.5
"""What a mask takes when packed, for each pixel around the network's picture: edges are as long as that is
large (docs/adr/0026)."""
_MOST_SIDE = 1 << 14
_TABLE = (
    "CREATE TABLE IF NOT EXISTS kept (object INTEGER, frame INTEGER, run INTEGER, mask BLOB,"
    " height INTEGER, width INTEGER, data BLOB, PRIMARY KEY (object, frame))"
)
_BAD = (sqlite3.Error, OSError)


def estimated_bytes(masks: int, video: Size, size: int | None) -> int:
    """Return about how many bytes the probabilities of so many masks take.

    Parameters
    ----------
    masks
        How many masks there are: one for each object on each frame.
    video
        Height and width of the video, in pixels.
    size
        The shorter side of the network's picture, in pixels; None for the video's own.
    """
    height, width = video
    scale = min(1.0, size / min(height, width)) if size is not None else 1.0
    return round(masks * 2 * (height + width) * scale * _BYTES_AT_EDGE)


class KeptProbabilities:
    """The probabilities of a project's tracked masks, in a file that can be deleted at any time.

    They are kept in 8 bits at the network's resolution, packed without loss. Each belongs to one mask, by its
    content: whatever changes the mask, it has no probabilities any more, and when that is undone it has them
    again. It may be used from any thread.

    Parameters
    ----------
    path
        The file, which need not be there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.RLock()
        self._database: sqlite3.Connection | None = None
        self._run = self._budget = self._bytes = 0
        self.left_out = 0

    @classmethod
    def of_project(cls, project: Project) -> KeptProbabilities:
        """Return those of a project; its folder is made when the first is kept."""
        return cls(places.memory_folder(project.path) / "probabilities.sqlite")

    @property
    def bytes(self) -> int:
        """How many bytes they take, packed."""
        with self._lock:
            database = self._opened()
            if database is None:
                return 0
            with contextlib.suppress(*_BAD):
                return _total(database)
            return 0

    def begin(self, budget: int, *, again: bool = False) -> None:
        """Begin to keep what a run computes.

        Parameters
        ----------
        budget
            Bytes that all of them may take together. Those of older runs go first; when only this run's are
            left, no more are kept, and `left_out` counts.
        again
            Whether the last run is gone on with.

        Raises
        ------
        OSError, sqlite3.Error
            If nothing can be written there.
        """
        with self._lock:
            database = self._made()
            newest = database.execute("SELECT MAX(run) FROM kept").fetchone()[0] or 0
            self._run, self._budget, self.left_out = newest + (not again or not newest), budget, 0
            self._bytes = _total(database)

    def put(self, frame: int, object_id: int, mask: Rle, soft: NDArray[np.uint8]) -> None:
        """Keep a mask's probabilities, in the place of earlier ones of that frame and object.

        Parameters
        ----------
        frame, object_id
            Which mask of the project it is.
        mask
            The mask that was made of them.
        soft : (h, w)
            0 to 255, at any resolution with the video's proportions.

        Raises
        ------
        OSError, sqlite3.Error
            If it cannot be written.
        """
        data = zlib.compress(np.ascontiguousarray(soft).tobytes(), 1)
        with self._lock:
            database = self._made()
            where = "WHERE object = ? AND frame = ?"
            old = database.execute(f"SELECT LENGTH(data) FROM kept {where}", (object_id, frame)).fetchone()
            if old is not None:
                database.execute(f"DELETE FROM kept {where}", (object_id, frame))
                self._bytes -= old[0]
            if not self._make_room(database, len(data)):
                self.left_out += 1
                return
            database.execute(
                "INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)",
                (object_id, frame, self._run, _mark(mask), *soft.shape, data),
            )
            self._bytes += len(data)

    def flush(self) -> None:
        """Bring everything to the disk; raises as `put`."""
        with self._lock:
            if self._database is not None:
                self._database.commit()
                self._database.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def has(self, frame: int, object_id: int, mask: Rle) -> bool:
        """Tell whether the probabilities of a mask are kept."""
        return self._row("1", frame, object_id, mask) is not None

    def get(self, frame: int, object_id: int, mask: Rle) -> Probability | None:
        """Return the probabilities of a mask at the video's resolution; None if none are kept of it.

        Where that is the network's own resolution too, each value is the one kept, over 255.
        """
        row = self._row("height, width, data", frame, object_id, mask)
        if row is None:
            return None
        height, width, data = row
        if not (type(height) is int and type(width) is int and isinstance(data, bytes)):
            return None
        if not (0 < height <= _MOST_SIDE and 0 < width <= _MOST_SIDE):
            return None
        with contextlib.suppress(zlib.error):
            values = np.frombuffer(zlib.decompressobj().decompress(data, height * width), np.uint8)
            if len(values) == height * width:
                soft = values.reshape(height, width).astype(np.float32) / np.float32(_TOP)
                return _resized(soft, (mask.height, mask.width))
        return None

    def has_any(self, project: Project) -> bool:
        """Tell whether there is a mask in a project whose probabilities are kept."""
        with self._lock:
            database = self._opened()
            if database is None:
                return False
            with contextlib.suppress(*_BAD):
                for object_id, frame in database.execute("SELECT object, frame FROM kept ORDER BY run DESC"):
                    if type(object_id) is int and type(frame) is int and frame < project.frames:
                        record = project.record(frame, object_id)
                        if record is not None and self.has(frame, object_id, record.rle):
                            return True
        return False

    def close(self) -> None:
        """Bring everything to the disk and let go of the file."""
        with self._lock:
            if self._database is not None:
                with contextlib.suppress(*_BAD):
                    self._database.commit()
                self._database.close()
                self._database = None

    def _row(self, columns: str, frame: int, object_id: int, mask: Rle) -> tuple[object, ...] | None:
        with self._lock:
            database = self._opened()
            if database is None:
                return None
            query = f"SELECT {columns} FROM kept WHERE object = ? AND frame = ? AND mask = ?"
            with contextlib.suppress(*_BAD):
                found: tuple[object, ...] | None = database.execute(
                    query, (object_id, frame, _mark(mask))
                ).fetchone()
                return found
        return None

    def _opened(self) -> sqlite3.Connection | None:
        """Return the file if it is there."""
        if self._database is None and self._path.is_file():
            with contextlib.suppress(*_BAD):
                self._database = _connected(self._path)
        return self._database

    def _made(self) -> sqlite3.Connection:
        """Return the file, which is made if it is not there or is something else."""
        database = self._opened()
        if database is None:
            places.make_folder(self._path.parent)
            self._path.unlink(missing_ok=True)
            database = self._database = _connected(self._path)
        return database

    def _make_room(self, database: sqlite3.Connection, wanted: int) -> bool:
        """Forget probabilities of older runs, the oldest first, until so many bytes fit."""
        while self._bytes + wanted > self._budget:
            oldest = database.execute(
                "SELECT object, frame, LENGTH(data) FROM kept WHERE run < ? ORDER BY run LIMIT 1",
                (self._run,),
            ).fetchone()
            if oldest is None:
                return False
            database.execute("DELETE FROM kept WHERE object = ? AND frame = ?", oldest[:2])
            self._bytes -= oldest[2]
        return True


@runtime_checkable
class _WithSoft(Protocol):
    """A result that has probabilities; one that was computed elsewhere has none."""

    @property
    def objects(self) -> tuple[int, ...]: ...

    @property
    def soft(self) -> Tensor: ...


class KeptRun:
    """Keeps the probabilities of one run as its results come; what cannot be kept is said, and no more.

    Parameters
    ----------
    kept
        Where the probabilities of the project are kept.
    budget
        Bytes that all of them may take; 0 to keep none of this run.
    again
        Whether the last run is gone on with.
    say
        Takes a sentence for the person.
    """

    def __init__(
        self, kept: KeptProbabilities, budget: int, *, again: bool, say: Callable[[str], None]
    ) -> None:
        self._kept, self._budget, self._say = kept, budget, say
        self._keeps = budget > 0
        self._do(lambda: kept.begin(budget, again=again))

    def put(self, result: TrackedFrame, masks: Mapping[int, Rle]) -> None:
        """Keep what a result's masks were made of."""
        if not self._keeps:
            return
        if not isinstance(result, _WithSoft):
            self._keeps = False
            self._say(
                "Soft edges are kept only where this computer tracks: exports of this run have hard ones."
            )
            return
        levels = (result.soft.float() * _TOP).round().clamp(0, _TOP).byte().cpu().numpy()
        for name, mask in masks.items():
            soft = levels[1 + result.objects.index(name)]
            self._do(partial(self._kept.put, result.frame, name, mask, soft))

    def flush(self) -> None:
        """Bring everything to the disk."""
        self._do(self._kept.flush)

    def finish(self) -> None:
        """Bring everything to the disk, and say how many could not be kept for want of room."""
        self.flush()
        if self._keeps and self._kept.left_out:
            count, most = self._kept.left_out, round(self._budget / 1e6)
            masks = "1 mask has" if count == 1 else f"{count:,} masks have"
            self._say(f"{masks} hard edges in exports: all soft edges together may take {most:,} MB.")

    def _do(self, act: Callable[[], object]) -> None:
        if not self._keeps:
            return
        try:
            act()
        except _BAD as error:
            self._keeps = False
            _log.warning("probabilities: %s", error)
            reason = in_words(error) if isinstance(error, OSError) else f"{error}."
            self._say(f"Soft edges cannot be kept, so exports of this run have hard ones: {reason}")


def _connected(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path, check_same_thread=False)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute(_TABLE)
        database.commit()
    except sqlite3.Error:
        database.close()
        raise
    return database


def _resized(soft: Probability, size: Size) -> Probability:
    """Bring probabilities to another size, between their places in straight lines, as the engine does."""
    if soft.shape == size:
        return soft
    found: Probability = cv2.resize(soft, size[::-1], interpolation=cv2.INTER_LINEAR)
    return found


def _total(database: sqlite3.Connection) -> int:
    return int(database.execute("SELECT TOTAL(LENGTH(data)) FROM kept").fetchone()[0])


def _mark(mask: Rle) -> bytes:
    """Return what tells masks apart."""
    return hashlib.sha256(f"{mask.height}x{mask.width}:".encode() + mask.counts).digest()[:16]

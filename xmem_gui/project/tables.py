"""What a project file says, table by table; each value is checked before it is believed."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Iterator

from xmem_gui.errors import ProjectError
from xmem_gui.project.lanes import LANES_DAMAGED
from xmem_gui.project.records import ABSENT, make_object
from xmem_gui.project.rows import MASK, OBJECT, Key, mask_row_id
from xmem_gui.project.values import MAX_OBJECT, StepInfo, StepState, VideoObject

_MOST_STEPS = 10**18
_MOST_BYTES = 1 << 50
_LAST_SECOND = 2.0**34
"""Seconds since 1970 that clocks can show."""
_OBJECT = "id, name, colour, priority, visible, locked, category"
_LANES = "SELECT id, object, chunk, record FROM lanes"
_STATES = (
    "SELECT step, image FROM changes WHERE step IN (SELECT id FROM steps)"
    " AND kind = ? AND object = ? AND frame = ?"
)
_STEPS = "SELECT id, kind, label, state, size, created FROM steps ORDER BY id"


class Tables:
    """Reads an open project file.

    Every method raises ``sqlite3.Error`` where the file cannot be read.

    Parameters
    ----------
    database : sqlite3.Connection
        The open project file.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database

    def objects(self) -> Iterator[tuple[VideoObject, bool]]:
        """Yield each object that ever was, by its number, and whether it is deleted.

        Raises
        ------
        ProjectError
            If one is damaged.
        """
        for row in self._database.execute(f"SELECT {_OBJECT}, deleted FROM objects ORDER BY id"):
            yield make_object(*row[:-1]), bool(row[-1])

    def object_of(self, object_id: int) -> VideoObject | None:
        """Return an object; None if there is none, or it is deleted.

        Raises
        ------
        ProjectError
            If it is damaged.
        """
        query = f"SELECT {_OBJECT} FROM objects WHERE id = ? AND NOT deleted"
        row = self._database.execute(query, (object_id,)).fetchone()
        return make_object(*row) if row else None

    def lanes(self) -> Iterator[tuple[int, int, object]]:
        """Yield the chunks of lanes: the object's number, the chunk's, and what `Lane.unpack` reads.

        Raises
        ------
        ProjectError
            If one is not where it belongs.
        """
        for row_id, object_id, chunk, record in self._database.execute(_LANES):
            if type(object_id) is not int or type(chunk) is not int or row_id != object_id << 24 | chunk:
                raise ProjectError(LANES_DAMAGED)
            yield object_id, chunk, record

    def steps(self) -> Iterator[StepInfo]:
        """Yield what can be undone and redone, the oldest first.

        Raises
        ------
        ProjectError
            If a step is damaged.
        """
        return map(_read_step, self._database.execute(_STEPS))

    def mask(self, object_id: int, frame: int) -> bytes:
        """Return a packed mask; `ABSENT` where there is none."""
        query = "SELECT record FROM masks WHERE id = ?"
        row = self._database.execute(query, (mask_row_id(object_id, frame),)).fetchone()
        return row[0] if row else ABSENT

    def changes(self, step: int, frames: int) -> dict[Key, bytes]:
        """Return the other state of every row that a step changed, packed.

        Parameters
        ----------
        step
            The step's number, as `StepInfo.id` has it.
        frames
            Number of frames of the video.

        Raises
        ------
        ProjectError
            If the history is damaged there.
        """
        found: dict[Key, bytes] = {}
        query = "SELECT kind, object, frame, image FROM changes WHERE step = ?"
        for kind, object_id, frame, image in self._database.execute(query, (step,)):
            if not all(type(value) is int for value in (kind, object_id, frame)) or not (
                kind in (MASK, OBJECT)
                and 0 < object_id <= MAX_OBJECT
                and 0 <= frame < (max(frames, 1) if kind == MASK else 1)
                and isinstance(image, bytes)
            ):
                raise ProjectError("The project's history is damaged.")
            found[Key(kind, object_id, frame)] = image
        return found

    def objects_changed(self, step: int) -> Iterator[int]:
        """Yield the numbers of the objects that a step added, changed or deleted."""
        query = "SELECT object FROM changes WHERE step = ? AND kind = ?"
        return (object_id for (object_id,) in self._database.execute(query, (step, OBJECT)))

    def images_before(self, frame: int, object_id: int) -> dict[int, bytes]:
        """Return a mask as steps noted it, packed, by the number of the step."""
        rows = self._database.execute(_STATES, (MASK, object_id, frame))
        return {step: image for step, image in rows if type(step) is int}

    def meta(self, key: str) -> str | None:
        """Return a value that is not part of the history."""
        row = self._database.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return str(row[0]) if row else None

    def forget_pages(self) -> None:
        """Let go of what SQLite has cached of the file."""
        self._database.execute("PRAGMA shrink_memory")


def _read_step(row: tuple[object, ...]) -> StepInfo:
    number, kind, label, state, size, created = row
    if (
        not (isinstance(number, int) and isinstance(kind, str) and isinstance(label, str))
        or not (isinstance(state, int) and isinstance(size, int) and isinstance(created, (int, float)))
        or state not in tuple(StepState)
        or not 0 < number < _MOST_STEPS
        or not 0 <= size < _MOST_BYTES
    ):
        raise ProjectError("The project's history is damaged.")
    when = min(max(float(created), 0.0), _LAST_SECOND) if math.isfinite(created) else 0.0
    return StepInfo(number, kind, label, StepState(state), size, when)

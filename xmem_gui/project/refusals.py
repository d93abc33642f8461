"""What a database does not take for its content, found row by row, so that the rest can be written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from xmem_gui.project.batch import Batch
from xmem_gui.project.rows import MASK, OBJECT, Key

_Name = TypeVar("_Name")
_Value = TypeVar("_Value")

REFUSED = (
    sqlite3.IntegrityError,
    sqlite3.DataError,
    sqlite3.ProgrammingError,
    sqlite3.InterfaceError,
    OverflowError,
    UnicodeError,
    TypeError,
    ValueError,
)
"""What SQLite and its driver raise for a value, not for a file."""


@dataclass(frozen=True, slots=True)
class Refused:
    """Rows that were taken out of a batch.

    Attributes
    ----------
    rows : tuple of Key
        Keys of the masks and objects that cannot be written.
    steps : tuple of int
        Steps of the history.
    meta : tuple of str
        Names of settings.
    others : int
        Notes of the history and parts of lanes, which nobody has made by hand.
    """

    rows: tuple[Key, ...] = ()
    steps: tuple[int, ...] = ()
    meta: tuple[str, ...] = ()
    others: int = 0

    def __len__(self) -> int:
        return len(self.rows) + len(self.steps) + len(self.meta) + self.others


def left_out(batch: Batch, database: sqlite3.Connection) -> Refused:
    """Take out of a batch what the database does not take; the database stays as it is.

    Raises
    ------
    sqlite3.Error
        If the file itself cannot be written.
    """
    database.execute("BEGIN IMMEDIATE")
    try:
        meta = _tried(batch.meta, lambda key: Batch(meta={key: batch.meta[key]}), database)
        objects = _tried(batch.objects, lambda key: Batch(objects={key: batch.objects[key]}), database)
        masks = _tried(batch.masks, lambda key: Batch(masks={key: batch.masks[key]}), database)
        lanes = _tried(batch.lanes, lambda key: Batch(lanes={key: batch.lanes[key]}), database)
        steps = _tried(batch.steps, lambda key: Batch(steps={key: batch.steps[key]}), database)
        changes = _tried(batch.changes, lambda key: Batch(changes={key: batch.changes[key]}), database)
    finally:
        if database.in_transaction:
            database.execute("ROLLBACK")
    rows = [Key(OBJECT, one) for one in objects] + [Key(MASK, one, frame) for one, frame in masks]
    return Refused(tuple(rows), tuple(steps), tuple(meta), len(lanes) + len(changes))


def _tried(
    rows: dict[_Name, _Value], alone: Callable[[_Name], Batch], database: sqlite3.Connection
) -> list[_Name]:
    refused = []
    for name in list(rows):
        database.execute("SAVEPOINT row")
        try:
            alone(name).write_rows(database)
        except REFUSED:
            database.execute("ROLLBACK TO row")
            refused.append(name)
            del rows[name]
        database.execute("RELEASE row")
    return refused

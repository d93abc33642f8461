"""Reading a damaged project: around the damage, from both ends, row by row."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project.lanes import Lane
from xmem_gui.project.records import make_object, unpack_mask
from xmem_gui.project.rows import mask_row_id
from xmem_gui.project.schema import PAGE_SIZE, UNREADABLE, connect, initialise, layout_is_ours, use_log
from xmem_gui.project.values import MAX_OBJECT, MaskRecord, VideoObject
from xmem_gui.project.video_reference import StoredReference

_MOST_LOOKUPS = 500_000


@dataclass(slots=True)
class Source:
    """What can be read of one file without its masks; ``whole`` tells whether all its lanes could be."""

    database: sqlite3.Connection
    is_backup: bool
    whole: bool = True
    reference: StoredReference | None = None
    meta: dict[str, str] = field(default_factory=dict)
    objects: dict[int, VideoObject] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    lanes: dict[int, Lane] = field(default_factory=dict)


def repair_first_page(path: Path) -> None:
    """Write anew what is the same at the beginning of every project: the header, or the list of tables too.

    The first page of a new project fits every other, as its tables are made in the same order.
    """
    pages = -(-path.stat().st_size // PAGE_SIZE)
    template = _first_page(path.with_name(path.name + "-template"))
    template[28:32] = pages.to_bytes(4, "big")  # a file cut short says that it has more
    for end in (100, PAGE_SIZE):
        with path.open("r+b") as file:
            file.truncate(pages * PAGE_SIZE)
            file.write(template[:end])
        with contextlib.suppress(*UNREADABLE), contextlib.closing(connect(path)) as database:
            if layout_is_ours(database):
                return


def _first_page(path: Path) -> bytearray:
    path.unlink(missing_ok=True)
    try:
        with contextlib.closing(initialise(path)) as database:
            use_log(database)
        return bytearray(path.read_bytes()[:PAGE_SIZE])
    finally:
        path.unlink(missing_ok=True)


def read_source(database: sqlite3.Connection, *, is_backup: bool) -> Source:
    """Read what there is beside the masks.

    Raises
    ------
    sqlite3.Error, OverflowError, UnicodeError
        If not even the list of tables can be read.
    """
    database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    source = Source(database, is_backup)
    for key, value in _rows(database, "meta", "key, value", "key"):
        if isinstance(key, str) and isinstance(value, str):
            source.meta[key] = value
    with contextlib.suppress(ProjectError, KeyError):
        source.reference = StoredReference.from_json(source.meta["video"])
    # A file of the first form has no classes.
    category = "category" if _has_classes(database) else "''"
    columns = f"id, name, colour, priority, visible, locked, {category}, deleted"
    for row in _rows(database, "objects", columns, "id"):
        with contextlib.suppress(ProjectError):
            item = make_object(*row[:-1])
            if row[-1]:
                source.deleted.add(item.id)
            else:
                source.objects[item.id] = item
    _read_lanes(source)
    return source


def _has_classes(database: sqlite3.Connection) -> bool:
    return any(row[1] == "category" for row in database.execute("PRAGMA table_info(objects)"))


def _read_lanes(source: Source) -> None:
    if source.reference is None:
        source.whole = False
        return
    frames = source.reference.fingerprint.frames
    try:
        source.database.execute("SELECT sum(length(record)) FROM lanes").fetchone()
    except UNREADABLE:
        source.whole = False
    for row_id, object_id, chunk, record in _rows(
        source.database, "lanes", "id, object, chunk, record", "id"
    ):
        try:
            fits = isinstance(row_id, int) and (row_id >> 24, row_id & MAX_OBJECT) == (object_id, chunk)
            if not isinstance(object_id, int) or not isinstance(chunk, int) or not fits or object_id < 1:
                source.whole = False
            else:
                source.lanes.setdefault(object_id, Lane(frames)).unpack(chunk, record)
        except ProjectError:
            source.whole = False


def whole_masks(source: Source, frames: int) -> Iterator[tuple[int, int, bytes, MaskRecord]]:
    """Yield every mask that is whole."""
    for row_id, data in _mask_rows(source, frames):
        if not (isinstance(row_id, int) and isinstance(data, bytes) and row_id > 0):
            continue
        with contextlib.suppress(ProjectError, MaskError):
            object_id, frame = row_id & MAX_OBJECT, row_id >> 24
            record = unpack_mask(data, object_id, frame)
            if record is not None and record.rle.check() == record.area:
                yield object_id, frame, data, record


def _mask_rows(source: Source, frames: int) -> Iterator[tuple[object, object]]:
    """Walk through the table; where that fails, from its other end; then ask for what may lie between."""
    walk = source.database.execute
    ends = []
    for order in ("ASC", "DESC"):
        last = None
        try:
            for row in walk(f"SELECT id, record FROM masks ORDER BY id {order}"):
                yield row
                last = row[0]
            return
        except UNREADABLE:
            ends.append(last >> 24 if isinstance(last, int) else None)
    low = ends[0] or 0
    high = frames - 1 if ends[1] is None else min(ends[1], frames - 1)
    for row_id in islice(_candidates(source, range(low, high + 1)), _MOST_LOOKUPS):
        with contextlib.suppress(*UNREADABLE):
            yield from walk("SELECT id, record FROM masks WHERE id = ?", (row_id,)).fetchall()


def _candidates(source: Source, frames: range) -> Iterator[int]:
    known = sorted(source.objects.keys() | source.lanes.keys())
    for frame in frames if known else ():
        for object_id in known:
            lane = source.lanes.get(object_id)
            if lane is None or not source.whole or lane.flags[frame]:
                yield mask_row_id(object_id, frame)


def _rows(database: sqlite3.Connection, table: str, columns: str, key: str) -> Iterator[tuple[object, ...]]:
    """Yield the rows that can be read from either end; some come twice."""
    for order in ("ASC", "DESC"):
        try:
            yield from database.execute(f"SELECT {columns} FROM {table} ORDER BY {key} {order}")
            return
        except UNREADABLE:
            continue

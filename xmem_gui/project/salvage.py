"""What can be read of a damaged project, put into a new file in its place."""

from __future__ import annotations

import contextlib
import logging
import shutil
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project.backups import Backups
from xmem_gui.project.batch import mask_row_id
from xmem_gui.project.lanes import Lane
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.publish import publish
from xmem_gui.project.records import make_object, unpack_mask
from xmem_gui.project.schema import (
    PAGE_SIZE,
    UNREADABLE,
    connect,
    initialise,
    layout_is_ours,
    use_log,
)
from xmem_gui.project.values import MAX_OBJECT, MaskRecord, VideoObject, default_colour
from xmem_gui.project.video_reference import Fingerprint, StoredReference

logger = logging.getLogger(__name__)

_MOST_FRAMES = 1 << 22
_MOST_LOOKUPS = 500_000
_LOG_NAMES = ("-wal", "-shm")


@dataclass(frozen=True, slots=True)
class Salvage:
    """What was saved of a damaged project.

    Attributes
    ----------
    objects, masks : int
        How many objects and masks the project has now.
    from_backup : int
        How many of the masks are from a backup, and may be older than they were.
    lost : int
        How many masks are known to be lost.
    damaged : Path
        Where the damaged file is kept.
    """

    objects: int
    masks: int
    from_backup: int
    lost: int
    damaged: Path

    def __str__(self) -> str:
        backup = f", {self.from_backup:,} of them from a backup," if self.from_backup else ""
        lost = f"{self.lost:,} masks are lost" if self.lost else "no mask is known to be lost"
        return (
            f"The project was damaged: {self.masks:,} masks of {self.objects:,} objects{backup} were saved, "
            f"{lost}, and what could be undone before no longer can. "
            f"The damaged file is kept as {self.damaged.name}."
        )


def salvage(path: Path) -> Salvage:
    """Put what can be read of a damaged project, and of its newest backup, into a new file in its place.

    The damaged file is kept beside it under another name.

    Raises
    ------
    ProjectError
        If the project is open elsewhere, or nothing can be read of it.
    """
    lock = ProjectLock(path)
    owner = lock.acquire()
    if owner is not None:
        raise ProjectError(f"{path.name} is open by {owner}: it can be repaired when it is closed there.")
    fresh = path.with_name(f".{path.name}.salvage")
    work = path.with_name(f".{path.name}.damaged")
    try:
        _remove(fresh, work)
        _copy_with_log(path, work)
        _repair_first_page(work)
        report = _Rebuild(fresh, work, path).run()
        damaged = path.with_name(f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}{path.suffix}")
        _copy_with_log(path, damaged)
        for end in _LOG_NAMES:
            path.with_name(path.name + end).unlink(missing_ok=True)
        publish(fresh, path)
        return Salvage(report.objects, report.masks, report.from_backup, report.lost, damaged)
    except (OSError, *UNREADABLE) as error:
        raise ProjectError(f"{path.name} is damaged and could not be repaired: {error}.") from error
    finally:
        _remove(fresh, work)
        lock.release()


@dataclass(slots=True)
class _Counts:
    objects: int = 0
    masks: int = 0
    from_backup: int = 0
    lost: int = 0


@dataclass(slots=True)
class _Source:
    """What can be read of one file without its masks; ``whole`` tells whether all its lanes could be."""

    database: sqlite3.Connection
    is_backup: bool
    whole: bool = True
    reference: StoredReference | None = None
    meta: dict[str, str] = field(default_factory=dict)
    objects: dict[int, VideoObject] = field(default_factory=dict)
    deleted: set[int] = field(default_factory=set)
    lanes: dict[int, Lane] = field(default_factory=dict)


class _Rebuild:
    def __init__(self, fresh: Path, damaged: Path, project: Path) -> None:
        self._fresh = fresh
        self._paths = [damaged, *(backup.path for backup in Backups(project).all())]
        self._name = project.name

    def run(self) -> _Counts:
        with contextlib.ExitStack() as stack:
            sources = []
            for number, path in enumerate(self._paths):
                with contextlib.suppress(*UNREADABLE):
                    database = stack.enter_context(contextlib.closing(connect(path)))
                    sources.append(_read_source(database, is_backup=number > 0))
                if len(sources) == 2:
                    break
            if not sources:
                raise ProjectError(f"{self._name} is damaged so badly that nothing can be read of it.")
            target = stack.enter_context(contextlib.closing(initialise(self._fresh)))
            counts = _fill(target, sources, self._name)
            use_log(target)
        return counts


def _fill(target: sqlite3.Connection, sources: list[_Source], name: str) -> _Counts:
    counts = _Counts()
    reference = next((source.reference for source in sources if source.reference is not None), None)
    size = None if reference is None else (reference.fingerprint.height, reference.fingerprint.width)
    frames = _MOST_FRAMES if reference is None else reference.fingerprint.frames
    lanes: dict[int, Lane] = {}
    last = 0
    target.execute("PRAGMA foreign_keys=OFF")
    target.execute("BEGIN")
    for source in sources:
        for object_id, frame, data, record in _masks(source, frames):
            size = size or (record.rle.height, record.rle.width)
            fits = (record.rle.height, record.rle.width) == size and frame < frames
            if not fits or (source is not sources[0] and _was_removed(sources[0], object_id, frame)):
                continue
            row = (mask_row_id(object_id, frame), frame, object_id, data)
            if target.execute("INSERT OR IGNORE INTO masks VALUES (?, ?, ?, ?)", row).rowcount:
                counts.masks += 1
                counts.from_backup += source.is_backup
                last = max(last, frame)
                lanes.setdefault(object_id, Lane(frames)).put(frame, record)
    if size is None:
        raise ProjectError(f"{name} is damaged so badly that nothing can be read of it.")
    if reference is None:
        reference = StoredReference("unknown video", "", Fingerprint(size[1], size[0], last + 1, 0.0, ""))
    counts.lost = _count_lost(sources[0].lanes, lanes)
    counts.objects = _write_objects(target, sources, lanes)
    _write_meta(target, sources, reference)
    for object_id, lane in lanes.items():
        for chunk in lane.changed:
            row = (object_id << 24 | chunk, object_id, chunk, lane.pack(chunk))
            target.execute("INSERT INTO lanes VALUES (?, ?, ?, ?)", row)
    target.execute("COMMIT")
    return counts


def _was_removed(newest: _Source, object_id: int, frame: int) -> bool:
    """Tell whether a mask that only an older file has was taken away since, not lost."""
    if object_id in newest.deleted:
        return True
    lane = newest.lanes.get(object_id)
    return newest.whole and (lane is None or not lane.flags[frame])


def _count_lost(expected: dict[int, Lane], saved: dict[int, Lane]) -> int:
    lost = 0
    for object_id, lane in expected.items():
        known = lane.flags != 0
        lost += int((known & (saved[object_id].flags == 0)).sum() if object_id in saved else known.sum())
    return lost


def _write_objects(target: sqlite3.Connection, sources: list[_Source], lanes: dict[int, Lane]) -> int:
    objects: dict[int, VideoObject] = {}
    for source in reversed(sources):
        objects.update(source.objects)
    for gone in sources[0].deleted:
        objects.pop(gone, None)
    for one in lanes:
        objects.setdefault(one, VideoObject(one, f"object {one}", default_colour(one), one))
    deleted = set.union(*(source.deleted for source in sources)) - set(objects)
    for one, item in objects.items():
        red, green, blue = item.colour
        colour = red << 16 | green << 8 | blue
        row = (one, item.name, colour, item.priority, item.visible, item.locked, 0)
        target.execute("INSERT INTO objects VALUES (?, ?, ?, ?, ?, ?, ?)", row)
    target.executemany("INSERT INTO objects VALUES (?, '', 0, 0, 0, 0, 1)", [(one,) for one in deleted])
    return len(objects)


def _write_meta(target: sqlite3.Connection, sources: list[_Source], reference: StoredReference) -> None:
    meta: dict[str, str] = {"revision": "0"}
    for source in reversed(sources):
        meta.update(source.meta)
    meta["video"] = reference.to_json()
    meta["revision"] = str(int(meta["revision"]) + 1) if meta["revision"].isdecimal() else "1"
    target.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", meta.items())


def _read_source(database: sqlite3.Connection, *, is_backup: bool) -> _Source:
    database.execute("SELECT count(*) FROM sqlite_master").fetchone()
    source = _Source(database, is_backup)
    for key, value in _rows(database, "meta", "key, value", "key"):
        if isinstance(key, str) and isinstance(value, str):
            source.meta[key] = value
    with contextlib.suppress(ProjectError, KeyError):
        source.reference = StoredReference.from_json(source.meta["video"])
    columns = "id, name, colour, priority, visible, locked, deleted"
    for row in _rows(database, "objects", columns, "id"):
        with contextlib.suppress(ProjectError):
            item = make_object(*row[:6])
            if row[6]:
                source.deleted.add(item.id)
            else:
                source.objects[item.id] = item
    _read_lanes(source)
    return source


def _read_lanes(source: _Source) -> None:
    if source.reference is None:
        source.whole = False
        return
    frames = source.reference.fingerprint.frames
    try:
        source.database.execute("SELECT sum(length(record)) FROM lanes").fetchone()
    except UNREADABLE:
        source.whole = False
    for object_id, chunk, record in _rows(source.database, "lanes", "object, chunk, record", "id"):
        try:
            if type(object_id) is int and type(chunk) is int and 0 < object_id <= MAX_OBJECT:
                source.lanes.setdefault(object_id, Lane(frames)).unpack(chunk, record)
        except ProjectError:
            source.whole = False


def _masks(source: _Source, frames: int) -> Iterator[tuple[int, int, bytes, MaskRecord]]:
    """Yield every mask that is whole."""
    for row_id, data in _mask_rows(source, frames):
        if not (isinstance(row_id, int) and isinstance(data, bytes) and row_id > 0):
            continue
        with contextlib.suppress(ProjectError, MaskError):
            record = unpack_mask(data)
            if record is not None and record.rle.check() == record.area:
                yield row_id & MAX_OBJECT, row_id >> 24, data, record


def _mask_rows(source: _Source, frames: int) -> Iterator[tuple[object, object]]:
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


def _candidates(source: _Source, frames: range) -> Iterator[int]:
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


def _repair_first_page(path: Path) -> None:
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


def _copy_with_log(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    log = source.with_name(source.name + "-wal")
    if log.exists():
        shutil.copyfile(log, target.with_name(target.name + "-wal"))


def _remove(*paths: Path) -> None:
    for path in paths:
        for end in ("", "-journal", *_LOG_NAMES):
            path.with_name(path.name + end).unlink(missing_ok=True)

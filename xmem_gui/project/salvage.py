"""What can be read of a damaged project, put into a new file in its place."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import time
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import ProjectError, need_file
from xmem_gui.files import free_name, publish, temporary_name
from xmem_gui.project.backups import Backups
from xmem_gui.project.batch import write_object
from xmem_gui.project.lanes import Lane
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.rows import mask_row_id
from xmem_gui.project.salvage_reading import Source, read_source, repair_first_page, whole_masks
from xmem_gui.project.schema import UNREADABLE, connect, initialise, use_log
from xmem_gui.project.values import VideoObject, default_colour
from xmem_gui.project.video_reference import Fingerprint, StoredReference

_MOST_FRAMES = 1 << 22
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


def salvage_file(path: Path) -> Salvage:
    """Put what can be read of a damaged project, and of its newest backup, into a new file in its place.

    The damaged file is kept beside it under another name.

    Raises
    ------
    ProjectError
        If the project is open elsewhere, or nothing can be read of it.
    """
    need_file(path, ProjectError)
    lock = ProjectLock(path)
    owner = lock.acquire()
    if owner is not None:
        raise ProjectError(f"{path.name} is open by {owner}: it can be repaired when it is closed there.")
    fresh, work = temporary_name(path), temporary_name(path)
    try:
        _copy_with_log(path, work)
        repair_first_page(work)
        report = _rebuild(fresh, work, path)
        stamp = time.strftime("%Y%m%d-%H%M%S")
        damaged = free_name(path.with_name(f"{path.stem}.damaged-{stamp}{path.suffix}"))
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


def _rebuild(fresh: Path, damaged: Path, project: Path) -> _Counts:
    """Fill a new file from the damaged one and the newest backup that can be read."""
    sources: list[Source] = []
    with contextlib.ExitStack() as stack:
        for path in (damaged, *(backup.path for backup in Backups(project).all())):
            with contextlib.suppress(*UNREADABLE):
                database = stack.enter_context(contextlib.closing(connect(path)))
                sources.append(read_source(database, is_backup=path != damaged))
            if len(sources) == 2:
                break
        if not sources:
            raise ProjectError(f"{project.name} is damaged so badly that nothing can be read of it.")
        target = stack.enter_context(contextlib.closing(initialise(fresh)))
        counts = _fill(target, sources, project.name)
        use_log(target)
    return counts


def _fill(target: sqlite3.Connection, sources: list[Source], name: str) -> _Counts:
    counts = _Counts()
    reference = next((source.reference for source in sources if source.reference is not None), None)
    size = None if reference is None else (reference.fingerprint.height, reference.fingerprint.width)
    frames = _MOST_FRAMES if reference is None else reference.fingerprint.frames
    lanes: dict[int, Lane] = {}
    last = 0
    target.execute("PRAGMA foreign_keys=OFF")
    target.execute("BEGIN")
    for source in sources:
        for object_id, frame, data, record in whole_masks(source, frames):
            size = size or (record.rle.height, record.rle.width)
            fits = (record.rle.height, record.rle.width) == size and frame < frames
            if not fits or _is_unseen(source, sources[0], object_id):
                continue
            if source is not sources[0] and _was_removed(sources[0], object_id, frame):
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
    expected = {one: lane for one, lane in sources[0].lanes.items() if one not in sources[0].deleted}
    counts.lost = _count_lost(expected, lanes)
    counts.objects = _write_objects(target, sources, lanes)
    _write_meta(target, sources, reference)
    for object_id, lane in lanes.items():
        for chunk in lane.changed:
            row = (object_id << 24 | chunk, object_id, chunk, lane.pack(chunk))
            target.execute("INSERT INTO lanes VALUES (?, ?, ?, ?)", row)
    target.execute("COMMIT")
    return counts


def _is_unseen(source: Source, newest: Source, object_id: int) -> bool:
    """Tell whether a mask is of a deleted object, kept only to be brought back by undo."""
    return object_id in newest.deleted or (object_id in source.deleted and object_id not in newest.objects)


def _was_removed(newest: Source, object_id: int, frame: int) -> bool:
    """Tell whether a mask that only an older file has was taken away since, not lost."""
    lane = newest.lanes.get(object_id)
    return newest.whole and (lane is None or not lane.flags[frame])


def _count_lost(expected: dict[int, Lane], saved: dict[int, Lane]) -> int:
    lost = 0
    for object_id, lane in expected.items():
        known = lane.flags != 0
        lost += int((known & (saved[object_id].flags == 0)).sum() if object_id in saved else known.sum())
    return lost


def _write_objects(target: sqlite3.Connection, sources: list[Source], lanes: dict[int, Lane]) -> int:
    objects: dict[int, VideoObject] = {}
    for source in reversed(sources):
        objects.update(source.objects)
    for gone in sources[0].deleted:
        objects.pop(gone, None)
    for one in lanes:
        objects.setdefault(one, VideoObject(one, f"object {one}", default_colour(one), one))
    deleted = set.union(*(source.deleted for source in sources)) - set(objects)
    for one, item in objects.items():
        write_object(target, one, item)
    for gone in deleted:
        write_object(target, gone, None)
    return len(objects)


def _write_meta(target: sqlite3.Connection, sources: list[Source], reference: StoredReference) -> None:
    meta: dict[str, str] = {"revision": "0"}
    for source in reversed(sources):
        meta.update(source.meta)
    meta["video"] = reference.to_json()
    meta["revision"] = str(int(meta["revision"]) + 1) if meta["revision"].isdecimal() else "1"
    target.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", meta.items())


def _copy_with_log(source: Path, target: Path) -> None:
    shutil.copyfile(source, target)
    log = source.with_name(source.name + "-wal")
    if log.exists():
        shutil.copyfile(log, target.with_name(target.name + "-wal"))


def _remove(*paths: Path) -> None:
    for path in paths:
        for end in ("", "-journal", *_LOG_NAMES):
            path.with_name(path.name + end).unlink(missing_ok=True)

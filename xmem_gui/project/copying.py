"""A copy of an open project with everything that is in it, saved or not, also when its own file is gone."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from xmem_gui import files
from xmem_gui.errors import ProjectError
from xmem_gui.project.batch import Batch, write_object
from xmem_gui.project.lanes import Lane
from xmem_gui.project.lock import ProjectLock
from xmem_gui.project.rows import MASK, Key, mask_row_id
from xmem_gui.project.schema import UNREADABLE, initialise, migrate
from xmem_gui.project.store import Store
from xmem_gui.project.video_reference import StoredReference

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Written:
    """What a copy has.

    Attributes
    ----------
    whole : bool
        Whether all of it is as it was; else what was not in memory is from a backup and may be older, and
        nothing can be undone.
    lost : tuple of Key
        Masks that could be read nowhere.
    """

    whole: bool = True
    lost: tuple[Key, ...] = ()


def save_copy(
    target: Path,
    database: sqlite3.Connection | None,
    store: Store,
    *,
    reference: StoredReference,
    backups: Sequence[Path],
    overwrite: bool,
) -> Written:
    """Write a project with all that is in memory to a file, whole or not at all.

    Parameters
    ----------
    target
        Path of the copy; nothing may stand there.
    database
        The open project. If it is None or cannot be read, what is not in memory comes from the first of
        ``backups`` that can be read, and then nothing can be undone in the copy.
    store
        What is newer than the database.
    reference
        What the copy shall say of its video.
    backups
        Older copies, the newest first.
    overwrite
        Whether a file that is there may be replaced.

    Returns
    -------
    Written
        What the copy lacks.

    Raises
    ------
    ProjectError
        If it cannot be written, or a project there is open.
    """
    if not overwrite and files.is_there(target):
        raise ProjectError(f"{target} exists already: choose another name.")
    lock = ProjectLock(target)
    owner = lock.acquire()
    if owner is not None:
        raise ProjectError(f"{target.name} is open by {owner}: close it there, or choose another name.")
    fresh = None
    try:
        fresh = files.new_file(target)
        written = write_state(fresh, database, store, store.unsaved(), reference=reference, backups=backups)
        files.publish(fresh, target, replace=overwrite)
        return written
    except FileExistsError:
        raise ProjectError(f"{target} exists already: choose another name.") from None
    except (*UNREADABLE, OSError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ProjectError(f"No copy can be saved as {target}: {reason}. Choose another place.") from error
    finally:
        if fresh is not None:
            remove_with_log(fresh)
        lock.release()


def write_state(
    fresh: Path,
    database: sqlite3.Connection | None,
    store: Store,
    unsaved: Batch,
    *,
    reference: StoredReference,
    backups: Sequence[Path],
) -> Written:
    """Fill an empty file with a project and all that is unsaved.

    Nobody may write the project meanwhile. If it could not be read, nothing can be undone in the copy.

    Raises
    ------
    sqlite3.Error, OSError
        If that is not possible.
    """
    whole = database is not None and _is_copied(database, fresh)
    if not whole and not any(_is_copied_from(backup, fresh) for backup in backups):
        initialise(fresh).close()
    with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as copy, store.lock:
        unsaved = unsaved.follow(Batch())
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
        copy.execute("PRAGMA synchronous=OFF")
        migrate(copy)  # one that may not be written, or a backup, can be of an older form
        unsaved.meta["video"] = reference.to_json()
        if whole:
            copy.execute("PRAGMA foreign_keys=ON")
            unsaved.write(copy)
            return Written()
        unsaved.steps.clear()
        unsaved.changes.clear()
        copy.execute("INSERT OR IGNORE INTO meta (key, value) VALUES ('revision', '0')")
        unsaved.write(copy)
        return Written(whole=False, lost=tuple(_made_true(copy, store)))


def remove_with_log(path: Path) -> None:
    """Remove a database with what SQLite keeps beside it."""
    for end in ("", "-journal", "-wal", "-shm"):
        with contextlib.suppress(OSError):
            path.with_name(path.name + end).unlink(missing_ok=True)


def _is_copied_from(backup: Path, fresh: Path) -> bool:
    with contextlib.suppress(*UNREADABLE):
        address = backup.absolute().as_uri() + "?mode=ro"
        with contextlib.closing(sqlite3.connect(address, uri=True)) as database:
            return _is_copied(database, fresh)
    return False


def _is_copied(source: sqlite3.Connection, fresh: Path) -> bool:
    try:
        with contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as copy:
            source.backup(copy)
            whole: bool = copy.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
    except sqlite3.OperationalError as error:
        if "full" in str(error):
            raise
        logger.warning("A project cannot be copied as it is: %s", error)
        whole = False
    except UNREADABLE as error:
        logger.warning("A project cannot be copied as it is: %s", error)
        whole = False
    if not whole:
        remove_with_log(fresh)
    return whole


def _made_true(copy: sqlite3.Connection, store: Store) -> list[Key]:
    """Make an older copy say what memory says; return the masks that it lacks."""
    copy.execute("BEGIN")
    copy.execute("DELETE FROM changes")
    copy.execute("DELETE FROM steps")
    copy.execute("DELETE FROM lanes")
    for one in store.lanes:
        write_object(copy, one, store.objects.get(one))
    there = {number for (number,) in copy.execute("SELECT id FROM masks")}
    missing = []
    for one, item in store.lanes.items():
        lane = Lane(store.frames)
        known = item.known_frames(None).tolist() if one in store.objects else []
        for frame in known:
            if mask_row_id(one, frame) in there:
                lane.flags[frame], lane.confidence[frame] = item.flags[frame], item.confidence[frame]
                there.discard(mask_row_id(one, frame))
            else:
                missing.append(Key(MASK, one, frame))
        for chunk in range(lane.chunks):
            if record := lane.pack(chunk):
                row = (one << 24 | chunk, one, chunk, record)
                copy.execute("INSERT INTO lanes VALUES (?, ?, ?, ?)", row)
    copy.executemany("DELETE FROM masks WHERE id = ?", [(number,) for number in there])
    copy.execute("COMMIT")
    return missing

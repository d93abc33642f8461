"""Opening a project file: told apart, checked, brought up to date, or refused with a sentence."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from xmem_gui.errors import ProjectError, need_file
from xmem_gui.files import is_there, publish, temporary_name
from xmem_gui.project import schema
from xmem_gui.project.backups import Backups
from xmem_gui.project.video_reference import StoredReference, VideoReference
from xmem_gui.text import short

CHECK_BELOW = 8 << 20
"""Files smaller than this are checked page by page when opened; larger ones when a backup is made."""

APPEARANCE = "video:appearance"
"""Where the file keeps what its video looks like; programs that do not know it leave it alone."""

_LONGEST_NAME = 255 - len("-journal")
"""Bytes of a project's name: SQLite puts files of longer names beside it, and disks allow 255."""
_NOT_DAMAGE = ("unable to open", "locked", "readonly", "full", "disk I/O", "interrupted", "busy")


class DamagedProjectError(ProjectError):
    """A project file cannot be read as it is; `Project.salvage` saves what can be.

    Attributes
    ----------
    path : Path or None
        The file, if it is known.
    """

    path: Path | None = None


def damaged(path: Path, text: str) -> DamagedProjectError:
    """Return the error for a damaged file."""
    error = DamagedProjectError(text)
    error.path = path
    return error


class ProjectPlaceError(ProjectError):
    """A project cannot be made where it was to be; another place will do.

    Attributes
    ----------
    place : Path
        Where it was to be.
    """

    def __init__(self, text: str, *, place: Path) -> None:
        super().__init__(text)
        self.place = place


def place_error(place: Path, error: Exception) -> ProjectPlaceError:
    """Return the error for a project that could not be made, from what the disk said."""
    reason = error.strerror if isinstance(error, OSError) else str(error)
    if reason == "unable to open database file":
        reason = "its folder cannot be written"
    return ProjectPlaceError(f"Cannot make a project at {place}: {reason}.", place=place)


def video_meta(video: VideoReference, folder: Path) -> dict[str, str]:
    """Return what a project in a folder keeps of its video, as rows of ``meta``.

    Raises
    ------
    ProjectError
        If no project can have such a video.
    """
    reference = StoredReference.make(video, folder)
    text = reference.to_json()
    StoredReference.from_json(text)
    found = {"video": text, APPEARANCE: ""}
    if video.appearance is not None:
        found[APPEARANCE] = video.appearance.to_json(of=video.fingerprint.timestamps)
    return found


def create_file(path: Path, video: VideoReference) -> None:
    """Make a new project file, whole or not at all.

    Raises
    ------
    ProjectPlaceError
        If none can be made there.
    ProjectError
        If there is a file already.
    """
    fresh, video = temporary_name(path), video.plain()
    meta = {**video_meta(video, path.parent), "revision": "0"}
    try:
        if path.exists():
            raise ProjectError(f"{path} exists already: open it, or choose another name.")
        if not path.parent.is_dir():
            raise ProjectPlaceError(
                f"There is no folder {path.parent}: make it first, or choose another.", place=path
            )
        if len(os.fsencode(path.name)) > _LONGEST_NAME:
            raise ProjectPlaceError(
                f"The name {short(path.name)} is too long for a project, which has other files beside it: "
                "choose a shorter one.", place=path,
            )  # fmt: skip
        with contextlib.closing(schema.initialise(fresh)) as database:
            database.executemany("INSERT INTO meta (key, value) VALUES (?, ?)", meta.items())
            schema.use_log(database)
        publish(fresh, path, replace=False)
    except FileExistsError:
        raise ProjectError(f"{path} exists already: open it, or choose another name.") from None
    except (sqlite3.Error, OSError) as error:
        raise place_error(path, error) from error
    finally:
        for end in ("", "-journal", "-wal", "-shm"):
            with contextlib.suppress(OSError):
                fresh.with_name(fresh.name + end).unlink(missing_ok=True)


def need_project(path: Path) -> None:
    """Check that there is a project at a path.

    Raises
    ------
    DamagedProjectError
        If it was one, but its beginning is damaged.
    ProjectError
        If there is none, or it cannot be read.
    """
    if is_there(path):
        need_file(path, ProjectError)
    try:
        schema.need_project_bytes(path)
    except schema.ForeignFileError as error:
        if path.suffix == schema.SUFFIX or Backups(path).all():
            raise damaged(path, f"{error} Salvage it to save what can be read.") from None
        raise


def open_database(
    path: Path, *, readonly: bool, before_migration: Callable[[], object]
) -> sqlite3.Connection:
    """Open a project's database and check that it is whole and of this version.

    Parameters
    ----------
    path : Path
        The project file.
    readonly : bool
        Whether nothing may be written.
    before_migration : callable
        Called before an older file is changed; makes a backup.

    Raises
    ------
    DamagedProjectError
        If it is damaged.
    ProjectError
        If it cannot be opened, or is of a newer version.
    """
    need_file(path, ProjectError)
    with reading(path), contextlib.ExitStack() as stack:
        database = schema.connect_readonly(path) if readonly else schema.connect(path)
        stack.callback(database.close)
        if check_form(path, database) < len(schema.MIGRATIONS):
            if not readonly:
                before_migration()
                schema.migrate(database)
            elif not schema.show_as_newest(database):
                raise ProjectError(f"{path.name} is of an older form: open it once where it can be written.")
        if path.stat().st_size < CHECK_BELOW:
            _check_pages(path, database)
        if not readonly:
            schema.use_log(database)
        stack.pop_all()
        return database


def check_form(path: Path, database: sqlite3.Connection) -> int:
    """Check that a database has the tables of a project and nothing else; return its form's number.

    Raises
    ------
    DamagedProjectError
        If it has not.
    ProjectError
        If it is of a newer version.
    """
    number, newest = schema.version(database), len(schema.MIGRATIONS)
    if number > newest:
        raise ProjectError(
            f"{path.name} was made by a newer xmem-gui (its form is {number}, this one knows {newest}): "
            "update xmem-gui."
        )
    if not schema.layout_is_ours(database):
        raise damaged(path, f"{path.name} is damaged: its tables are not those of a project.")
    return number


@contextlib.contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn what SQLite says about a file into a sentence for people."""
    try:
        yield
    except DamagedProjectError:
        raise
    except (*schema.UNREADABLE, MemoryError) as error:
        text = str(error)
        if isinstance(error, sqlite3.OperationalError) and any(words in text for words in _NOT_DAMAGE):
            reason = "its disk is full or does not answer" if "disk I/O" in text else text
            raise ProjectError(f"Cannot open {path.name}: {reason}.") from error
        raise damaged(
            path, f"{path.name} is damaged ({text}): salvage it to save what can be read."
        ) from error
    except OSError as error:
        raise ProjectError(f"Cannot open {path.name}: {error.strerror}.") from error


def _check_pages(path: Path, database: sqlite3.Connection) -> None:
    verdict = database.execute("PRAGMA quick_check(1)").fetchone()
    if verdict != ("ok",):
        raise damaged(path, f"{path.name} is damaged: salvage it to save what can be read.")

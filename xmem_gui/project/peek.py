"""What a file says of itself before it is opened as a project: whose it is, and whether it is one at all."""

from __future__ import annotations

import contextlib
import sqlite3
from dataclasses import dataclass
from pathlib import Path

from xmem_gui.errors import ProjectError
from xmem_gui.project import opening, schema
from xmem_gui.project.appearance import Appearance
from xmem_gui.project.backups import Backups
from xmem_gui.project.video_reference import StoredReference

_LOOK_AT = 1 << 20
_MOST_BYTES = 1 << 27
_QUERY = (
    "SELECT key, value FROM meta WHERE (key IN ('video', ?) OR key BETWEEN 'setting:' AND 'setting:~') "
    "AND length(value) < ? LIMIT 1000"
)
_SIGNS = (schema.MAGIC, schema.APPLICATION_ID.to_bytes(4, "big"), b"CREATE TABLE masks", b'"fingerprint"')


@dataclass(frozen=True, slots=True)
class Belongs:
    """The video that a project file says it belongs to.

    Attributes
    ----------
    reference : StoredReference
        Where it was, and its fingerprint.
    appearance : Appearance or None
        What it looks like.
    settings : dict
        What the project keeps beside, as JSON texts by name.
    """

    reference: StoredReference
    appearance: Appearance | None
    settings: dict[str, str]


def is_project(path: Path) -> bool:
    """Whether a file is a project by its name or its first bytes; never raises."""
    if not _is_file(path):
        return False
    try:
        if path.suffix.lower() == schema.SUFFIX:
            return True
        schema.need_project_bytes(path)
    except (OSError, ValueError, ProjectError):
        return False
    return True


def peek(path: Path) -> Belongs | None:
    """Return whose project a file is, without opening it; None if it is no project at all, nor was one.

    Raises
    ------
    DamagedProjectError
        If it is or was a project, but what it says of its video cannot be read.
    ProjectError
        If it cannot be read.
    """
    if not _is_file(path):
        return None
    try:
        schema.need_project_bytes(path)
    except schema.ForeignFileError as error:
        if _was_a_project(path):
            raise opening.damaged(path, f"{error} Salvage it to save what can be read.") from None
        return None
    with opening.reading(path), contextlib.closing(_connect(path)) as database:
        # Anybody's file may lie beside a video: what is no plain table of ours is not asked anything.
        opening.check_form(path, database)
        rows = dict(database.execute(_QUERY, (opening.APPEARANCE, _MOST_BYTES)))
        try:
            reference = StoredReference.from_json(rows.get("video", ""))
        except ProjectError as error:
            raise opening.damaged(path, f"{path.name} is damaged: salvage it. ({error})") from None
        mark = reference.fingerprint
        text = rows.get(opening.APPEARANCE)
        look = Appearance.from_json(text, of=mark.timestamps, frames=mark.frames)
        settings = {key[len("setting:") :]: value for key, value in rows.items() if key[:8] == "setting:"}
        return Belongs(reference, look, settings)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _connect(path: Path) -> sqlite3.Connection:
    """Open the file to read it; where no log stands beside it, nothing is made beside it either."""
    log = path.with_name(path.name + "-wal")
    if log.exists() and log.stat().st_size:
        return schema.connect_readonly(path)
    return schema.connect_frozen(path)


def _was_a_project(path: Path) -> bool:
    """Whether something of a project is left in a file whose beginning is not that of one."""
    if Backups(path).all():
        return True
    try:
        with path.open("rb") as file:
            data = file.read(_LOOK_AT)
    except OSError:
        return False
    return any(sign in data for sign in _SIGNS)

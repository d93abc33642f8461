"""Why a project cannot be saved: told apart by what a person can do about it, and said in a sentence."""

from __future__ import annotations

import errno
import sqlite3
from enum import Enum
from pathlib import Path

_WAITS = "Nothing is lost: the changes wait in memory and are saved as soon as that is possible."


class SaveTrouble(str, Enum):
    """What keeps a project from being saved."""

    NONE = ""
    GONE = "gone"
    """The file is not there."""
    REPLACED = "replaced"
    """Another file is there under its name."""
    FULL = "full"
    """The disk has no room."""
    READ_ONLY = "read-only"
    """The file or its folder may not be written."""
    DAMAGED = "damaged"
    """The file is damaged."""
    OTHER = "other"
    """The disk does not answer, or says something else."""


class OutOfPlaceError(OSError):
    """The file that was opened is not under its name any more."""

    def __init__(self, trouble: SaveTrouble) -> None:
        super().__init__(errno.ENOENT, "the file is not in its place")
        self.trouble = trouble


def save_trouble_of(error: Exception) -> SaveTrouble:
    """Tell what an exception of a write means."""
    if isinstance(error, OutOfPlaceError):
        return error.trouble
    if isinstance(error, FileNotFoundError):
        return SaveTrouble.GONE
    if isinstance(error, sqlite3.DatabaseError) and not isinstance(error, sqlite3.OperationalError):
        return SaveTrouble.DAMAGED
    text = str(error)
    if "full" in text or getattr(error, "errno", None) in {errno.ENOSPC, errno.EDQUOT}:
        return SaveTrouble.FULL
    if "readonly" in text or getattr(error, "errno", None) in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return SaveTrouble.READ_ONLY
    if "malformed" in text or "not a database" in text:
        return SaveTrouble.DAMAGED
    return SaveTrouble.OTHER


def explain(trouble: SaveTrouble, error: Exception, path: Path) -> str:
    """Say what is wrong and what to do."""
    name = path.name
    match trouble:
        case SaveTrouble.GONE:
            return f"{name} is no longer in {path.parent}: put it back, or save a copy. {_WAITS}"
        case SaveTrouble.REPLACED:
            return (
                f"Another program has put another file in the place of {name}: save a copy, or take over "
                f"that file. {_WAITS}"
            )
        case SaveTrouble.FULL:
            return (
                f"The disk is full, so {name} cannot be saved: make room, or save a copy elsewhere. {_WAITS}"
            )
        case SaveTrouble.READ_ONLY:
            return (
                f"{name} cannot be saved because it or its folder has become read-only: allow writing, or "
                f"save a copy elsewhere. {_WAITS}"
            )
        case SaveTrouble.DAMAGED:
            return (
                f"{name} is damaged on the disk: save a copy, or close it and open it again to have it "
                f"repaired. {_WAITS}"
            )
    return (
        f"{name} cannot be saved ({error}): see that its disk is connected and has room, or save a copy "
        f"elsewhere. {_WAITS}"
    )

"""Where what belongs to a project lies: out of sight beside it, or in the application's own folder."""

from __future__ import annotations

import contextlib
import hashlib
import os
import time
from pathlib import Path

from xmem_gui import files, own_files
from xmem_gui.folders import rescued_folder
from xmem_gui.project.schema import SUFFIX

_KEPT = "-kept"


def backups_folder(project: Path) -> Path:
    """Return the folder of a project's backups: hidden, beside it."""
    return _kept(project) / "backups"


def memory_folder(project: Path) -> Path:
    """Return the folder of what an engine remembers of a project; it can be deleted at any time."""
    return _kept(project) / "memory"


def old_backups_folder(project: Path) -> Path:
    """Return where older versions had the backups."""
    return project.with_name(project.name + "-backups")


def bring_in(project: Path) -> None:
    """Move what older versions left in sight beside a project out of it; for whoever may write there."""
    for old, new in (
        (old_backups_folder(project), backups_folder(project)),
        (project.with_name(project.name + "-memory"), memory_folder(project)),
    ):
        with contextlib.suppress(OSError):
            if old.is_dir() and not old.is_symlink() and not files.is_there(new):
                own_files.own_folder(new.parent)
                old.rename(new)


def make_folder(folder: Path) -> None:
    """Make a folder for what belongs to a project, if it is not there; one of ours must be no link.

    Raises
    ------
    OSError
        If that is not possible.
    """
    if folder.parent.name.endswith(_KEPT):
        own_files.own_folder(folder)
    else:  # a person's own, which may be a link
        folder.mkdir(exist_ok=True)


def _kept(project: Path) -> Path:
    return project.with_name(f".{project.name}{_KEPT}")


def rescued_copy(project: Path) -> Path:
    """Return a free place for such a copy of a project."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    return files.free_name(rescued_folder() / f"{project.stem[:80]}-{_mark(project)}-{stamp}{SUFFIX}")


def rescued_copies(project: Path) -> list[Path]:
    """Return the copies there are of a project."""
    try:
        return sorted(rescued_folder().glob(f"*-{_mark(project)}-*{SUFFIX}"))
    except OSError:  # a folder that may not be looked into holds none for us
        return []


def _mark(project: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:16]

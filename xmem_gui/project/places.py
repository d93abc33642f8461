"""Where what belongs to a project lies: out of sight beside it, or in the application's own folder."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import platformdirs

from xmem_gui.project.schema import SUFFIX


def rescued_folder() -> Path:
    """Return the folder of copies that were saved for want of a better place."""
    return platformdirs.user_data_path("xmem-gui", appauthor=False) / "rescued"


def rescued_copy(project: Path) -> Path:
    """Return a free place for such a copy of a project."""
    stamp = time.strftime("%Y%m%d-%H%M%S")
    names = (f"{project.stem[:80]}-{_mark(project)}-{stamp}{more}{SUFFIX}" for more in ("", *"abcdefghij"))
    return next(place for name in names if not (place := rescued_folder() / name).exists())


def rescued_copies(project: Path) -> list[Path]:
    """Return the copies there are of a project."""
    return sorted(rescued_folder().glob(f"*-{_mark(project)}-*{SUFFIX}"))


def _mark(project: Path) -> str:
    return hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:16]

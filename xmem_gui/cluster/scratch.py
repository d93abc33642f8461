"""Folders for what a job makes on the way; those of processes that were killed are found and removed."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from xmem_gui.cluster.places import remove_tree
from xmem_gui.own_files import try_lock

_PREFIX = "xmem-gui-batch-"
_LOCK = ".in-use"
_YOUNG = 60.0
"""Seconds in which a folder may not have got its lock yet."""


@contextmanager
def scratch_folder() -> Iterator[Path]:
    """Have a folder for a while; it goes with the process, or is removed by the next one here."""
    _sweep(Path(tempfile.gettempdir()))
    with tempfile.TemporaryDirectory(prefix=_PREFIX, ignore_cleanup_errors=True) as name:
        folder = Path(name)
        lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            with suppress(OSError):
                try_lock(lock)
            yield folder
        finally:
            os.close(lock)


def _sweep(place: Path) -> None:
    """Remove folders whose process has ended."""
    with suppress(OSError):
        for folder in place.glob(f"{_PREFIX}*"):
            with suppress(OSError):
                if time.time() - folder.stat().st_mtime > _YOUNG and _is_left(folder / _LOCK):
                    remove_tree(folder)


def _is_left(lock: Path) -> bool:
    handle = os.open(lock, os.O_RDWR)
    try:
        return try_lock(handle)
    finally:
        os.close(handle)

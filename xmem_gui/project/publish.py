"""Put a finished file under its final name, whole or not at all."""

from __future__ import annotations

import contextlib
import os
import sys
from pathlib import Path


def publish(finished: Path, target: Path) -> None:
    """Bring a finished file to the disk and rename it over the target.

    Raises
    ------
    OSError
        If that is not possible; the target is as it was.
    """
    with finished.open("r+b") as file:
        os.fsync(file.fileno())
    finished.replace(target)
    if sys.platform != "win32":
        with contextlib.suppress(OSError):  # some file systems do not sync folders
            folder = os.open(target.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

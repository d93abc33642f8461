"""One run at a time writes into a folder."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from xmem_gui.errors import OutputError, ProjectError, in_words
from xmem_gui.project.lock import ProjectLock

LOCK = ".xmem-gui-run"
"""The name of the lock, less its ending."""


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Make a folder, if need be, and hold it for one run; the lock ends with the process, however that ends.

    Raises
    ------
    OutputError
        If another run is writing into it, or nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = ProjectLock(folder / LOCK)
        owner = lock.acquire()
    except FileExistsError:
        raise OutputError(f"'{folder}' is a file, and a folder is needed: choose another place.") from None
    except ProjectError as error:
        raise OutputError(str(error)) from None
    except OSError as error:
        raise OutputError(in_words(error, folder)) from None
    if owner is not None:
        raise OutputError(
            f"Another run is writing into '{folder}', by {owner}: wait for its end, or choose another folder."
        )
    try:
        yield
    finally:
        lock.release()

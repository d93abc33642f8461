"""The beginning of a download, kept beside its place until the rest has come."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from xmem_gui import files, own_files
from xmem_gui.errors import DownloadError


@dataclass(frozen=True)
class Version:
    """Which version of which remote file the bytes are of.

    Parameters
    ----------
    url
        Where it was asked for.
    validator
        Strong ETag or date of its last change; None if the server gives neither.
    total
        Size in bytes; None if the server does not say.
    """

    url: str
    validator: str | None
    total: int | None


class PartialFile:
    """``NAME.part`` with the bytes so far, and ``NAME.part.json`` with their version.

    Bytes are never kept beside another version's description: the description goes before the bytes do.
    """

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(target.name + ".part")
        self._note = target.with_name(target.name + ".part.json")

    def begun(self, url: str) -> tuple[int, Version] | None:
        """Return how many bytes are there and of which version, if more can be asked for."""
        try:
            version = Version(**json.loads(self._note.read_text(encoding="utf-8")))
            with self.open() as file:
                size = os.fstat(file.fileno()).st_size
        except (OSError, ValueError, TypeError, RecursionError):
            return None
        usable = size and version.url == url and isinstance(version.validator, str)
        return (size, version) if usable else None

    def restart(self, version: Version) -> None:
        """Drop the bytes and take down what is to come."""
        self.discard()
        own_files.open_own(self.path).close()
        files.write_whole(self._note, json.dumps(asdict(version)).encode())

    def open(self) -> IO[Any]:
        """Open the bytes for reading and writing.

        Raises
        ------
        OSError
            If they are not there, or no ordinary file is.
        """
        return own_files.open_own(self.path, create=False)

    def publish(self, target: Path) -> None:
        """Move the whole file to its place, in one step."""
        files.publish(self.path, target)
        self.discard()

    def discard(self) -> None:
        """Remove what is there."""
        self._note.unlink(missing_ok=True)
        self.path.unlink(missing_ok=True)


@contextlib.contextmanager
def sole_download(target: Path) -> Iterator[None]:
    """Hold off any other process that downloads the same file.

    The lock is the operating system's, so it ends with the process; its empty file stays. On a disk that
    knows no locks there is none.

    Raises
    ------
    DownloadError
        If another one is at it.
    """
    with own_files.open_own(target.with_name(f".{target.name}.lock")) as file:
        with contextlib.suppress(own_files.NoLocksError):
            if not own_files.try_lock(file.fileno()):
                raise DownloadError(
                    f"{target.name} is being downloaded by another process; wait until it is done."
                )
        yield

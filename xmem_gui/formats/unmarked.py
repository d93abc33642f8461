"""Exports whose files have no place for a mark: the sidecar keeps a digest of their folder instead."""

import hashlib
from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import BaseExporter
from xmem_gui.formats.sidecar import read_digest


class UnmarkedExporter(BaseExporter):
    """An export of such files; one that a person has changed since, or added, is not overwritten."""

    def _foreign(self, target: Path) -> str | None:
        found = super()._foreign(target)
        if found is None or target.is_symlink():
            return found
        try:
            same = read_digest(target) == digest_of(target)
        except (OSError, FormatError):
            same = False
        if same or not target.is_dir():
            return None if same else found
        return next(iter(sorted(path.name for path in target.iterdir())), None)


def digest_of(folder: Path) -> str:
    """Return a digest of the names and sizes of all files in a folder, or of what is in a file."""
    if folder.is_file():
        return hashlib.sha256(folder.read_bytes()).hexdigest()
    facts = sorted((path.name, path.lstat().st_size) for path in folder.iterdir())
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()

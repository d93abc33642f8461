"""What a protocol is: where sequences lie, what is given, what is scored, how results are sent in."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from xmem_gui.errors import MediaError
from xmem_gui.evaluation.dataset import Sequence

Finder = Callable[[Path, Collection[str] | None], list[Sequence]]
Archive = Literal["sequences", "annotations", "objects", "burst"]
"""How a server wants its zip: folders of sequences, the same in ``Annotations``, a folder for each object of
a sequence, or BURST's JSON."""


@dataclass(frozen=True)
class VosProtocol:
    """How one data set is evaluated.

    Attributes
    ----------
    id
        What the protocol is called on the command line.
    title
        What the protocol is called in tables and messages.
    find
        Returns the sequences of a folder, all of the official list or those named. Raises `MediaError` or
        `MaskError` if the folder is not in the data set's layout.
    recognises
        Tells from the names of files and folders whether a folder is in the layout.
    archive
        The layout of a submission.
    server
        Where results are scored that cannot be scored here, in words; empty if the true masks are public.
    source
        Where the data can be had, in words.
    """

    id: str
    title: str
    find: Finder
    recognises: Callable[[Path], bool]
    archive: Archive = "sequences"
    server: str = ""
    source: str = ""


def chosen(found: Collection[str], names: Collection[str] | None, root: Path) -> list[str]:
    """Return the wanted ones of the sequences that a data set has, sorted.

    Raises
    ------
    MediaError
        If one is wanted that it lacks, or it has none at all.
    """
    if not found:
        raise MediaError(f"The data set '{root}' has no sequences.")
    missing = sorted(set(names or ()) - set(found))
    if missing:
        raise MediaError(f"The data set '{root}' has no sequence '{missing[0]}'.")
    return sorted(set(found if names is None else names))


def folders_in(path: Path) -> list[str]:
    """Return the names of the folders in a folder, sorted; none if it does not exist."""
    if not path.is_dir():
        return []
    return sorted(entry.name for entry in path.iterdir() if entry.is_dir() and not entry.name.startswith("."))

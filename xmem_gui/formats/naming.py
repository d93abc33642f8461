"""Names of the files of an export: those of the source's frames, or a pattern and a start number."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from xmem_gui.errors import OutputError
from xmem_gui.formats.annotation import Annotation
from xmem_gui.outputs import two_alike
from xmem_gui.text import short

_PATTERN = re.compile(
    r"^(?P<before>[^%{}]*)(?:%0?(?P<digits>[0-9]{0,2})d|\{:0?(?P<width>[0-9]{0,2})d?\})(?P<after>[^%{}]*)$"
)
_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f]')
_LONGEST = 200
"""Bytes of a name; file systems take 255, and endings and temporary names come on top."""
_RESERVED = {"CON", "PRN", "AUX", "NUL", *(f"{n}{i}" for n in ("COM", "LPT") for i in range(1, 10))}


@dataclass(frozen=True)
class Naming:
    """How the files of frames are named.

    Attributes
    ----------
    pattern
        None for the source's own names; else one number in C's or Python's way, such as ``%05d`` or
        ``shot_{:04d}``.
    start
        Number of the first frame of the video (or of the export, if `consecutive`). Only with a pattern.
    consecutive
        Count the exported frames one by one. Otherwise every n-th frame keeps its own number, so that it
        still finds its picture.
    """

    pattern: str | None = None
    start: int = 0
    consecutive: bool = False

    def names(self, annotation: Annotation, frames: Sequence[int]) -> tuple[str, ...]:
        """Return the name of each of `frames`, without an ending.

        Raises
        ------
        OutputError
            If the pattern has not exactly one number, or names cannot be file names or are not distinct.
        """
        if self.pattern is None:
            found = tuple(annotation.frame_name(frame) for frame in frames)
        else:
            found = self._numbered(frames)
        for name in found:
            if not is_safe(name):
                why = "is too long for" if _bytes(name) > _LONGEST else "cannot be"
                raise OutputError(
                    f"A frame is named '{short(name)}', which {why} a file name; choose a pattern."
                )
        if alike := two_alike(found):
            names = " and ".join(f"'{name}'" for name in dict.fromkeys(alike))
            raise OutputError(f"Two frames are named {names}; choose a pattern such as %05d.")
        return found

    def _numbered(self, frames: Sequence[int]) -> tuple[str, ...]:
        match = _PATTERN.match(self.pattern or "")
        if match is None:
            raise OutputError(f"The name pattern '{self.pattern}' has not exactly one number such as %05d.")
        if self.start < 0:
            raise OutputError("The start number of frame names is negative.")
        width = int(match["digits"] or match["width"] or 0)
        numbers = range(len(frames)) if self.consecutive else frames
        return tuple(f"{match['before']}{self.start + n:0{width or 1}d}{match['after']}" for n in numbers)


def _bytes(name: str) -> int:
    return len(name.encode("utf-8", "surrogatepass"))


def is_safe(name: str) -> bool:
    """Tell whether a name can be a file's or a folder's on every system, and stays inside its folder."""
    return bool(
        name
        and _bytes(name) <= _LONGEST
        and not _UNSAFE.search(name)
        and not name.startswith(".")
        and not name.endswith((" ", "."))
        and name.split(".")[0].upper() not in _RESERVED
        and not any("\ud800" <= letter <= "\udfff" for letter in name)
    )


def safe_folder(name: str) -> str:
    """Return the nearest safe name of a folder: what cannot stand in one becomes an underscore."""
    cleaned = "".join("_" if "\ud800" <= c <= "\udfff" else c for c in _UNSAFE.sub("_", name))
    while len(cleaned.encode()) > 200:
        cleaned = cleaned[:-1]
    cleaned = cleaned.strip(" .")
    if not cleaned:
        return "video"
    return cleaned if is_safe(cleaned) else f"_{cleaned}"

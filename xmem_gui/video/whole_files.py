"""Whether a file is as long as its own headers say, for containers that say it."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

_EBML, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_BOXES = frozenset({b"ftyp", b"styp", b"moov", b"moof", b"mdat", b"free", b"skip", b"wide", b"sidx", b"uuid"})
_UNKNOWN = (0, 0x7FFFFFFF, 0xFFFFFFFF)
"""What stands for a length in RIFF where the writer could not go back to it."""


def is_whole(path: Path) -> bool | None:
    """Return whether nothing is missing at a file's end; None where its headers do not tell.

    Knows Matroska, RIFF (AVI) and the boxes of MP4 and QuickTime. A writer that cannot seek, because it
    writes to a pipe or was cut short, leaves lengths unknown; that is no damage.
    """
    length = path.stat().st_size
    with path.open("rb") as file:
        magic = file.read(8)
        file.seek(0)
        if magic[:4] == _EBML:
            return _matroska(file, length)
        if magic[:4] == b"RIFF":
            return _riff(file, length)
        if magic[4:] in _BOXES:
            return _boxes(file, length)
    return None


def _matroska(file: BinaryIO, length: int) -> bool | None:
    file.seek(4)
    header = _ebml_size(file)
    file.seek(header or 0, 1)
    if file.read(4) != _SEGMENT:
        return None
    segment = _ebml_size(file)
    return None if segment is None else file.tell() + segment <= length


def _ebml_size(file: BinaryIO) -> int | None:
    """Read an EBML variable-length size (RFC 8794, 6); None when it is unknown."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    count = 9 - first[0].bit_length()
    value = int.from_bytes(bytes([first[0] & (0xFF >> count)]) + file.read(count - 1), "big")
    return None if value == (1 << 7 * count) - 1 else value


def _riff(file: BinaryIO, length: int) -> bool | None:
    """Go from one RIFF chunk to the next: OpenDML has one for each gibibyte."""
    place = 0
    while True:
        file.seek(place)
        head = file.read(8)
        if len(head) < 8 or head[:4] != b"RIFF":
            return True
        size = int.from_bytes(head[4:], "little")
        if size in _UNKNOWN:
            return None
        place += 8 + size + size % 2
        if place - size % 2 > length:
            return False


def _boxes(file: BinaryIO, length: int) -> bool | None:
    """Go from box to box (ISO 14496-12, 4.2); what is no box of a video is something put after it."""
    place, fragments = 0, False
    while True:
        file.seek(place)
        head = file.read(16)
        if len(head) < 8 or head[4:8] not in _BOXES:
            return None if fragments else True
        fragments |= head[4:8] == b"moof"
        size = int.from_bytes(head[:4], "big")
        if size == 1:
            size = int.from_bytes(head[8:16], "big")
        if size < 8:
            # To the end of the file, however far that is.
            return None
        place += size
        if place > length:
            return False

"""How rows are packed to bytes: one form for the tables and for the journal, each with a checksum."""

from __future__ import annotations

import json
import math
import struct
import zlib
from dataclasses import asdict

from xmem_gui.errors import ProjectError
from xmem_gui.project.rle import Rle
from xmem_gui.project.values import MAX_OBJECT, MAX_PRIORITY, ORIGINS, MaskRecord, VideoObject

ABSENT = b""
"""What stands in the journal for a row that was not there."""

COMMITTED, REVIEWED = 1, 2
_SINGLE = struct.Struct("<f")
_HEAD = struct.Struct("<IBBfIII")


def to_float32(value: float) -> float:
    """Round to what is stored."""
    single: float = _SINGLE.unpack(_SINGLE.pack(value))[0]
    return single


def pack_mask(record: MaskRecord | None, object_id: int, frame: int) -> bytes:
    """Pack a mask record: checksum, origin, flags, confidence, area, height, width, counts.

    The checksum covers whose mask it is and on which frame, so that it cannot pass for another.
    """
    if record is None:
        return ABSENT
    flags = COMMITTED * record.committed | REVIEWED * record.reviewed
    rle = record.rle
    head = _HEAD.pack(
        0, ORIGINS.index(record.origin), flags, record.confidence, record.area, rle.height, rle.width
    )
    body = head[4:] + rle.counts
    return struct.pack("<I", _checksum(body, object_id, frame)) + body


def unpack_mask(data: bytes, object_id: int, frame: int) -> MaskRecord | None:
    """Undo `pack_mask`.

    Raises
    ------
    ProjectError
        If the bytes are damaged, or of another object or frame.
    """
    if data == ABSENT:
        return None
    whole = isinstance(data, bytes) and len(data) > _HEAD.size
    if not whole or int.from_bytes(data[:4], "little") != _checksum(data[4:], object_id, frame):
        raise ProjectError("A mask in the project file is damaged.")
    _, origin, flags, confidence, area, height, width = _HEAD.unpack_from(data)
    if origin >= len(ORIGINS) or not 0 <= confidence <= 1:
        raise ProjectError("A mask in the project file is damaged.")
    rle = Rle(data[_HEAD.size :], height, width)
    return MaskRecord(rle, area, ORIGINS[origin], confidence, bool(flags & COMMITTED), bool(flags & REVIEWED))


def pack_object(item: VideoObject | None) -> bytes:
    """Pack an object for the journal."""
    return ABSENT if item is None else json.dumps(asdict(item)).encode()


def unpack_object(data: bytes) -> VideoObject | None:
    """Undo `pack_object`.

    Raises
    ------
    ProjectError
        If the bytes are damaged.
    """
    if data == ABSENT:
        return None
    try:
        value = json.loads(data)
        red, green, blue = value["colour"]
        return make_object(
            value["id"], value["name"], (red << 16) | (green << 8) | blue,
            value["priority"], value["visible"], value["locked"], value.get("category", ""),
        )  # fmt: skip
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise ProjectError("An object in the project file is damaged.") from None


def make_object(
    object_id: object,
    name: object,
    colour: object,
    priority: object,
    visible: object,
    locked: object,
    category: object = "",
) -> VideoObject:
    """Make an object from values read from a file.

    Raises
    ------
    ProjectError
        If a value is of the wrong kind or out of its range.
    """
    if (
        not (isinstance(object_id, int) and isinstance(colour, int) and isinstance(priority, int))
        or not (isinstance(name, str) and isinstance(category, str))
        or not (0 < object_id <= MAX_OBJECT and 0 <= colour < 1 << 24 and abs(priority) <= MAX_PRIORITY)
    ):
        raise ProjectError("An object in the project file is damaged.")
    shade = (colour >> 16, colour >> 8 & 255, colour & 255)
    return VideoObject(object_id, name, shade, priority, bool(visible), bool(locked), category)


def check_confidence(value: float) -> float:
    """Return the confidence as it is stored.

    Raises
    ------
    ProjectError
        If it is not within 0 to 1.
    """
    if not math.isfinite(value) or not 0 <= value <= 1:
        raise ProjectError(f"A confidence of {value} is not possible: expected 0 to 1.")
    return to_float32(value)


def _checksum(body: bytes, object_id: int, frame: int) -> int:
    return zlib.crc32(body, (frame << 24 | object_id) % 0xFFFFFFFB)

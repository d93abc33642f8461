"""A row of the document that can be changed and undone: its name, and its bytes in the journal."""

from __future__ import annotations

from dataclasses import dataclass

from xmem_gui.errors import ProjectError
from xmem_gui.project.records import pack_mask, pack_object, unpack_mask, unpack_object
from xmem_gui.project.values import MaskRecord, VideoObject

MASK, OBJECT = 0, 1
_FRAME_SHIFT = 24


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """Names a row that can be changed and undone: a mask (object, frame) or an object (frame 0)."""

    kind: int
    object: int
    frame: int = 0


def mask_row_id(object_id: int, frame: int) -> int:
    """Return the row id of a mask: frames in order, the objects of one frame side by side."""
    return frame << _FRAME_SHIFT | object_id


Row = MaskRecord | VideoObject | None
"""What a row holds; None where there is none."""


def pack_row(key: Key, row: Row) -> bytes:
    """Pack a row for the journal."""
    if key.kind == OBJECT:
        assert row is None or isinstance(row, VideoObject)
        return pack_object(row)
    assert row is None or isinstance(row, MaskRecord)
    return pack_mask(row, key.object, key.frame)


def unpack_row(key: Key, data: bytes) -> Row:
    """Undo `pack_row`.

    Raises
    ------
    ProjectError
        If the bytes are damaged, or of another row.
    """
    if key.kind == OBJECT:
        item = unpack_object(data)
        if item is not None and item.id != key.object:
            raise ProjectError("An object in the project file is damaged.")
        return item
    return unpack_mask(data, key.object, key.frame)

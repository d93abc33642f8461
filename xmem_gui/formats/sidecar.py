"""A small file beside an export for what its format cannot keep: ids, names, colours, priorities."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo, default_colour
from xmem_gui.formats.reading import member, read_json, text, whole
from xmem_gui.outputs import MARK_KEY, mark
from xmem_gui.project.values import MAX_OBJECT

SIDECAR = "objects"
"""What such a file says that it is."""
_LIMIT = 16 * 2**20
_UP = 3
MAX_OBJECTS = 100_000
"""Files that name more objects are refused."""


def sidecar_name(sequence: str) -> str:
    """Return the file's name for a sequence."""
    return f"{sequence}.objects.json"


def describe(info: ObjectInfo) -> dict[str, object]:
    """Return an object as JSON keeps it."""
    return {"id": info.id, "name": info.name, "colour": list(info.colour), "priority": info.priority}


def write_sidecar(
    path: Path, objects: Sequence[ObjectInfo], numbers: Mapping[int, int], *, digest: str = ""
) -> None:
    """Write the objects, each with the number (by id) that it has in the masks, and their folder's digest."""
    listed = [{"number": numbers[info.id], **describe(info)} for info in objects]
    document = {MARK_KEY: mark(SIDECAR), **({"digest": digest} if digest else {}), "objects": listed}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def find_sidecar(folder: Path) -> Path | None:
    """Return the sidecar of a folder of masks: beside it, or beside the folders it lies in."""
    place = folder
    for _ in range(_UP):
        place = place.parent
        found = place / sidecar_name(folder.name)
        if found.is_file():
            return found
    return None


def read_digest(path: Path) -> str:
    """Return the digest of the folder that a sidecar belongs to, or nothing."""
    document = read_json(path, _LIMIT)
    return str(document.get("digest", "")) if isinstance(document, dict) else ""


def read_sidecar(path: Path) -> dict[int, ObjectInfo]:
    """Return the objects by the number they have in the masks."""
    listed = member(read_json(path, _LIMIT), "objects", list, f"'{path}'")
    found: dict[int, ObjectInfo] = {}
    for item in listed:
        info = read_object(item, f"An object in '{path}'")
        found[whole(item.get("number", info.id), "An object's number", 1)] = info
    if len({info.id for info in found.values()}) != len(listed) or len(listed) > MAX_OBJECTS:
        raise FormatError(f"'{path}' names two objects alike, or too many.")
    return found


def read_object(item: object, what: str) -> ObjectInfo:
    """Return an object from what JSON keeps of it; what is missing gets its default."""
    object_id = whole(member(item, "id", (int, float), what), f"{what}: its id", 1, MAX_OBJECT)
    known = item if isinstance(item, dict) else {}
    colour = known.get("colour")
    if (
        isinstance(colour, list)
        and len(colour) == 3
        and all(isinstance(c, int) and 0 <= c <= 255 for c in colour)
    ):
        rgb = (int(colour[0]), int(colour[1]), int(colour[2]))
    else:
        rgb = default_colour(object_id)
    name = text(known.get("name", "")) or f"object {object_id}"
    return ObjectInfo(
        object_id, name, rgb, whole(known.get("priority", 0), f"{what}: its priority", -(2**31))
    )

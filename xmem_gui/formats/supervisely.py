"""Supervisely's JSON: a file a picture or one of a video, in which masks are PNGs, packed once more."""

import base64
import io
import zlib
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from xmem_gui.arrays import Mask, Size
from xmem_gui.errors import FormatError
from xmem_gui.formats.filling import fill_rings
from xmem_gui.formats.finding import entries, find_folders, gather
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.image_names import IMAGE_ENDINGS
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.reading import member_of, one_line, png_size, read_json, whole_number
from xmem_gui.formats.rle import encode
from xmem_gui.formats.scaling import factors, scaled_mask, stated_size
from xmem_gui.formats.segmentation import paired_points
from xmem_gui.formats.text_files import head

_HEAD = 2**16
_SPARE = 2**16


class SuperviselyImporter(DocumentImporter):
    """Reads bitmaps and polygons of a video, whose objects have keys, or of pictures with a file each.

    Figures of pictures are told apart by class and order.
    """

    id = "supervisely"
    title = "Supervisely JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        files = gather(_find(path, target.name), lambda file: {_stem(file): file})
        if not files:
            raise FormatError(f"'{path}' has no JSON files of Supervisely.")
        gathered = Gathered(target, steps)
        if len(files) == 1:
            file = next(iter(files.values()))
            document = read_json(file)
            gathered.budget.allow(file.stat().st_size)
            if isinstance(document, dict) and "frames" in document:
                return gathered.plan(self, path, _gather_video(document, gathered, steps))
        matching = match_frames(sorted(files), target)
        for stem, frame in steps(sorted(matching.frames.items())):
            with gathered.left.guard("file", files[stem].name):
                gathered.budget.allow(files[stem].stat().st_size)
                _gather_picture(read_json(files[stem]), frame, stem, gathered)
        notes = [*matching.notes, "Objects are told apart by class and their order in each picture."]
        return gathered.plan(self, path, matching.frames.values(), notes, matching.question)


def _find(path: Path, name: str) -> list[Path]:
    if path.is_file():
        return [path] if _is_supervisely(path) else []
    folders = find_folders(path, lambda folder: any(map(_is_supervisely, entries(folder))), name)
    return [file for folder in folders for file in entries(folder) if _is_supervisely(file)]


def _is_supervisely(path: Path) -> bool:
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    found = head(path, _HEAD)
    return '"objects"' in found and '"size"' in found and ('"classTitle"' in found or '"tags"' in found)


def _stem(path: Path) -> str:
    """Return the picture's name of ``00000.jpg.json``; ``clip.0001.json`` has no picture's ending."""
    picture = Path(path.stem)
    return picture.stem if picture.suffix.lower() in IMAGE_ENDINGS else path.stem


def _size(document: Any, target: ImportTarget) -> Size:
    size = member_of(document, "size", dict, "It")
    return stated_size(size.get("height"), size.get("width"), target, "it is of")


def _gather_picture(document: Any, frame: int, name: str, gathered: Gathered) -> None:
    size = _size(document, gathered.target)
    met: dict[str, int] = {}
    for place, item in enumerate(member_of(document, "objects", list, "It")):
        where = f"{name}, object {place}"
        with gathered.left.guard("object", where):
            label = one_line(member_of(item, "classTitle", str, "It"))
            order = met[label] = met.get(label, 0) + 1
            key = gathered.table.meet(("order", label, order), ordered_name(label, order))
            _take(item.get("geometryType"), item, frame, key, size, where, gathered)


def _gather_video(document: dict[str, Any], gathered: Gathered, steps: Steps) -> list[int]:
    size = _size(document, gathered.target)
    keys: dict[Any, Hashable] = {}
    for place, item in enumerate(member_of(document, "objects", list, "It")):
        with gathered.left.guard("object", f"object {place}"):
            key = member_of(item, "key", str, "It")
            keys[key] = gathered.table.meet(("key", key), one_line(member_of(item, "classTitle", str, "It")))
    first, total = gathered.target.first_number or 0, len(gathered.target.frame_names)
    frames = []
    for place, item in enumerate(steps(member_of(document, "frames", list, "It"))):
        with gathered.left.guard("frame", f"frame {place}"):
            frame = whole_number(
                member_of(item, "index", (int, float), "It"), "its index", first, first + total - 1
            )
            frame -= first
            for number, figure in enumerate(member_of(item, "figures", list, "It")):
                where = f"frame {frame}, figure {number}"
                with gathered.left.guard("figure", where):
                    owner = member_of(figure, "objectKey", str, "It")
                    if owner not in keys:
                        raise FormatError("the file does not list its object")
                    geometry = member_of(figure, "geometry", dict, "It")
                    _take(figure.get("geometryType"), geometry, frame, keys[owner], size, where, gathered)
            frames.append(frame)
    return frames


def _take(
    kind: Any, value: dict[str, Any], frame: int, key: Hashable, size: Size, place: str, gathered: Gathered
) -> None:
    target = gathered.target
    if kind == "bitmap":
        mask = _bitmap(member_of(value, "bitmap", dict, "It"), size, gathered)
        gathered.put(frame, key, encode(scaled_mask(mask, target.size)), place)
    elif kind == "polygon":
        points = member_of(value, "points", dict, "It")
        rings = [points.get("exterior"), *(points.get("interior") or [])]
        corners = [paired_points(ring) * factors(size, target) for ring in rings]
        gathered.put_shape(
            frame, key, encode(fill_rings(corners, target.size, gathered.budget)), place, "object"
        )
    else:
        raise FormatError(f"it is no mask ({one_line(kind, 20)})")


def _bitmap(value: dict[str, Any], size: Size, gathered: Gathered) -> Mask:
    """Return the (H, W) mask of a PNG that lies somewhere in the picture."""
    gathered.budget.pixels(size[0] * size[1])
    origin = member_of(value, "origin", list, "It")
    if len(origin) != 2:
        raise FormatError("its origin is no place")
    left, top = (
        whole_number(origin[0], "its origin", 0, size[1]),
        whole_number(origin[1], "its origin", 0, size[0]),
    )
    data = _unpacked(member_of(value, "data", str, "It"), 4 * size[0] * size[1] + _SPARE)
    found = png_size(data)
    if found is None:
        raise FormatError("it is no PNG")
    height, width = found
    if top + height > size[0] or left + width > size[1]:
        raise FormatError("it reaches beyond the picture")
    mask = np.zeros(size, dtype=np.bool_)
    with Image.open(io.BytesIO(data), formats=("PNG",)) as image:
        clear = image.mode in ("RGBA", "LA") or "transparency" in image.info
        pixels = np.asarray(image.convert("RGBA"))[..., 3] if clear else np.asarray(image.convert("L"))
    mask[top : top + height, left : left + width] = pixels > 0
    return mask


def _unpacked(data: str, most: int) -> bytes:
    try:
        packed = base64.b64decode(data, validate=True)
        stream = zlib.decompressobj()
        found = stream.decompress(packed, most)
    except (ValueError, zlib.error) as error:
        raise FormatError("its data are damaged") from error
    if stream.unconsumed_tail:
        raise FormatError("its data are larger than any mask of this picture")
    return found

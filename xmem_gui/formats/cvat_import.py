"""Reading CVAT's XML, of videos and of images: masks and polygons."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.identity import ObjectTable
from xmem_gui.formats.importing import BaseImporter, ImportedMask, ImportPlan, ImportTarget, Steps, Unexpected
from xmem_gui.formats.matching import Matching, match_frames
from xmem_gui.formats.polygons import union
from xmem_gui.formats.reading import text
from xmem_gui.formats.rle import encode, from_row_runs
from xmem_gui.formats.segmentation import checked
from xmem_gui.formats.sidecar import Record, own_record
from xmem_gui.formats.xml_events import Elements, read_xml

_SHAPES = ("mask", "polygon")
_OTHERS = ("box", "polyline", "points", "cuboid", "ellipse", "skeleton")


@dataclass(frozen=True)
class _Shape:
    kind: str
    attributes: dict[str, str]


@dataclass
class _Document:
    """What a file says, gathered as it is read.

    Images stand under -1, -2, ... in place of their frames, which are known once all names are.
    """

    path: Path
    target: ImportTarget
    own: Record = field(default_factory=Record)
    notes: list[str] = field(default_factory=list)
    images: list[tuple[int, str]] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)
    table: ObjectTable = field(default_factory=ObjectTable)
    shapes: dict[tuple[int, int], list[_Shape]] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    others: int = 0
    beyond: int = 0
    _track: dict[str, str] | None = None
    _tracks: int = 0
    _image: int | None = None
    _met: dict[tuple[int, str], int] = field(default_factory=dict)

    def start(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        name = path[-1]
        if len(path) == 1 and name != "annotations":
            raise FormatError("The XML file is not CVAT's.")
        if name == "track":
            self._track = attributes
            self._tracks += 1
        elif name == "image":
            name = PurePosixPath(attributes.get("name", "").replace("\\", "/")).stem
            self.images.append((_number(attributes, "id"), name))
            self._image = -len(self.images)
        elif name in _SHAPES and (self._track is not None or self._image is not None):
            self._shape(name, attributes)
        elif name in _OTHERS:
            self.others += 1

    def end(self, path: tuple[str, ...], said: str) -> None:
        name = path[-1]
        if name == "track":
            self._track = None
        elif name == "image":
            self._image = None
        elif path[-2:-1] == ("original_size",) and name in ("width", "height"):
            self.size[name] = _number({name: said.strip()}, name)
        elif path == ("annotations", "meta", "xmem_gui"):
            self._own(said)

    def _own(self, said: str) -> None:
        try:
            document = {"xmem_gui": json.loads(said)}
        except (ValueError, RecursionError):
            return
        self.own, self.notes = own_record(document, self.target, self.path)
        if not self.shapes:
            self.table = ObjectTable(self.own.objects)

    def _shape(self, kind: str, attributes: dict[str, str]) -> None:
        if attributes.get("outside") == "1":
            return
        frame = self._image
        if self._track is not None:
            frame = _number(attributes, "frame") - (self.target.first_number or 0)
            if not 0 <= frame < len(self.target.frame_names):
                self.beyond += 1
                return
            self.covered.add(frame)
        if frame is None:
            return
        object_id = self._object(kind, frame, attributes)
        self.shapes.setdefault((frame, object_id), []).append(_Shape(kind, attributes))

    def place_images(self) -> Matching:
        """Put the shapes of images to their frames; return how these were found."""
        names = [name for _, name in self.images]
        if len(set(names)) < len(names) or not all(names):
            names = [str(number) for number, _ in self.images]
        stated = {name: number for name, (number, _) in zip(names, self.images, strict=True)}
        matching = match_frames(names, self.target, stated=stated) if names else Matching({})
        frames = {-n: matching.frames.get(name, -n) for n, name in enumerate(names, 1)}
        self.shapes = {
            (frames.get(frame, frame), number): shapes
            for (frame, number), shapes in self.shapes.items()
            if frames.get(frame, frame) >= 0
        }
        self.covered.update(matching.frames.values())
        return matching

    def _object(self, kind: str, frame: int, attributes: dict[str, str]) -> int:
        owner = attributes if self._track is None else self._track
        label = text(owner.get("label", ""))
        group = owner.get("group_id") or attributes.get("group_id")
        if group is not None and (number := _number({"group_id": group}, "group_id")) > 0:
            return self.table.numbered(number, label)
        if self._track is not None and kind == "polygon":
            return self.table.keyed(("track", self._tracks), label)
        order = self._met[frame, label] = self._met.get((frame, label), 0) + 1
        return self.table.keyed(("order", label, order), label + (f" {order}" if order > 1 else ""))


class CvatImporter(BaseImporter):
    """Reads masks and polygons of tracks and of images; `group_id` is the object, else the track."""

    id = "cvat"
    title = "CVAT XML"

    def _recognises(self, path: Path) -> bool:
        if path.suffix.lower() != ".xml" or not path.is_file():
            return False
        with path.open("rb") as file:
            return b"<annotations" in file.read(4096)

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        found = _Document(path, target)
        read_xml(path, Elements(found.start, found.end))
        matching = found.place_images()
        height, width = target.size
        if found.size and (found.size.get("height"), found.size.get("width")) != (height, width):
            raise FormatError(
                f"'{path}' is of {found.size.get('width')} x {found.size.get('height')} pixels, "
                f"but the video has {width} x {height}; masks must have the size of the video."
            )
        keys = sorted(found.shapes)
        for key in steps(keys):
            for shape in found.shapes[key]:
                _check(shape, target.size)
        warnings = [*found.notes, *matching.notes]
        if found.others:
            warnings.append(f"{found.others} boxes, points and lines are no masks, and left out.")
        if found.beyond:
            warnings.append(f"{found.beyond} shapes lie beyond the video's last frame, and are left out.")
        frames = found.covered | set(found.own.frames)
        return ImportPlan(
            self.id,
            path,
            target,
            objects=found.table.objects(),
            frames=tuple(sorted(frames)),
            masks=len(keys),
            warnings=tuple(warnings),
            question=matching.question,
            importer=self,
            source=found.shapes,
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        shapes: dict[tuple[int, int], list[_Shape]] = plan.source
        for frame, number in steps(sorted(shapes)):
            mask = np.zeros(plan.target.size, dtype=np.bool_)
            for shape in shapes[frame, number]:
                _draw(mask, shape)
            yield ImportedMask(frame, number, encode(mask))


def _check(shape: _Shape, size: tuple[int, int]) -> None:
    if shape.kind == "polygon":
        _corners(shape.attributes)
    else:
        _box(shape.attributes, size)


def _draw(mask: NDArray[np.bool_], shape: _Shape) -> None:
    if shape.kind == "polygon":
        mask |= union([_corners(shape.attributes)], (mask.shape[0], mask.shape[1]))
        return
    left, top, width, height = _box(shape.attributes, (mask.shape[0], mask.shape[1]))
    fields = shape.attributes.get("rle", "").split(",")
    if len(fields) > 2 * width * height + 2 or any(len(f) > 12 for f in fields):
        raise FormatError("A mask of CVAT has too many runs.")
    mask[top : top + height, left : left + width] |= from_row_runs([int(f) for f in fields], height, width)


def _box(attributes: dict[str, str], size: tuple[int, int]) -> tuple[int, int, int, int]:
    left, top, width, height = (_number(attributes, key) for key in ("left", "top", "width", "height"))
    if width < 1 or height < 1 or left + width > size[1] or top + height > size[0]:
        raise FormatError("A mask of CVAT reaches beyond the picture.")
    return left, top, width, height


def _corners(attributes: dict[str, str]) -> Any:
    pairs = [pair.split(",") for pair in attributes.get("points", "").split(";")]
    if len(pairs) < 3 or any(len(pair) != 2 for pair in pairs):
        raise FormatError("A polygon of CVAT has not three corners.")
    return checked(np.array(pairs, dtype=np.float64))


def _number(attributes: dict[str, str], key: str) -> int:
    value = attributes.get(key, "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise FormatError(f"An element of CVAT's has no proper '{key}'.")
    return int(value)

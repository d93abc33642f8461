"""Reading CVAT's XML, of videos and of images: masks and polygons.

Which object a shape is of: a track of polygons is an object, whatever group it is in, since groups gather
tracks. CVAT keeps no tracks of masks (it reads one mask of a track), so the masks of one label and group are
one object, as this program writes them; of several in a frame each is an object of its own. Shapes of images
without a group are told apart by label and order, and those of one label and group are parts of one object.
"""

import json
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from xmem_gui.arrays import Mask, Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.image_names import (
    folder_and_stem,
    folder_of_video,
    of_one_video,
    of_one_video_if_alike,
)
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import Matching, match_frames
from xmem_gui.formats.reading import one_line
from xmem_gui.formats.record import Record, own_record
from xmem_gui.formats.rle import Rle, encode, from_row_runs
from xmem_gui.formats.scaling import MAX_SCALED, check_size, scaled_mask, stated_size
from xmem_gui.formats.segmentation import checked_corners, outlined
from xmem_gui.formats.text_files import head
from xmem_gui.formats.xml_events import Elements, read_xml

_SHAPES = ("mask", "polygon")
_SIDES = ("height", "width")
_OTHERS = ("box", "polyline", "points", "cuboid", "ellipse", "skeleton")


@dataclass(frozen=True)
class _Shape:
    kind: str
    frame: int
    outside: bool
    attributes: dict[str, str]
    place: str


@dataclass
class _Document:
    """What a file says, gathered as it is read.

    Images stand under -1, -2, ... in place of their frames, which are known once all names are.
    """

    path: Path
    gathered: Gathered
    own: Record = field(default_factory=Record)
    notes: list[str] = field(default_factory=list)
    images: list[tuple[int, str]] = field(default_factory=list)
    size: dict[str, int] = field(default_factory=dict)
    covered: set[int] = field(default_factory=set)
    beyond: int = 0
    joined: bool = False
    _track: dict[str, str] | None = None
    _tracks: int = 0
    _image: int | None = None
    _image_size: tuple[int, int] | None = None
    _shapes: list[_Shape] = field(default_factory=list)
    _met: dict[Hashable, int] = field(default_factory=dict)

    def start(self, path: tuple[str, ...], attributes: dict[str, str]) -> None:
        name = path[-1]
        if len(path) == 1 and name != "annotations":
            raise FormatError("The XML file is not CVAT's.")
        if name == "track":
            self._track = attributes
            self._tracks += 1
        elif name == "image":
            self._begin_image(attributes)
        elif name in _SHAPES and (self._track is not None or self._image is not None):
            self._shape(name, attributes)
        elif name in _OTHERS and path[-2:-1] in (("track",), ("image",)):
            self.gathered.left.add("shape", "boxes, points and lines are no masks")

    def end(self, path: tuple[str, ...], said: str) -> None:
        name = path[-1]
        if name == "track":
            self._finish_track()
            self._track, self._shapes = None, []
        elif name == "image":
            self._finish_image()
            self._image, self._shapes = None, []
        elif path[-2:-1] == ("original_size",) and name in ("width", "height"):
            self.size[name] = _number({name: said.strip()}, name)
            if len(self.size) == 2:
                stated = self.size["height"], self.size["width"]
                check_size(stated, self.gathered.target, "The file is of")
        elif path == ("annotations", "meta", "xmem_gui"):
            self._own(said)

    def _own(self, said: str) -> None:
        try:
            document = {"xmem_gui": json.loads(said)}
        except (ValueError, RecursionError):
            return
        self.own, self.notes = own_record(document, self.gathered.target, self.path)
        self.gathered.table.known.update(self.own.known)

    @property
    def _stated(self) -> tuple[int, int]:
        if self._image_size is not None:
            return self._image_size
        if len(self.size) == 2:
            return self.size["height"], self.size["width"]
        return self.gathered.target.size

    def _begin_image(self, attributes: dict[str, str]) -> None:
        self._image = self._image_size = None
        place = f"image {one_line(attributes.get('name') or attributes.get('id', ''), 60)}"
        with self.gathered.left.guard("image", place):
            height, width = (_number(attributes, key) if key in attributes else None for key in _SIDES)
            self._image_size = stated_size(height, width, self.gathered.target, "it is of")
            self.images.append((_number(attributes, "id"), attributes.get("name", "")))
            self._image = -len(self.images)

    def place_images(self) -> Matching:
        """Put the shapes of images to their frames; return how these were found."""
        target = self.gathered.target
        names = {-n: name for n, (_, name) in enumerate(self.images, 1)}
        if not all(names.values()):
            names = {-n: str(number) for n, (number, _) in enumerate(self.images, 1)}
        folders = {folder_and_stem(name)[0] for name in names.values()}
        choose = of_one_video if folder_of_video(folders, target.name) is not None else of_one_video_if_alike
        by_stem = choose(names, target.name, self.gathered.left)
        stated = {stem: self.images[-place - 1][0] for stem, place in by_stem.items()}
        matching = match_frames(list(by_stem), target, self.own, stated=stated) if names else Matching({})
        self.gathered.place_images({by_stem[stem]: frame for stem, frame in matching.frames.items()})
        self.covered.update(matching.frames.values())
        return matching

    def _shape(self, kind: str, attributes: dict[str, str]) -> None:
        self.gathered.budget.check()
        frame, place = self._image, ""
        if self._image is not None:
            place = f"image {one_line(self.images[-1][1] or self.images[-1][0], 60)}"
        if self._track is not None:
            place = f"track {one_line(self._track.get('id', self._tracks), 20)}"
        with self.gathered.left.guard("shape", place):
            if self._track is not None:
                number, first = _number(attributes, "frame"), self.gathered.target.first_number
                frame = self.own.now(number) if first is None else number - first
                place = f"{place}, frame {attributes['frame']}"
                if not 0 <= frame < len(self.gathered.target.frame_names):
                    self.beyond += attributes.get("outside") != "1"
                    return
            assert frame is not None
            outside = attributes.get("outside") == "1"
            self._shapes.append(_Shape(kind, frame, outside, attributes, place))

    def _finish_track(self) -> None:
        owner, table = self._track or {}, self.gathered.table
        label, group = one_line(owner.get("label", "")), _group(owner)
        shown = [shape for shape in self._shapes if not shape.outside]
        of_masks = bool(shown) and all(shape.kind == "mask" for shape in shown)
        own = None if group is None else table.own(group, label)
        for shape in self._shapes:
            key: Hashable
            if own is not None:
                key = own
            elif of_masks and group is not None:
                key = self._grouped_mask(label, group, shape)
            else:
                key = table.meet(("track", self._tracks), label, None)
            # The second state of a mask's track only ends it; and we end our tracks where nothing is known.
            ends = bool(self.own.objects) or (of_masks and len(shown) == 1)
            if not shape.outside:
                self._take(shape, key)
            elif shown and not ends:
                self.gathered.absent(shape.frame, key)

    def _grouped_mask(self, label: str, group: str | int, shape: _Shape) -> Hashable:
        at = ("group", label, group, shape.frame)
        order = self._met[at] = self._met.get(at, 0) + (not shape.outside)
        number = group if isinstance(group, int) and order < 2 else None
        return self.gathered.table.meet(
            ("group", label, group, max(order, 1)), ordered_name(label, order), number
        )

    def _finish_image(self) -> None:
        for shape in self._shapes:
            label, group = one_line(shape.attributes.get("label", "")), _group(shape.attributes)
            key: Hashable
            table = self.gathered.table
            if group is not None:
                self.joined = True
                number = group if isinstance(group, int) else None
                key = table.own(group, label) or table.meet(("group", label, group), label, number)
            else:
                at = ("order", shape.frame, label)
                order = 1 if self.gathered.target.by_class else self._met.get(at, 0) + 1
                self._met[at] = order
                key = table.meet(("order", label, order), ordered_name(label, order))
            self._take(shape, key)

    def _take(self, shape: _Shape, key: Hashable) -> None:
        gathered = self.gathered
        with gathered.left.guard("shape", shape.place):
            if shape.frame >= 0:
                self.covered.add(shape.frame)
            if shape.kind == "polygon":
                rle = encode(outlined([_corners(shape.attributes)], self._stated, gathered))
                gathered.put_shape(shape.frame, key, rle, shape.place, "shape")
            else:
                gathered.put(shape.frame, key, _mask(shape.attributes, self._stated, gathered), shape.place)


class CvatImporter(DocumentImporter):
    """Reads masks and polygons of tracks and of images."""

    id = "cvat"
    title = "CVAT XML"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".xml",), _is_cvat, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, (".xml",), _is_cvat, target.name)
        found = _Document(path, gathered := Gathered(target, steps))
        read_xml(path, Elements(found.start, found.end))
        matching = found.place_images()
        warnings = [*found.notes, *matching.notes]
        if found.beyond:
            warnings.append(f"{found.beyond} shapes are of frames that the video has not, and are left out.")
        if found.joined:
            warnings.append("Shapes of one label and 'group_id' in an image are parts of one object.")
        gathered.absent_by(found.own)
        frames = found.covered | {frame for frame in found.own.frames if frame >= 0}
        return gathered.plan(self, path, frames, warnings, matching.question)


def _is_cvat(path: Path) -> bool:
    return "<annotations" in head(path)


def _mask(attributes: dict[str, str], stated: tuple[int, int], gathered: Gathered) -> Rle:
    left, top, width, height = (_number(attributes, key) for key in ("left", "top", "width", "height"))
    if width < 1 or height < 1 or left + width > stated[1] or top + height > stated[0]:
        raise FormatError("it reaches beyond the picture")
    if stated[0] * stated[1] > max(MAX_SCALED, gathered.target.size[0] * gathered.target.size[1]):
        raise FormatError("its picture is too large")
    fields = attributes.get("rle", "").split(",")
    if len(fields) > 2 * width * height + 2 or any(len(f) > 12 for f in fields):
        raise FormatError("it has too many runs")
    gathered.budget.pixels(height * width)
    mask: Mask = np.zeros(stated, dtype=np.bool_)
    mask[top : top + height, left : left + width] = from_row_runs([int(f) for f in fields], height, width)
    return encode(scaled_mask(mask, gathered.target.size))


def _corners(attributes: dict[str, str]) -> Points:
    pairs = [pair.split(",") for pair in attributes.get("points", "").split(";")]
    if len(pairs) < 3 or any(len(pair) != 2 for pair in pairs):
        raise FormatError("it has not three corners")
    return checked_corners(np.array(pairs, dtype=np.float64))


def _group(attributes: dict[str, str]) -> str | int | None:
    """Return the group that a shape or track is in; 0 is CVAT's word for none."""
    value = attributes.get("group_id", "").strip()
    if not value or value == "0":
        return None
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else value[:200]


def _number(attributes: dict[str, str], key: str) -> int:
    value = attributes.get(key, "").strip()
    if not (value.isascii() and value.isdigit() and len(value) < 10):
        raise FormatError(f"it has no proper '{key}'")
    return int(value)

"""Panoptic COCO, written, and read with VIPSeg's JSON of videos: a colour PNG a frame, segments in a JSON.

A pixel's segment is red + 256 green + 65536 blue; 0 is nothing. No pixel is of two objects.
"""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats.davis import list_masks
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.finding import entries, find_files, has_png
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.grey_png import colour_png_bytes
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.image_names import of_one_video_if_alike
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.index_png import numbers_of, too_many
from xmem_gui.formats.label_pictures import split_labels, visible_in
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import PICTURE, flatten, flatten_wide, save_jpeg
from xmem_gui.formats.reading import member_of, one_line, png_file_size, read_json, read_text, whole_number
from xmem_gui.formats.record import own_block, own_record
from xmem_gui.formats.rle import Rle, encode
from xmem_gui.formats.scaling import check_size, scaled
from xmem_gui.formats.single_file import JsonPieces, categories
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.voc import Linker

SEGMENTS = "panoptic-mask"
"""What colour pictures of segments that were exported say that they are."""
_MOST = 2**16 - 1
_MOST_SEGMENTS = 2048


class PanopticExporter(BaseExporter):
    """Writes panoptic_VIDEO.json and panoptic_VIDEO/FRAME.png; a segment's id is its object's number."""

    id = "panoptic"
    title = "COCO panoptic"
    extensions = (".json",)
    writes = (SEGMENTS, PICTURE)

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        targets = [
            plan.destination / f"panoptic_{sequence}",
            plan.destination / f"panoptic_{sequence}.json",
        ]
        if plan.request.images:
            targets.append(plan.destination / sequence)
        return Layout(
            tuple(targets),
            len(plan.frames) * (1 + plan.request.images) + 1,
            tuple(f"panoptic_{sequence}/{name}.png" for name in plan.names[:5]),
            lost_by_overlaps(plan),
            too_many(plan.objects, _MOST),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / f"panoptic_{sequence}")
        images = stage.folder(plan.destination / sequence) if plan.request.images else None
        numbers = numbers_of(plan.objects, _MOST)
        kinds = categories(plan.objects)
        category = {numbers[info.id]: kinds[info.label] for info in plan.objects}
        # Few objects take a third of the time in 8 bits.
        flat = flatten if max(numbers.values(), default=0) < 256 else flatten_wide
        found: dict[str, list[dict[str, Any]]] = {}

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(numbers[info.id], rle) for info, rle in plan.masks(frame)]
                yield partial(one, name, masks, None if images is None else plan.image(frame))

        def one(name: str, masks: list[tuple[int, Rle]], image: NDArray[np.uint8] | None) -> None:
            index = flat(masks, plan.annotation.size)
            (folder / f"{name}.png").write_bytes(colour_png_bytes(index, SEGMENTS))
            found[name] = [_segment(n, category[n], rle) for n, rle in _visible(masks, index)]
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        _write_json(plan, stage, kinds, numbers, found)


def _visible(
    masks: list[tuple[int, Rle]], index: NDArray[np.uint8] | NDArray[np.uint16]
) -> Iterator[tuple[int, Rle]]:
    """Yield (number, mask) of what can be seen of each object in an (H, W) picture of them."""
    if sum(rle.area for _, rle in masks) == cv2.countNonZero(index):
        yield from sorted((pair for pair in masks if pair[1].area), key=lambda pair: pair[0])
        return
    for number in visible_in(index):
        yield number, encode(index == number)


def _segment(number: int, category: int, rle: Rle) -> dict[str, Any]:
    bounds = list(rle.bounds)
    return {"id": number, "category_id": category, "area": rle.area, "bbox": bounds, "iscrowd": 0}


def _write_json(
    plan: ExportPlan,
    stage: Staging,
    kinds: dict[str, int],
    numbers: dict[int, int],
    found: dict[str, list[dict[str, Any]]],
) -> None:
    height, width = plan.annotation.size
    target = plan.destination / f"panoptic_{safe_folder(plan.annotation.name)}.json"
    with stage.file(target).open("w", encoding="utf-8") as file:
        out = JsonPieces(file)
        out.member("info", {"description": plan.annotation.name, "version": "1.0"})
        out.member("licenses", [])
        out.items(
            "categories",
            ({"id": n, "name": name, "supercategory": "", "isthing": 1} for name, n in kinds.items()),
        )
        out.items(
            "images",
            (
                {"id": n, "file_name": f"{name}.jpg", "width": width, "height": height}
                for n, name in enumerate(plan.names, 1)
            ),
        )
        out.items(
            "annotations",
            (
                {"image_id": n, "file_name": f"{name}.png", "segments_info": found[name]}
                for n, name in enumerate(plan.names, 1)
            ),
        )
        block = own_block(plan)
        for item in block["objects"]:
            item["number"] = numbers[item["id"]]
        out.member("xmem_gui", block)
        out.close()


@dataclass
class _Listed:
    """What the JSON says of pictures, by name: their segments (id, category); and names of categories."""

    segments: dict[str, dict[int, Hashable]] = field(default_factory=dict)
    names: dict[Hashable, str] = field(default_factory=dict)
    tracked: bool = False


class PanopticImporter(DocumentImporter):
    """Reads segments; in a JSON of videos (VIPSeg) a segment's id is its object's in all frames.

    Ids of a JSON of images begin anew in each: segments of one category are followed by their overlap.
    """

    id = "panoptic"
    title = "panoptic COCO"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".json",), _is_panoptic, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        files = find_files(path, (".json",), _is_panoptic, target.name)
        if len(files) != 1:
            raise FormatError(f"'{path}' has no panoptic JSON, or several; choose one.")
        document = read_json(files[0])
        own, notes = own_record(document, target, files[0])
        gathered = Gathered(target, steps, own.known)
        listed = _listed(document, target.name, gathered)
        masks = _masks(files[0], listed, target.name)
        matching = match_frames(list(masks), target, own)
        linker = Linker()
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("mask", masks[stem].name):
                found = list(_segments(masks[stem], listed.segments[stem], listed.names, gathered))
                frames.append(frame)
                follow = [] if own.objects or listed.tracked else linker.follow([(n, r) for _, n, r in found])
                for place, (number, name, rle) in enumerate(found):
                    if number in own.objects:
                        key: Hashable = own_key(own.objects[number].id)
                    elif follow:
                        key = gathered.table.meet(("linked", follow[place]), name)
                    else:
                        key = gathered.table.meet(("segment", number), name)
                    gathered.put_shape(frame, key, rle, masks[stem].name, "mask")
        gathered.absent_by(own, matching.frames)
        if len(frames) > 1 and not own.objects and not listed.tracked:
            notes.append(
                "Ids of segments begin anew in each picture: objects are followed by their overlap from one "
                "to the next. Look whether that is right."
            )
        return gathered.plan(self, path, frames, [*notes, *matching.notes], matching.question)


def _is_panoptic(path: Path) -> bool:
    return '"segments_info"' in read_text(path)


def _listed(document: Any, name: str, gathered: Gathered) -> _Listed:
    found = _Listed()
    annotations = member_of(document, "annotations", list, "The file")
    if isinstance(document.get("videos"), list):
        found.tracked = True
        of_video = [a for a in annotations if isinstance(a, dict) and a.get("video_id") == name]
        annotations = (of_video or annotations) if len(annotations) > 1 else annotations
        if len(annotations) > 1 and not of_video:
            raise FormatError(f"The file has {len(annotations)} videos, and none is named '{name}'.")
        annotations = member_of(annotations[0] if annotations else None, "annotations", list, "The video")
    names: dict[int, str] = {}
    segments: dict[int, dict[int, Hashable]] = {}
    for place, item in enumerate(annotations):
        gathered.budget.check()
        with gathered.left.guard("annotation", f"annotation {place}"):
            picture, segments[place] = member_of(item, "file_name", str, "it"), _segments_of(item)
            names[place] = picture
    pictures = of_one_video_if_alike(names, name, gathered.left)
    found.segments = {stem: segments[place] for stem, place in pictures.items()}
    listed = document.get("categories")
    for item in listed if isinstance(listed, list) else []:
        if isinstance(item, dict):
            found.names[str(item.get("id"))] = one_line(item.get("name") or "")
    return found


def _segments_of(item: Any) -> dict[int, Hashable]:
    """Return the category of each segment that an annotation lists, by its id."""
    found: dict[int, Hashable] = {}
    for segment in member_of(item, "segments_info", list, "it"):
        number = whole_number(member_of(segment, "id", (int, float), "a segment"), "a segment's id", 1, 2**24)
        found[number] = str(segment.get("category_id"))
    return found


def _masks(file: Path, listed: _Listed, name: str) -> dict[str, Path]:
    """Return the pictures of segments by name: the nearest folder that has those of the list."""
    places = [file.with_suffix(""), file.parent]
    places += [folder for folder in entries(file.parent) if folder.is_dir()]
    places += [place / safe_folder(name) for place in places]
    for place in dict.fromkeys(places):
        if has_png(place):
            found = {stem: path for stem, path in list_masks(place).items() if stem in listed.segments}
            if found:
                return found
    raise FormatError(
        f"'{file}' is panoptic COCO: its masks are not in it, but in PNG files that it names, and these are "
        "not beside it."
    )


def _segments(
    path: Path, listed: dict[int, Hashable], names: dict[Hashable, str], gathered: Gathered
) -> Iterator[tuple[int, str, Rle]]:
    """Yield (id, name, mask) of the segments of a picture."""
    size = png_file_size(path)
    check_size(size, gathered.target, "it is of")
    gathered.budget.pixels(4 * size[0] * size[1])
    with Image.open(path, formats=("PNG",)) as image:
        colours = np.asarray(image.convert("RGB")).astype(np.int64)
    ids = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
    if len(visible_in(ids)) > _MOST_SEGMENTS:
        raise FormatError("it has too many segments")
    for number, rle in split_labels(ids, gathered):
        if number in listed:
            yield number, names.get(listed[number], ""), scaled(rle, gathered.target.size)

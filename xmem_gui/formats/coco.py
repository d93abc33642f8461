"""COCO's JSON: an image for every frame, a run-length mask for every object in it."""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.coco_files import find_coco, read_coco
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.image_names import folder_and_stem, of_one_video
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import Matching, match_frames
from xmem_gui.formats.reading import one_line, whole_number
from xmem_gui.formats.record import Record, own_block, own_record
from xmem_gui.formats.scaling import stated_size
from xmem_gui.formats.segmentation import read_polygons, read_rle, says_nothing
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter, categories
from xmem_gui.formats.staging import Staging


class CocoExporter(SingleFileExporter):
    """Writes one JSON file; objects of one class or name are a category, `track_id` is the object.

    Empty masks are left out.
    """

    id = "coco"
    title = "COCO (JSON, RLE)"
    extensions = (".json",)
    ending = ".json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        height, width = plan.annotation.size
        category = categories(plan.objects)
        images = (
            {"id": number, "file_name": f"{name}.jpg", "width": width, "height": height, "frame_index": frame}
            for number, (frame, name) in enumerate(zip(plan.frames, plan.names, strict=True), 1)
        )
        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            out = JsonPieces(file)
            out.member("info", {"description": plan.annotation.name, "version": "1.0"})
            out.member("licenses", [])
            out.items(
                "categories", ({"id": n, "name": name, "supercategory": ""} for name, n in category.items())
            )
            out.items("images", images)
            out.items("annotations", _annotations(plan, category, tick))
            out.member("xmem_gui", own_block(plan))
            out.close()


def _annotations(plan: ExportPlan, category: dict[str, int], tick: Tick) -> Iterator[dict[str, Any]]:
    number = 0
    for image, frame in enumerate(plan.frames, 1):
        for info, rle in plan.masks(frame):
            if (pixels := rle.area) == 0:
                continue
            number += 1
            yield {
                "id": number,
                "image_id": image,
                "category_id": category[info.label],
                "track_id": info.id,
                "iscrowd": 0,
                "area": pixels,
                "bbox": list(rle.bounds),
                "segmentation": rle.to_coco(),
            }
        tick()


@dataclass(frozen=True)
class _Images:
    """The images of the video, by id: their frames, and their stated (height, width); frames by name too."""

    frames: dict[Hashable, int]
    sizes: dict[Hashable, tuple[int, int]]
    others: frozenset[Hashable]
    by_name: dict[str, int]


class CocoImporter(DocumentImporter):
    """Reads run-length masks and polygons.

    `track_id` tells objects apart, else category and order in the frame.
    """

    id = "coco"
    title = "COCO JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(find_coco(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        document = read_coco(find_coco(path, target.name) or [path])
        images, annotations = document["images"], document["annotations"]
        if any(isinstance(item, dict) and "segments_info" in item for item in annotations):
            raise FormatError(
                f"'{path}' is panoptic COCO: its masks are not in it, but in PNG files that it names; import "
                "it as that (panoptic)."
            )
        own, notes = own_record(document, target, path)
        gathered = Gathered(target, steps, own.known)
        found, matching = _images(images, own, gathered)
        _gather(annotations, found, _category_names(document, gathered), gathered, steps)
        gathered.absent_by(own, found.by_name)
        notes += matching.notes
        return gathered.plan(self, path, found.frames.values(), notes, matching.question)


def _images(images: list[Any], own: Record, gathered: Gathered) -> tuple[_Images, Matching]:
    """Return the images that are for frames of the video, and how these were found."""
    usable: dict[Hashable, dict[str, Any]] = {}
    met: dict[Hashable, int] = {}
    for place, image in enumerate(images):
        gathered.budget.check()
        with gathered.left.guard("image", f"image {place}"):
            number = _id(image, "id")
            if not isinstance(image.get("file_name"), str) or not folder_and_stem(image["file_name"])[1]:
                raise FormatError("it has no 'file_name'")
            met[number] = met.get(number, 0) + 1
            usable[number] = image
    for number in [number for number, count in met.items() if count > 1]:
        # Whose annotations are whose cannot be told: these have no image then.
        gathered.left.add("image", "another has its id", f"id {one_line(number, 20)}", count=met[number])
        del usable[number]
    frames, matching = _frames(usable, gathered, own)
    sizes: dict[Hashable, tuple[int, int]] = {}
    for number in list(frames):
        image = usable[number]
        with gathered.left.guard("image", one_line(image["file_name"], 60)):
            sizes[number] = stated_size(image.get("height"), image.get("width"), gathered.target, "it is of")
    frames = {number: frame for number, frame in frames.items() if number in sizes}
    return _Images(frames, sizes, frozenset(usable) - frames.keys(), matching.frames), matching


def _frames(
    images: dict[Hashable, dict[str, Any]], gathered: Gathered, own: Record
) -> tuple[dict[Hashable, int], Matching]:
    """Return the frame of each image of the video, by image id, and how it was found."""
    names = {number: str(image["file_name"]) for number, image in images.items()}
    by_stem = of_one_video(names, gathered.target.name, gathered.left)
    if not by_stem and (left := gathered.left.sentences()):
        raise FormatError(f"No image of the file can be used. {' '.join(left[:3])}")
    if not own.names and len(own.frames) == len(by_stem):
        # Written before names were put down: frames stand in the order of the images.
        own = replace(own, names=tuple(by_stem))
    matching = match_frames(sorted(by_stem), gathered.target, own)
    return {by_stem[stem]: frame for stem, frame in matching.frames.items()}, matching


def _category_names(document: dict[str, Any], gathered: Gathered) -> dict[Hashable, str]:
    listed = document.get("categories", [])
    found: dict[Hashable, str] = {}
    for place, item in enumerate(listed if isinstance(listed, list) else []):
        with gathered.left.guard("category name", f"category {place}"):
            found[_id(item, "id")] = one_line(item.get("name") or "")
    return found


def _gather(
    annotations: list[Any],
    images: _Images,
    names: dict[Hashable, str],
    gathered: Gathered,
    steps: Steps,
) -> None:
    """Take every annotation that is for a frame of the video."""
    met: dict[tuple[int, Hashable], int] = {}
    untracked = False
    for index, item in enumerate(steps(annotations)):
        place = f"annotation {one_line(item.get('id', index) if isinstance(item, dict) else index, 20)}"
        with gathered.left.guard("annotation", place):
            image = _id(item, "image_id")
            if image in images.others:
                continue
            if image not in images.frames:
                raise FormatError("the file does not list its image")
            frame = images.frames[image]
            category = _id(item, "category_id") if item.get("category_id") is not None else 0
            name, track = names.get(category, ""), _track(item)
            order = 0
            if track is None:
                order = 1 if gathered.target.by_class else met.get((frame, category), 0) + 1
                met[frame, category] = order
            segmentation = item.get("segmentation")
            if says_nothing(segmentation):
                raise FormatError("no segmentation, only a box")
            if track is None:
                untracked = True
                key: Hashable = gathered.table.meet(("order", category, order), ordered_name(name, order))
            else:
                number = track if isinstance(track, int) else None
                key = gathered.table.own(track, name) or gathered.table.meet(
                    ("track", track, category), name, number
                )
            if isinstance(segmentation, dict):
                gathered.put(frame, key, read_rle(segmentation, gathered), place)
            else:
                rle = read_polygons(segmentation, gathered, images.sizes[image], place)
                gathered.put_shape(frame, key, rle, place, "annotation")
    if untracked and not gathered.target.by_class:
        gathered.table.notes.append(
            "Masks without a 'track_id' are told apart by category and their order in each frame."
        )


def _id(value: object, key: str) -> Hashable:
    """Return an id: a whole number, or a text, as some tools have it."""
    if not isinstance(value, dict):
        raise FormatError("it is not a JSON object")
    found = value.get(key)
    if isinstance(found, str) and found:
        return found
    if found is None or isinstance(found, bool | str | list | dict):
        raise FormatError(f"it has no proper '{key}'")
    return whole_number(found, f"its '{key}'", -(2**63), 2**63)


def _track(item: dict[str, Any]) -> int | str | None:
    """Return what tells an object through the frames, in the places where tools put it; -1 says nothing."""
    attributes = item.get("attributes")
    places = [item, attributes if isinstance(attributes, dict) else {}]
    for place in places:
        for key in ("track_id", "instance_id"):
            value = place.get(key)
            if isinstance(value, str) and value:
                return value
            if isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 >= 0:
                return int(value)
    return None

"""COCO's JSON: an image for every frame, a run-length mask for every object in it."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.identity import ObjectTable, first_number
from xmem_gui.formats.importing import BaseImporter, ImportedMask, ImportPlan, ImportTarget, Steps, Unexpected
from xmem_gui.formats.matching import Matching, match_frames
from xmem_gui.formats.polygons import union
from xmem_gui.formats.reading import member, read_bytes, read_json, text, whole
from xmem_gui.formats.rle import Rle, encode, from_coco
from xmem_gui.formats.segmentation import read_polygons
from xmem_gui.formats.sidecar import Record, own_block, own_record
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter, categories
from xmem_gui.formats.staging import Stage


class CocoExporter(SingleFileExporter):
    """Writes one JSON file, in which objects of one name are a category and `track_id` is the object.

    Empty masks are left out.
    """

    id = "coco"
    title = "COCO (JSON, RLE)"
    extensions = (".json",)
    ending = ".json"

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
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
                "category_id": category[info.name],
                "track_id": info.id,
                "iscrowd": 0,
                "area": pixels,
                "bbox": list(rle.bounds),
                "segmentation": rle.to_coco(),
            }
        tick()


@dataclass(frozen=True)
class _Source:
    masks: tuple[tuple[int, int, Any], ...]


class CocoImporter(BaseImporter):
    """Reads run-length masks and polygons.

    `track_id` tells objects apart, else category and order in the frame.
    """

    id = "coco"
    title = "COCO JSON"

    def _recognises(self, path: Path) -> bool:
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        data = read_bytes(path)
        return b'"images"' in data and b'"annotations"' in data

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        document = read_json(path)
        images = member(document, "images", list, f"'{path}'")
        annotations = member(document, "annotations", list, f"'{path}'")
        own, warnings = own_record(document, target, path)
        frames, matching = _frames(images, target, own)
        warnings += matching.notes
        for image in images:
            if image["id"] in frames:
                _check_size(image, target)
        names = _category_names(document)
        table = ObjectTable(own.objects)
        found = _collect(annotations, frames, names, table, warnings)
        for _, _, segmentation in steps(found):
            read_segmentation(segmentation, target.size)
        return ImportPlan(
            self.id,
            path,
            target,
            objects=table.objects(),
            frames=tuple(sorted(set(frames.values()))),
            masks=len(found),
            warnings=tuple(warnings),
            question=matching.question,
            importer=self,
            source=_Source(tuple(sorted(found, key=lambda item: item[:2]))),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        source: _Source = plan.source
        for frame, number, segmentation in steps(source.masks):
            yield ImportedMask(frame, number, read_segmentation(segmentation, plan.target.size))


def read_segmentation(value: object, size: tuple[int, int]) -> Rle:
    """Return the mask of COCO's RLE or list of polygons; polygons add up."""
    if isinstance(value, dict):
        return from_coco(value, size)
    return encode(union(read_polygons(value), size))


def _frames(images: list[Any], target: ImportTarget, own: Record) -> tuple[dict[int, int], Matching]:
    """Return the frame of each image of the video, by image id, and how it was found."""
    stems: dict[str, list[tuple[str, int]]] = {}
    for image in images:
        name = PurePosixPath(member(image, "file_name", str, "An image").replace("\\", "/"))
        number = whole(member(image, "id", (int, float), "An image"), "An image's number")
        stems.setdefault(name.parent.name, []).append((name.stem, number))
    if len(stems) > 1:
        if target.name not in stems:
            raise FormatError(
                f"The file has images of {len(stems)} videos, and none is named '{target.name}'."
            )
        stems = {target.name: stems[target.name]}
    listed = next(iter(stems.values()), [])
    by_stem = dict(listed)
    if len(by_stem) != len(listed):
        raise FormatError("The file has two images of one name.")
    if not own.names and len(own.frames) == len(listed):
        # Written before names were put down: frames stand in the order of the images.
        own = replace(own, names=tuple(by_stem))
    matching = match_frames(sorted(by_stem), target, own)
    return {by_stem[stem]: frame for stem, frame in matching.frames.items()}, matching


def _check_size(image: dict[str, Any], target: ImportTarget) -> None:
    found = (image.get("height", target.size[0]), image.get("width", target.size[1]))
    if found != tuple(target.size):
        raise FormatError(
            f"The image '{text(image.get('file_name'))}' is {text(found[1])} x {text(found[0])} pixels, "
            f"but the video has {target.size[1]} x {target.size[0]}; masks must have the size of the video."
        )


def _category_names(document: dict[str, Any]) -> dict[int, str]:
    listed = document.get("categories", [])
    found = {}
    for item in listed if isinstance(listed, list) else []:
        number = whole(member(item, "id", (int, float), "A category"), "A category's number")
        found[number] = text(item.get("name", ""))
    return found


def _collect(
    annotations: list[Any],
    frames: dict[int, int],
    names: dict[int, str],
    table: ObjectTable,
    warnings: list[str],
) -> list[tuple[int, int, Any]]:
    """Return (frame, object, segmentation) of every annotation that is for a frame of the video."""
    tracks = [track for item in annotations if (track := _track(item)) is not None]
    shift = first_number(tracks)
    met: dict[tuple[int, int], int] = {}
    taken: set[tuple[int, int]] = set()
    found = []
    untracked = 0
    for item in annotations:
        image = whole(member(item, "image_id", (int, float), "An annotation"), "An annotation's image")
        if image not in frames:
            continue
        frame = frames[image]
        category = whole(item.get("category_id", 0), "A category's number")
        if (track := _track(item)) is not None:
            number = table.numbered(track + shift, names.get(category, ""))
        else:
            order = met[frame, category] = met.get((frame, category), 0) + 1
            name = names.get(category, "") + (f" {order}" if order > 1 else "")
            number = table.keyed((category, order), name)
            untracked += 1
        if (frame, number) in taken:
            raise FormatError(f"Object {number} has two masks in frame {frame}.")
        taken.add((frame, number))
        found.append((frame, number, item.get("segmentation")))
    if untracked:
        warnings.append(
            "Masks without a 'track_id' are told apart by category and their order in each frame."
        )
    if shift:
        warnings.append(f"Objects are numbered from {1 - shift}, and get numbers higher by {shift}.")
    return found


def _track(item: object) -> int | None:
    """Return the number that tells an object through the frames, in the places where tools put it."""
    if not isinstance(item, dict):
        raise FormatError("An annotation is not a JSON object.")
    attributes = item.get("attributes")
    places = [item, attributes if isinstance(attributes, dict) else {}]
    for place in places:
        for key in ("track_id", "instance_id"):
            if isinstance(place.get(key), int | float) and not isinstance(place[key], bool):
                return whole(place[key], "An object's number", 0, 2**31 - 2)
    return None

"""Label Studio's JSON: a task for every frame, with the brush of every object in it."""

import re
from collections.abc import Hashable
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote

import numpy as np

from xmem_gui.errors import FormatError
from xmem_gui.formats.brush_rle import pack_brush, unpack_brush
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.filling import union_rings
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.image_names import of_one_video_if_alike
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.reading import one_line, read_json
from xmem_gui.formats.record import own_block, own_record
from xmem_gui.formats.rle import Rle, decode, encode
from xmem_gui.formats.scaling import factors, scaled_mask, stated_size
from xmem_gui.formats.segmentation import paired_points
from xmem_gui.formats.single_file import SingleFileExporter, dumps
from xmem_gui.formats.staging import Staging
from xmem_gui.formats.text_files import head

_HEAD = 2**16
_PICTURE = re.compile(r"\.(?:jpe?g|png|bmp|tiff?|webp)$", re.IGNORECASE)
_UPLOADED = re.compile(r"^[0-9a-f]{8}-")
"""What Label Studio puts before the names of pictures that were uploaded."""
_REGION = re.compile(r"frame[0-9]+-object([0-9]{1,9})")


class LabelStudioExporter(SingleFileExporter):
    """Writes one JSON file to import; Label Studio finds the pictures in its folder of local files."""

    id = "label-studio"
    title = "Label Studio (JSON, brush)"
    extensions = (".json",)
    ending = "-label-studio.json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        for frame in plan.frames:  # the list of empty masks stands before them
            for _ in plan.masks(frame):
                pass
        sequence = safe_folder(plan.annotation.name)
        own: dict[str, Any] = {"xmem_gui": own_block(plan)}
        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            for place, (frame, name) in enumerate(zip(plan.frames, plan.names, strict=True)):
                regions = [
                    _region(frame, info.id, info.label, rle) for info, rle in plan.masks(frame) if rle.area
                ]
                task = {
                    "meta": own,
                    "data": {"image": f"/data/local-files/?d={sequence}/{name}.jpg"},
                    "annotations": [{"result": regions}],
                }
                file.write(("[" if place == 0 else ",\n") + dumps(task))
                own = {}
                tick()
            file.write("]\n")


def _region(frame: int, number: int, name: str, rle: Rle) -> dict[str, Any]:
    return {
        "id": f"frame{frame}-object{number}",
        "type": "brushlabels",
        "from_name": "tag",
        "to_name": "image",
        "original_width": rle.width,
        "original_height": rle.height,
        "image_rotation": 0,
        "value": {"format": "rle", "rle": pack_brush(decode(rle)), "brushlabels": [name]},
    }


class LabelStudioImporter(DocumentImporter):
    """Reads brushes and polygons; regions are told apart by label and order in their picture."""

    id = "label-studio"
    title = "Label Studio JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".json",), _is_tasks, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, (".json",), _is_tasks, target.name)
        document = read_json(path)
        if not isinstance(document, list):
            raise FormatError(f"'{path}' is not a list of tasks, as Label Studio exports them (JSON).")
        meta = document[0].get("meta") if document and isinstance(document[0], dict) else None
        own, notes = own_record(meta, target, path)
        gathered = Gathered(target, steps, own.known)
        gathered.budget.allow(path.stat().st_size)
        tasks = _tasks(document, gathered)
        matching = match_frames(sorted(tasks), target, own)
        for frame, name in steps(sorted((frame, name) for name, frame in matching.frames.items())):
            _gather(tasks[name], frame, one_line(name, 60), gathered)
        gathered.absent_by(own, matching.frames)
        notes += matching.notes
        if not own.objects:
            notes.append("Regions are told apart by label and their order in each picture.")
        return gathered.plan(self, path, matching.frames.values(), notes, matching.question)


def _is_tasks(path: Path) -> bool:
    found = head(path, _HEAD)
    return found.lstrip().startswith("[") and '"data"' in found and '"annotations"' in found


def _tasks(document: list[Any], gathered: Gathered) -> dict[str, list[Any]]:
    """Return the regions of each picture of the video, by its name; of two tasks of one, neither is known.

    Those without a region say nothing where another has some.
    """
    names: dict[int, str] = {}
    regions: dict[int, list[Any]] = {}
    for place, task in enumerate(document):
        with gathered.left.guard("task", f"task {place}"):
            names[place], regions[place] = _name(task), _regions(task)
    said = {name for place, name in names.items() if regions[place]}
    names = {place: name for place, name in names.items() if regions[place] or name not in said}
    of_video = of_one_video_if_alike(names, gathered.target.name, gathered.left)
    return {stem: regions[place] for stem, place in of_video.items()}


def _name(task: Any) -> str:
    """Return the name of a task's picture, with the folder it lies in."""
    data = task.get("data") if isinstance(task, dict) else None
    for value in data.values() if isinstance(data, dict) else ():
        if isinstance(value, str) and _PICTURE.search(value):
            found = PurePosixPath(unquote(value).replace("\\", "/").replace("=", "/"))
            return str(found.with_name(_UPLOADED.sub("", found.name)))
    raise FormatError("it names no picture")


def _regions(task: dict[str, Any]) -> list[Any]:
    """Return the regions of the first annotation that was not given up."""
    listed = task.get("annotations")
    for item in listed if isinstance(listed, list) else ():
        if isinstance(item, dict) and not item.get("was_cancelled") and isinstance(item.get("result"), list):
            found: list[Any] = item["result"]
            return found
    return []


def _gather(regions: list[Any], frame: int, name: str, gathered: Gathered) -> None:
    labels = {
        item.get("id"): _labels(item)
        for item in regions
        if isinstance(item, dict) and isinstance(item.get("id"), str) and _labels(item)
    }
    met: dict[str, int] = {}
    for place, item in enumerate(regions):
        where = f"{name}, region {place}"
        with gathered.left.guard("region", where):
            if not isinstance(item, dict) or not isinstance(item.get("value"), dict):
                raise FormatError("it is no region")
            kind, number = str(item.get("type")), item.get("id")
            if kind in ("labels", "choices", "textarea"):
                continue
            label = _labels(item) or labels.get(number if isinstance(number, str) else None, "")
            own = _REGION.fullmatch(number) if isinstance(number, str) else None
            key: Hashable | None = gathered.table.own(int(own[1]), label) if own else None
            if key is None:
                order = met[label] = met.get(label, 0) + 1
                key = gathered.table.meet(("order", label, order), ordered_name(label, order))
            rle, shape = _mask(item, gathered)
            if shape:
                gathered.put_shape(frame, key, rle, where, "region")
            else:
                gathered.put(frame, key, rle, where)


def _labels(item: dict[str, Any]) -> str:
    """Return the label of a region, or nothing."""
    value = item.get("value")
    for kind in ("brushlabels", "polygonlabels", "labels"):
        listed = value.get(kind) if isinstance(value, dict) else None
        if isinstance(listed, list) and listed:
            return one_line(listed[0])
    return ""


def _mask(item: dict[str, Any], gathered: Gathered) -> tuple[Rle, bool]:
    """Return a region's mask, and whether it is an outline."""
    value, target = item["value"], gathered.target
    if item.get("image_rotation"):
        raise FormatError("its picture was turned")
    size = stated_size(item.get("original_height"), item.get("original_width"), target, "it is of")
    gathered.budget.pixels(2 * size[0] * size[1])
    if "rle" in value:
        return encode(scaled_mask(unpack_brush(value["rle"], *size), target.size)), False
    if "points" in value:
        corners = paired_points(value["points"]) / 100 * np.array([size[1], size[0]])
        ring = corners * factors(size, target)
        return encode(union_rings([ring], target.size, gathered.budget)), True
    raise FormatError("it is neither a brush nor a polygon")

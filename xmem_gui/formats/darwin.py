"""V7 Darwin's JSON (version 2): raster layers, whose runs of values hold all masks of a picture or frame."""

from collections.abc import Hashable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Size
from xmem_gui.errors import FormatError
from xmem_gui.formats.finding import entries, find_folders, gather
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name
from xmem_gui.formats.image_names import of_one_video_if_alike
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.label_pictures import split_labels
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.reading import member_of, one_line, read_json, whole_number
from xmem_gui.formats.scaling import scaled, stated_size
from xmem_gui.formats.text_files import head

_HEAD = 2**16
_LAYER = "__raster_layer__"


class DarwinImporter(DocumentImporter):
    """Reads the masks of a video, or of pictures with a file each.

    An annotation of a video is one object; those of pictures are told apart by label and order. Of a video,
    only the frames are read that have a layer of their own.
    """

    id = "darwin"
    title = "V7 Darwin JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        files = gather(_find(path, target.name), lambda file: {file.stem: file})
        if not files:
            raise FormatError(f"'{path}' has no JSON files of V7 Darwin.")
        gathered = Gathered(target, steps)
        read: dict[str, dict[str, Any]] = {}
        for stem, file in files.items():
            with gathered.left.guard("file", file.name):
                document = read_json(file)
                member_of(document, "annotations", list, f"'{file.name}'")
                read[stem] = document
        videos = [one for one in read.values() if any("frames" in a for a in _annotations(one))]
        if videos:
            if len(read) > 1:
                raise FormatError(f"'{path}' holds several files; choose that of the video.")
            frames = _gather_video(videos[0], gathered, steps)
            note = "Masks are read on the frames that have a raster layer of their own."
            return gathered.plan(self, path, frames, [note])
        names = {stem: _item_name(document) or stem for stem, document in read.items()}
        of_video = of_one_video_if_alike(names, target.name, gathered.left)
        documents = {name: read[stem] for name, stem in of_video.items()}
        matching = match_frames(sorted(documents), target)
        for name, frame in steps(sorted(matching.frames.items())):
            with gathered.left.guard("file", f"{name}.json"):
                _gather_picture(documents[name], frame, name, gathered)
        return gathered.plan(self, path, matching.frames.values(), matching.notes, matching.question)


def _find(path: Path, name: str) -> list[Path]:
    if path.is_file():
        return [path] if _is_darwin(path) else []
    folders = find_folders(path, lambda folder: any(map(_is_darwin, entries(folder))), name)
    return [file for folder in folders for file in entries(folder) if _is_darwin(file)]


def _is_darwin(path: Path) -> bool:
    if path.suffix.lower() != ".json" or not path.is_file():
        return False
    found = head(path, _HEAD)
    return '"annotations"' in found and '"slots"' in found and '"item"' in found


def _item_name(document: dict[str, Any]) -> str:
    """Return the name of the picture that a file is of, with the folder it lies in, or nothing."""
    item = document.get("item")
    name, folder = (item.get("name"), item.get("path")) if isinstance(item, dict) else (None, None)
    if not isinstance(name, str) or not name:
        return ""
    return f"{folder.strip('/')}/{name}" if isinstance(folder, str) and folder.strip("/") else name


def _annotations(document: dict[str, Any]) -> list[dict[str, Any]]:
    return [item for item in document["annotations"] if isinstance(item, dict)]


def _size(document: dict[str, Any], target: ImportTarget) -> Size:
    slots = document["item"].get("slots")
    slot = slots[0] if isinstance(slots, list) and slots and isinstance(slots[0], dict) else {}
    return stated_size(slot.get("height"), slot.get("width"), target, "it is of")


def _gather_picture(document: dict[str, Any], frame: int, name: str, gathered: Gathered) -> None:
    size, names = _size(document, gathered.target), _names(document)
    keys: dict[str, Hashable] = {}
    met: dict[str, int] = {}
    for number, label in names.items():
        order = met[label] = met.get(label, 0) + 1
        keys[number] = gathered.table.meet(("order", label, order), ordered_name(label, order))
    for item in _annotations(document):
        if item.get("name") == _LAYER or "raster_layer" in item:
            _take(item.get("raster_layer"), frame, size, keys, name, gathered)
        elif str(item.get("id")) not in names:
            gathered.left.add("annotation", "it is no mask", name)


def _gather_video(document: dict[str, Any], gathered: Gathered, steps: Steps) -> list[int]:
    size = _size(document, gathered.target)
    first, total = gathered.target.first_number or 0, len(gathered.target.frame_names)
    names = _names(document)
    keys: dict[str, Hashable] = {
        number: gathered.table.meet(("annotation", number), label) for number, label in names.items()
    }
    found = []
    for item in _annotations(document):
        place = f"annotation {one_line(item.get('id', ''), 40)}"
        if item.get("name") != _LAYER:
            if str(item.get("id")) not in names:
                gathered.left.add("annotation", "it is no mask", place)
            continue
        with gathered.left.guard("raster layer", place):
            for key, value in steps(list(member_of(item, "frames", dict, "It").items())):
                where = f"frame {one_line(key, 20)}"
                with gathered.left.guard("raster layer", where):
                    frame = whole_number(int(key), "Its frame", first, first + total - 1) - first
                    _take(value.get("raster_layer"), frame, size, keys, where, gathered)
                    found.append(frame)
    return found


def _names(document: dict[str, Any]) -> dict[str, str]:
    """Return the label of each annotation that is a mask, by its id."""
    return {
        str(item.get("id")): one_line(item.get("name") or "")
        for item in _annotations(document)
        if item.get("name") != _LAYER and (_is_mask(item) or any(map(_is_mask, _states(item))))
    }


def _states(item: dict[str, Any]) -> Iterator[dict[str, Any]]:
    frames = item.get("frames")
    yield from (v for v in frames.values() if isinstance(v, dict)) if isinstance(frames, dict) else ()


def _is_mask(value: dict[str, Any]) -> bool:
    return "mask" in value


def _take(
    layer: Any, frame: int, size: Size, keys: dict[str, Hashable], place: str, gathered: Gathered
) -> None:
    """Take all masks of a layer."""
    mapping = member_of(layer, "mask_annotation_ids_mapping", dict, "It")
    gathered.budget.pixels(2 * size[0] * size[1])
    masks = dict(split_labels(_values(member_of(layer, "dense_rle", list, "It"), size), gathered))
    for number, value in mapping.items():
        with gathered.left.guard("mask", place):
            if number not in keys:
                raise FormatError("its annotation is not in the file")
            if (rle := masks.get(whole_number(value, "Its value in the layer", 1))) is not None:
                gathered.put(frame, keys[number], scaled(rle, gathered.target.size), place)


def _values(pairs: list[Any], size: Size) -> NDArray[np.int64]:
    """Return the (H, W) values of runs: a value, how often, the next value, and so on, row by row."""
    height, width = size
    if len(pairs) % 2 or len(pairs) > 2 * height * width:
        raise FormatError("its run lengths are damaged")
    if not all(type(v) is int and 0 <= v <= max(height * width, 2**31) for v in pairs):
        raise FormatError("its run lengths are not whole numbers")
    found = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    if int(found[:, 1].sum()) != height * width or found[:, 1].max() > height * width:
        raise FormatError(f"its run lengths do not fill {width} x {height} pixels")
    return np.repeat(found[:, 0], found[:, 1]).reshape(height, width)

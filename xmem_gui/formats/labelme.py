"""LabelMe's JSON: a file a frame, polygons with a label; `group_id` is the object.

A polygon of LabelMe has no holes, so each hole is joined to the outline by a seam (see `polygons`); the
parts of an object are polygons of one `group_id`. Read back by the even-odd rule, each on its own, this is
exact.
"""

import base64
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.folders import entries
from xmem_gui.formats.identity import ObjectTable
from xmem_gui.formats.importing import BaseImporter, ImportedMask, ImportPlan, ImportTarget, Steps, Unexpected
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import PICTURE, save_jpeg
from xmem_gui.formats.polygons import keyhole, trace, union
from xmem_gui.formats.reading import member, png_size, read_json, text, whole
from xmem_gui.formats.rle import Rle, decode, encode
from xmem_gui.formats.segmentation import paired_points
from xmem_gui.formats.sidecar import SIDECAR, folder_record, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.single_file import dumps
from xmem_gui.formats.staging import Stage, run_jobs
from xmem_gui.formats.unmarked import UnmarkedExporter, digest_of

_VERSION = "5.4.1"
_FRAME_LIMIT = 64 * 2**20


class LabelmeExporter(UnmarkedExporter):
    """Writes SEQUENCE/FRAME.json, and the pictures beside them if asked for."""

    id = "labelme"
    title = "LabelMe (JSON)"
    extensions = (".json",)
    writes = (PICTURE, SIDECAR)

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        sidecar = plan.destination / sidecar_name(sequence)
        targets = (plan.destination / sequence, sidecar)
        warnings = (
            ()
            if plan.request.images
            else ("LabelMe opens these only with the frames' pictures beside them.",)
        )
        files = len(plan.frames) * (1 + plan.request.images) + 1
        return Layout(
            targets,
            files,
            tuple(f"{sequence}/{name}.json" for name in plan.names[:5]),
            warnings,
            shared=shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / sequence)

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(info.id, info.name, rle) for info, rle in plan.masks(frame)]
                yield partial(one, name, masks, plan.image(frame) if plan.request.images else None)

        def one(name: str, masks: list[tuple[int, str, Rle]], image: NDArray[np.uint8] | None) -> None:
            document: dict[str, Any] = {
                "version": _VERSION,
                "flags": {},
                "shapes": [shape for number, label, rle in masks for shape in _shapes(number, label, rle)],
                "imagePath": f"{name}.jpg",
                "imageData": None,
                "imageHeight": plan.annotation.size[0],
                "imageWidth": plan.annotation.size[1],
            }
            (folder / f"{name}.json").write_text(dumps(document) + "\n", encoding="utf-8")
            if image is not None:
                save_jpeg(folder / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        sidecar = plan.destination / sidecar_name(sequence)
        place = plan.destination / sequence
        write_sidecar(stage.file(sidecar), plan, place, final=sidecar, digest=digest_of(folder))


def _shapes(number: int, label: str, rle: Rle) -> Iterator[dict[str, Any]]:
    for part in trace(decode(rle)):
        yield {
            "label": label,
            "points": keyhole(part).tolist(),
            "group_id": number,
            "description": "",
            "shape_type": "polygon",
            "flags": {},
            "mask": None,
        }


@dataclass(frozen=True)
class _Source:
    files: dict[int, Path]
    known: frozenset[int]
    ids: dict[tuple[str, int | None, int], int]


class LabelmeImporter(BaseImporter):
    """Reads polygons, rectangles, circles and masks; `group_id` is the object, else its label and order."""

    id = "labelme"
    title = "LabelMe JSON"

    def _recognises(self, path: Path) -> bool:
        folder = _folder(path, "")
        if folder is None:
            return False
        first = next(file for file in entries(folder) if _is_label(file))
        document = read_json(first, _FRAME_LIMIT)
        return isinstance(document, dict) and isinstance(document.get("shapes"), list)

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folder = _folder(path, target.name)
        if folder is None:
            raise FormatError(f"'{path}' has no LabelMe files (.json).")
        files = {file.stem: file for file in entries(folder) if _is_label(file)}
        record, told = folder_record(folder, target)
        matching = match_frames(list(files), target, record)
        warnings = [*told, *matching.notes]
        known = {info.id: info for info in record.objects.values()}
        table = ObjectTable(known)
        by_frame = {frame: files[stem] for stem, frame in matching.frames.items()}
        ids: dict[tuple[str, int | None, int], int] = {}
        masks = skipped = 0
        for frame in steps(sorted(by_frame)):
            groups, left = _groups(by_frame[frame], target.size)
            skipped += left
            masks += len(groups)
            for key in groups:
                if key in ids:
                    continue
                label, group, order = key
                if group is not None and (group in known or (not known and group > 0 and _alone(ids, key))):
                    ids[key] = table.numbered(group, label)
                else:
                    ids[key] = table.keyed(key, label + (f" {order}" if order > 1 else ""))
        if any(group is None for _, group, _ in ids):
            warnings.append(
                "Shapes without a 'group_id' are told apart by label and their order in each file."
            )
        if skipped:
            warnings.append(f"{skipped} points and lines are no masks, and left out.")
        return ImportPlan(
            self.id,
            path,
            target,
            objects=table.objects(),
            frames=tuple(sorted(by_frame)),
            masks=masks,
            warnings=tuple(warnings),
            question=matching.question,
            importer=self,
            source=_Source(by_frame, frozenset(known), ids),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        source: _Source = plan.source
        for frame in steps(plan.frames):
            groups, _ = _groups(source.files[frame], plan.target.size)
            for key, shapes in groups.items():
                if key not in source.ids:
                    raise FormatError(f"'{source.files[frame]}' has changed since it was inspected.")
                mask = np.zeros(plan.target.size, dtype=np.bool_)
                for shape in shapes:
                    mask |= _mask_of(shape, plan.target.size)
                yield ImportedMask(frame, source.ids[key], encode(mask))


def _alone(ids: dict[tuple[str, int | None, int], int], key: tuple[str, int | None, int]) -> bool:
    """Tell whether no other label has this group's number: then the number is the object's."""
    return all(group != key[1] or label == key[0] for label, group, _ in ids)


def _groups(
    path: Path, size: tuple[int, int]
) -> tuple[dict[tuple[str, int | None, int], list[dict[str, Any]]], int]:
    """Return the shapes of each object in a file by (label, group, order), and the number left out."""
    document = read_json(path, _FRAME_LIMIT)
    shapes = member(document, "shapes", list, f"'{path}'")
    found_size = (document.get("imageHeight", size[0]), document.get("imageWidth", size[1]))
    if found_size != tuple(size) and found_size != (None, None):
        raise FormatError(
            f"'{path}' is of {text(found_size[1])} x {text(found_size[0])} pixels, but the video has "
            f"{size[1]} x {size[0]}; masks must have the size of the video."
        )
    groups: dict[tuple[str, int | None, int], list[dict[str, Any]]] = {}
    met: dict[str, int] = {}
    skipped = 0
    for shape in shapes:
        label = text(member(shape, "label", str, f"A shape in '{path}'"))
        if shape.get("shape_type", "polygon") not in ("polygon", "rectangle", "circle", "mask"):
            skipped += 1
            continue
        group = shape.get("group_id")
        if group is not None:
            key: tuple[str, int | None, int] = (label, whole(group, "A 'group_id'", 0), 1)
        else:
            met[label] = met.get(label, 0) + 1
            key = (label, None, met[label])
        groups.setdefault(key, []).append(shape)
    return groups, skipped


def _mask_of(shape: dict[str, Any], size: tuple[int, int]) -> NDArray[np.bool_]:
    kind = shape.get("shape_type", "polygon")
    listed = shape.get("points")
    if kind == "polygon":
        return union([paired_points(listed)], size)
    if not isinstance(listed, list) or len(listed) != 2:
        raise FormatError(f"A {kind} has not two points.")
    (x0, y0), (x1, y1) = paired_points([*listed, listed[0]])[:2].tolist()
    if kind == "rectangle":
        return union([np.array([[x0, y0], [x1, y0], [x1, y1], [x0, y1]])], size)
    if kind == "circle":
        return _disc(x0, y0, float(np.hypot(x1 - x0, y1 - y0)), size)
    return _pasted(shape.get("mask"), min(x0, x1), min(y0, y1), size)


def _disc(x: float, y: float, radius: float, size: tuple[int, int]) -> NDArray[np.bool_]:
    rows, columns = np.arange(size[0]) + 0.5 - y, np.arange(size[1]) + 0.5 - x
    inside: NDArray[np.bool_] = rows[:, None] ** 2 + columns[None, :] ** 2 <= radius**2
    return inside


def _pasted(data: object, left: float, top: float, size: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask of a PNG in base 64, put where it belongs."""
    if not isinstance(data, str):
        raise FormatError("A mask shape has no picture.")
    raw = base64.b64decode(data, validate=True)
    found = png_size(raw)
    x, y = int(left), int(top)
    if found is None or x < 0 or y < 0 or y + found[0] > size[0] or x + found[1] > size[1]:
        raise FormatError("A mask shape has no picture that fits in its frame.")
    with Image.open(io.BytesIO(raw), formats=("PNG",)) as image:
        part = np.array(image.convert("L")) != 0
    mask = np.zeros(size, dtype=np.bool_)
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    return mask


def _is_label(path: Path) -> bool:
    return path.suffix.lower() == ".json" and path.is_file() and not path.name.endswith(".objects.json")


def _folder(path: Path, name: str) -> Path | None:
    places = [path / safe_folder(name), path] if name else [path]
    for place in places:
        if place.is_dir() and any(_is_label(file) for file in entries(place)):
            return place
    inner = [f for f in entries(path) if f.is_dir()] if path.is_dir() else []
    return inner[0] if len(inner) == 1 and any(_is_label(file) for file in entries(inner[0])) else None

"""LabelMe's JSON: a file a frame, polygons with a label; `group_id` is the object.

A polygon of LabelMe has no holes, so each hole is joined to the outline by a seam (see `polygons`); the
parts of an object are polygons of one `group_id`. Read back by the even-odd rule, each on its own, this is
exact.
"""

import base64
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.finding import entries, find_folders, gather
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.grey_png import png_bytes
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.labelme_shapes import FRAME_LIMIT as _FRAME_LIMIT
from xmem_gui.formats.labelme_shapes import gather_picture
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import PICTURE, save_jpeg
from xmem_gui.formats.polygons import keyhole, trace
from xmem_gui.formats.reading import read_json, read_text
from xmem_gui.formats.rle import Rle, decode
from xmem_gui.formats.sidecar import SIDECAR, folder_record, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.single_file import dumps
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.text_files import has_members, head
from xmem_gui.formats.unmarked import UnmarkedExporter, digest_of

_VERSION = "5.4.1"
_HEAD = 2**16


class LabelmeExporter(UnmarkedExporter):
    """Writes SEQUENCE/FRAME.json, and the pictures beside them if asked for."""

    extensions = (".json",)
    writes = (PICTURE, SIDECAR)

    def __init__(self, *, masks: bool = False) -> None:
        self.id = "labelme-masks" if masks else "labelme"
        self.title = f"LabelMe (JSON, {'masks' if masks else 'polygons'})"
        self._shapes_of = _mask if masks else _shapes

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

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / sequence)

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(info.id, info.label, rle) for info, rle in plan.masks(frame)]
                yield partial(one, name, masks, plan.image(frame) if plan.request.images else None)

        def one(name: str, masks: list[tuple[int, str, Rle]], image: NDArray[np.uint8] | None) -> None:
            document: dict[str, Any] = {
                "version": _VERSION,
                "flags": {},
                "shapes": [
                    shape for number, label, rle in masks for shape in self._shapes_of(number, label, rle)
                ],
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


def _mask(number: int, label: str, rle: Rle) -> Iterator[dict[str, Any]]:
    """Yield a mask as LabelMe keeps it: a picture of the box around it, whose corners are in it."""
    x, y, width, height = rle.bounds
    if not width:
        return
    part = decode(rle)[y : y + height, x : x + width].astype(np.uint8) * np.uint8(255)
    yield {
        "label": label,
        "points": [[float(x), float(y)], [float(x + width - 1), float(y + height - 1)]],
        "group_id": number,
        "description": "",
        "shape_type": "mask",
        "flags": {},
        "mask": base64.b64encode(png_bytes(part, "mask")).decode("ascii"),
    }


class LabelmeImporter(DocumentImporter):
    """Reads polygons, rectangles, circles and masks.

    Shapes of one label and `group_id` are one object, in all pictures; those without a group are told apart
    by label and order in their picture.
    """

    id = "labelme"
    title = "LabelMe JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        listed = _find(path, target.name)
        if not listed:
            raise FormatError(f"'{path}' has no LabelMe files (.json with shapes).")
        files = gather(listed, lambda file: {file.stem: file})
        record, told = folder_record(listed[0].parent, target)
        matching = match_frames(list(files), target, record)
        notes = [*told, *matching.notes]
        gathered = Gathered(target, steps, record.known)
        by_frame = {frame: files[stem] for stem, frame in matching.frames.items()}
        for folder in dict.fromkeys(file.parent for file in listed if path.is_dir()):
            _name_unreadable(folder, gathered)
        frames = []
        ungrouped = False
        for frame in steps(sorted(by_frame)):
            with gathered.left.guard("file", by_frame[frame].name):
                ungrouped |= gather_picture(by_frame[frame], frame, gathered)
                frames.append(frame)
        if ungrouped and not target.by_class:
            notes.append("Shapes without a 'group_id' are told apart by label and their order in each file.")
        gathered.absent_by(record, matching.frames)
        return gathered.plan(self, path, frames, notes, matching.question)


def _find(path: Path, name: str) -> list[Path]:
    """Return the LabelMe files that a path means: itself, those in it, or those in a folder below."""
    if path.is_file():
        return [path] if _is_label(path) else []
    folders = find_folders(path, lambda folder: any(map(_is_label, entries(folder))), name, patterns=["{}"])
    return [file for folder in folders for file in entries(folder) if _is_label(file)]


def _is_label(path: Path) -> bool:
    """Tell whether a file is LabelMe's: other tools and programs put their own JSON files beside."""
    if path.suffix.lower() != ".json" or not path.is_file() or path.name.endswith(".objects.json"):
        return False
    # Shapes come before the picture that may be in the file, but nothing says that they have to.
    try:
        return has_members(head(path, _HEAD), "shapes") or has_members(
            read_text(path, _FRAME_LIMIT), "shapes"
        )
    except (FormatError, OSError, UnicodeError):
        return False


def _name_unreadable(folder: Path, gathered: Gathered) -> None:
    """Note the files of a folder of LabelMe's that are no JSON: they may have been LabelMe's."""
    for path in entries(folder):
        if path.suffix.lower() == ".json" and not path.name.endswith(".objects.json") and not _is_label(path):
            with gathered.left.guard("file", path.name):
                read_json(path, _FRAME_LIMIT)

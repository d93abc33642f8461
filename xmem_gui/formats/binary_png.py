"""One black and white PNG per object and frame, in a folder per object: plain, or as SA-V keeps them."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.davis import list_masks
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.finding import entries, find_folders, has_png
from xmem_gui.formats.identity import ObjectTable
from xmem_gui.formats.importing import (
    BaseImporter,
    ImportedMask,
    ImportPlan,
    ImportTarget,
    Repair,
    Steps,
    Unexpected,
)
from xmem_gui.formats.left_out import LeftOut
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.pictures import PICTURE, save_binary, save_jpeg
from xmem_gui.formats.reading import one_line, png_file_size
from xmem_gui.formats.record import MAX_OBJECTS
from xmem_gui.formats.rle import Rle, decode, encode
from xmem_gui.formats.scaling import check_size, scaled_mask
from xmem_gui.formats.sidecar import (
    SIDECAR,
    find_sidecar,
    folder_record,
    shared_sidecar,
    sidecar_name,
    write_sidecar,
)
from xmem_gui.formats.staging import Staging, run_jobs

_SAV = "Annotations_6fps"
OBJECT_MASK = "object-mask"
"""What these files say that they are."""
_HALF = 128


class BinaryPngExporter(BaseExporter):
    """Writes SEQUENCE/OBJECT/FRAME.png, 255 where the object is; a mask that does not exist has no file."""

    extensions = (".png",)
    writes = (OBJECT_MASK, PICTURE, SIDECAR)

    def __init__(self, format_id: str, title: str, masks: str, images: str) -> None:
        self.id = format_id
        self.title = title
        self._masks = masks
        self._images = images

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        masks = self._masks.format(sequence)
        targets = [plan.destination / masks]
        chosen = {info.id for info in plan.objects}
        files = sum(
            plan.rle(frame, i) is not None
            for frame in plan.frames
            for i in plan.annotation.objects_at(frame)
            if i in chosen
        )
        if plan.request.images:
            targets.append(plan.destination / self._images.format(sequence))
            files += len(plan.frames)
        sidecar = plan.destination / sidecar_name(sequence)
        targets.append(sidecar)
        folder = folder_of(plan.objects[0]) if plan.objects else ""
        return Layout(
            tuple(targets),
            files + 1,
            tuple(f"{masks}/{folder}/{name}.png" for name in plan.names[:5]),
            shared=shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / self._masks.format(sequence))
        images = (
            stage.folder(plan.destination / self._images.format(sequence)) if plan.request.images else None
        )
        for info in plan.objects:
            (folder / folder_of(info)).mkdir()

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(folder / folder_of(info) / f"{name}.png", rle) for info, rle in plan.masks(frame)]
                image = None if images is None else plan.image(frame)
                yield partial(one, name, masks, image)

        def one(name: str, masks: list[tuple[Path, Rle]], image: NDArray[np.uint8] | None) -> None:
            for path, rle in masks:
                save_binary(path, decode(rle), OBJECT_MASK)
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        sidecar = plan.destination / sidecar_name(sequence)
        masks_at = plan.destination / self._masks.format(sequence)
        write_sidecar(stage.file(sidecar), plan, masks_at, final=sidecar)


def folder_of(info: ObjectInfo) -> str:
    """Return the name of an object's folder."""
    return f"{info.id:03d}"


@dataclass(frozen=True)
class _Source:
    files: tuple[tuple[int, int, Path], ...]
    grey: frozenset[Path]


class BinaryPngImporter(BaseImporter):
    """Reads folders of one PNG per object and frame; a folder's name is the object's number, or its name.

    Pixels of 0 and any one other value make a mask. Other levels (blended edges) are a repair: half and
    above is the object.
    """

    id = "binary-png"
    title = "one PNG per object"

    def _recognises(self, path: Path) -> bool:
        folder = _find(path, "") if path.is_dir() else None
        if folder is None:
            return False
        places = [place for place in entries(folder) if has_png(place)]
        # A numbered folder with a list of objects of its own is a sequence of index masks.
        return all(place.name.isdigit() and find_sidecar(place) is None for place in places)

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folder = _find(path, target.name)
        if folder is None:
            raise FormatError(f"'{path}' has no folders of PNG masks, one for each object.")
        left = LeftOut()
        record, told = folder_record(folder, target)
        known = record.known
        folders = [
            place for place in entries(folder) if place.is_dir() and (has_png(place) or place.name.isdigit())
        ]
        if len(folders) > MAX_OBJECTS:
            raise FormatError(f"'{folder}' holds more than {MAX_OBJECTS} objects.")
        objects, warnings = _objects(folders, known)
        listed = [(info.id, list_masks(place)) for info, place in zip(objects, folders, strict=True)]
        stems = list(dict.fromkeys(stem for _, masks in listed for stem in masks))
        matching = match_frames(stems, target, record)
        files = sorted(
            (matching.frames[stem], number, file)
            for number, masks in listed
            for stem, file in masks.items()
            if stem in matching.frames
        )
        survey = _Survey(target, left)
        for frame, number, file in steps(files):
            survey.add(frame, number, file)
        return ImportPlan(
            self.id,
            path,
            target,
            objects=tuple(sorted({info.id: info for info in (*known.values(), *objects)}.values(), key=_id)),
            frames=tuple(sorted({frame for frame, _, _ in survey.files})),
            masks=len(survey.files),
            repairs=survey.repairs(),
            warnings=(*warnings, *told, *matching.notes, *left.sentences()),
            question=matching.question,
            coverage=survey.coverage(),
            absences=survey.absences,
            left_out=left.sentences(),
            importer=self,
            source=_Source(tuple(survey.files), frozenset(survey.grey)),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # a grey mask can only be repaired
        source: _Source = plan.source
        for frame, number, file in steps(source.files):
            levels = _levels(file, plan.target)
            mask = levels >= _HALF if file in source.grey else levels != 0
            yield ImportedMask(frame, number, encode(scaled_mask(mask, plan.target.size)))


class _Survey:
    """What the files hold: those that can be read, those that are grey or empty."""

    def __init__(self, target: ImportTarget, left: LeftOut) -> None:
        self._target, self._left = target, left
        self.files: list[tuple[int, int, Path]] = []
        self.grey: list[Path] = []
        self.absences = 0

    def add(self, frame: int, number: int, file: Path) -> None:
        with self._left.guard("mask", f"{file.parent.name}/{file.name}"):
            levels = _levels(file, self._target)
            grey = not _is_binary(levels)
            mask = levels >= _HALF if grey else levels != 0
            if levels.any() and not scaled_mask(mask, self._target.size).any():
                raise FormatError("nothing of it is left at the size of the video, or as black and white")
            self.files.append((frame, number, file))
            if grey:
                self.grey.append(file)
            self.absences += not levels.any()

    def coverage(self) -> dict[int, tuple[int, ...]]:
        frames: dict[int, list[int]] = {}
        for frame, number, _ in self.files:
            frames.setdefault(number, []).append(frame)
        return {number: tuple(found) for number, found in frames.items()}

    def repairs(self) -> tuple[Repair, ...]:
        if not self.grey:
            return ()
        sentence = (
            f"{len(self.grey)} masks such as '{self.grey[0].name}' are not black and white; a repair takes "
            "as the object what is half white or more."
        )
        return (Repair("grey masks", sentence),)


def _id(info: ObjectInfo) -> int:
    return info.id


def _find(path: Path, name: str) -> Path | None:
    """Return the folder whose folders are objects: the path, or one below it, or in SA-V's folder."""
    found = find_folders(path, _holds_objects, name, patterns=["{}", f"{_SAV}/{{}}"], deep=False)
    return found[0] if found else None


def _holds_objects(folder: Path) -> bool:
    return folder.is_dir() and not has_png(folder) and any(has_png(inner) for inner in entries(folder))


def _objects(folders: list[Path], known: dict[int, ObjectInfo]) -> tuple[list[ObjectInfo], list[str]]:
    """Return the object of each folder, and what to tell the person."""
    numbers = [
        int(f.name) if f.name.isascii() and f.name.isdigit() and len(f.name) < 8 else None for f in folders
    ]
    alike = {number for number, count in Counter(numbers).items() if count > 1}
    table = ObjectTable(known)
    keys = []
    for place, (folder, number) in enumerate(zip(folders, numbers, strict=True)):
        if number is None or number in alike:
            keys.append(table.meet(("folder", place), one_line(folder.name)))
        else:
            keys.append(table.own(number) or table.meet(("number", number), "", number))
    found = table.decide()
    return [found[key] for key in keys], table.notes


def _levels(path: Path, target: ImportTarget) -> NDArray[np.uint8]:
    """Return the (H, W) levels of a mask, 0 to 255; its size is known before it is decoded."""
    check_size(png_file_size(path), target, "it is of")
    with Image.open(path, formats=("PNG",)) as image:
        image.load()
        if image.mode == "P":
            return np.array(image, dtype=np.uint8)
        if image.mode.startswith("I"):
            wide = np.asarray(image).astype(np.int64)
            return (wide * 255 // max(int(wide.max()), 1)).clip(0, 255).astype(np.uint8)
        if image.mode in ("LA", "RGBA") and image.getchannel("A").getextrema() != (255, 255):
            return _opaque(image)
        return np.array(image.convert("L"), dtype=np.uint8)


def _opaque(image: Image.Image) -> NDArray[np.uint8]:
    """Return the (H, W) levels of a cut-out, in which the object is what is not transparent."""
    alpha = np.array(image.getchannel("A"), dtype=np.uint8)
    if not alpha.any() and np.asarray(image.convert("L")).any():
        raise FormatError("it is transparent everywhere, and has a picture all the same")
    return alpha


def _is_binary(levels: NDArray[np.uint8]) -> bool:
    counts = np.bincount(levels.ravel(), minlength=256)
    return int(np.count_nonzero(counts[1:])) <= 1

"""Pascal VOC's masks, as CVAT's "Segmentation mask" writes them too: ``SegmentationObject`` and its classes.

The numbers of objects begin anew in each picture, so that they tell nothing from one to the next. Objects are
followed by how much they overlap instead.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pycocotools import mask as coco

from xmem_gui.arrays import Colour, Mask
from xmem_gui.errors import FormatError
from xmem_gui.formats.davis import list_masks, read_index_mask
from xmem_gui.formats.finding import find_folders, gather, has_png
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.label_pictures import split_labels
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.formats.reading import one_line, png_file_size, read_text
from xmem_gui.formats.record import Record
from xmem_gui.formats.rle import Rle, decode
from xmem_gui.formats.scaling import check_size, scaled
from xmem_gui.formats.sidecar import folder_record

OBJECTS, CLASSES, LABELS = "SegmentationObject", "SegmentationClass", "labelmap.txt"
_VOID = 255
"""The border between objects, which is of none."""
_LABELS_LIMIT = 2**20
_VOC = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable",
    "dog", "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


class VocImporter(DocumentImporter):
    """Reads ``SegmentationObject``; names of classes are from ``SegmentationClass`` and ``labelmap.txt``."""

    id = "voc"
    title = "Pascal VOC segmentation"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folders = _find(path, target.name)
        if not folders:
            raise FormatError(f"'{path}' has no folder '{OBJECTS}' of PNG masks.")
        files = gather(folders, list_masks)
        record, told = folder_record(folders[0], target)
        matching = match_frames(list(files), target, record)
        gathered = Gathered(target, steps, record.known)
        linker = Linker()
        names = _names(folders[0].parent, gathered)
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("mask", files[stem].name):
                _take(files[stem], frame, linker, names, gathered, record)
                frames.append(frame)
        gathered.absent_by(record, matching.frames)
        notes = [*told, *matching.notes]
        if len(frames) > 1 and not record.objects:
            notes.append(
                f"Numbers in '{OBJECTS}' begin anew in each picture: objects are followed by their overlap "
                "from one to the next. Look whether that is right."
            )
        return gathered.plan(self, path, frames, notes, matching.question)


class Linker:
    """Follows masks from picture to picture: each goes on with the object of its class that it overlaps most.

    No two masks of a picture go on with one object.
    """

    def __init__(self, *, least: float = 0.1, pictures: int = 10) -> None:
        self._least = least
        self._pictures = pictures
        self._last: dict[int, tuple[int, str, Rle]] = {}
        self._met = 0
        self._at = 0

    def follow(self, masks: Sequence[tuple[str, Rle]]) -> list[int]:
        """Return the object of each (class, mask) of the next picture, by a number from 1."""
        self._at += 1
        self._last = {n: last for n, last in self._last.items() if last[0] >= self._at - self._pictures}
        before = list(self._last.items())
        found = [0] * len(masks)
        for row, number in self._pairs(masks, before):
            if not found[row] and number not in found:
                found[row] = number
        for row, (name, rle) in enumerate(masks):
            if not found[row]:
                self._met += 1
                found[row] = self._met
            self._last[found[row]] = (self._at, name, rle)
        return found

    def _pairs(
        self, masks: Sequence[tuple[str, Rle]], before: list[tuple[int, tuple[int, str, Rle]]]
    ) -> list[tuple[int, int]]:
        """Return (place of a mask, object) of those that overlap, the closest first."""
        if not masks or not before:
            return []
        new = [rle.to_coco() for _, rle in masks]
        old = [rle.to_coco() for _, (_, _, rle) in before]
        shares = np.asarray(coco.iou(new, old, [0] * len(old)))
        pairs = [
            (-float(shares[row, column]), row, number)
            for row, (name, _) in enumerate(masks)
            for column, (number, (_, was, _)) in enumerate(before)
            if name == was and shares[row, column] >= self._least
        ]
        return [(row, number) for _, row, number in sorted(pairs)]


def _find(path: Path, name: str) -> list[Path]:
    return find_folders(path, lambda folder: folder.name == OBJECTS and has_png(folder), name)


def _take(
    path: Path,
    frame: int,
    linker: Linker,
    names: dict[Colour, str],
    gathered: Gathered,
    record: Record,
) -> None:
    """Take the objects of one picture."""
    target = gathered.target
    size = png_file_size(path)
    check_size(size, target, "it is of")
    numbers = read_index_mask(path, size=size, objects=range(1, 256))
    gathered.budget.pixels(2 * size[0] * size[1])
    classes = None if record.objects else _classes(path, size, names, gathered)
    found = []
    for number, inside in split_labels(numbers.astype(np.int64), gathered):
        if number == _VOID:
            continue
        rle = scaled(inside, target.size)
        if number in record.objects:
            gathered.put_shape(frame, own_key(record.objects[number].id), rle, path.name, "mask")
        elif rle.area:
            name = "" if classes is None else _class_of(decode(inside), classes, names)
            found.append((name, rle))
    for (name, rle), linked in zip(found, linker.follow(found), strict=True):
        key = gathered.table.meet(("linked", linked), name)
        gathered.put(frame, key, rle, path.name)


def _classes(
    path: Path, size: tuple[int, int], names: dict[Colour, str], gathered: Gathered
) -> NDArray[np.uint8] | None:
    """Return the (H, W, 3) colours of the classes beside a picture of objects, or None if there are none."""
    beside = path.parent.parent / CLASSES / path.name
    if not names or not beside.is_file():
        return None
    found: NDArray[np.uint8] | None = None
    with gathered.left.guard("picture of classes", beside.name):
        check_size(png_file_size(beside), ImportTarget(size, ()), "it is of")
        with Image.open(beside, formats=("PNG",)) as image:
            found = np.asarray(image.convert("RGB"))
    return found


def _class_of(inside: Mask, classes: NDArray[np.uint8], names: dict[Colour, str]) -> str:
    """Return the name of the class that most of an object's pixels are of, or nothing."""
    colours, counts = np.unique(classes[inside], axis=0, return_counts=True)
    red, green, blue = (int(v) for v in colours[int(counts.argmax())])
    return names.get((red, green, blue), "")


def _names(root: Path, gathered: Gathered) -> dict[Colour, str]:
    """Return the names of classes by colour: those of ``labelmap.txt``, else Pascal VOC's own."""
    listed = root / LABELS
    if not listed.is_file():
        colours = (tuple(DAVIS_PALETTE[3 * n : 3 * n + 3]) for n in range(1, len(_VOC) + 1))
        return {(red, green, blue): name for (red, green, blue), name in zip(colours, _VOC, strict=True)}
    found: dict[Colour, str] = {}
    with gathered.left.guard("list of classes", listed.name):
        for row, line in enumerate(read_text(listed, _LABELS_LIMIT).splitlines(), 1):
            if not line.strip() or line.startswith("#"):
                continue
            with gathered.left.guard("line", f"{listed.name}, line {row}"):
                name, colour, *_ = line.split(":")
                if not colour.strip():
                    continue  # datumaro lists labels without colours
                red, green, blue = (int(v) for v in colour.split(","))
                if (red, green, blue) != (0, 0, 0):
                    found[red, green, blue] = one_line(name)
    return found

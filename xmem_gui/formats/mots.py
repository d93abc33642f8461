"""MOTS, as KITTI MOTS and CVAT keep it: 16-bit PNGs, or lines of run lengths in a text file.

An object's value is its class times 1000 and its number within the class; 10000 is a region to be ignored.
No pixel is of two objects.
"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.grey_png import write_grey
from xmem_gui.formats.label_pictures import visible_in
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import PICTURE, flatten_wide, save_jpeg
from xmem_gui.formats.reading import one_line, read_text
from xmem_gui.formats.rle import Rle, encode
from xmem_gui.formats.sidecar import SIDECAR, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.unmarked import UnmarkedExporter, digest_of

MOTS_MASK = "mots-mask"
"""What MOTS's pictures that were exported say that they are."""
INSTANCES = 1000
"""How many objects of one class there can be."""
IGNORED = 10
"""The class of regions that are no objects."""
LABELS = "labels.txt"
KITTI = {1: "car", 2: "pedestrian"}
"""The classes of KITTI MOTS."""
_LABELS_LIMIT = 2**20
_LAST_CLASS = 64
"""The highest class whose objects all fit 16 bits."""


def read_labels(path: Path) -> list[str]:
    """Return the classes that a text file lists by their numbers, the first the background; or nothing."""
    if not path.is_file():
        return []
    return [one_line(line) for line in read_text(path, _LABELS_LIMIT).splitlines()]


def classes_of(objects: Sequence[ObjectInfo], listed: Sequence[str] = ()) -> dict[str, int]:
    """Return the class of each label: the number that a list has for it, KITTI's, else a free one."""
    known = {name: n for n, name in enumerate(listed) if n and name} or {name: n for n, name in KITTI.items()}
    first = max(known.values()) + 1
    free = (n for n in range(first, first + len(objects) + 1) if n != IGNORED)
    found: dict[str, int] = {}
    for info in sorted(objects, key=lambda info: info.id):
        name = one_line(info.label)
        if info.label not in found:
            found[info.label] = known[name] if known.get(name, IGNORED) != IGNORED else next(free)
    return found


def class_values(objects: Sequence[ObjectInfo], classes: dict[str, int]) -> dict[int, int]:
    """Return the value of each object by id: its own number is kept where it is below 1000."""
    found: dict[int, int] = {}
    taken: set[int] = set()
    ordered = sorted(objects, key=lambda info: (info.id >= INSTANCES, info.id))
    for info in ordered:
        base = INSTANCES * classes[info.label]
        value = base + info.id if info.id < INSTANCES else base + 1
        while value in taken:
            value += 1
        taken.add(value)
        found[info.id] = value
    return found


def _too_many(objects: Sequence[ObjectInfo], classes: dict[str, int]) -> tuple[str, ...]:
    of_class: dict[int, int] = {}
    for info in objects:
        kind = classes[info.label]
        of_class[kind] = of_class.get(kind, 0) + 1
    if max(of_class, default=0) <= _LAST_CLASS and max(of_class.values(), default=0) < INSTANCES:
        return ()
    return (
        f"MOTS holds {_LAST_CLASS} classes (names) of up to {INSTANCES - 1} objects; choose fewer objects.",
    )


class MotsPngExporter(BaseExporter):
    """Writes instances/VIDEO/FRAME.png of 16 bits, and the list of classes beside."""

    id = "mots-png"
    title = "MOTS (PNG)"
    extensions = (".png",)
    writes = (MOTS_MASK, PICTURE, SIDECAR)

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        sidecar = plan.destination / sidecar_name(sequence)
        targets = [plan.destination / "instances" / sequence, sidecar]
        shared = shared_sidecar(sidecar)
        labels = plan.destination / "instances" / LABELS
        if (listed := self._labels(plan)) != (before := read_labels(labels)):
            targets.append(labels)
            if before and listed[: len(before)] == before:
                shared = (*shared, labels)
        if plan.request.images:
            targets.append(plan.destination / "images" / sequence)
        return Layout(
            tuple(targets),
            len(plan.frames) * (1 + plan.request.images) + len(targets) - 1 - plan.request.images,
            tuple(f"instances/{sequence}/{name}.png" for name in plan.names[:5]),
            lost_by_overlaps(plan),
            _too_many(plan.objects, self._classes(plan)),
            shared,
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        target = plan.destination / "instances" / sequence
        folder = stage.folder(target)
        images = stage.folder(plan.destination / "images" / sequence) if plan.request.images else None
        values = class_values(plan.objects, self._classes(plan))
        if (labels := plan.destination / "instances" / LABELS) in plan.targets:
            lines = "".join(f"{line}\n" for line in self._labels(plan))
            stage.file(labels).write_text(lines, encoding="utf-8")

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(values[info.id], rle) for info, rle in plan.masks(frame)]
                yield partial(one, name, masks, None if images is None else plan.image(frame))

        def one(name: str, masks: list[tuple[int, Rle]], image: NDArray[np.uint8] | None) -> None:
            write_grey(folder / f"{name}.png", flatten_wide(masks, plan.annotation.size), MOTS_MASK)
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        sidecar = plan.destination / sidecar_name(sequence)
        write_sidecar(stage.file(sidecar), plan, target, values, final=sidecar)

    def _classes(self, plan: ExportPlan) -> dict[str, int]:
        return classes_of(plan.objects, read_labels(plan.destination / "instances" / LABELS))

    def _labels(self, plan: ExportPlan) -> list[str]:
        """Return the list of classes that these objects need: what is there stays as it is."""
        listed = read_labels(plan.destination / "instances" / LABELS) or ["background", *KITTI.values()]
        for name, number in sorted(self._classes(plan).items(), key=lambda item: item[1]):
            listed += [f"class {n}" if n != IGNORED else "ignored" for n in range(len(listed), number)]
            if number == len(listed):
                listed.append(one_line(name))
        return listed


class MotsTxtExporter(UnmarkedExporter):
    """Writes instances_txt/VIDEO.txt, a line for each object in a frame."""

    id = "mots-txt"
    title = "MOTS (text)"
    extensions = (".txt",)
    writes = (SIDECAR,)
    takes_images = False

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        sidecar = plan.destination / sidecar_name(sequence)
        warnings: tuple[str, ...] = ()
        if plan.request.naming.pattern is not None:
            warnings = ("MOTS's text numbers frames as the video does; the name pattern is not used.",)
        return Layout(
            (plan.destination / "instances_txt" / f"{sequence}.txt", sidecar),
            2,
            (f"instances_txt/{sequence}.txt",),
            (*warnings, *lost_by_overlaps(plan)),
            _too_many(plan.objects, classes_of(plan.objects)),
            shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        target = plan.destination / "instances_txt" / f"{sequence}.txt"
        values = class_values(plan.objects, classes_of(plan.objects))
        height, width = plan.annotation.size
        found: dict[int, str] = {}

        def jobs() -> Iterator[Callable[[], None]]:
            for frame in plan.frames:
                yield partial(one, frame, [(values[info.id], rle) for info, rle in plan.masks(frame)])

        def one(frame: int, masks: list[tuple[int, Rle]]) -> None:
            lines = []
            for value, rle in _apart(masks, plan.annotation.size):
                counts = rle.to_coco()["counts"]
                counts = counts.decode("ascii") if isinstance(counts, bytes) else counts
                lines.append(f"{frame} {value} {value // INSTANCES} {height} {width} {counts}\n")
            found[frame] = "".join(lines)

        run_jobs(jobs(), tick)
        staged = stage.file(target)
        staged.write_text("".join(found[frame] for frame in plan.frames), encoding="ascii")
        sidecar = plan.destination / sidecar_name(sequence)
        digest = digest_of(staged)
        write_sidecar(stage.file(sidecar), plan, target, values, final=sidecar, digest=digest)


def _apart(masks: list[tuple[int, Rle]], size: tuple[int, int]) -> Iterator[tuple[int, Rle]]:
    """Yield (value, mask) of the objects of a frame that can be seen, without what lies below others."""
    if len(masks) == 1:
        yield from ((value, rle) for value, rle in masks if rle.area)
        return
    picture = flatten_wide(masks, size)
    for value in visible_in(picture):
        yield value, encode(picture == value)


def parse_line(line: str) -> tuple[int, int, int, dict[str, object]]:
    """Return (frame, value, class, COCO RLE) of a line.

    Raises
    ------
    FormatError
        If it is none.
    """
    fields = line.split()
    if len(fields) != 6 or not all(f.isascii() and f.isdigit() and len(f) < 10 for f in fields[:5]):
        raise FormatError("it is not a frame, an object, a class, a size and run lengths")
    frame, value, number, height, width = (int(field) for field in fields[:5])
    return frame, value, number, {"size": [height, width], "counts": fields[5]}

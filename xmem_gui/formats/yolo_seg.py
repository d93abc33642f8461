"""YOLO segmentation labels: a text file a frame, a line an object: its class, then one polygon.

Corners are in shares of the width and height.

A line holds one ring and no more, so holes and further parts are joined to it by seams (see `polygons`), as
Ultralytics does too; read back by the even-odd rule this is exact. Readers cut corners to whole pixels or
round them, and fill with the outline (see `outlines`); so the corners written lie in the first half of the
outermost pixels, and other tools' are read as theirs. Lines keep no identity: objects are told apart by class
(one for each class or name) and, within a class, by their order, unless each class is said to be one object.
"""

import contextlib
import json
from collections.abc import Callable, Hashable, Iterator
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.finding import entries, find_folders, gather
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import ordered_name, own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.outlines import settled_corners
from xmem_gui.formats.pictures import PICTURE, save_jpeg
from xmem_gui.formats.polygons import join, keyhole, trace
from xmem_gui.formats.reading import one_line, read_text
from xmem_gui.formats.record import Record
from xmem_gui.formats.rle import Rle, decode, encode
from xmem_gui.formats.segmentation import MAX_POINTS, checked_corners, outlined
from xmem_gui.formats.sidecar import SIDECAR, folder_record, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.text_files import head
from xmem_gui.formats.unmarked import UnmarkedExporter, digest_of
from xmem_gui.formats.yolo_names import MAX_CLASS, YAML, class_names
from xmem_gui.formats.yolo_tails import Tail, tail_of
from xmem_gui.outputs import mark

_ALONE = ("a confidence", "the number of a track")
_OTHER_TEXTS = ("classes.txt", "train.txt", "val.txt", "test.txt")


class YoloSegExporter(UnmarkedExporter):
    """Writes labels/SEQUENCE/FRAME.txt and SEQUENCE.yaml; a frame without objects is an empty file."""

    id = "yolo-seg"
    title = "YOLO segmentation"
    extensions = (".txt",)
    writes = (PICTURE, SIDECAR)

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        targets = [plan.destination / "labels" / sequence]
        if plan.request.images:
            targets.append(plan.destination / "images" / sequence)
        sidecar = plan.destination / sidecar_name(sequence)
        targets += [plan.destination / f"{sequence}.yaml", sidecar]
        names = [info.label for info in plan.objects]
        warnings: tuple[str, ...] = ()
        if len(set(names)) < len(names):
            what = "class" if any(info.category for info in plan.objects) else "name"
            warnings = (
                f"Some objects share a {what}: other programs cannot tell these apart in YOLO labels.",
            )
        files = len(plan.frames) * (1 + plan.request.images) + 2
        return Layout(
            tuple(targets),
            files,
            tuple(f"labels/{sequence}/{name}.txt" for name in plan.names[:5]),
            warnings,
            shared=shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / "labels" / sequence)
        images = stage.folder(plan.destination / "images" / sequence) if plan.request.images else None
        by_id = sorted(plan.objects, key=lambda info: info.id)
        names = list(dict.fromkeys(info.label for info in by_id))
        classes = {info.id: names.index(info.label) for info in by_id}
        ids: dict[str, list[int]] = {}

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = sorted((info.id, rle) for info, rle in plan.masks(frame) if rle.area)
                if len(names) < len(by_id):
                    ids[name] = [number for number, _ in masks]
                yield partial(one, name, masks, None if images is None else plan.image(frame))

        def one(name: str, masks: list[tuple[int, Rle]], image: NDArray[np.uint8] | None) -> None:
            lines = [_line(classes[number], rle) for number, rle in masks]
            (folder / f"{name}.txt").write_text("".join(lines), encoding="ascii")
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        listed = "".join(f"  {n}: {_quoted(one_line(name))}\n" for n, name in enumerate(names))
        images_at = _quoted(f"images/{sequence}")
        stage.file(plan.destination / f"{sequence}.yaml").write_text(
            # Without a 'path', Ultralytics takes what follows from where this file lies.
            f"# {mark(self.id)}\ntrain: {images_at}\nval: {images_at}\nnames:\n{listed}",
            encoding="utf-8",
        )
        numbers = {info.id: number for number, info in enumerate(by_id, 1)}
        sidecar = plan.destination / sidecar_name(sequence)
        labels = plan.destination / "labels" / sequence
        digest = digest_of(folder)
        write_sidecar(stage.file(sidecar), plan, labels, numbers, final=sidecar, digest=digest, lines=ids)


def _quoted(value: str) -> str:
    """Return a string as YAML (and JSON) quote it."""
    return json.dumps(value, ensure_ascii=False)


def _line(number: int, rle: Rle) -> str:
    parts = trace(decode(rle))
    if not parts:
        return ""
    ring = settled_corners(join([keyhole(part) for part in parts])) / (rle.width, rle.height)
    return " ".join([str(number), *(f"{v:.9g}" for v in ring.ravel())]) + "\n"


class YoloSegImporter(DocumentImporter):
    """Reads a folder of labels, or the YAML file beside it; polygons are filled with their outline."""

    id = "yolo-seg"
    title = "YOLO segmentation labels"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folders = _find(path, target.name)
        if not folders:
            raise FormatError(f"'{path}' has no folder of label files (.txt).")
        folder = folders[0]
        files = gather(folders, _labels)
        record, told = folder_record(folder, target)
        matching = match_frames(list(files), target, record)
        notes = [*told, *matching.notes]
        names, unnamed = class_names(path, folder)
        notes += unnamed
        gathered = Gathered(target, steps, record.known)
        by_frame = {frame: files[stem] for stem, frame in matching.frames.items()}
        frames = []
        tail = tail_of(fields for path in by_frame.values() for fields in _fields(path))
        if tail.fields:
            behind = "a confidence and the number of a track" if tail.fields > 1 else _ALONE[tail.tracked]
            notes.append(f"Behind the corners of each line stands {behind}.")
        found = _Lines(gathered, names, record, tail)
        for frame in steps(sorted(by_frame)):
            with gathered.left.guard("file", by_frame[frame].name):
                found.take(frame, by_frame[frame])
                frames.append(frame)
        if found.several:
            notes.append(
                "Objects of one class are told apart by their order in each file, unless each class is to be "
                "one object (--by-class)."
            )
        if found.outside:
            notes.append(f"{found.outside} polygons reach beyond the picture, and are cut at its edge.")
        gathered.absent_by(record, matching.frames)
        return gathered.plan(self, path, frames, notes, matching.question)


class _Lines:
    """Takes the lines of one label file after the other: a class, then the corners of a polygon."""

    def __init__(self, gathered: Gathered, names: dict[int, str], record: Record, tail: Tail) -> None:
        self._gathered, self._names, self._record, self._tail = gathered, names, record, tail
        self._known = _known(record, names)
        self._size = record.size or gathered.target.size
        self._by_class = gathered.target.by_class and not record.objects
        self.several = False
        self.outside = 0

    def take(self, frame: int, path: Path) -> None:
        met: dict[int, int] = {}
        rows = [(row, line.split()) for row, line in enumerate(read_text(path).splitlines(), 1)]
        rows = [(row, fields) for row, fields in rows if fields]
        listed = self._record.lines.get(path.stem, ())
        # A file that has been changed since is told apart as others' are.
        ids = listed if len(listed) == len(rows) else (None,) * len(rows)
        for (row, fields), own in zip(rows, ids, strict=True):
            place = f"{path.name}, line {row}"
            with self._gathered.left.guard("line", place):
                number = _class_of(fields[0])
                order = met[number] = 1 if self._by_class else met.get(number, 0) + 1
                corners, track = self._tail.split(fields) if len(fields) > 6 else (fields, None)
                if len(corners) in (5, 6):
                    raise FormatError("a box is no mask")
                rle = self._polygon(_corners(corners[1:], self._size))
                if track is None:
                    key = self._key_of(number, order, own)
                else:
                    name = self._names.get(number, f"class {number}")
                    key = self._gathered.table.meet(("track", track, number), name, track)
                self._gathered.put(frame, key, rle, place)

    def _key_of(self, number: int, order: int, own: int | None) -> Hashable:
        """Return the object of a line: the one that our list has for it, or by its class and order in it."""
        name = self._names.get(number, f"class {number}")
        if own is not None and (key := self._gathered.table.own(own, name)) is not None:
            return key
        self.several |= order > 1
        if (number, order) in self._known:
            return own_key(self._known[number, order].id)
        return self._gathered.table.meet(("class", number, order), ordered_name(name, order))

    def _polygon(self, ring: Points) -> Rle:
        size = self._size
        self.outside += bool((ring < -0.5).any() or (ring > np.array(size[::-1]) + 0.5).any())
        rle = encode(outlined([ring], size, self._gathered, default=True))
        if not rle.area:
            raise FormatError("it covers no pixel of the picture")
        return rle


def _class_of(field: str) -> int:
    """Return the class that a line begins with; NumPy writes whole numbers as ``0.000000e+00`` too."""
    try:
        number = float(field)
    except ValueError:
        number = -1.0
    if not (0 <= number <= MAX_CLASS and number == int(number)):
        raise FormatError("it does not begin with the number of a class")
    return int(number)


def _corners(fields: list[str], size: tuple[int, int]) -> Points:
    """Return the (N, 2) corners in pixels of a line's shares of the width and height."""
    if len(fields) < 6 or len(fields) % 2:
        raise FormatError("it is not a class and the corners of a polygon")
    if len(fields) > 2 * MAX_POINTS:
        raise FormatError("it has too many corners")
    ring: Points = np.array(fields, dtype=np.float64).reshape(-1, 2) * (size[1], size[0])
    return checked_corners(ring)


def _fields(path: Path) -> Iterator[list[str]]:
    """Yield the fields of each line of a file; none of one that cannot be read."""
    with contextlib.suppress(FormatError, OSError):
        yield from (line.split() for line in read_text(path).splitlines())


def _is_label(path: Path) -> bool:
    """Tell whether a text file is one of labels: the first thing in it is a number, or there is nothing."""
    if path.suffix.lower() != ".txt" or not path.is_file() or path.name in _OTHER_TEXTS:
        return False
    if "ImageSets" in path.parts[-4:]:  # lists of pictures, as Pascal VOC and DAVIS have them
        return False
    return head(path, 256).lstrip()[:1] in ("", *"0123456789")


def _find(path: Path, name: str) -> list[Path]:
    """Return the folders of labels that a folder, or a data set's YAML file, means."""
    root = path
    if path.suffix.lower() in YAML and path.is_file():
        root, own = path.parent, safe_folder(path.stem)
        name = own if (root / "labels" / own).is_dir() else name
    return find_folders(root, _holds_labels, name, patterns=["labels", "labels/{}"])


def _holds_labels(folder: Path) -> bool:
    return any(map(_is_label, entries(folder)))


def _labels(folder: Path) -> dict[str, Path]:
    """Return the label files of a folder; one that begins with something odd is one if it has a number."""
    return {file.stem: file for file in entries(folder) if _is_label(file) or _is_numbered(file)}


def _is_numbered(path: Path) -> bool:
    usual = path.suffix.lower() == ".txt" and path.name not in _OTHER_TEXTS
    return usual and path.is_file() and any(map(str.isdecimal, path.stem))


def _known(record: Record, names: dict[int, str]) -> dict[tuple[int, int], ObjectInfo]:
    """Return the objects that a list of ours names, by (class, order)."""
    classes = {name: number for number, name in names.items()}
    met: dict[str, int] = {}
    found = {}
    for _, info in sorted(record.objects.items()):
        order = met[info.label] = met.get(info.label, 0) + 1
        if info.label in classes:
            found[classes[info.label], order] = info
    return found

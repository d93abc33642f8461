"""The layout of the Cell Tracking Challenge: a label picture a frame, and ``man_track.txt``.

A line ``L B E P`` says that the label L is there from frame B to frame E, and goes on from label P (0: from
none). A label has no gaps there, so an object that comes back gets another label, whose parent is the last.
Read back, the only child of a label is the same object; children of a label that has several are objects of
their own, as a cell that divides becomes two.
"""

import re
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError, OutputError
from xmem_gui.formats.annotation import Annotation
from xmem_gui.formats.exporting import ExportPlan, ExportRequest, Layout, Tick
from xmem_gui.formats.finding import entries, find_folders
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.index_png import numbers_of
from xmem_gui.formats.label_pictures import (
    MOST,
    TIFF,
    labels_of,
    more_than_labels,
    opened,
    split_labels,
    visible_in,
    write_labels,
)
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.naming import Naming, safe_folder
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import flatten_wide
from xmem_gui.formats.reading import read_text
from xmem_gui.formats.record import Record
from xmem_gui.formats.scaling import scaled
from xmem_gui.formats.sidecar import SIDECAR, folder_record, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.formats.unmarked import UnmarkedExporter, digest_of

_TRACKS = ("man_track.txt", "res_track.txt")
_PICTURE = re.compile(r"(?:man_track|mask)[0-9]+", re.IGNORECASE)
_TRACKS_LIMIT = 2**26
_LABEL = "label-picture"
"""What these pictures say that they are."""


class CellTrackingExporter(UnmarkedExporter):
    """Writes SEQUENCE_GT/TRA/man_trackNNN.tif, named by the video's frame numbers, and man_track.txt."""

    id = "ctc"
    title = "Cell Tracking Challenge"
    extensions = (".tif",)
    writes = (_LABEL, SIDECAR)
    takes_images = False

    def plan(self, annotation: Annotation, request: ExportRequest, destination: Path) -> ExportPlan:
        """Say what would be written; the layout has its own names of files."""
        digits = max(3, len(str(max(annotation.frames - 1, 0))))
        own = replace(request, naming=Naming(f"man_track%0{digits}d"))
        plan = super().plan(annotation, own, destination)
        if request.naming.pattern is None:
            return plan
        note = "These files number frames as the video does; the name pattern is not used."
        return replace(plan, warnings=(*plan.warnings, note))

    def _layout(self, plan: ExportPlan) -> Layout:
        folder, sidecar = _places(plan)
        inside = folder.relative_to(plan.destination).as_posix()
        return Layout(
            (folder, sidecar),
            len(plan.frames) + 2,
            tuple(f"{inside}/{name}.tif" for name in plan.names[:5]),
            lost_by_overlaps(plan),
            more_than_labels(plan.objects),
            shared=shared_sidecar(sidecar),
        )

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        place, sidecar = _places(plan)
        folder = stage.folder(place)
        numbers = numbers_of(plan.objects, MOST)
        tracks = _Tracks(numbers.values())

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = ((numbers[info.id], rle) for info, rle in plan.masks(frame))
                labels = tracks.follow(frame, flatten_wide(masks, plan.annotation.size))
                yield partial(write_labels, folder / f"{name}.tif", labels, _LABEL)

        run_jobs(jobs(), tick)
        (folder / _TRACKS[0]).write_text(tracks.table(), encoding="ascii")
        write_sidecar(stage.file(sidecar), plan, place, numbers, final=sidecar, digest=digest_of(folder))


class _Tracks:
    """Gives every object a label for each stretch of frames in which it is seen."""

    def __init__(self, numbers: Iterable[int]) -> None:
        self._free = max([0, *numbers]) + 1
        self._label: dict[int, int] = {}
        self._rows: dict[int, list[int]] = {}
        self._before: set[int] = set()

    def follow(self, frame: int, labels: NDArray[np.uint16]) -> NDArray[np.uint16]:
        """Return the (H, W) labels of the next frame for its object numbers."""
        seen = visible_in(labels)
        for number in seen:
            if number not in self._label:
                self._begin(number, number, frame, 0)
            elif number not in self._before:
                self._begin(number, self._free, frame, self._label[number])
                self._free += 1
            self._rows[self._label[number]][2] = frame
        self._before = set(seen)
        if all(self._label[number] == number for number in seen):
            return labels
        table = np.arange(max(seen) + 1, dtype=np.uint16)
        for number in seen:
            table[number] = self._label[number]
        found: NDArray[np.uint16] = table[labels]
        return found

    def _begin(self, number: int, label: int, frame: int, parent: int) -> None:
        if label > MOST:
            raise OutputError(
                f"Objects come and go so often that there are above {MOST} labels; choose fewer."
            )
        self._label[number] = label
        self._rows[label] = [label, frame, frame, parent]

    def table(self) -> str:
        """Return the lines of the list of tracks."""
        return "".join(" ".join(map(str, row)) + "\n" for _, row in sorted(self._rows.items()))


class CellTrackingImporter(DocumentImporter):
    """Reads ``TRA`` folders (man_track*.tif), and results (mask*.tif)."""

    id = "ctc"
    title = "Cell Tracking Challenge"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folder = _find(path, target.name)
        if folder is None:
            raise FormatError(f"'{path}' has no label pictures (man_track000.tif or mask000.tif).")
        files = {file.stem: file for file in _pictures(folder)}
        record, notes = folder_record(folder, target)
        matching = match_frames(sorted(files), target, record)
        notes += matching.notes
        gathered = Gathered(target, steps, record.known)
        roots = _roots(folder, gathered, notes)
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("picture", files[stem].name):
                _take(files[stem], frame, roots, record, gathered)
                frames.append(frame)
        gathered.absent_by(record, matching.frames)
        return gathered.plan(self, path, frames, notes, matching.question)


def _take(path: Path, frame: int, roots: dict[int, int], record: Record, gathered: Gathered) -> None:
    with opened(path) as image:
        labels = labels_of(image, gathered.target)
    for label, rle in split_labels(labels, gathered):
        number = roots.get(label, label)
        known = record.objects.get(number)
        key: Hashable = own_key(known.id) if known else gathered.table.meet(("track", number), "", number)
        gathered.put(frame, key, scaled(rle, gathered.target.size), path.name)


def _roots(folder: Path, gathered: Gathered, notes: list[str]) -> dict[int, int]:
    """Return the label that each label goes on from, first of all, as the list of tracks tells it."""
    listed = next((folder / name for name in _TRACKS if (folder / name).is_file()), None)
    if listed is None:
        notes.append("There is no list of tracks (man_track.txt): every number is an object.")
        return {}
    parents: dict[int, int] = {}
    with gathered.left.guard("list of tracks", listed.name):
        for row, line in enumerate(read_text(listed, _TRACKS_LIMIT).splitlines(), 1):
            if line.strip():
                with gathered.left.guard("line", f"{listed.name}, line {row}"):
                    label, _, _, parent = _numbers(line)
                    if parent:
                        parents[label] = parent
    children = Counter(parents.values())
    if divided := sum(count > 1 for count in children.values()):
        notes.append(f"{divided} objects divide: what they become are objects of their own.")
    alone = {label: parent for label, parent in parents.items() if children[parent] == 1}
    return {label: _first(label, alone) for label in alone}


def _first(label: int, parents: dict[int, int]) -> int:
    met = {label}
    while (parent := parents.get(label)) is not None and parent not in met:
        met.add(parent)
        label = parent
    return label


def _numbers(line: str) -> list[int]:
    parts = line.split()
    if len(parts) != 4 or not all(part.isascii() and part.isdigit() and len(part) < 10 for part in parts):
        raise FormatError("it is not four numbers")
    return [int(part) for part in parts]


def _places(plan: ExportPlan) -> tuple[Path, Path]:
    """Return the folder of pictures, and the sidecar."""
    folder = plan.destination / f"{safe_folder(plan.annotation.name)}_GT" / "TRA"
    return folder, plan.destination / sidecar_name(folder.name)


def _pictures(folder: Path) -> list[Path]:
    return [
        file
        for file in entries(folder)
        if file.suffix.lower() in TIFF and _PICTURE.fullmatch(file.stem) and file.is_file()
    ]


def _find(path: Path, name: str) -> Path | None:
    if not path.is_dir():
        return None
    if name:
        for place in (path / f"{safe_folder(name)}_GT" / "TRA", path / f"{safe_folder(name)}_RES"):
            if place.is_dir() and _pictures(place):
                return place
    found = find_folders(path, lambda folder: bool(_pictures(folder)), name)
    return found[0] if found else None

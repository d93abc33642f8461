"""Reading MOTS: 16-bit PNGs of class times 1000 and number, and text files of run lengths."""

from collections.abc import Hashable, Mapping
from pathlib import Path

import numpy as np

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.davis import list_masks
from xmem_gui.formats.finding import entries, find_files, find_folders, gather, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.grey_png import is_wide, read_wide
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.label_pictures import split_labels, visible_in
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.mots import IGNORED, INSTANCES, KITTI, LABELS, parse_line, read_labels
from xmem_gui.formats.reading import png_file_size, read_text
from xmem_gui.formats.scaling import check_size, scaled
from xmem_gui.formats.segmentation import read_rle
from xmem_gui.formats.sidecar import folder_record
from xmem_gui.formats.text_files import head

_MOST_OBJECTS = 2048
"""Pictures with more objects are no masks."""


class MotsPngImporter(DocumentImporter):
    """Reads a folder of such PNGs; ``labels.txt`` beside or in it names the classes."""

    id = "mots-png"
    title = "MOTS PNG"

    def _recognises(self, path: Path) -> bool:
        return bool(_find(path, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        folders = _find(path, target.name) or find_folders(path, _of_wide, target.name)
        if not folders:
            raise FormatError(f"'{path}' has no folder of 16-bit PNG masks of MOTS.")
        folder = folders[0]
        files = gather(folders, list_masks)
        record, told = folder_record(folder, target)
        matching = match_frames(list(files), target, record)
        gathered = Gathered(target, steps, record.known)
        objects = _Objects(gathered, record.objects, _names(folder))
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("mask", files[stem].name):
                _take(files[stem], frame, objects, gathered)
                frames.append(frame)
        gathered.absent_by(record, matching.frames)
        notes = [*told, *matching.notes, *objects.notes()]
        return gathered.plan(self, path, frames, notes, matching.question)


class MotsTxtImporter(DocumentImporter):
    """Reads a text file of lines ``frame object class height width run-lengths``."""

    id = "mots-txt"
    title = "MOTS text"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".txt",), _is_mots, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        file = one_file(path, (".txt",), _is_mots, target.name)
        record, told = folder_record(file, target)
        gathered = Gathered(target, steps, record.known)
        objects = _Objects(gathered, record.objects, KITTI)
        beyond = 0
        frames = {frame for frame in record.frames if frame >= 0}
        first = target.first_number
        for row, line in enumerate(steps(read_text(file).splitlines()), 1):
            if not line.strip():
                continue
            place = f"{file.name}, line {row}"
            with gathered.left.guard("line", place):
                number, value, kind, rle = parse_line(line)
                frame = record.now(number) if first is None else number - first
                if not 0 <= frame < len(target.frame_names):
                    beyond += 1
                    continue
                mask = read_rle(rle, gathered)
                if (key := objects.key(value, kind)) is not None:
                    gathered.put_shape(frame, key, mask, place, "line")
                frames.add(frame)
        gathered.absent_by(record)
        notes = [*told, *objects.notes()]
        if beyond:
            notes.append(f"{beyond} lines are of frames that the video has not, and are left out.")
        return gathered.plan(self, path, frames, notes)


class _Objects:
    """Which object a value is: that of our list, or one of its class by its number."""

    def __init__(
        self, gathered: Gathered, listed: Mapping[int, ObjectInfo], names: Mapping[int, str]
    ) -> None:
        self._gathered, self._listed, self._names = gathered, listed, names
        self._ignored = 0

    def key(self, value: int, kind: int) -> Hashable | None:
        """Return the key of a value's object; None for regions to be ignored."""
        if value in self._listed:
            return own_key(self._listed[value].id)
        if kind == IGNORED and value in (IGNORED, IGNORED * INSTANCES):
            self._ignored += 1
            return None
        name = self._names.get(kind, f"class {kind}")
        return self._gathered.table.meet(("mots", value), f"{name} {value % INSTANCES}", value)

    def notes(self) -> list[str]:
        """Return what to tell the person."""
        return [f"{self._ignored} regions to be ignored are no objects."] if self._ignored else []


def _take(path: Path, frame: int, objects: _Objects, gathered: Gathered) -> None:
    target = gathered.target
    check_size(png_file_size(path), target, "it is of")
    values = read_wide(path)
    gathered.budget.pixels(2 * values.size)
    if len(visible_in(values)) > _MOST_OBJECTS:
        raise FormatError("it has too many objects")
    for value, rle in split_labels(values.astype(np.int64), gathered):
        if (key := objects.key(value, value // INSTANCES)) is not None:
            gathered.put_shape(frame, key, scaled(rle, target.size), path.name, "mask")


def _find(path: Path, name: str) -> list[Path]:
    return find_folders(path, _holds, name, patterns=["instances", "instances/{}"])


def _of_wide(folder: Path) -> bool:
    return any(path.suffix.lower() == ".png" and is_wide(path) for path in entries(folder)[:4])


def _holds(folder: Path) -> bool:
    """Tell whether the values of a folder's masks are 1000 or more, by the first that shows any."""
    if not folder.is_dir() or not _of_wide(folder):
        return False
    for path in entries(folder):
        if path.suffix.lower() == ".png" and is_wide(path):
            values = visible_in(read_wide(path))
            if values:
                return values[0] >= INSTANCES and len(values) <= _MOST_OBJECTS
    return (folder / LABELS).is_file() or (folder.parent / LABELS).is_file()


def _names(folder: Path) -> Mapping[int, str]:
    for place in (folder, folder.parent):
        if listed := read_labels(place / LABELS):
            return {number: name for number, name in enumerate(listed) if number and name}
    return KITTI


def _is_mots(path: Path) -> bool:
    for line in head(path, 2**16).splitlines():
        if line.strip():
            fields = line.split()
            whole = len(fields) == 6 and all(field.isdigit() and len(field) < 10 for field in fields[:5])
            return whole and int(fields[1]) >= INSTANCES and int(fields[1]) // INSTANCES == int(fields[2])
    return path.parent.name == "instances_txt"

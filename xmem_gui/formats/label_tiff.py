"""A TIFF stack of labels: one page of 16 bits a frame, whose value at a pixel is the object's number.

Fiji, napari and MATLAB open it as a series in time. Which page is which frame stands in the description of
the first page, after the lines that ImageJ reads.
"""

import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from PIL import TiffImagePlugin

from xmem_gui.errors import FormatError, OutputError
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.index_png import numbers_of
from xmem_gui.formats.label_pictures import (
    DESCRIPTION,
    MOST,
    TIFF,
    labels_of,
    more_than_labels,
    opened,
    split_labels,
    write_labels,
)
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import flatten_wide
from xmem_gui.formats.record import Record, own_record, record_of
from xmem_gui.formats.scaling import scaled
from xmem_gui.formats.single_file import SingleFileExporter, dumps
from xmem_gui.formats.staging import Staging
from xmem_gui.outputs import MARK_KEY, mark

_OWN = f"{MARK_KEY}="
_MOST_BYTES = 2**32 - 2**26
_MOST_PAGES = 1_000_000


class LabelTiffExporter(SingleFileExporter):
    """Writes one file; where objects overlap, the one of higher priority is on top."""

    id = "label-tiff"
    title = "label stack (16-bit TIFF)"
    extensions = TIFF
    ending = "-labels.tif"

    def _layout(self, plan: ExportPlan) -> Layout:
        target = self.target(plan)
        return Layout((target,), 1, (target.name,), lost_by_overlaps(plan), more_than_labels(plan.objects))

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        numbers = numbers_of(plan.objects, MOST)
        for frame in plan.frames:  # the list of empty masks stands before them
            for _ in plan.masks(frame):
                pass
        description = _description(plan, numbers)
        with stage.file(self.target(plan)).open("w+b") as file, _pages(file) as pages:
            for frame in plan.frames:
                masks = ((numbers[info.id], rle) for info, rle in plan.masks(frame))
                labels = flatten_wide(masks, plan.annotation.size)
                write_labels(pages, labels, self.id, description)
                pages.newFrame()
                description = ""
                if file.tell() > _MOST_BYTES:
                    raise OutputError(
                        "A TIFF file cannot be above 4 GiB; choose fewer frames, or the Cell Tracking layout."
                    )
                tick()


@contextmanager
def _pages(file: IO[bytes]) -> Iterator[TiffImagePlugin.AppendingTiffWriter]:
    """Yield what appends pages to a file, and let go of the file before it is closed."""
    pages = TiffImagePlugin.AppendingTiffWriter(file, True)
    try:
        yield pages
    finally:
        # Pillow's own closing writes to the file; as a finaliser it would do so after the file is closed.
        if isinstance(pages, io.BytesIO):
            io.BytesIO.close(pages)


def _description(plan: ExportPlan, numbers: dict[int, int]) -> str:
    record = {"written": mark(plan.format_id), **record_of(plan, numbers, names=False)}
    count = len(plan.frames)
    return (
        f"ImageJ=1.54f\nimages={count}\nframes={count}\nhyperstack=true\nmode=grayscale\nloop=false\n"
        f"{_OWN}{dumps(record)}\n"
    )


class LabelTiffImporter(DocumentImporter):
    """Reads a stack; page N is frame N, counted from 0, unless the file is ours and says otherwise."""

    id = "label-tiff"
    title = "label stack (TIFF)"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, TIFF, _is_tiff, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, TIFF, _is_tiff, target.name)
        if not _is_tiff(path):
            raise FormatError(f"'{path}' is no TIFF file.")
        with opened(path) as image:
            count = getattr(image, "n_frames", 1)
            if count > _MOST_PAGES:
                raise FormatError(f"'{path}' has more than {_MOST_PAGES} pages; it may be damaged.")
            record, notes = own_record({MARK_KEY: _own(image)}, target, path)
            gathered = Gathered(target, steps, record.known)
            frames = _frames(count, target, record, notes)
            for page, frame in steps(sorted(frames.items())):
                with gathered.left.guard("page", f"page {page + 1}"):
                    image.seek(page)
                    labels = labels_of(image, target)
                    for number, rle in split_labels(labels, gathered):
                        known = record.objects.get(number)
                        key = own_key(known.id) if known else None
                        key = key or gathered.table.meet(("number", number), "", number)
                        gathered.put(frame, key, scaled(rle, target.size), f"page {page + 1}")
        gathered.absent_by(record)
        return gathered.plan(self, path, frames.values(), notes)


def _is_tiff(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4) in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def _own(image: Any) -> Any:
    """Return what a file of ours says of itself, or None."""
    text = str(image.tag_v2.get(DESCRIPTION, ""))
    for line in text.splitlines():
        if line.startswith(_OWN):
            try:
                return json.loads(line[len(_OWN) :])
            except (ValueError, RecursionError):
                return None
    return None


def _frames(count: int, target: ImportTarget, record: Record, notes: list[str]) -> dict[int, int]:
    """Return the frame of each page that has one."""
    total = len(target.frame_names)
    if target.first_number is None and len(record.frames) == count:
        return {page: frame for page, frame in enumerate(record.frames) if frame >= 0}
    if target.first_number is None and record.scattered:
        raise FormatError(f"{notes[0]} Which frames its pages are for cannot be known.")
    first = target.first_number or 0
    found = {page: page - first for page in range(count) if 0 <= page - first < total}
    if not found:
        raise FormatError(f"No page has a frame: the file has {count}, and the video {total} frames.")
    if count != total or first:
        notes.append(f"Pages are taken as frames: page {first + 1} of {count} is the video's first frame.")
    if count > len(found):
        notes.append(f"{count - len(found)} pages lie outside the video's {total} frames, and are left out.")
    return found

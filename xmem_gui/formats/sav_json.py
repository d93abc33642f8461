"""SA-V's masklets: one JSON file a video, a COCO RLE for every object in every annotated frame."""

from collections import Counter
from collections.abc import Hashable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.reading import member_of, one_line, read_json, whole_number
from xmem_gui.formats.record import own_block, own_record
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.segmentation import read_rle, says_nothing
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter
from xmem_gui.formats.staging import Staging
from xmem_gui.formats.text_files import has_members, head

_SMALL, _MEDIUM = 32**2, 96**2


class SavJsonExporter(SingleFileExporter):
    """Writes VIDEO_manual.json.

    Frames keep their numbers in a member of our own; SA-V itself counts every 4th.
    """

    id = "sav-json"
    title = "SA-V masklets (JSON)"
    extensions = (".json",)
    ending = "_manual.json"

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        height, width = plan.annotation.size
        objects = sorted(plan.objects, key=lambda info: info.id)
        areas: dict[int, list[int]] = {info.id: [] for info in objects}
        empty = Rle.empty(height, width).to_coco()

        def rows() -> Iterator[list[dict[str, Any]]]:
            for frame in plan.frames:
                masks = {info.id: rle for info, rle in plan.masks(frame)}
                for info in objects:
                    areas[info.id].append(masks[info.id].area if info.id in masks else 0)
                yield [masks[info.id].to_coco() if info.id in masks else empty for info in objects]
                tick()

        with stage.file(self.target(plan)).open("w", encoding="utf-8") as file:
            out = JsonPieces(file)
            out.member("video_id", plan.annotation.name)
            out.member("video_duration", float(plan.annotation.frames / plan.annotation.rate))
            out.member("video_frame_count", float(plan.annotation.frames))
            out.member("video_height", float(height))
            out.member("video_width", float(width))
            out.member("video_resolution", float(height * width))
            out.member("video_environment", "")
            out.member("video_split", "")
            out.items("masklet", rows())
            for key, values in _statistics(list(areas.values()), height * width).items():
                out.member(key, values)
            out.member("masklet_id", [info.id for info in objects])
            out.member("masklet_num", len(objects))
            out.member("xmem_gui", own_block(plan, names=False))
            out.close()


def _statistics(areas: list[list[int]], pixels: int) -> dict[str, list[Any]]:
    mean = [sum(a) / max(1, sum(n > 0 for n in a)) for a in areas]
    return {
        "masklet_size_rel": [a / pixels for a in mean],
        "masklet_size_abs": mean,
        "masklet_size_bucket": [
            "small" if a < _SMALL else "medium" if a < _MEDIUM else "large" for a in mean
        ],
        "masklet_visibility_changes": [
            sum((a > 0) != (b > 0) for a, b in pairwise(found)) for found in areas
        ],
        "masklet_first_appeared_frame": [
            float(next((i for i, n in enumerate(found) if n), 0)) for found in areas
        ],
        "masklet_frame_count": [len(found) for found in areas],
        "masklet_edited_frame_count": [len(found) for found in areas],
        "masklet_type": ["manual"] * len(areas),
        "masklet_stability_score": [None] * len(areas),
    }


class SavJsonImporter(DocumentImporter):
    """Reads a masklet file; frames are every n-th of the video, as many as the file has rows for."""

    id = "sav-json"
    title = "SA-V JSON"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".json",), _is_masklets, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, (".json",), _is_masklets, target.name)
        document = read_json(path)
        rows = member_of(document, "masklet", list, f"'{path}'")
        listed = member_of(document, "masklet_id", list, f"'{path}'")
        count = len(target.frame_names)
        own, told = own_record(document, target, path)
        gathered = Gathered(target, steps, own.known)
        keys = _masklets(listed, gathered)
        if own.scattered:
            raise FormatError(f"{told[0]} Which frames its rows are for cannot be known.")
        frames, notes = _frames(document, len(rows), count, own.frames)
        for place, (row, frame) in enumerate(steps(list(zip(rows, frames, strict=False)))):
            with gathered.left.guard("row", f"row {place}"):
                if frame < 0:
                    raise FormatError("its picture is not in the folder")
                if not isinstance(row, list) or len(row) != len(keys):
                    raise FormatError("it has another number of masks than there are masklets")
                for number, (key, value) in enumerate(zip(keys, row, strict=True)):
                    where = f"row {place}, masklet {one_line(listed[number], 20)}"
                    with gathered.left.guard("mask", where):
                        if says_nothing(value):
                            continue
                        rle = read_rle(value, gathered)
                        # Where we have written the file, every mask that is not there is an empty one.
                        if rle.area or not own.objects:
                            gathered.put(frame, key, rle, where)
        gathered.absent_by(own)
        return gathered.plan(self, path, (n for n in frames if n >= 0), [*told, *notes])


def _is_masklets(path: Path) -> bool:
    found = head(path, 2**16)
    return (
        has_members(found, "masklet")
        or has_members(found, "masklet_id")
        or path.stem.endswith(("_manual", "_auto"))
    )


def _masklets(listed: list[Any], gathered: Gathered) -> list[Hashable]:
    """Return the key of each masklet: a number that two have tells neither."""
    keys: list[Hashable] = []
    numbers = [_number(value) for value in listed]
    met = Counter(numbers)
    for place, number in enumerate(numbers):
        alone = number is not None and met[number] == 1
        own = gathered.table.own(number) if alone else None
        keys.append(own or gathered.table.meet(("masklet", place), "", number if alone else None))
    return keys


def _number(value: object) -> int | None:
    proper = isinstance(value, int | float) and not isinstance(value, bool) and value == value // 1 >= 0
    return int(value) if proper and isinstance(value, int | float) else None


def _frames(
    document: dict[str, Any], rows: int, count: int, own: tuple[int, ...]
) -> tuple[tuple[int, ...], list[str]]:
    """Return the frame of each row, and what to tell the person.

    A row for each frame of the video, or for every n-th as the file's number of frames says: one row more or
    less, for that number may be wrong by one.

    Raises
    ------
    FormatError
        If the rows are no even share of the frames.
    """
    if len(own) == rows:
        return own, []
    try:
        total = whole_number(document.get("video_frame_count"), "The number of frames", 1)
    except FormatError:
        total = count
    if rows == count:
        total = count
    step = max(1, round(total / max(1, rows)))
    missing = -(-total // step) - rows
    if rows and (missing > 1 or (step > 1 and missing < -1)):
        raise FormatError(
            f"The file has masks for {rows} of {total} frames, which are not evenly spread: which frames "
            "these are cannot be known."
        )
    frames = tuple(frame for frame in (row * step for row in range(rows)) if frame < count)
    notes = [f"The file has a mask for one frame in {step}."] if step > 1 else []
    if beyond := rows - len(frames):
        are = "1 row lies" if beyond == 1 else f"{beyond} rows lie"
        notes.append(f"{are} beyond the video's end, and {'is' if beyond == 1 else 'are'} left out.")
    return frames, notes

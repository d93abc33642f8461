"""SA-V's masklets: one JSON file a video, a COCO RLE for every object in every annotated frame."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.identity import ObjectTable, first_number
from xmem_gui.formats.importing import BaseImporter, ImportedMask, ImportPlan, ImportTarget, Steps, Unexpected
from xmem_gui.formats.reading import member, read_json, whole
from xmem_gui.formats.rle import Rle, from_coco
from xmem_gui.formats.sidecar import own_block, own_record
from xmem_gui.formats.single_file import JsonPieces, SingleFileExporter
from xmem_gui.formats.staging import Stage

_SMALL, _MEDIUM = 32**2, 96**2


class SavJsonExporter(SingleFileExporter):
    """Writes VIDEO_manual.json.

    Frames keep their numbers in a member of our own; SA-V itself counts every 4th.
    """

    id = "sav-json"
    title = "SA-V masklets (JSON)"
    extensions = (".json",)
    ending = "_manual.json"

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
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


@dataclass(frozen=True)
class _Source:
    rows: list[Any]
    ids: tuple[int, ...]


class SavJsonImporter(BaseImporter):
    """Reads a masklet file; frames are every n-th of the video, as many as the file has rows for."""

    id = "sav-json"
    title = "SA-V JSON"

    def _recognises(self, path: Path) -> bool:
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        with path.open("rb") as file:
            return b'"masklet' in file.read(2**16) or path.stem.endswith(("_manual", "_auto"))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        document = read_json(path)
        rows = member(document, "masklet", list, f"'{path}'")
        listed = member(document, "masklet_id", list, f"'{path}'")
        count = len(target.frame_names)
        own, told = own_record(document, target, path)
        raw = [whole(number, "A masklet's number", 0, 2**31 - 2) for number in listed]
        if len(set(raw)) != len(raw):
            raise FormatError(f"'{path}' numbers two masklets alike.")
        table = ObjectTable(own.objects)
        shift = first_number(raw)
        ids = tuple(table.numbered(number + shift, "") for number in raw)
        warnings = [*told]
        if shift:
            warnings.append("Masklets are numbered from 0, and get numbers higher by 1.")
        frames, notes = _frames(document, len(rows), count, own.frames)
        masks = 0
        for row in steps(rows[: len(frames)]):
            if not isinstance(row, list) or len(row) != len(ids):
                raise FormatError(f"'{path}' has a frame with another number of masks than masklets.")
            for value in row:
                from_coco(value, target.size)
                masks += 1
        return ImportPlan(
            self.id,
            path,
            target,
            objects=table.objects(),
            frames=frames,
            masks=masks,
            warnings=(*warnings, *notes),
            importer=self,
            source=_Source(rows, ids),
        )

    def _read(self, plan: ImportPlan, unexpected: Unexpected, steps: Steps) -> Iterator[ImportedMask]:
        del unexpected  # there is nothing to repair
        source: _Source = plan.source
        for row, frame in steps(list(zip(source.rows, plan.frames, strict=False))):
            for number, value in zip(source.ids, row, strict=True):
                yield ImportedMask(frame, number, from_coco(value, plan.target.size))


def _frames(
    document: dict[str, Any], rows: int, count: int, own: tuple[int, ...]
) -> tuple[tuple[int, ...], list[str]]:
    """Return the frame of each row."""
    if len(own) == rows:
        return own, []
    stated = document.get("video_frame_count", count)
    total = whole(stated, "The number of frames", 1) if stated is not None else count
    step = max(1, round(total / max(1, rows)))
    frames = tuple(frame for frame in (row * step for row in range(rows)) if frame < count)
    notes = [f"The file has a mask for every {step}th frame."] if step > 1 else []
    if len(frames) < rows:
        notes.append(f"{rows - len(frames)} frames lie beyond the video's end, and are left out.")
    return frames, notes

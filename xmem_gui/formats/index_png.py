"""Index PNGs in the folders that DAVIS, YouTube-VOS, MOSE and LVOS expect, or in one plain folder."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.davis import DAVIS_PALETTE, INDEX_MASK, objects_in, write_index_mask
from xmem_gui.formats.exporting import BaseExporter, ExportPlan, Layout, Tick
from xmem_gui.formats.grey_png import write_grey
from xmem_gui.formats.naming import safe_folder
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import PICTURE, flatten, flatten_wide, save_jpeg
from xmem_gui.formats.reading import read_json, read_text
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.sidecar import SIDECAR, shared_sidecar, sidecar_name, write_sidecar
from xmem_gui.formats.staging import Staging, run_jobs
from xmem_gui.outputs import MARK_KEY, bears, mark

_VIDEOS = "videos"
"""What a list of videos says that it is."""
_MOST = 255
_META_LIMIT = 64 * 2**20


@dataclass(frozen=True)
class IndexLayout:
    """Where a data set keeps its masks and pictures; ``{}`` is the sequence's name."""

    id: str
    title: str
    masks: str
    images: str
    meta: str | None = None
    videos: str | None = None
    """A text file that lists the videos, which the data set's evaluation needs."""
    grey: int = 0
    """Bits of a value in grey files; 0 for a palette."""

    @property
    def most(self) -> int:
        """The highest number of an object."""
        return 2**16 - 1 if self.grey == 16 else _MOST


LAYOUTS = (
    IndexLayout("index-png", "index PNG", "{}", "{}-images"),
    IndexLayout("index-grey-8", "index PNG, grey, 8 bits", "{}", "{}-images", grey=8),
    IndexLayout("index-grey-16", "index PNG, grey, 16 bits", "{}", "{}-images", grey=16),
    IndexLayout(
        "davis", "DAVIS", "Annotations/480p/{}", "JPEGImages/480p/{}", videos="ImageSets/2017/val.txt"
    ),
    IndexLayout("youtube-vos", "YouTube-VOS", "Annotations/{}", "JPEGImages/{}", "meta.json"),
    IndexLayout("mose", "MOSE", "Annotations/{}", "JPEGImages/{}"),
    IndexLayout("lvos", "LVOS", "Annotations/{}", "JPEGImages/{}"),
)


class IndexPngExporter(BaseExporter):
    """Writes one PNG a frame whose value at a pixel is the object's number."""

    extensions = (".png",)
    writes = (INDEX_MASK, PICTURE, SIDECAR, _VIDEOS)

    def __init__(self, layout: IndexLayout) -> None:
        self.id = layout.id
        self.title = layout.title
        self._where = layout

    def _layout(self, plan: ExportPlan) -> Layout:
        sequence = safe_folder(plan.annotation.name)
        masks = self._where.masks.format(sequence)
        targets = [plan.destination / masks]
        files = len(plan.frames)
        if plan.request.images:
            targets.append(plan.destination / self._where.images.format(sequence))
            files *= 2
        sidecar = plan.destination / sidecar_name(sequence)
        targets.append(sidecar)
        warnings: list[str] = []
        shared: tuple[Path, ...] = shared_sidecar(sidecar)
        if self._where.meta is not None:
            meta = plan.destination / self._where.meta
            targets.append(meta)
            own = bears(meta, (_VIDEOS,))
            if meta.is_file() and (others := _videos(meta)) is not None and (own or sequence not in others):
                shared = (*shared, meta)
                count = len(others.keys() - {sequence})
                warnings.append(f"'{meta}' lists {count} other videos; this one is added to it.")
        if self._where.videos is not None:
            listed = plan.destination / self._where.videos
            before = listed_lines(listed)
            if sequence not in before:
                targets.insert(len(targets) - 1, listed)
                if before:
                    shared = (*shared, listed)
                    warnings.append(f"This video is added to '{listed}', which lists {len(before)}.")
        if sequence != plan.annotation.name:
            warnings.append(f"The folder is named '{sequence}'.")
        moved = {old: new for old, new in self._numbers(plan).items() if old != new}
        for old, new in list(moved.items())[:3]:
            warnings.append(
                f"Object {old} is written as number {new}, since these masks end at {self._where.most}."
            )
        warnings += lost_by_overlaps(plan)
        return Layout(
            tuple(targets),
            files + len(targets) - 1 - plan.request.images,
            tuple(f"{masks}/{name}.png" for name in plan.names[:5]),
            tuple(warnings),
            too_many(plan.objects, self._where.most),
            shared,
        )

    def _numbers(self, plan: ExportPlan) -> dict[int, int]:
        return numbers_of(plan.objects, self._where.most)

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        sequence = safe_folder(plan.annotation.name)
        folder = stage.folder(plan.destination / self._where.masks.format(sequence))
        images = None
        if plan.request.images:
            images = stage.folder(plan.destination / self._where.images.format(sequence))
        numbers = self._numbers(plan)
        palette = b"" if self._where.grey else _palette(plan, numbers)
        seen: dict[str, list[int]] = {}

        def jobs() -> Iterator[Callable[[], None]]:
            for frame, name in zip(plan.frames, plan.names, strict=True):
                masks = [(numbers[info.id], rle) for info, rle in plan.masks(frame)]
                image = None if images is None else plan.image(frame)
                yield partial(one, name, masks, image)

        def one(name: str, masks: list[tuple[int, Rle]], image: NDArray[np.uint8] | None) -> None:
            path, size = folder / f"{name}.png", plan.annotation.size
            if self._where.grey == 16:
                write_grey(path, flatten_wide(masks, size), INDEX_MASK)
            elif self._where.grey:
                write_grey(path, index := flatten(masks, size), INDEX_MASK)
            else:
                write_index_mask(path, index := flatten(masks, size), palette=palette)
            if self._where.meta is not None:
                seen[name] = objects_in(index)
            if images is not None and image is not None:
                save_jpeg(images / f"{name}.jpg", image)

        run_jobs(jobs(), tick)
        by_id = sorted(plan.objects, key=lambda info: info.id)
        sidecar = plan.destination / sidecar_name(sequence)
        masks = plan.destination / self._where.masks.format(sequence)
        write_sidecar(stage.file(sidecar), plan, masks, numbers, final=sidecar)
        if (
            self._where.videos is not None
            and (listed := plan.destination / self._where.videos) in plan.targets
        ):
            lines = [*listed_lines(listed), sequence]
            stage.file(listed).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
        if self._where.meta is not None:
            meta = plan.destination / self._where.meta
            known = _list_of_videos(meta) if meta.is_file() else None
            document = known or {MARK_KEY: mark(_VIDEOS), "videos": dict[str, Any]()}
            objects = {
                str(numbers[info.id]): {
                    "category": info.label,
                    "frames": [name for name in plan.names if numbers[info.id] in seen[name]],
                }
                for info in by_id
            }
            document["videos"][sequence] = {"objects": objects}
            stage.file(meta).write_text(
                json.dumps(document, ensure_ascii=False), encoding="utf-8", errors="backslashreplace"
            )


def numbers_of(objects: tuple[ObjectInfo, ...], most: int = _MOST) -> dict[int, int]:
    """Return the number of each object in an index mask, by id.

    That is the id where it is not above `most`, else a free number.
    """
    numbers = {info.id: info.id for info in objects if info.id <= most}
    free = (n for n in range(1, len(objects) + most) if n not in numbers)
    for info in sorted(objects, key=lambda info: info.id):
        if info.id > most:
            numbers[info.id] = next(free)
    return numbers


def too_many(objects: tuple[ObjectInfo, ...], most: int = _MOST) -> tuple[str, ...]:
    """Return why these objects cannot stand in one index mask, if so."""
    if len(objects) <= most:
        return ()
    return (
        f"An index PNG holds at most {most} objects, and these are {len(objects)}; export one PNG per "
        "object (binary-png), COCO (coco), YouTube-VIS (youtube-vis) or SA-V JSON (sav-json), or choose "
        "fewer objects.",
    )


def listed_lines(path: Path) -> list[str]:
    """Return what a text file lists, one a line; nothing if there is none."""
    if not path.is_file():
        return []
    return [line.strip() for line in read_text(path, _META_LIMIT).splitlines() if line.strip()]


def _palette(plan: ExportPlan, numbers: dict[int, int]) -> bytes:
    if plan.request.palette == "davis":
        return DAVIS_PALETTE
    palette = bytearray(DAVIS_PALETTE)
    for info in plan.objects:
        palette[3 * numbers[info.id] : 3 * numbers[info.id] + 3] = bytes(info.colour)
    return bytes(palette)


def _videos(meta: Path) -> dict[str, Any] | None:
    """Return the videos of a YouTube-VOS list, or None if the file is none."""
    document = _list_of_videos(meta)
    return None if document is None else document["videos"]


def _list_of_videos(meta: Path) -> dict[str, Any] | None:
    """Return a YouTube-VOS list with all that is in it, or None if the file is none."""
    try:
        found = read_json(meta, _META_LIMIT)
    except FormatError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("videos"), dict) else None

"""NumPy's .npz: all masks as one array of object numbers, with frames and objects beside it.

Members are ``masks`` (frames, height, width), ``frames`` (the number of each in the video), ``names``,
``object_ids`` and ``object_names``. Frames are written and read one by one, so that no video is too long.
"""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.exporting import ExportPlan, Layout, Tick
from xmem_gui.formats.finding import find_files, one_file
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.index_png import numbers_of, too_many
from xmem_gui.formats.label_pictures import split_labels, visible_in
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.overlaps import lost_by_overlaps
from xmem_gui.formats.pictures import flatten, flatten_wide
from xmem_gui.formats.reading import one_line
from xmem_gui.formats.record import Record, own_block, own_record
from xmem_gui.formats.rle import encode
from xmem_gui.formats.scaling import check_size, scaled, scaled_mask
from xmem_gui.formats.single_file import SingleFileExporter, dumps
from xmem_gui.formats.staging import Staging
from xmem_gui.outputs import mark

_MOST = 2**16 - 1
_MOST_OBJECTS = 2048
_MOST_FRAMES = 1_000_000
_MOST_BYTES = 2**29
"""Frames of more bytes are refused."""
_SMALL = 64 * 2**20
"""Members beside the masks above this many bytes are refused."""
_MASKS = ("masks", "labels", "mask", "arr_0", "segmentation")
"""Names under which masks are looked for, the likeliest first."""


class NpzExporter(SingleFileExporter):
    """Writes one file; `numpy.load` reads it."""

    id = "npz"
    title = "NumPy (.npz)"
    extensions = (".npz",)
    ending = ".npz"

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        moved = {old: new for old, new in numbers_of(plan.objects, _MOST).items() if old != new}
        first = next(iter(moved.items()), None)
        said = () if first is None else (f"{len(moved)} objects get other numbers, such as {first[1]} for "
                                         f"{first[0]}, since these masks end at {_MOST}.",)  # fmt: skip
        return (*said, *lost_by_overlaps(plan))

    def _layout(self, plan: ExportPlan) -> Layout:
        return replace(super()._layout(plan), refusals=too_many(plan.objects, _MOST))

    def _produce(self, plan: ExportPlan, stage: Staging, tick: Tick) -> None:
        numbers = numbers_of(plan.objects, _MOST)
        wide = max(numbers.values(), default=0) > 255
        kind = np.dtype("<u2") if wide else np.dtype("u1")
        shape = (len(plan.frames), *plan.annotation.size)
        by_id = sorted(plan.objects, key=lambda info: info.id)
        with zipfile.ZipFile(
            stage.file(self.target(plan)), "w", zipfile.ZIP_DEFLATED, compresslevel=1
        ) as archive:
            with archive.open("masks.npy", "w", force_zip64=True) as file:
                _head(file, shape, kind)
                for frame in plan.frames:
                    masks = [(numbers[info.id], rle) for info, rle in plan.masks(frame)]
                    size = plan.annotation.size
                    picture = flatten_wide(masks, size) if wide else flatten(masks, size)
                    file.write(np.ascontiguousarray(picture, dtype=kind).tobytes())
                    tick()
            record = {**own_block(plan), "numbers": {str(info.id): numbers[info.id] for info in by_id}}
            members: dict[str, NDArray[Any]] = {
                "frames": np.array(plan.frames, dtype=np.int64),
                "names": np.array(plan.names),
                "object_ids": np.array([numbers[info.id] for info in by_id], dtype=np.int64),
                "object_names": np.array([one_line(info.name) for info in by_id]),
                "xmem_gui": np.array(dumps(record)),
            }
            for name, values in members.items():
                with archive.open(f"{name}.npy", "w") as file:
                    npy.write_array(file, values, allow_pickle=False)
            archive.comment = mark(self.id).encode("ascii")


def _head(file: IO[bytes], shape: tuple[int, ...], kind: np.dtype[Any]) -> None:
    header = {"descr": npy.dtype_to_descr(kind), "fortran_order": False, "shape": shape}
    npy.write_array_header_1_0(file, header)


class NpzImporter(DocumentImporter):
    """Reads an array of object numbers (frames, height, width), or of masks (frames, objects, height, width).

    Arrays of Python objects are refused: reading them would run what they hold.
    """

    id = "npz"
    title = "NumPy arrays"

    def _recognises(self, path: Path) -> bool:
        return bool(find_files(path, (".npz",), zipfile.is_zipfile, ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        path = one_file(path, (".npz",), zipfile.is_zipfile, target.name)
        with zipfile.ZipFile(path) as archive:
            name = _member_of_masks(archive, path)
            record, told = _record(archive, target, path)
            gathered = Gathered(target, steps, record.known)
            with archive.open(f"{name}.npy") as file:
                shape, kind = _shape(file, path)
                check_size((shape[-2], shape[-1]), target, "The array is of")
                stems = _names(archive, shape[0])
                matching = match_frames(stems, target, record)
                labels = _small(archive, "object_names"), _small(archive, "object_ids")
                names = _object_names(*labels)
                frames = []
                for stem in steps(stems):
                    picture = _next(file, shape[1:], kind, path)
                    if (frame := matching.frames.get(stem)) is None:
                        continue
                    frames.append(frame)
                    with gathered.left.guard("frame", f"{name}, frame {stem}"):
                        for number, rle in _split(picture, gathered):
                            known = record.objects.get(number)
                            key = (
                                own_key(known.id)
                                if known is not None
                                else gathered.table.meet(("number", number), names.get(number, ""), number)
                            )
                            gathered.put_shape(frame, key, rle, f"frame {stem}", "mask")
        gathered.absent_by(record, matching.frames)
        return gathered.plan(self, path, frames, [*told, *matching.notes], matching.question)


def _split(picture: NDArray[Any], gathered: Gathered) -> Iterator[tuple[int, Any]]:
    """Yield (number, mask) of each object of a frame, at the video's size."""
    size = gathered.target.size
    if picture.ndim == 3:
        gathered.budget.pixels(picture.size)
        for number, mask in enumerate(picture != 0, 1):
            if mask.any():
                yield number, encode(scaled_mask(mask, size))
        return
    if picture.dtype.kind == "f" and not (np.isfinite(picture) & (picture == np.floor(picture))).all():
        raise FormatError("its numbers are not whole")
    values = picture.astype(np.int64)
    gathered.budget.pixels(2 * values.size)
    if values.min(initial=0) < 0 or len(visible_in(values)) > _MOST_OBJECTS:
        raise FormatError("it has numbers below 0, or too many, for a mask of objects")
    for number, rle in split_labels(values, gathered):
        yield number, scaled(rle, size)


def _member_of_masks(archive: zipfile.ZipFile, path: Path) -> str:
    """Return the name of the array that holds masks: one that is named so, or the only one of frames."""
    listed = [info.filename[:-4] for info in archive.infolist() if info.filename.endswith(".npy")]
    for name in _MASKS:
        if name in listed:
            return name
    found = []
    for name in listed[:64]:
        with archive.open(f"{name}.npy") as file:
            try:
                shape, _ = _shape(file, path)
            except FormatError:
                continue
        if len(shape) in (3, 4):
            found.append(name)
    if len(found) != 1:
        raise FormatError(f"'{path}' has no array named 'masks' of frames, height and width.")
    return found[0]


def _shape(file: IO[bytes], path: Path) -> tuple[tuple[int, ...], np.dtype[Any]]:
    """Return an array's shape and kind of numbers, from its header."""
    version = npy.read_magic(file)
    read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
    shape, fortran, kind = read(file)
    if fortran or kind.hasobject or kind.kind not in "buif" or len(shape) not in (3, 4):
        raise FormatError(f"'{path}' has no array of numbers by frame, height and width, in C's order.")
    if min(shape) < 1 or shape[0] > _MOST_FRAMES or kind.itemsize * int(np.prod(shape[1:])) > _MOST_BYTES:
        raise FormatError(f"'{path}' has an array of no masks, or of more than any video has.")
    return shape, kind


def _next(file: IO[bytes], shape: tuple[int, ...], kind: np.dtype[Any], path: Path) -> NDArray[Any]:
    """Return the next frame of an array."""
    length = kind.itemsize * int(np.prod(shape))
    data = file.read(length)
    if len(data) < length:
        raise FormatError(f"'{path}' ends in the middle of its masks; it is damaged.")
    found: NDArray[Any] = np.frombuffer(data, dtype=kind).reshape(shape)
    return found


def _small(archive: zipfile.ZipFile, name: str) -> NDArray[Any] | None:
    """Return a small array that may be there."""
    try:
        info = archive.getinfo(f"{name}.npy")
        if info.file_size > _SMALL:
            return None
        with archive.open(info) as file:
            found: NDArray[Any] = npy.read_array(file, allow_pickle=False)
            return found
    except (KeyError, ValueError):
        return None


def _names(archive: zipfile.ZipFile, count: int) -> list[str]:
    """Return the name of each frame: as the file has it, or its number."""
    for name in ("names", "frames"):
        found = _small(archive, name)
        if found is not None and found.shape == (count,) and found.dtype.kind in "uiU":
            stems = [str(value) for value in found.tolist()]
            if len(set(stems)) == count:
                return stems
    return [str(number) for number in range(count)]


def _object_names(names: NDArray[Any] | None, ids: NDArray[Any] | None) -> dict[int, str]:
    if (
        names is None
        or ids is None
        or names.ndim != 1
        or names.shape != ids.shape
        or ids.dtype.kind not in "ui"
    ):
        return {}
    return {int(number): one_line(name) for number, name in zip(ids.tolist(), names.tolist(), strict=True)}


def _record(archive: zipfile.ZipFile, target: ImportTarget, path: Path) -> tuple[Record, list[str]]:
    """Return what an export of ours says of itself, its objects by their number in the masks."""
    found = _small(archive, "xmem_gui")
    if found is None or found.dtype.kind != "U" or found.ndim:
        return Record(), []
    try:
        document = json.loads(str(found))
    except (ValueError, RecursionError):
        return Record(), []
    numbers = document.pop("numbers", {}) if isinstance(document, dict) else {}
    for item in (
        document.get("objects", []) if isinstance(document, dict) and isinstance(numbers, dict) else []
    ):
        if isinstance(item, dict):
            item["number"] = numbers.get(str(item.get("id")), item.get("id"))
    return own_record({"xmem_gui": document}, target, path)

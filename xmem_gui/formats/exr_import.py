"""Reading mattes of OpenEXR: a file a frame, a layer an object; half or more belongs to the object."""

import importlib.util
import json
from collections.abc import Hashable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.exr import LAYERS, NEEDED
from xmem_gui.formats.finding import entries, find_folders
from xmem_gui.formats.gathering import DocumentImporter, Gathered
from xmem_gui.formats.identity import own_key
from xmem_gui.formats.importing import ImportPlan, ImportTarget, Steps
from xmem_gui.formats.matching import match_frames
from xmem_gui.formats.reading import one_line
from xmem_gui.formats.record import Record
from xmem_gui.formats.rle import encode
from xmem_gui.formats.scaling import check_size, scaled_mask
from xmem_gui.formats.sidecar import folder_record

_PREFERRED = ("A", "Y", "R", "G", "B", "Z")
"""Which channel of a layer is its matte: alpha if it has one."""
_MAGIC = b"v/1\x01"
_MOST_CHANNELS = 4096
_MOST_BYTES = 2**32
_MOST_CROPPED = 4
"""A data window may be larger than the picture, by so many times its pixels."""
DataWindow = tuple[NDArray[np.int32], NDArray[np.int32]]


class ExrImporter(DocumentImporter):
    """Reads a folder of .exr files. An empty layer says nothing: all files of a sequence have all layers."""

    id = "exr"
    title = "mattes (OpenEXR)"

    def _recognises(self, path: Path) -> bool:
        return path.is_dir() and bool(find_folders(path, lambda folder: bool(_files(folder)), ""))

    def _inspect(self, path: Path, target: ImportTarget, steps: Steps) -> ImportPlan:
        if importlib.util.find_spec("OpenEXR") is None:
            raise FormatError(NEEDED)
        found = find_folders(path, lambda folder: bool(_files(folder)), target.name)
        if not found:
            raise FormatError(f"'{path}' has no OpenEXR files.")
        folder = found[0]
        files = {file.stem: file for file in _files(folder)}
        record, notes = folder_record(folder, target)
        matching = match_frames(sorted(files), target, record)
        gathered = Gathered(target, steps, record.known)
        frames = []
        for frame, stem in steps(sorted((frame, stem) for stem, frame in matching.frames.items())):
            with gathered.left.guard("picture", files[stem].name):
                _take(files[stem], frame, record, gathered)
                frames.append(frame)
        gathered.absent_by(record, matching.frames)
        return gathered.plan(self, path, frames, [*notes, *matching.notes], matching.question)


def _take(path: Path, frame: int, record: Record, gathered: Gathered) -> None:
    header = _read(path, header_only=True)[0]
    (low, high), data = _window(header, "displayWindow"), _window(header, "dataWindow")
    size = int(high[1] - low[1] + 1), int(high[0] - low[0] + 1)
    check_size(size, gathered.target, "it is of")
    count = len(header["channels"])
    if count > _MOST_CHANNELS:
        raise FormatError(f"it has more than {_MOST_CHANNELS} channels")
    pixels = int(np.prod((data[1] - data[0] + 1).clip(0).astype(np.int64)))
    if 4 * pixels * count > _MOST_BYTES:
        raise FormatError("it has too many layers to be read")
    if pixels > _MOST_CROPPED * size[0] * size[1]:
        raise FormatError("its data window is far larger than its picture")
    gathered.budget.allow(path.stat().st_size)
    gathered.budget.pixels(pixels * count)
    channels = _read(path)[1]
    own = _own_layers(header)
    for layer, channel in _mattes(list(channels)).items():
        with gathered.left.guard("layer", f"{path.name}, {layer or channel}"):
            matte = _placed(channels[channel], (low, high), data, size) >= 0.5
            if matte.any():
                number = own.get(layer)
                known = record.objects.get(number) if number is not None else None
                key: Hashable = (
                    own_key(known.id) if known else gathered.table.meet(("layer", layer), one_line(layer))
                )
                gathered.put(frame, key, encode(scaled_mask(matte, gathered.target.size)), path.name)


def _met(layer: str, gathered: Gathered) -> Hashable:
    return gathered.table.meet(("layer", layer), one_line(layer))


def _mattes(channels: list[str]) -> dict[str, str]:
    """Return the channel that is the matte of each layer; "" is the layer without a name."""
    layers: dict[str, list[str]] = {}
    for name in channels:
        layer, _, channel = name.rpartition(".")
        layers.setdefault(layer, []).append(channel)
    found = {}
    for layer, inside in layers.items():
        channel = next((one for one in _PREFERRED if one in inside), inside[0])
        found[layer] = f"{layer}.{channel}" if layer else channel
    # Where objects have layers of their own, the one without a name is the picture.
    return {layer: name for layer, name in found.items() if layer} or found


def _placed(
    values: NDArray[Any], display: DataWindow, data: DataWindow, size: tuple[int, int]
) -> NDArray[np.float32]:
    """Return a channel's (H, W) values in the display window; beyond the data window they are 0."""
    if values.ndim != 2 or values.shape != (data[1][1] - data[0][1] + 1, data[1][0] - data[0][0] + 1):
        raise FormatError("it has fewer pixels than the picture")
    found = np.zeros(size, dtype=np.float32)
    left, top = (int(data[0][axis] - display[0][axis]) for axis in (0, 1))
    inner = values[max(-top, 0) : max(size[0] - top, 0), max(-left, 0) : max(size[1] - left, 0)]
    top, left = max(top, 0), max(left, 0)
    found[top : top + inner.shape[0], left : left + inner.shape[1]] = np.nan_to_num(inner.astype(np.float32))
    return found


def _own_layers(header: dict[str, Any]) -> dict[str, int]:
    """Return the object's number of each layer, if the file is ours."""
    try:
        found = json.loads(header.get(LAYERS, "{}"))
    except (TypeError, ValueError, RecursionError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(layer): number for layer, number in found.items() if type(number) is int}


def _window(header: dict[str, Any], name: str) -> DataWindow:
    low, high = (np.asarray(corner, dtype=np.int64).reshape(2) for corner in header[name])
    return low.astype(np.int32), high.astype(np.int32)


def _read(path: Path, *, header_only: bool = False) -> tuple[dict[str, Any], dict[str, Any]]:
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True, header_only=header_only) as file:
            if len(file.parts) != 1 or file.header().get("type") == OpenEXR.deepscanline:
                raise FormatError("it has several parts, or deep pixels, which are not read")
            # Both are emptied when the file is closed.
            header = dict(file.header())
            header["channels"] = [channel.name for channel in header.get("channels", ())]
            return header, {} if header_only else {n: np.array(c.pixels) for n, c in file.channels().items()}
    except (RuntimeError, ValueError, KeyError) as error:
        raise FormatError("it cannot be read as OpenEXR") from error


def _files(folder: Path) -> list[Path]:
    return [file for file in entries(folder) if file.suffix.lower() == ".exr" and _is_exr(file)]


def _is_exr(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == _MAGIC

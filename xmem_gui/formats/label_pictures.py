"""Label pictures as biologists keep them: TIFF of 16 bits whose value at a pixel is the object's number."""

import contextlib
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from zlib_ng import zlib_ng

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.gathering import Gathered
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.rle import Rle
from xmem_gui.formats.scaling import check_size
from xmem_gui.outputs import mark

MOST = 2**16 - 1
"""The highest number of an object."""
TIFF = (".tif", ".tiff")
_MODES = frozenset({"1", "L", "P", "I", "I;16", "I;16B", "I;16L", "I;16N", "F"})
_SOFTWARE, DESCRIPTION = 305, 270
_DEFLATE, _BLACK_IS_ZERO, _WHOLE_NUMBERS = 8, 1, 1
_WHOLE = 2**24
"""Floating-point numbers below this are whole to the last bit."""


def write_labels(
    file: Path | IO[bytes], labels: NDArray[np.uint16], kind: str, description: str = ""
) -> None:
    """Write an (H, W) picture of object numbers as one TIFF page, packed without loss."""
    page = _page(labels, mark(kind), description)
    if isinstance(file, Path):
        file.write_bytes(page)
    else:
        file.write(page)


def _page(labels: NDArray[np.uint16], software: str, description: str) -> bytes:
    """Return a TIFF file of one page (TIFF 6.0, section 2) in one strip, deflated.

    Not by Pillow, whose library deflates twenty times more slowly than masks need.
    """
    height, width = labels.shape
    pixels = zlib_ng.compress(np.ascontiguousarray(labels, dtype="<u2"), 2)
    texts = {
        tag: text.encode() + b"\0"
        for tag, text in ((DESCRIPTION, description), (_SOFTWARE, software))
        if text
    }
    shorts = {258: 16, 259: _DEFLATE, 262: _BLACK_IS_ZERO, 277: 1, 339: _WHOLE_NUMBERS}
    longs = {256: width, 257: height, 273: 0, 278: height, 279: len(pixels)}
    place = 8 + 2 + 12 * (len(texts) + len(shorts) + len(longs)) + 4
    behind = b""
    rows: dict[int, bytes] = {
        tag: struct.pack("<HHIHH", tag, 3, 1, value, 0) for tag, value in shorts.items()
    }
    for tag, text in texts.items():
        text += b"\0" * (len(text) % 2)
        value = text.ljust(4, b"\0") if len(text) <= 4 else struct.pack("<I", place + len(behind))
        rows[tag] = struct.pack("<HHI", tag, 2, len(text)) + value
        behind += text if len(text) > 4 else b""
    longs[273] = place + len(behind)
    rows |= {tag: struct.pack("<HHII", tag, 4, 1, value) for tag, value in longs.items()}
    table = b"".join(row for _, row in sorted(rows.items()))
    return struct.pack("<2sHIH", b"II", 42, 8, len(rows)) + table + struct.pack("<I", 0) + behind + pixels


@contextlib.contextmanager
def opened(path: Path) -> Iterator[Image.Image]:
    """Open a TIFF file; nothing is decoded yet.

    Raises
    ------
    FormatError
        If it is none.
    """
    if not path.is_file():
        raise FormatError(f"'{path}' is not a file.")
    with Image.open(path, formats=("TIFF",)) as image:
        yield image


def labels_of(image: Image.Image, target: ImportTarget) -> NDArray[np.int64]:
    """Return the (H, W) numbers of an opened page, 0 where nothing is; its size is looked at before.

    Raises
    ------
    FormatError
        If it is a colour picture, has numbers below 0 or not whole, or another size.
    """
    width, height = image.size
    check_size((height, width), target, "it is of")
    if image.mode not in _MODES:
        raise FormatError(f"it is a colour picture ({image.mode}), and no picture of object numbers")
    values = np.asarray(image)
    if values.dtype.kind == "f" and not (np.isfinite(values).all() and np.abs(values).max() < _WHOLE):
        raise FormatError("its numbers are not whole")
    found = values.astype(np.int64)
    if found.min() < 0 or (values.dtype.kind == "f" and (found != values).any()):
        raise FormatError("it has numbers below 0, or not whole ones")
    return found


def split_labels(labels: NDArray[np.int64], gathered: Gathered) -> Iterator[tuple[int, Rle]]:
    """Yield (number, mask) of each object in an (H, W) picture; many objects take no longer than one."""
    height, width = labels.shape
    columns = np.ascontiguousarray(labels.T).ravel()
    edges = np.flatnonzero(columns[1:] != columns[:-1]) + 1
    starts = np.concatenate(([0], edges))
    ends = np.concatenate((edges, [columns.size]))
    values = columns[starts]
    order = np.argsort(values, kind="stable")
    groups = np.flatnonzero(np.diff(values[order])) + 1
    for group in np.split(order, groups):
        number = int(values[group[0]])
        if number == 0:
            continue
        gathered.budget.check()
        inner = np.stack((starts[group], ends[group]), axis=1).ravel()
        runs = np.diff(np.concatenate(([0], inner, [columns.size]))).tolist()
        counts = runs if runs[-1] else runs[:-1]
        yield number, Rle.from_coco({"size": [height, width], "counts": counts})


def more_than_labels(objects: tuple[ObjectInfo, ...]) -> tuple[str, ...]:
    """Return why these objects cannot stand in one label picture, if so."""
    if len(objects) <= MOST:
        return ()
    return (f"A label picture holds at most {MOST} objects, and these are {len(objects)}; choose fewer.",)


def visible_in(labels: NDArray[Any]) -> list[int]:
    """Return the numbers in an (H, W) picture, rising, without 0."""
    flat = labels.ravel()
    first = np.concatenate(([True], flat[1:] != flat[:-1]))
    return [int(number) for number in np.unique(flat[first]) if number]

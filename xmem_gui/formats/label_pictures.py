"""Label pictures as biologists keep them: TIFF of 16 bits whose value at a pixel is the object's number."""

import contextlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, TiffImagePlugin

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
_WHOLE = 2**24
"""Floating-point numbers below this are whole to the last bit."""


def write_labels(
    file: Path | IO[bytes], labels: NDArray[np.uint16], kind: str, description: str = ""
) -> None:
    """Write an (H, W) picture of object numbers as one TIFF page, packed without loss."""
    notes = TiffImagePlugin.ImageFileDirectory_v2()
    notes[_SOFTWARE] = mark(kind)
    if description:
        notes[DESCRIPTION] = description
    # In memory: Pillow 10.3 packs through the file's descriptor, and on several threads found a bad one.
    page = io.BytesIO()
    Image.fromarray(labels).save(page, format="TIFF", compression="tiff_adobe_deflate", tiffinfo=notes)
    if isinstance(file, Path):
        file.write_bytes(page.getbuffer())
    else:
        file.write(page.getbuffer())


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

"""What formats do with run-length masks beside what the value can: sizes, pixels, CVAT's own runs."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError
from xmem_gui.project.rle import Rle

__all__ = ["Rle", "decode", "encode", "from_coco", "from_row_runs", "row_runs", "size_of"]


def encode(mask: NDArray[Any]) -> Rle:
    """Encode an (H, W) mask; any value other than 0 is the object."""
    return Rle.from_mask(mask)


def decode(rle: Rle) -> Mask:
    """Return the (H, W) mask; `MaskError` if the runs do not fill it."""
    return rle.to_mask()


def size_of(rle: Rle) -> tuple[int, int]:
    """Return (height, width) in pixels."""
    return (rle.height, rle.width)


def from_coco(value: object) -> Rle:
    """Read a COCO RLE of unknown making; numbers such as 48.0 count as whole, as some tools write them.

    Raises
    ------
    MaskError
        If it is not an RLE, or its runs do not fill it exactly.
    """
    if not isinstance(value, dict):
        raise MaskError("A mask is not an RLE with 'size' and 'counts'.")
    size, counts = value.get("size"), value.get("counts")
    if isinstance(size, list):
        size = [_whole(side) for side in size]
    if isinstance(counts, list):
        counts = [_whole(count) for count in counts]
    return Rle.from_coco({"size": size, "counts": counts})


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and len(value) < 12 and value.replace(".", "", 1).isdecimal():
        return _whole(float(value))
    return value


def row_runs(mask: Mask) -> list[int]:
    """Return run lengths row by row, background first: what CVAT keeps for the part inside a mask's box."""
    pixels = np.concatenate(([False], np.ascontiguousarray(mask).ravel()))
    changes = np.flatnonzero(pixels[1:] != pixels[:-1])
    return [int(v) for v in np.diff(np.concatenate(([0], changes, [pixels.size - 1])))]


def from_row_runs(lengths: Sequence[int], height: int, width: int) -> Mask:
    """Return the (height, width) mask of row-wise run lengths; `MaskError` if they do not fill it."""
    total = height * width
    if len(lengths) > 2 * total + 2 or any(not 0 <= v <= total for v in lengths) or sum(lengths) != total:
        raise MaskError(
            f"A mask's run lengths do not fill its box of {width} x {height} pixels; it is damaged."
        )
    values = np.asarray(lengths, dtype=np.int64)
    return np.repeat(np.arange(len(values)) % 2 == 1, values).reshape(height, width)

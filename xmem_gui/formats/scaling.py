"""Masks of another size than the video: refused by default, scaled to it on request."""

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.errors import FormatError
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.reading import one_line
from xmem_gui.formats.rle import Rle, decode, encode, size_of

MAX_SCALED = 2**26
"""Masks of more pixels (8192 x 8192) are not scaled."""
_FARTHEST = 64.0
"""How many times larger or smaller a mask may be."""


class SizeError(FormatError):
    """Masks have another size than the video."""


def stated_size(height: object, width: object, target: ImportTarget, what: str) -> tuple[int, int]:
    """Return the (height, width) that a file states, or the video's where it states none.

    Raises
    ------
    SizeError
        If it is not the video's, and is not to be scaled or cannot be.
    """
    found = _side(height, target.size[0]), _side(width, target.size[1])
    check_size(found, target, what)
    return int(str(found[0])), int(str(found[1]))


def check_size(found: tuple[object, object], target: ImportTarget, what: str) -> None:
    """Refuse a (height, width) that is not the video's and is not to be scaled; raises as `stated_size`."""
    if found == tuple(target.size):
        return
    height, width = found
    whole = isinstance(height, int) and isinstance(width, int)
    if not whole or not target.scale:
        raise SizeError(
            f"{what} {one_line(width, 12)} x {one_line(height, 12)} pixels, but the video has "
            f"{target.size[1]} x {target.size[0]}; masks must have the size of the video, or be scaled to it "
            "(--scale)."
        )
    assert isinstance(height, int)
    assert isinstance(width, int)
    ratios = (height / target.size[0], width / target.size[1])
    if (
        min(height, width) < 1
        or height * width > MAX_SCALED
        or not all(1 / _FARTHEST <= ratio <= _FARTHEST for ratio in ratios)
    ):
        raise SizeError(
            f"{what} {width} x {height} pixels, which cannot be scaled to the video's "
            f"{target.size[1]} x {target.size[0]}."
        )


def factors(found: tuple[int, int], target: ImportTarget) -> NDArray[np.float64]:
    """Return by what corners (x, y) in a picture of (height, width) are multiplied to be in the video's."""
    return np.array([target.size[1] / found[1], target.size[0] / found[0]])


def scaled_mask(mask: Mask, size: tuple[int, int]) -> Mask:
    """Return an (H, W) mask at another size: a pixel is inside if half of what it covers is."""
    if mask.shape == tuple(size):
        return mask
    smaller = size[0] < mask.shape[0] or size[1] < mask.shape[1]
    soft = cv2.resize(
        mask.astype(np.float32),
        (size[1], size[0]),
        interpolation=cv2.INTER_AREA if smaller else cv2.INTER_LINEAR,
    )
    inside: Mask = np.asarray(soft) >= 0.5
    return inside


def scaled(rle: Rle, size: tuple[int, int]) -> Rle:
    """Return a mask at another (height, width)."""
    return rle if size_of(rle) == tuple(size) else encode(scaled_mask(decode(rle), size))


def _side(value: object, default: int) -> object:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if value is None or value == "" or (value == 0 and not isinstance(value, bool)):
        return default  # tools that do not know it write 0
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else one_line(value, 12)

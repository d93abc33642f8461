"""Names of the arrays that are passed about, each with one shape and one unit wherever it stands."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import MaskError

Mask: TypeAlias = NDArray[np.bool_]
"""One object on one frame: (H, W), True inside it."""

IndexMask: TypeAlias = NDArray[Any]
"""All objects of a frame in one image: (H, W) uint8 or uint16, 0 where there is none."""

Probability: TypeAlias = NDArray[np.float32]
"""How likely each pixel is the object's: (H, W), 0 to 1."""

RgbImage: TypeAlias = NDArray[np.uint8]
"""A picture in colour: (H, W, 3), red green blue, 0 to 255. A video's frames are contiguous and read-only."""

Picture: TypeAlias = NDArray[np.uint8]
"""Any picture of 8 bits: (H, W) grey, (H, W, 3) RGB, or (H, W, 4) RGB and alpha that is not multiplied in."""

Points: TypeAlias = NDArray[np.float64]
"""Places in a picture: (N, 2), x and y in pixels of the video."""

Floats: TypeAlias = NDArray[np.float32]
"""Numbers in single precision, of any shape."""

Doubles: TypeAlias = NDArray[np.float64]
"""Numbers in double precision, of any shape."""

Ints: TypeAlias = NDArray[np.int64]
"""Whole numbers, of any shape."""

Size: TypeAlias = tuple[int, int]
"""Height and width in pixels, in this order, as arrays have them."""

Colour: TypeAlias = tuple[int, int, int]
"""Red, green and blue, 0 to 255."""


def as_mask(mask: NDArray[Any], *, size: Size | None = None) -> Mask:
    """Return a mask as bool without copying if it is bool already.

    Parameters
    ----------
    mask : (H, W) array
        Anything that is not zero is inside.
    size : (H, W), optional
        What its size must be.

    Raises
    ------
    MaskError
        If it has not two axes, or not that size.
    """
    mask = np.asarray(mask)
    if mask.ndim != 2:
        raise MaskError(f"A mask has two axes (rows, columns), not {mask.ndim}.")
    if size is not None and mask.shape != size:
        raise MaskError(
            f"The mask is {mask.shape[1]} x {mask.shape[0]} pixels, but {size[1]} x {size[0]} were expected."
        )
    return mask if mask.dtype == np.bool_ else mask != 0


def as_rgb(image: NDArray[Any]) -> RgbImage:
    """Return any image as (H, W, 3) uint8, without copying if it is that already.

    Grey becomes three equal channels and alpha is dropped. 16-bit values lose their lower byte; floats are
    taken as 0 to 1 (NaN as 0), bools as black and white.

    Raises
    ------
    ValueError
        If it is no image: not (H, W) or (H, W, 1 to 4), or of another kind of numbers.
    """
    image = np.asarray(image)
    if image.ndim == 2:
        image = image[..., None]
    if image.ndim != 3 or not 1 <= image.shape[2] <= 4:
        raise ValueError(f"An image is (H, W) or (H, W, 1 to 4), not {image.shape}.")
    colours = 1 if image.shape[2] < 3 else 3
    bytes_: RgbImage = _as_bytes(image[..., :colours])
    return bytes_ if colours == 3 else np.repeat(bytes_, 3, axis=2)


def _as_bytes(image: NDArray[Any]) -> NDArray[np.uint8]:
    known: NDArray[Any] = image
    if image.dtype == np.uint16:
        known = image >> 8
    elif image.dtype == np.bool_:
        known = image * np.uint8(255)
    elif image.dtype.kind == "f":
        known = np.rint(np.clip(np.nan_to_num(image, nan=0.0, posinf=1.0, neginf=0.0), 0, 1) * 255)
    elif image.dtype != np.uint8:
        raise ValueError(f"An image holds 8 or 16-bit numbers or floats, not {image.dtype}.")
    return known.astype(np.uint8, copy=False)

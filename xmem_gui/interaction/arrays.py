"""What every edit needs of its arrays: masks as bool, images as RGB, and the small part that matters."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import MaskError

Mask = NDArray[np.bool_]
"""(H, W), True inside the object."""
Image = NDArray[np.uint8]
"""(H, W, 3), RGB."""
Size = tuple[int, int]
"""Height and width in pixels."""
Box = tuple[slice, slice]
"""Rows and columns: a rectangle to index an array with."""


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


def as_rgb(image: NDArray[Any]) -> Image:
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
    bytes_: Image = _as_bytes(image[..., :colours])
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


def bounds(mask: Mask, *, margin: float = 0) -> Box | None:
    """Return the smallest rectangle that holds the mask and a margin around it, cut to the image.

    Parameters
    ----------
    mask : (H, W) bool
        Any mask.
    margin : float
        Pixels to add on each side, rounded up; may be infinite.

    Returns
    -------
    (slice, slice) or None
        Rows and columns; None if the mask is empty.
    """
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size == 0:
        return None
    columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
    height, width = mask.shape
    extra = math.ceil(min(margin, max(height, width)))
    return (
        slice(max(int(rows[0]) - extra, 0), min(int(rows[-1]) + 1 + extra, height)),
        slice(max(int(columns[0]) - extra, 0), min(int(columns[-1]) + 1 + extra, width)),
    )


def within(mask: Mask, distance: float) -> Mask:
    """Return the pixels whose centre is at most ``distance`` from the centre of a pixel of the mask.

    Parameters
    ----------
    mask : (H, W) bool
        Any mask; the distance from an empty one is infinite.
    distance : float
        In pixels.
    """
    near: Mask = mask.copy()
    if not mask.any() or not distance >= 1:
        return near
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Squared distances are whole numbers: halfway to the next one, rounding does not matter.
    reach = math.hypot(*mask.shape) if math.isinf(distance) else distance
    near = away <= math.sqrt(math.floor(reach * reach) + 0.5)
    return near

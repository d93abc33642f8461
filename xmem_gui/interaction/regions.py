"""The part of a picture that matters: the rectangle around a mask, and what is near it."""

from __future__ import annotations

import math

import cv2
import numpy as np

from xmem_gui.arrays import Mask

Slices = tuple[slice, slice]
"""Rows and columns: a rectangle to index an array with."""


def bounds(mask: Mask, *, margin: float = 0) -> Slices | None:
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
        The largest distance, in pixels.
    """
    near: Mask = mask.copy()
    if not mask.any() or not distance >= 1:
        return near
    away = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # Squared distances are whole numbers: halfway to the next one, rounding does not matter.
    reach = math.hypot(*mask.shape) if math.isinf(distance) else distance
    near = away <= math.sqrt(math.floor(reach * reach) + 0.5)
    return near

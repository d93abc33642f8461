"""Filling by colour, and tidying a mask's parts: holes and islands."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, as_mask, as_rgb
from xmem_gui.interaction.patches import Patch
from xmem_gui.interaction.regions import bounds

_AREA = cv2.CC_STAT_AREA


def flood_fill(
    image: NDArray[Any],
    x: float,
    y: float,
    *,
    tolerance: float = 16,
    connectivity: int = 4,
    region: NDArray[Any] | None = None,
) -> Patch:
    """Return the pixels around a seed that look like it.

    Parameters
    ----------
    image : (H, W) or (H, W, 1 to 4) array
        A picture as `as_rgb` takes it.
    x, y : float
        The seed in video pixels. Outside the image or the region, nothing is filled.
    tolerance : float
        How far each of red, green and blue may be from the seed's, of 255.
    connectivity : int
        4 if the fill spreads to the sides only, 8 if over corners too.
    region : (H, W) array, optional
        Where the fill may go, as a mask.

    Raises
    ------
    ValueError
        If it is no image, or the connectivity is neither 4 nor 8.
    MaskError
        If the region's size is not the image's.
    """
    if connectivity not in (4, 8):
        raise ValueError(f"connectivity is 4 or 8, not {connectivity}.")
    rgb = as_rgb(image)
    height, width = rgb.shape[:2]
    allowed = None if region is None else as_mask(region, size=(height, width))
    if not (0 <= x < width and 0 <= y < height):  # Also where one is NaN.
        return Patch.empty()
    seed = int(x), int(y)
    if allowed is not None and not allowed[seed[1], seed[0]]:
        return Patch.empty()
    colour = rgb[seed[1], seed[0]].astype(np.float64)
    reach = min(tolerance, 255.0) if tolerance > 0 else 0.0
    low, high = np.ceil(colour - reach), np.floor(colour + reach)
    like = cv2.inRange(np.ascontiguousarray(rgb), np.clip(low, 0, 255), np.clip(high, 0, 255))
    if allowed is not None:
        like[~allowed] = 0
    _, _, _, (left, top, columns, rows) = cv2.floodFill(like, None, seed, 1, flags=connectivity)
    return Patch(left, top, like[top : top + rows, left : left + columns] == 1)


def fill_holes(mask: NDArray[Any], *, max_area: float = math.inf) -> Mask:
    """Return the mask with its holes filled.

    A hole is background that the object shuts off on all sides (what touches the image's border is none);
    an object's parts hold together over corners, so a hole does not leak through one.

    Parameters
    ----------
    mask : (H, W) array
        A mask.
    max_area : float
        Only holes of at most so many pixels.
    """
    result: Mask = as_mask(mask).copy()
    box = bounds(result)
    if box is None:
        return result
    # A frame of background around the object's rectangle is the outside.
    background = np.pad(~result[box], 1, constant_values=True).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(background, connectivity=4)
    hole = stats[:, _AREA] <= max_area
    hole[[0, labels[0, 0]]] = False
    if count > 2:
        result[box] |= hole[labels][1:-1, 1:-1]
    return result


def remove_islands(mask: NDArray[Any], *, min_area: float) -> Mask:
    """Return the mask without parts of fewer than ``min_area`` pixels (parts hold together over corners)."""
    return _keep(mask, lambda areas: areas >= min_area)


def keep_largest(mask: NDArray[Any]) -> Mask:
    """Return the mask's largest part only; of several equally large, one of them."""
    return _keep(mask, lambda areas: np.arange(len(areas)) == np.argmax(areas))


def keep_part_at(mask: NDArray[Any], x: float, y: float) -> Mask:
    """Return only the part under a point in video pixels; the mask as it is if the point is not on it."""
    known: Mask = as_mask(mask).copy()
    if not (0 <= x < known.shape[1] and 0 <= y < known.shape[0]) or not known[int(y), int(x)]:
        return known
    part = known.astype(np.uint8)
    cv2.floodFill(part, None, (int(x), int(y)), 2, flags=8)
    chosen: Mask = part == 2
    return chosen


def _keep(mask: NDArray[Any], choose: Callable[[NDArray[Any]], Mask]) -> Mask:
    result: Mask = as_mask(mask).copy()
    box = bounds(result)
    if box is None:
        return result
    inside = result[box].view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(np.ascontiguousarray(inside), connectivity=8)
    kept = np.concatenate([[False], choose(stats[1:, _AREA])])
    result[box] = kept[labels]
    return result

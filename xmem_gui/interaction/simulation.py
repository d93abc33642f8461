"""What a patient person would do next, given the true mask: for training and for measuring."""

from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.interaction.prompts import Point, Stroke

_SLABS = 24


def largest_error(mask: Mask, truth: Mask) -> tuple[Mask, bool] | None:
    """Return the largest connected region where a mask is wrong, and whether it is missing from the mask.

    Parameters
    ----------
    mask, truth : (H, W) bool
        What is, and what should be.

    Returns
    -------
    (H, W) bool, bool
        The region (8-connected); None if nothing is wrong.
    """
    best: tuple[int, Mask, bool] | None = None
    for wrong, missing in ((truth & ~mask, True), (mask & ~truth, False)):
        _, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.view(np.uint8), connectivity=8)
        areas = stats[1:, cv2.CC_STAT_AREA]
        if len(areas) and (best is None or areas.max() > best[0]):
            best = int(areas.max()), labels == 1 + int(areas.argmax()), missing
    return None if best is None else best[1:]


def next_click(
    mask: Mask, truth: Mask, *, spread: float = 0, rng: np.random.Generator | None = None
) -> Point | None:
    """Return a click at the centre of the largest error: its pixel farthest from what is outside it.

    Parameters
    ----------
    mask, truth : (H, W) bool
        What is, and what should be.
    spread : float
        With ``rng``: how much nearer to the region's edge than its centre a click may be, as a share.
    rng : numpy Generator, optional
        Draws among the pixels that ``spread`` allows.

    Returns
    -------
    Point
        None if nothing is wrong.
    """
    found = largest_error(mask, truth)
    if found is None:
        return None
    region, missing = found
    depth = depth_inside(region)
    if rng is None:
        place = int(depth.argmax())
    else:
        allowed = np.flatnonzero(depth >= max((1 - spread) * float(depth.max()), 0.5))
        place = int(rng.choice(allowed))
    y, x = divmod(place, region.shape[1])
    return Point(x + 0.5, y + 0.5, missing)


def needless_clicks(
    mask: Mask, truth: Mask, *, positive: bool, count: int, rng: np.random.Generator
) -> list[Point]:
    """Return clicks that ask for nothing, in random places: what they say is so already.

    Positive ones are inside mask and object. Negative ones are outside both but near: from a twentieth to a
    quarter of the object's size away, at least three pixels. The size is the square root of the area.

    Parameters
    ----------
    mask, truth : (H, W) bool
        What is, and what should be.
    positive : bool
        Whether needless positive clicks are meant, or negative ones.
    count : int
        How many; there are fewer where there is no place for them.
    rng : numpy Generator
        Draws the places.
    """
    size = float(np.sqrt(truth.sum()))
    if positive:
        allowed = depth_inside(mask & truth) > 2
    else:
        outside = ~(mask | truth)
        away = cv2.distanceTransform(outside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        allowed = (away >= max(0.05 * size, 3)) & (away <= max(0.25 * size, 6))
    places = np.flatnonzero(allowed)
    chosen = rng.choice(places, min(count, len(places)), replace=False)
    return [Point(x + 0.5, y + 0.5, positive) for y, x in (divmod(int(at), mask.shape[1]) for at in chosen)]


def next_stroke(mask: Mask, truth: Mask, *, rng: np.random.Generator | None = None) -> Stroke | None:
    """Return a scribble along the middle of the largest error, or with ``rng`` along a random part of it.

    It lies inside the error: its radius is half the distance to the edge at the narrowest place, at most a
    hundredth of the image's shorter side.
    """
    found = largest_error(mask, truth)
    if found is None:
        return None
    region, missing = found
    depth = depth_inside(region)
    points = _middle_line(region, depth)
    if rng is not None and len(points) > 2:
        kept = int(rng.integers(2, len(points) + 1))
        start = int(rng.integers(0, len(points) - kept + 1))
        points = points[start : start + kept]
    narrowest = float(depth[points[:, 1], points[:, 0]].min())
    radius = min(narrowest / 2, min(mask.shape) / 100)
    return Stroke(points + 0.5, max(radius - 0.5, 0), missing)


def depth_inside(region: Mask) -> NDArray[np.float32]:
    """Return every pixel's distance to the nearest one outside the region; so is all beyond the image."""
    padded = np.pad(region.view(np.uint8), 1)
    depth: NDArray[np.float32] = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return depth[1:-1, 1:-1]


def _middle_line(region: Mask, depth: NDArray[np.float32]) -> NDArray[np.int64]:
    """Return pixels (N, 2), x and y, along the region's long axis: in each slab across it the deepest.

    Of the line, the longest piece around the deepest pixel that never leaves the region is kept.
    """
    rows, columns = np.nonzero(region)
    places = np.stack([columns, rows], axis=1)
    middle = places - places.mean(axis=0)
    axis = np.linalg.eigh(middle.T @ middle)[1][:, -1]
    along = middle @ axis
    span = float(along.max() - along.min())
    slabs = ((along - along.min()) / max(span, 1e-6) * (_SLABS - 1e-3)).astype(int)
    depths = depth[rows, columns]
    # The last of equal slabs in ascending depth is each slab's deepest.
    order = np.lexsort((depths, slabs))
    last = np.flatnonzero(np.diff(slabs[order], append=_SLABS))
    line = places[order[last]]
    joined = [_inside(region, a, b) for a, b in pairwise(line)]
    deepest = int(depths[order[last]].argmax())
    first = end = deepest
    while first > 0 and joined[first - 1]:
        first -= 1
    while end < len(line) - 1 and joined[end]:
        end += 1
    return line[first : end + 1]


def _inside(region: Mask, start: NDArray[np.int64], end: NDArray[np.int64]) -> bool:
    count = int(np.abs(end - start).max()) + 1
    steps = np.rint(np.linspace(start, end, count)).astype(int)
    return bool(region[steps[:, 1], steps[:, 0]].all())

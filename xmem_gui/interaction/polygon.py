"""Polygons and lassos."""

from __future__ import annotations

from enum import Enum

import numpy as np
from numpy.typing import ArrayLike

from xmem_gui.arrays import Size
from xmem_gui.interaction.patches import Patch
from xmem_gui.interaction.paths import as_points
from xmem_gui.interaction.scanlines import counter, each_row


class FillRule(str, Enum):
    """What is inside of a polygon that crosses itself."""

    NON_ZERO = "non-zero"
    """All that the outline goes around, however often: what a hand that draws a loop twice means."""
    EVEN_ODD = "even-odd"
    """What the outline goes around an odd number of times."""


def fill_polygon(points: ArrayLike, size: Size, *, rule: FillRule = FillRule.NON_ZERO) -> Patch:
    """Return the pixels whose centres are inside a polygon.

    Two polygons that share an edge neither overlap nor leave a gap: a centre exactly on an edge belongs to
    the polygon on its right (or, on a level edge, to the one below).

    Parameters
    ----------
    points : (N, 2) array
        Corners, x and y in video pixels; the last joins the first. Pixel (0, 0) has its centre at (0.5, 0.5).
        They may lie outside the image; those that are not finite numbers are left out. Fewer than three
        corners have no inside.
    size : (H, W)
        Of the image; the patch lies inside it.
    rule : FillRule
        What is inside where the outline crosses itself.

    Raises
    ------
    ValueError
        If the points are not pairs.
    """
    start = as_points(points)
    start = start[np.isfinite(start).all(axis=1)]
    height, width = size
    if len(start) < 3 or height < 1 or width < 1:
        return Patch.empty()
    end = np.roll(start, -1, axis=0)
    # The part of the image that the polygon's own rectangle can reach.
    top, bottom = np.clip([np.floor(start[:, 1].min()), np.ceil(start[:, 1].max())], 0, height).astype(int)
    left, right = np.clip([np.floor(start[:, 0].min()), np.ceil(start[:, 0].max())], 0, width).astype(int)
    if top >= bottom or left >= right:
        return Patch.empty()
    winding = np.zeros((bottom - top, right - left + 1), counter(len(start)))
    low, high = np.minimum(start[:, 1], end[:, 1]), np.maximum(start[:, 1], end[:, 1])
    for items, rows in each_row(low, high, height):
        y = rows + 0.5
        crossed = (low[items] <= y) & (y < high[items])
        items, rows, y = items[crossed], rows[crossed], y[crossed]
        a, b = start[items], end[items]
        # Always from the upper end, so that an edge shared by two polygons crosses at the very same place.
        down = a[:, 1] < b[:, 1]
        upper, lower = np.where(down[:, None], a, b), np.where(down[:, None], b, a)
        part = (y - upper[:, 1]) / (lower[:, 1] - upper[:, 1])
        x = upper[:, 0] + part * (lower[:, 0] - upper[:, 0])
        first = np.clip(np.ceil(x - 0.5) - left, 0, right - left).astype(np.int64)
        np.add.at(winding, (rows - top, first), np.where(down, 1, -1).astype(winding.dtype))
    np.cumsum(winding, axis=1, out=winding)
    counted = winding[:, :-1]
    inside = counted != 0 if rule is FillRule.NON_ZERO else counted % 2 != 0
    patch = Patch.of(inside)
    return Patch(patch.x + int(left), patch.y + int(top), patch.pixels)

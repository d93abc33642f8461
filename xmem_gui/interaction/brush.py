"""A round brush of any size, for painting and erasing."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from xmem_gui.arrays import Doubles, Ints, Points, Size
from xmem_gui.interaction.patches import Patch
from xmem_gui.interaction.paths import FARTHEST, as_points, smooth_path, without_repeats
from xmem_gui.interaction.scanlines import Runs, each_row, union

_ROUNDING = 1e-9
"""Pixels by which a shape is widened, so that what is symmetric stays so."""
_ALWAYS_COVERED = 0.75
"""A brush of this radius (more than half a pixel's diagonal) covers each pixel that its path goes through."""


def brush_stroke(points: ArrayLike, radius: ArrayLike, size: Size, *, smooth: bool = True) -> Patch:
    """Return the pixels that a round brush covers on its way.

    A pixel is covered if its centre is within the brush's radius of the path, or if the path goes through
    the pixel: so even the thinnest brush leaves a line without gaps. Between two points the radius changes
    linearly.

    Parameters
    ----------
    points : (N, 2) array
        Where the pointer was, x and y in video pixels; pixel (0, 0) has its centre at (0.5, 0.5). They may
        lie outside the image; those that are not finite numbers are left out.
    radius : float or (N,) array
        Of the brush in pixels: one, or one a point for a pen's pressure. Where the pen rests,
        the largest counts; what is not finite or below 0 counts as 0.
    size : (H, W)
        Of the image; the patch lies inside it.
    smooth : bool
        Whether the path is a smooth curve through the points, or straight from one to the next.

    Raises
    ------
    ValueError
        If the points are not pairs, or the radii neither one nor one a point.
    """
    path = as_points(points)
    radii: Doubles = np.broadcast_to(np.asarray(radius, np.float64), path.shape[:1])
    known = np.isfinite(path).all(axis=1)
    path, radii = path[known], radii[known]
    radii = np.clip(np.where(np.isfinite(radii), radii, 0.0), 0, FARTHEST)
    path, radii = without_repeats(path, radii)
    if smooth:
        path, radii = smooth_path(path, radii)
    if len(path) == 0:
        return Patch.empty()
    if len(path) == 1:
        path, radii = np.repeat(path, 2, axis=0), np.repeat(radii, 2)
    return union(Runs.together(_runs(path, radii, size)))


def _runs(path: Points, radii: Doubles, size: Size) -> list[Runs]:
    height, width = size
    a, b, r_a, r_b = path[:-1], path[1:], radii[:-1], radii[1:]
    low = np.minimum(a[:, 1] - r_a, b[:, 1] - r_b)
    high = np.maximum(a[:, 1] + r_a, b[:, 1] + r_b)
    sides = _sides(a, b, r_a, r_b)
    thin = bool((radii < _ALWAYS_COVERED).any())
    found = []
    for items, rows in each_row(low, high, height):
        y = rows.astype(np.float64) + 0.5
        spans = [_disc(a[items], r_a[items], y), _disc(b[items], r_b[items], y)]
        spans += [_edge(start[items], end[items], y, y) for start, end in sides]
        left = np.minimum.reduce([span[0] for span in spans])
        right = np.maximum.reduce([span[1] for span in spans])
        some = left <= right
        first = np.ceil(left[some] - 0.5 - _ROUNDING).astype(np.int64)
        last = np.floor(right[some] - 0.5 + _ROUNDING).astype(np.int64)
        found.append(Runs(rows[some], first, last).clipped(width))
        if thin:
            found.append(_passed(a[items], b[items], rows).clipped(width))
    return found


def _sides(a: Points, b: Points, r_a: Doubles, r_b: Doubles) -> list[tuple[Points, Points]]:
    """Return where the two common tangents of each pair of discs touch them.

    A disc that moves and grows evenly sweeps the convex hull of its first and last place: both discs, and the
    quadrilateral between these points. Its other two sides are chords of the discs and add nothing. Where one
    disc holds the other there is no tangent: the line between the centres, which adds nothing, stands in.
    """
    step = b - a
    length = np.hypot(step[:, 0], step[:, 1])
    apart = (length > np.abs(r_a - r_b))[:, None]
    length = np.where(apart[:, 0], length, 1)
    along = step / length[:, None]
    sine = np.where(apart, ((r_a - r_b) / length)[:, None], 0)
    across = np.stack([-along[:, 1], along[:, 0]], axis=1) * np.sqrt(1 - sine**2)
    touch = np.where(apart, along * sine + across, 0), np.where(apart, along * sine - across, 0)
    return [(a + r_a[:, None] * normal, b + r_b[:, None] * normal) for normal in touch]


def _passed(a: Points, b: Points, rows: Ints) -> Runs:
    """Return the pixels of each row that the segment goes through: one run each."""
    left, right = _edge(a, b, rows.astype(np.float64), np.nextafter(rows + 1.0, 0))
    some = left <= right
    first, last = np.floor(left[some]).astype(np.int64), np.floor(right[some]).astype(np.int64)
    return Runs(rows[some], first, last)


def _disc(centre: Points, radius: Doubles, y: Doubles) -> tuple[Doubles, Doubles]:
    """Return from where to where a disc reaches at height ``y``; (inf, -inf) where it does not."""
    room = (radius + _ROUNDING) ** 2 - (y - centre[:, 1]) ** 2
    half = np.sqrt(np.maximum(room, 0))
    hit = room >= 0
    return np.where(hit, centre[:, 0] - half, np.inf), np.where(hit, centre[:, 0] + half, -np.inf)


def _edge(a: Points, b: Points, low: Doubles, high: Doubles) -> tuple[Doubles, Doubles]:
    """Return from where to where a segment reaches between two heights; (inf, -inf) where it is not."""
    rise = b[:, 1] - a[:, 1]
    level = rise == 0
    slope = (b[:, 0] - a[:, 0]) / np.where(level, 1, rise)
    y_0, y_1 = np.minimum(a[:, 1], b[:, 1]), np.maximum(a[:, 1], b[:, 1])
    hit = (y_0 <= high) & (y_1 >= low)
    from_y, to_y = np.clip(low, y_0, y_1), np.clip(high, y_0, y_1)
    ends = [
        np.where(level, end[:, 0], a[:, 0] + (y - a[:, 1]) * slope) for end, y in ((a, from_y), (b, to_y))
    ]
    left, right = np.minimum(*ends), np.maximum(*ends)
    return np.where(hit, left, np.inf), np.where(hit, right, -np.inf)

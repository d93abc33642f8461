"""The curve that a hand meant, from the few places at which the mouse was seen."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xmem_gui.arrays import Points

FARTHEST = float(1 << 20)
"""Coordinates beyond this many pixels are pulled in; no video is that large."""
_FLATNESS = 0.1
"""Pixels by which the chords may stand off the curve."""
_MOST_CHORDS = 64


def as_points(points: ArrayLike) -> Points:
    """Return points as (N, 2) floats within `FARTHEST` of the origin; NaN stays NaN.

    Raises
    ------
    ValueError
        If they are not pairs.
    """
    array: NDArray[Any] = np.asarray(points, np.float64)
    if array.size == 0:
        return np.zeros((0, 2))
    if array.ndim != 2 or array.shape[1] != 2:
        raise ValueError(f"Points are (N, 2), not {array.shape}.")
    near: Points = np.clip(array, -FARTHEST, FARTHEST)
    return near


def smooth_path(points: Points, radii: NDArray[np.float64]) -> tuple[Points, NDArray[np.float64]]:
    """Return a smooth path through all points, as chords, with the radius along it.

    A centripetal Catmull-Rom spline (Yuksel et al. 2011, "Parameterization and applications of Catmull-Rom
    curves"), which makes neither loops nor cusps between two points; the radius changes linearly.

    Parameters
    ----------
    points : (N, 2)
        Where the pointer was, no two neighbours equal.
    radii : (N,)
        Of the brush at each.

    Returns
    -------
    points : (M, 2)
        M >= N; the given ones are among them.
    radii : (M,)
        Of the brush at each.
    """
    if len(points) < 3:
        return points, radii
    step = np.diff(points, axis=0)
    length = np.hypot(step[:, 0], step[:, 1])[:, None]  # The knots' distances squared: alpha is 1/2.
    root = np.sqrt(length)
    # Tangents at the inner points, in units of the knots; at the ends the curve leaves straight.
    slope = step / root
    before, after = root[:-1], root[1:]
    inner = (slope[:-1] * after + slope[1:] * before) / (before + after)
    tangent = np.concatenate([slope[:1], inner, slope[-1:]])
    control_1 = points[:-1] + tangent[:-1] * root / 3
    control_2 = points[1:] - tangent[1:] * root / 3
    bend = np.maximum(
        np.abs(points[:-1] - 2 * control_1 + control_2).sum(axis=1),
        np.abs(control_1 - 2 * control_2 + points[1:]).sum(axis=1),
    )
    chords = np.clip(np.ceil(np.sqrt(bend * (0.75 / _FLATNESS))), 1, _MOST_CHORDS).astype(np.int64)
    span = np.repeat(np.arange(len(step)), chords)
    t = (np.arange(span.size) - np.repeat(np.cumsum(chords) - chords, chords)) / chords[span]
    u = t[:, None]
    curve = (
        points[span] * (1 - u) ** 3
        + control_1[span] * (3 * u * (1 - u) ** 2)
        + control_2[span] * (3 * u**2 * (1 - u))
        + points[span + 1] * u**3
    )
    along = radii[span] * (1 - t) + radii[span + 1] * t
    return np.concatenate([curve, points[-1:]]), np.concatenate([along, radii[-1:]])


def without_repeats(points: Points, radii: NDArray[np.float64]) -> tuple[Points, NDArray[np.float64]]:
    """Join equal neighbours into one point with the largest of their radii."""
    if len(points) < 2:
        return points, radii
    new = np.concatenate([[True], (np.diff(points, axis=0) != 0).any(axis=1)])
    starts = np.flatnonzero(new)
    return points[starts], np.maximum.reduceat(radii, starts)

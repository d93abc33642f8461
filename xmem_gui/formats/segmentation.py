"""Polygons as formats keep them: lists of numbers, checked on the way in."""

from typing import Any

import numpy as np

from xmem_gui.errors import FormatError
from xmem_gui.formats.polygons import Points

MAX_POINTS = 4_000_000
"""Polygons with more corners are refused."""


def read_polygons(value: object) -> list[Points]:
    """Return COCO's list of polygons, each a flat list x, y, x, y, ..."""
    if not isinstance(value, list):
        raise FormatError("A mask is neither an RLE nor a list of polygons.")
    return [flat_points(ring) for ring in value]


def flat_points(values: Any) -> Points:
    """Return the (N, 2) corners of a flat list of numbers."""
    if not isinstance(values, list) or len(values) < 6 or len(values) % 2 or len(values) > 2 * MAX_POINTS:
        raise FormatError("A polygon is not a list of three corners or more.")
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        raise FormatError("A polygon's corners are not numbers.")
    return checked(np.array([float(v) for v in values], dtype=np.float64).reshape(-1, 2))


def paired_points(values: Any) -> Points:
    """Return the (N, 2) corners of a list of pairs."""
    if not isinstance(values, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in values):
        raise FormatError("A polygon is not a list of corners.")
    return flat_points([v for pair in values for v in pair])


def checked(points: Points) -> Points:
    """Return corners if they are places near a picture."""
    if not np.isfinite(points).all() or (points.size and np.abs(points).max() > 2.0**31):
        raise FormatError("A polygon has a corner that is no place in a picture.")
    return points

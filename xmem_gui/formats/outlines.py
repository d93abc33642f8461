"""What a polygon of a file covers: what is inside of it, or the pixels under its outline as well.

Tools that trace masks with OpenCV (Ultralytics, supervision, datumaro, X-AnyLabeling) name the outermost
pixels of an object as corners, and fill the polygon together with its outline. Filled by the centres of
pixels, such a polygon loses its right column and lower row.

This program's own corners are told by their fractions, and are filled exactly by either rule. They lie
`INSET` inside pixel edges; in YOLO's labels, whose readers round corners or cut them to whole pixels, they
are moved into the first half of their pixel (`settled_corners`), from which `unsettled` brings them back.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.budget import Budget
from xmem_gui.formats.filling import union_rings
from xmem_gui.formats.polygons import INSET
from xmem_gui.formats.scaling import scaled_mask

_NEAR = 1 / 32
"""Corners so little before a pixel are in it: shares of the width have few digits."""
_SETTLED = 0.375
"""Where in a pixel a corner of its far side goes; that of the near side stays at `INSET`."""
_EXACT = 0.02
"""How far a fraction may be from one of ours: files that tools have written anew have fewer digits."""
_FAR = 2.0**31


def settled_corners(ring: Points) -> Points:
    """Return corners of ours in the first half of their pixels: cut or rounded, they give that pixel."""
    pixel = np.floor(ring)
    return pixel + np.where(ring - pixel > 0.5, _SETTLED, INSET)


def unsettled(ring: Points) -> Points | None:
    """Return the corners as they were traced, or None if they are not of this program."""
    if len(ring) < 4 or not np.isfinite(ring).all():
        return None
    pixel = np.floor(ring)
    part = ring - pixel
    near = np.abs(part - INSET) < _EXACT
    far = (np.abs(part - _SETTLED) < _EXACT) | (np.abs(part - (1 - INSET)) < _EXACT)
    if not (near | far).all():
        return None
    return pixel + np.where(near, INSET, 1 - INSET)


def covered(
    rings: Sequence[Points],
    stated: tuple[int, int],
    size: tuple[int, int],
    budget: Budget | None = None,
    *,
    outline: bool,
) -> Mask:
    """Return the (H, W) mask of polygons, each filled on its own.

    Parameters
    ----------
    rings
        Corners, each (N, 2), in pixels of the picture that the file speaks of.
    stated
        (height, width) of that picture.
    size
        (height, width) of the video.
    budget
        Work that the file may still ask for.
    outline
        Whether the pixels under an outline belong to the object; else those whose centres are inside.

    Raises
    ------
    FormatError
        If a corner is no place in a picture, or filling would take too much.
    """
    times = np.array([size[1] / stated[1], size[0] / stated[0]])
    exact: list[Points] = []
    traced: list[Points] = []
    for ring in rings:
        own = unsettled(ring)
        if own is not None or not outline:
            exact.append((ring if own is None else own) * times)
        else:
            traced.append(ring)
    found = union_rings(exact, size, budget)
    if traced:
        # Pixels under an outline are those of the picture that was traced.
        found |= scaled_mask(with_outline(traced, stated, budget), size)
    return found


def with_outline(rings: Sequence[Points], size: tuple[int, int], budget: Budget | None = None) -> Mask:
    """Return the (H, W) mask of the pixels inside polygons and under their outlines.

    Corners stand for the pixels that they are in, as OpenCV's `fillPoly` and Pillow's `polygon` take them;
    raises as `covered`.
    """
    if any(not np.isfinite(ring).all() or np.abs(ring).max(initial=0) > _FAR for ring in rings):
        raise FormatError("A polygon has a corner that is no place in a picture.")
    pixels = [np.floor(ring + _NEAR) for ring in rings]
    found = union_rings([ring + 0.5 for ring in pixels], size, budget)
    for ring in pixels:
        rows, columns = _under(ring, size, budget)
        found[rows, columns] = True
    return found


def _under(
    ring: Points, size: tuple[int, int], budget: Budget | None
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the (rows, columns) of the picture's pixels that lie on the closed line through pixels."""
    begins, steps = ring, np.roll(ring, -1, axis=0) - ring
    lengths = np.maximum(1.0, np.abs(steps).max(axis=1))
    first, last = _inside(begins, steps, size)
    low = np.ceil(np.clip(first, 0, 1) * lengths)
    counts = np.maximum(0, np.floor(np.clip(last, 0, 1) * lengths) - low + 1).astype(np.int64)
    counts[last < first] = 0
    if budget is not None:
        budget.crossings(int(counts.sum()))
    edge = np.repeat(np.arange(len(ring)), counts)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(counts) - counts, counts) + low[edge]
    at = np.floor(begins[edge] + steps[edge] * (step / lengths[edge])[:, None] + 0.5).astype(np.int64)
    kept = ((at >= 0) & (at < np.array([size[1], size[0]]))).all(axis=1)
    return at[kept, 1], at[kept, 0]


def _inside(
    begins: Points, steps: Points, size: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the shares of lines at which they enter and leave the picture (a pixel wider all round)."""
    low, high = np.array([-1.0, -1.0]), np.array([size[1], size[0]], dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        one, other = (low - begins) / steps, (high - begins) / steps
    within = (begins >= low) & (begins <= high)
    still = steps == 0
    enter = np.where(still, np.where(within, -np.inf, np.inf), np.minimum(one, other))
    leave = np.where(still, np.where(within, np.inf, -np.inf), np.maximum(one, other))
    return enter.max(axis=1), leave.min(axis=1)

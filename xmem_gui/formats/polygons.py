"""Masks as polygons and back, exactly.

Polygons follow the edges of pixels in continuous coordinates, where pixel (x, y) covers x to x + 1 and y to
y + 1, and lie `INSET` inside the object. So a tool that asks whether a pixel's centre is inside finds the
mask exactly, and so does one that cuts coordinates to whole pixels and fills with the outline (OpenCV's
`fillPoly` as Ultralytics uses it, Pillow's `polygon` as LabelMe does).

Polygons with holes, and objects in several parts, become one ring by seams: a cut from one ring to the next
and back along the same line, of no width. By the even-odd rule seams change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, Points

INSET = 0.125
"""Pixels by which polygons lie inside pixel edges (a power of two: coordinates are exact in binary)."""
_EXACT_SEAMS = 50_000_000
"""Distances that may be compared to find the shortest seams; beyond, rings are joined in their order."""


@dataclass(frozen=True)
class PolygonPart:
    """One connected part of a mask: its outline and its holes, each (N, 2)."""

    outer: Points
    holes: tuple[Points, ...]


def trace(mask: Mask) -> list[PolygonPart]:
    """Return the parts of an (H, W) mask; pixels that touch at a corner belong to one part."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return []
    shift = np.array([columns[0], rows[0]], dtype=np.float64)
    mask = np.ascontiguousarray(mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1])
    rings, starts = _rings(mask)
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    outers: dict[int, Points] = {}
    holes: dict[int, list[Points]] = {}
    for ring, (y, x) in zip(rings, starts, strict=True):
        if mask[y, x]:
            outers[int(labels[y, x])] = ring + shift
        else:
            holes.setdefault(int(labels[y - 1, x]), []).append(ring + shift)
    return [PolygonPart(outer, tuple(holes.get(label, ()))) for label, outer in outers.items()]


def keyhole(part: PolygonPart) -> Points:
    """Return a part as one ring, its holes joined to its outline by seams."""
    return join([part.outer, *part.holes])


def join(rings: Sequence[Points]) -> Points:
    """Return one ring of several, each joined by a seam to the nearest corner of those before it."""
    if len(rings) == 1:
        return rings[0]
    sizes = np.array([len(ring) for ring in rings])
    corners = np.concatenate(rings)
    offsets = np.concatenate(([0], np.cumsum(sizes)))
    search = int((offsets[1:-1]).sum()) <= _EXACT_SEAMS
    hooked: dict[int, list[tuple[int, int]]] = {}
    for number in range(1, len(rings)):
        known = corners[: offsets[number]]
        start = 0
        if search:
            near, start = _nearest(known, rings[number])
        else:
            near = int(offsets[number - 1])
        hooked.setdefault(near, []).append((number, start))
    return corners[_walk(sizes, offsets, hooked)]


def _rings(mask: Mask) -> tuple[list[Points], list[tuple[int, int]]]:
    """Return every boundary ring of a mask, inset, and the topmost, then leftmost, corner (y, x) of each.

    The corners of all rings are the points of the pixel grid where the boundary turns. Along a row of the
    grid they pair up into horizontal edges, along a column into vertical ones; rings are followed by taking
    the pairs in turn. Where two pixels touch at a corner, two rings' corners coincide, paired so that the
    pixels stay one part.
    """
    padded = np.pad(mask, 1)
    nw, ne, sw, se = padded[:-1, :-1], padded[:-1, 1:], padded[1:, :-1], padded[1:, 1:]
    turns = ((nw ^ ne) | (sw ^ se)) & ((nw ^ sw) | (ne ^ se))
    saddle = turns & (nw == se) & (ne == sw)
    ys, xs = np.nonzero(turns)
    twice = np.where(saddle[ys, xs], 2, 1)
    y, x = np.repeat(ys, twice), np.repeat(xs, twice)
    copy = np.arange(len(y)) - np.repeat(np.cumsum(twice) - twice, twice)
    # The first copy at a saddle ends the edge from the left, the second begins the one to the right. If the
    # object is at north-west, the left edge goes on downwards (round the south-west gap), else upwards.
    turned = np.repeat(saddle[ys, xs] & nw[ys, xs], twice)
    by_row = np.lexsort((copy, x, y))
    by_column = np.lexsort((np.where(turned, 1 - copy, copy), y, x))
    beside, above = np.empty(len(y), dtype=np.int64), np.empty(len(y), dtype=np.int64)
    for order, partner in ((by_row, beside), (by_column, above)):
        partner[order[0::2]] = order[1::2]
        partner[order[1::2]] = order[0::2]
    corners = np.stack((x, y), axis=1).astype(np.float64)
    # Towards the object: right of a vertical edge if the pixel there is set; below a horizontal one likewise.
    top, left = np.minimum(y, y[above]), np.minimum(x, x[beside])
    corners[:, 0] += np.where(padded[top + 1, x + 1], INSET, -INSET)
    corners[:, 1] += np.where(padded[y + 1, left + 1], INSET, -INSET)
    return _follow(beside.tolist(), above.tolist(), corners, y, x)


def _follow(
    beside: list[int], above: list[int], corners: Points, y: NDArray[np.int64], x: NDArray[np.int64]
) -> tuple[list[Points], list[tuple[int, int]]]:
    seen = bytearray(len(beside))
    rings: list[Points] = []
    starts: list[tuple[int, int]] = []
    for start in range(
        len(beside)
    ):  # in rows from the top, so that each ring is met at its topmost, leftmost corner
        if seen[start]:
            continue
        ring: list[int] = []
        at = start
        while not seen[at]:
            other = beside[at]
            seen[at] = seen[other] = 1
            ring += (at, other)
            at = above[other]
        rings.append(corners[ring])
        starts.append((int(y[start]), int(x[start])))
    return rings, starts


def _nearest(known: Points, ring: Points) -> tuple[int, int]:
    """Return the corners of a short seam.

    That of `known` is nearest to the ring's first, and the ring's is nearest to that.
    """
    near = int(np.argmin(((known - ring[0]) ** 2).sum(axis=1)))
    return near, int(np.argmin(((ring - known[near]) ** 2).sum(axis=1)))


def _walk(
    sizes: NDArray[np.int64], offsets: NDArray[np.int64], hooked: dict[int, list[tuple[int, int]]]
) -> NDArray[np.int64]:
    """Return the order of corners that goes round all rings.

    Seams are followed at the corners where they begin.
    """
    order: list[int] = []
    stack: list[tuple[int, int, int]] = [(0, 0, 0)]  # ring, where it was entered, corners done
    while stack:
        ring, start, done = stack.pop()
        size = int(sizes[ring])
        entered = size if ring == 0 else size + 1  # a ring entered by a seam closes at its first corner
        while done < entered:
            corner = int(offsets[ring]) + (start + done) % size
            order.append(corner)
            done += 1
            branches = hooked.pop(corner, None)
            if branches:
                stack.append((ring, start, done))
                for number, begin in branches[1:]:
                    stack.append((-corner - 1, 0, 0))
                    stack.append((number, begin, 0))
                stack.append((-corner - 1, 0, 0))
                stack.append((branches[0][0], branches[0][1], 0))
                break
        while stack and stack[-1][0] < 0:
            order.append(-stack.pop()[0] - 1)
            if stack and stack[-1][0] >= 0:
                break
    return np.array(order, dtype=np.int64)

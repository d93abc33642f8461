"""Filling polygons: the pixels whose centres are inside, by the even-odd rule.

Each edge is followed through the rows that it crosses, so that the work grows with the length of the
outline, not with the area inside it. Only the box around the rings is made.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from xmem_gui.arrays import Ints, Mask, Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.budget import Budget

_MOST_CROSSINGS = 2**25
"""Rows that the edges of one polygon may cross: filling it takes at most 1 GiB and a few seconds."""
_AT_ONCE = 2**20
"""Rows crossed that are worked on at once, unless one polygon alone has more."""
_CORNERS_AT_ONCE = 2**16
_FAR = 2.0**31


def fill_rings(rings: Iterable[Points], size: tuple[int, int], budget: Budget | None = None) -> Mask:
    """Return the (H, W) mask of the pixels whose centres are inside rings by the even-odd rule.

    Raises
    ------
    FormatError
        If corners are not finite, or a ring has so many long edges that filling it would take too much
        memory.
    TooMuchError
        If the budget is spent.
    """
    usable = [ring for ring in rings if len(ring) >= 3]
    if not usable:
        return np.zeros(size, dtype=np.bool_)
    corners = np.concatenate(usable)
    return _painted(corners, np.array([len(ring) for ring in usable]), size, budget, apart=False)


def union_rings(rings: Iterable[Points], size: tuple[int, int], budget: Budget | None = None) -> Mask:
    """Return the (H, W) mask of the pixels whose centres are inside any ring, each filled on its own.

    Rings with a corner that is not finite are left out; raises as `fill_rings` otherwise.
    """
    usable = [ring for ring in rings if len(ring) >= 3]
    if not usable:
        return np.zeros(size, dtype=np.bool_)
    corners = np.concatenate(usable)
    sizes = np.array([len(ring) for ring in usable])
    finite = np.logical_and.reduceat(np.isfinite(corners).all(axis=1), np.cumsum(sizes) - sizes)
    if not finite.all():
        corners, sizes = corners[np.repeat(finite, sizes)], sizes[finite]
    return _painted(corners, sizes, size, budget, apart=True)


def _painted(
    corners: Points, sizes: Ints, size: tuple[int, int], budget: Budget | None, *, apart: bool
) -> Mask:
    """Fill rings whose corners stand one after the other."""
    found = np.zeros(size, dtype=np.bool_)
    if not len(corners) or 0 in size:
        return found
    if not np.isfinite(corners).all() or np.abs(corners).max() > _FAR:
        raise FormatError("A polygon has a corner that is no place in a picture.")
    limits = np.array([size[1], size[0]])
    left, top = np.clip(np.floor(corners.min(axis=0)), 0, limits).astype(int)
    right, bottom = np.clip(np.ceil(corners.max(axis=0)), 0, limits).astype(int)
    if right <= left or bottom <= top:
        return found
    height, width = int(bottom - top), int(right - left)
    corners = corners - np.array([left, top], dtype=np.float64)
    batches = list(_batches(sizes)) if apart else [range(len(sizes))]
    ends = np.cumsum(sizes)
    starts = ends - sizes
    places = [slice(starts[batch.start], ends[batch.stop - 1]) for batch in batches]
    if budget is not None:
        budget.pixels(height * width)
        # All of it before any of it is done: what is refused is refused at once.
        for batch, place in zip(batches, places, strict=True):
            edges = _Edges.of(corners[place], sizes[batch.start : batch.stop], height)
            budget.crossings(int(edges.crossed.sum()))
    depth = np.zeros((height, width + 1), dtype=np.int32)
    for batch, place in zip(batches, places, strict=True):
        edges = _Edges.of(corners[place], sizes[batch.start : batch.stop], height)
        for rows, firsts, lasts in _runs(edges, (height, width), apart=apart):
            if budget is not None:
                budget.check()
            np.add.at(depth, (rows, firsts), 1)
            np.subtract.at(depth, (rows, lasts), 1)
    inside = np.cumsum(depth, axis=1, dtype=np.int32)[:, :width] > 0
    found[top:bottom, left:right] = inside
    return found


@dataclass(frozen=True)
class _Edges:
    """Edges of rings: (N, 2) upper and lower ends, first row, rows crossed, which ring each is of."""

    upper: Points
    lower: Points
    first: Ints
    crossed: Ints
    owner: Ints
    per_ring: Ints

    @classmethod
    def of(cls, corners: Points, sizes: Ints, height: int) -> "_Edges":
        following = np.arange(1, len(corners) + 1)
        firsts = np.cumsum(sizes) - sizes
        following[firsts + sizes - 1] = firsts
        begins, stops = corners, corners[following]
        falls = (begins[:, 1] <= stops[:, 1])[:, None]
        upper, lower = np.where(falls, begins, stops), np.where(falls, stops, begins)
        first = np.clip(np.ceil(upper[:, 1] - 0.5), 0, height).astype(np.int64)
        crossed = np.clip(np.ceil(lower[:, 1] - 0.5), 0, height).astype(np.int64) - first
        owner = np.repeat(np.arange(len(sizes)), sizes)
        return cls(upper, lower, first, crossed, owner, np.add.reduceat(crossed, firsts))


def _runs(edges: _Edges, size: tuple[int, int], *, apart: bool) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield (rows, first columns, columns after the last) of the runs inside, many rings at once."""
    if int(edges.per_ring.max()) > _MOST_CROSSINGS:
        raise FormatError("A polygon has too many long edges to be filled; it may be damaged.")
    for some in _shares(edges.per_ring, apart=apart):
        used = np.flatnonzero((edges.owner >= some.start) & (edges.owner < some.stop) & (edges.crossed > 0))
        if len(used):
            owner = edges.owner[used] if apart else np.zeros(len(used), dtype=np.int64)
            ends = edges.upper[used], edges.lower[used]
            yield _pairs(owner, *ends, edges.first[used], edges.crossed[used], size)


def _pairs(
    owner: Ints, upper: Points, lower: Points, first: Ints, crossed: Ints, size: tuple[int, int]
) -> tuple[Ints, Ints, Ints]:
    """Return the runs between the crossings of each row, two by two, from edges and the rows they cross."""
    height, width = size
    total = int(crossed.sum())
    edge = np.repeat(np.arange(len(crossed)), crossed)
    y = np.arange(total) - np.repeat(np.cumsum(crossed) - crossed, crossed) + first[edge]
    down = (y + 0.5 - upper[edge, 1]) / (lower[edge, 1] - upper[edge, 1])
    x = upper[edge, 0] + down * (lower[edge, 0] - upper[edge, 0])
    column = np.clip(np.ceil(x - 0.5), 0, width).astype(np.int64)
    keys = np.sort((owner[edge] * height + y) * (width + 1) + column)
    row, column = np.divmod(keys, width + 1)
    row = row[0::2] % height
    return row, column[0::2], column[1::2]


def _batches(sizes: Ints) -> Iterator[range]:
    """Yield ranges of rings with not too many corners."""
    start, corners = 0, 0
    for number, count in enumerate(sizes.tolist()):
        if number > start and corners + count > _CORNERS_AT_ONCE:
            yield range(start, number)
            start, corners = number, 0
        corners += count
    yield range(start, len(sizes))


def _shares(per_ring: Ints, *, apart: bool) -> Iterator[range]:
    """Yield ranges of rings that are worked on at once."""
    if not apart:
        yield range(len(per_ring))
        return
    start, work = 0, 0
    for number, count in enumerate(per_ring.tolist()):
        if number > start and work + count > _AT_ONCE:
            yield range(start, number)
            start, work = number, 0
        work += count
    yield range(start, len(per_ring))

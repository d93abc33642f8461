"""Filling polygons: the pixels whose centres are inside, by the even-odd rule.

Each edge is followed through the rows that it crosses, so that the work grows with the length of the
outline, not with the area inside it. Only the box around the rings is made.
"""

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import FormatError
from xmem_gui.formats.budget import Budget
from xmem_gui.formats.polygons import Points

_MOST_CROSSINGS = 2**25
"""Rows that the edges of one polygon may cross: filling it takes at most 1 GiB and a few seconds."""
_AT_ONCE = 2**20
"""Rows crossed that are worked on at once, unless one polygon alone has more."""
_CORNERS_AT_ONCE = 2**16
_FAR = 2.0**31

Ints = NDArray[np.int64]


def fill(rings: Iterable[Points], size: tuple[int, int], budget: Budget | None = None) -> NDArray[np.bool_]:
    """Return the (H, W) mask of the pixels whose centres are inside rings by the even-odd rule.

    Raises
    ------
    FormatError
        If corners are not finite, or a ring has so many long edges that filling it would take too much
        memory.
    TooMuchError
        If the budget is spent.
    """
    return _painted([_proper(ring) for ring in rings], size, budget, apart=False)


def union(rings: Iterable[Points], size: tuple[int, int], budget: Budget | None = None) -> NDArray[np.bool_]:
    """Return the (H, W) mask of the pixels whose centres are inside any ring, each filled on its own."""
    usable = [ring for ring in rings if len(ring) >= 3 and np.isfinite(ring).all()]
    return _painted([_proper(ring) for ring in usable], size, budget, apart=True)


def _proper(ring: Points) -> Points:
    ring = np.asarray(ring, dtype=np.float64).reshape(-1, 2)
    if ring.size and (not np.isfinite(ring).all() or np.abs(ring).max() > _FAR):
        raise FormatError("A polygon has a corner that is no place in a picture.")
    return ring


def _painted(
    rings: list[Points], size: tuple[int, int], budget: Budget | None, *, apart: bool
) -> NDArray[np.bool_]:
    found = np.zeros(size, dtype=np.bool_)
    rings = [ring for ring in rings if len(ring) >= 3]
    if not rings or 0 in size:
        return found
    limits = np.array([size[1], size[0]])
    low = np.min([ring.min(axis=0) for ring in rings], axis=0)
    high = np.max([ring.max(axis=0) for ring in rings], axis=0)
    left, top = np.clip(np.floor(low), 0, limits).astype(int)
    right, bottom = np.clip(np.ceil(high), 0, limits).astype(int)
    if right <= left or bottom <= top:
        return found
    height, width = int(bottom - top), int(right - left)
    if budget is not None:
        budget.pixels(height * width)
    depth = np.zeros((height, width + 1), dtype=np.int32)
    shift = np.array([left, top], dtype=np.float64)
    for rows, starts, ends in _runs([ring - shift for ring in rings], (height, width), budget, apart=apart):
        np.add.at(depth, (rows, starts), 1)
        np.subtract.at(depth, (rows, ends), 1)
    inside = np.cumsum(depth, axis=1, dtype=np.int32)[:, :width] > 0
    found[top:bottom, left:right] = inside
    return found


def _runs(
    rings: list[Points], size: tuple[int, int], budget: Budget | None, *, apart: bool
) -> Iterator[tuple[Ints, Ints, Ints]]:
    """Yield (rows, first columns, columns after the last) of the runs inside, many rings at once."""
    batches = _batches(rings) if apart else [rings]
    for batch in batches:
        sizes = np.array([len(ring) for ring in batch])
        owner = np.repeat(np.arange(len(batch)), sizes)
        corners = np.concatenate(batch)
        following = np.arange(1, len(corners) + 1)
        firsts = np.cumsum(sizes) - sizes
        following[firsts + sizes - 1] = firsts
        begins, stops = corners, corners[following]
        falls = (begins[:, 1] <= stops[:, 1])[:, None]
        upper, lower = np.where(falls, begins, stops), np.where(falls, stops, begins)
        first = np.clip(np.ceil(upper[:, 1] - 0.5), 0, size[0]).astype(np.int64)
        crossed = np.clip(np.ceil(lower[:, 1] - 0.5), 0, size[0]).astype(np.int64) - first
        per_ring = np.add.reduceat(crossed, firsts)
        if int(per_ring.max()) > _MOST_CROSSINGS:
            raise FormatError("A polygon has too many long edges to be filled; it may be damaged.")
        for some in _shares(per_ring, apart=apart):
            edges = np.flatnonzero((owner >= some.start) & (owner < some.stop) & (crossed > 0))
            if budget is not None:
                budget.crossings(int(crossed[edges].sum()))
            if len(edges):
                yield _pairs(
                    owner[edges] if apart else np.zeros(len(edges), dtype=np.int64),
                    upper[edges], lower[edges], first[edges], crossed[edges], size,
                )  # fmt: skip


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


def _batches(rings: list[Points]) -> Iterator[list[Points]]:
    batch: list[Points] = []
    corners = 0
    for ring in rings:
        if batch and corners + len(ring) > _CORNERS_AT_ONCE:
            yield batch
            batch, corners = [], 0
        batch.append(ring)
        corners += len(ring)
    if batch:
        yield batch


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

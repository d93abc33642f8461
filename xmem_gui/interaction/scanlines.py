"""Shapes row by row: the one way in which strokes and polygons become pixels.

A pixel (x, y) covers x to x + 1 and y to y + 1; its centre is at (x + 0.5, y + 0.5).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Ints
from xmem_gui.interaction.patches import Patch

MOST_AT_ONCE = 250_000
"""Pairs of a segment and a row that are worked on at once: bounds the memory that a long path takes."""


@dataclass(frozen=True, slots=True, eq=False)
class Runs:
    """Runs of pixels: in row ``rows[i]`` the columns ``first[i]`` to ``last[i]``, both included."""

    rows: Ints
    first: Ints
    last: Ints

    def clipped(self, width: int) -> Runs:
        """Return what lies in columns 0 to ``width - 1``, without empty runs."""
        first, last = np.maximum(self.first, 0), np.minimum(self.last, width - 1)
        some = first <= last
        return Runs(self.rows[some], first[some], last[some])

    @classmethod
    def together(cls, parts: list[Runs]) -> Runs:
        """Return all the runs of several."""
        if not parts:
            none = np.zeros(0, np.int64)
            return cls(none, none, none)
        return cls(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.first for part in parts]),
            np.concatenate([part.last for part in parts]),
        )


def union(runs: Runs) -> Patch:
    """Return every pixel that is in a run."""
    if runs.rows.size == 0:
        return Patch.empty()
    top, left = int(runs.rows.min()), int(runs.first.min())
    height, width = int(runs.rows.max()) - top + 1, int(runs.last.max()) - left + 1
    depth = np.zeros((height, width + 1), counter(runs.rows.size))
    flat, begin = depth.reshape(-1), (runs.rows - top) * (width + 1) - left
    np.add.at(flat, begin + runs.first, depth.dtype.type(1))
    np.add.at(flat, begin + runs.last + 1, depth.dtype.type(-1))
    np.cumsum(depth, axis=1, out=depth)
    return Patch(left, top, depth[:, :-1] > 0)


def counter(most: int) -> type[np.int16] | type[np.int32]:
    """Return the smallest type that counts to ``most`` and back."""
    return np.int16 if most < 1 << 15 else np.int32


def each_row(low: NDArray[np.float64], high: NDArray[np.float64], height: int) -> list[tuple[Ints, Ints]]:
    """List every pair of an item and a row of pixels that it reaches, in blocks of bounded size.

    Parameters
    ----------
    low, high : (N,)
        From where to where each item reaches, in pixels, both included.
    height : int
        Rows outside 0 to ``height - 1`` are left out.

    Returns
    -------
    list of (items, rows)
        Two (M,) arrays a block.
    """
    start = np.clip(np.floor(low), 0, height).astype(np.int64)
    stop = np.clip(np.floor(high) + 1, start, height).astype(np.int64)
    counts = stop - start
    blocks = (np.cumsum(counts) - counts) // MOST_AT_ONCE
    cuts = np.flatnonzero(np.diff(blocks)) + 1
    pairs = []
    for chosen in np.split(np.arange(len(low)), cuts):
        here = counts[chosen]
        items = np.repeat(chosen, here)
        offsets = np.arange(items.size) - np.repeat(np.cumsum(here) - here, here)
        if items.size:
            pairs.append((items, start[items] + offsets))
    return pairs

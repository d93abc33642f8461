"""Which part of a picture a network should look at, so that a small object is not lost in a large frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xmem_gui.arrays import Mask, Size
from xmem_gui.interaction.prompts import Prompts

MARGIN = 0.25
"""What a crop leaves around the object on each side, as a share of the object's sides' mean."""

LEAST_SIDE = 128
"""Of a crop in pixels: closer up, there is nothing more to see."""

WHOLE_SHARE = 0.75
"""Share of the picture from which a crop is not worth it."""

_ROOM = 2.2
"""How many times larger than needed a crop may be that is kept."""


@dataclass(frozen=True, slots=True)
class Crop:
    """A rectangle of whole pixels inside a picture: x from x0 to x1, y from y0 to y1, ends excluded."""

    x0: int
    y0: int
    x1: int
    y1: int

    @classmethod
    def whole(cls, size: Size) -> Crop:
        """Return all of a picture of ``size`` (H, W)."""
        return cls(0, 0, size[1], size[0])

    @property
    def size(self) -> Size:
        """(H, W) in pixels."""
        return self.y1 - self.y0, self.x1 - self.x0

    @property
    def area(self) -> int:
        """Its pixels."""
        return (self.y1 - self.y0) * (self.x1 - self.x0)

    @property
    def pixels(self) -> tuple[slice, slice]:
        """Rows and columns to index an array with."""
        return slice(self.y0, self.y1), slice(self.x0, self.x1)

    def holds(self, other: Crop) -> bool:
        """Whether the other lies within."""
        return self.x0 <= other.x0 and self.y0 <= other.y0 and other.x1 <= self.x1 and other.y1 <= self.y1


def choose_crop(mask: Mask, prompts: Prompts, *, kept: Crop | None = None) -> Crop:
    """Return where to look, given what is known of the object.

    Parameters
    ----------
    mask : (H, W) bool
        The object as it is; may be empty.
    prompts : Prompts
        The crop holds the positive ones and the box.
    kept : Crop, optional
        The crop of the round before. It stays while the object fits into it and does not get lost in it, so
        that its features can be used again.

    Returns
    -------
    Crop
        The whole picture where nothing is known, or a crop would save little.
    """
    size: Size = (mask.shape[0], mask.shape[1])
    whole = Crop.whole(size)
    core = _core(mask, prompts.clipped(size))
    if core is None:
        return whole
    if kept is not None and kept != whole and kept.holds(core):
        touches = _touches(core, kept, whole)
        if not touches and kept.area <= _ROOM * _widened(core, size).area:
            return kept
    wanted = _widened(core, size)
    return whole if wanted.area >= WHOLE_SHARE * whole.area else wanted


def _core(mask: Mask, prompts: Prompts) -> Crop | None:
    """Return the smallest crop that holds the mask, positive prompts and box; None if there is none."""
    height, width = mask.shape
    places: list[tuple[float, float]] = []
    rows = np.flatnonzero(mask.any(axis=1))
    if rows.size:
        columns = np.flatnonzero(mask[rows[0] : rows[-1] + 1].any(axis=0))
        places += [(columns[0], rows[0]), (columns[-1] + 1, rows[-1] + 1)]
    for point in prompts.points:
        if point.positive:
            places += [(point.x, point.y)]
    for stroke in prompts.strokes:
        if stroke.positive:
            places += [tuple(stroke.points.min(axis=0)), tuple(stroke.points.max(axis=0))]
    if prompts.box is not None:
        places += [(prompts.box.x0, prompts.box.y0), (prompts.box.x1, prompts.box.y1)]
    if not places:
        return None
    low, high = np.floor(np.min(places, axis=0)), np.ceil(np.max(places, axis=0))
    x0, y0 = int(np.clip(low[0], 0, width - 1)), int(np.clip(low[1], 0, height - 1))
    return Crop(x0, y0, int(np.clip(high[0], x0 + 1, width)), int(np.clip(high[1], y0 + 1, height)))


def _widened(core: Crop, size: Size) -> Crop:
    """Return the crop with the margin around it, at least as large as is worth looking at, in the picture."""
    tall, wide = core.size
    margin = MARGIN * (tall + wide) / 2
    y0, y1 = _span(core.y0, core.y1, margin, size[0])
    x0, x1 = _span(core.x0, core.x1, margin, size[1])
    return Crop(x0, y0, x1, y1)


def _span(low: int, high: int, margin: float, limit: int) -> tuple[int, int]:
    length = min(limit, max(round(high - low + 2 * margin), LEAST_SIDE))
    start = min(max(round((low + high - length) / 2), 0), limit - length)
    return min(start, low), max(start + length, high)


def _touches(core: Crop, kept: Crop, whole: Crop) -> bool:
    """Whether the object reaches an edge of the crop that is not one of the picture."""
    return any(
        getattr(core, side) == getattr(kept, side) != getattr(whole, side)
        for side in ("x0", "y0", "x1", "y1")
    )

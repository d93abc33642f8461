"""A part of a mask and where it lies: what a stroke, a polygon or a fill hands to the document."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, Size, as_mask
from xmem_gui.interaction.regions import bounds


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Pixels in a rectangle of a frame.

    Attributes
    ----------
    x, y : int
        Column and row of the patch's first pixel.
    pixels : (h, w) bool
        Which pixels are meant; (0, 0) where there is none.
    """

    x: int
    y: int
    pixels: Mask

    @classmethod
    def empty(cls) -> Patch:
        """Return the patch that changes nothing."""
        return cls(0, 0, np.zeros((0, 0), np.bool_))

    @classmethod
    def of(cls, mask: Mask) -> Patch:
        """Return the pixels of a mask (H, W), cut to the smallest rectangle."""
        box = bounds(mask)
        if box is None:
            return cls.empty()
        return cls(int(box[1].start), int(box[0].start), mask[box].copy())

    @property
    def is_empty(self) -> bool:
        """Whether it means no pixel at all."""
        return not self.pixels.any()

    def to_mask(self, size: Size) -> Mask:
        """Return the pixels in an image of ``size`` (H, W); what lies outside is left out."""
        return self.add_to(np.zeros(size, np.bool_))

    def add_to(self, mask: NDArray[Any]) -> Mask:
        """Return a copy of the mask (H, W) with these pixels inside."""
        result: Mask = as_mask(mask).copy()
        here, there = self._overlap((result.shape[0], result.shape[1]))
        result[there] |= self.pixels[here]
        return result

    def erase_from(self, mask: NDArray[Any]) -> Mask:
        """Return a copy of the mask (H, W) with these pixels outside."""
        result: Mask = as_mask(mask).copy()
        here, there = self._overlap((result.shape[0], result.shape[1]))
        result[there] &= ~self.pixels[here]
        return result

    def _overlap(self, size: Size) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
        height, width = self.pixels.shape
        top, left = min(max(self.y, 0), size[0]), min(max(self.x, 0), size[1])
        bottom = max(min(self.y + height, size[0]), top)
        right = max(min(self.x + width, size[1]), left)
        here = slice(top - self.y, bottom - self.y), slice(left - self.x, right - self.x)
        if bottom == top or right == left:
            here = slice(0, 0), slice(0, 0)
            bottom, right = top, left
        return here, (slice(top, bottom), slice(left, right))

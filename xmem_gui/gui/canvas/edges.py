"""Soft edges of masks: how much of each pixel a mask, or the line along its edge, covers.

A mask is blurred by a normal distribution; what is left of it at a pixel then says how far the edge is, to a
fraction of a pixel. Steps of pixels become a line; a straight edge stays where it is.
"""

from __future__ import annotations

import math
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
_SIGMAS = 3
"""How far a blur reaches."""


class Edges:
    """Covers by masks of one picture.

    Parameters
    ----------
    scale
        Screen pixels that a step of a mask is long; 1 where pixels are shown as such.
    line
        Screen pixels of the thinnest line.
    """

    def __init__(self, scale: float, line: int) -> None:
        # Wide enough for the widest line, twice the thinnest.
        self._sigma = 0.7 * max(1.0, scale, line)
        self.reach = math.ceil(_SIGMAS * self._sigma)
        """Pixels beyond a mask that can be covered, and that must be known."""

    def inside(self, mask: Bytes) -> Bytes:
        """Return how much of each pixel a mask of 0 and 1 covers, 0 to 255."""
        return self.lines(mask, math.inf)[0]

    def lines(self, mask: Bytes, *widths: float) -> list[Bytes]:
        """Return how much of each pixel lines of some widths along a mask's inner edge cover, 0 to 255."""
        side = 2 * self.reach + 1
        full = np.asarray(mask * np.uint8(255), np.uint8)
        left = cv2.GaussianBlur(full, (side, side), self._sigma, borderType=cv2.BORDER_REPLICATE)
        # What is too thin to be half of its surroundings is drawn as it is.
        half = cv2.compare(left, 127, cv2.CMP_GT)
        thin = cv2.subtract(full, cv2.dilate(half, np.ones((side, side), np.uint8)))
        tables = (_table(self._sigma, side, width) for width in widths)
        return [np.asarray(cv2.max(cv2.LUT(left, table), thin), np.uint8) for table in tables]


def blend(below: Bytes, above: Bytes | tuple[int, ...], cover: Bytes) -> None:
    """Lay a picture or a colour over a picture.

    Parameters
    ----------
    below : (H, W, 4)
        The picture to draw on, uint8 and contiguous; it is changed in place.
    above
        A picture of the same size, or four numbers.
    cover : (H, W)
        How far it covers, 0 to 255.
    """
    # Few pixels are covered in part, and few at all by a line: only those are mixed.
    pixels, over = below.reshape(-1, 4), np.asarray(above, np.uint8)
    if over.ndim == 1:
        partly = np.flatnonzero(cover)
    else:
        cv2.copyTo(over, np.asarray(cover == 255).view(np.uint8), below)
        partly = np.flatnonzero((cover > 0) & (cover < 255))
        over = over.reshape(-1, 4)[partly]
    weight = cover.reshape(-1)[partly, None].astype(np.float32) / 255
    under = pixels[partly].astype(np.float32)
    pixels[partly] = np.round(under + weight * (over - under)).astype(np.uint8)


@lru_cache(maxsize=32)
def _table(sigma: float, side: int, width: float) -> Bytes:
    """Return the cover by what is left of a mask, 0 to 255 both."""
    # What a straight edge leaves, at the middles of the pixels beside it.
    left = np.round(255 * np.cumsum(cv2.getGaussianKernel(side, sigma)))
    away = np.arange(side) - side // 2 + 0.5
    left, first = np.unique(left, return_index=True)
    distance = np.interp(np.arange(256), left, away[first])
    cover = np.clip(np.minimum(distance + 0.5, width + 0.5 - distance), 0, 1)
    return np.asarray(np.round(255 * cover), np.uint8)

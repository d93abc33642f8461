"""Pulling a mask's border to the edges of the image, without a network.

Both ways change only pixels in a band around the border, and work on tiles along it: the time goes with the
length of the border and the memory with one tile, not with the image. Colours are compared with those nearby,
which suits an object of many colours.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Floats, Mask, RgbImage, as_mask, as_rgb
from xmem_gui.errors import MaskError
from xmem_gui.interaction.guided_filter import guided_filter
from xmem_gui.interaction.regions import bounds, within

_TILE = 128
_WIDEST = 256.0

EdgeRule = Callable[[RgbImage, NDArray[Any], Mask], NDArray[Any]]
"""From the pixels around a tile, their mask and which of them are in the band, to their new mask."""


def snap_by_colour(image: NDArray[Any], mask: NDArray[Any], *, band: float = 8, rounds: int = 2) -> Mask:
    """Return the mask with its border moved to where the colours part (GrabCut, Rother et al. 2004).

    What lies deeper inside than the band teaches the object's colours, what lies farther outside the
    background's; a cut through strong edges divides the band. Where the two look alike it can spoil a mask
    that was nearly right: `snap_to_edges` is the gentler way.

    Parameters
    ----------
    image : (H, W) or (H, W, 1 to 4) array
        A picture as `as_rgb` takes it.
    mask : (H, W) array
        A mask. Empty, full, or in an image of one pixel it comes back as it is.
    band : float
        How far from the border pixels may change, in pixels; at most 256. Below 1 nothing changes.
    rounds : int
        How often the colours are learnt anew.

    Raises
    ------
    MaskError
        If the mask's size is not the image's.
    """

    def decide(rgb: RgbImage, inside: Mask, unsure: Mask) -> Mask:
        labels = np.where(inside, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
        labels[unsure & inside], labels[unsure & ~inside] = cv2.GC_PR_FGD, cv2.GC_PR_BGD
        models = np.zeros((1, 65)), np.zeros((1, 65))
        cv2.setRNGSeed(0)  # It clusters colours from random starts: the same picture, the same mask.
        cv2.grabCut(rgb, labels, None, *models, max(rounds, 1), cv2.GC_INIT_WITH_MASK)
        foreground: Mask = (labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD)
        return foreground

    known = as_mask(mask)
    return _along_border(image, known, known, band, halo=2 * _reach(band) + 8, decide=decide)


def snap_to_edges(
    image: NDArray[Any], mask: NDArray[Any], *, band: float = 6, rounds: int = 2, epsilon: float = 1e-4
) -> Mask:
    """Return the mask with its border moved to nearby edges (guided filter, He et al. 2010).

    Fast and gentle: where the image has no edge the border hardly moves.

    Parameters
    ----------
    image : (H, W) or (H, W, 1 to 4) array
        A picture as `as_rgb` takes it.
    mask : (H, W) array
        A mask. Empty, full, or in an image of one pixel it comes back as it is.
    band : float
        How far from the border pixels may change, in pixels; at most 256. Below 1 nothing changes.
    rounds : int
        How often the result is filtered again: more goes farther, within the same band.
    epsilon : float
        Variance of the colours, of 1, below which there is no edge.

    Raises
    ------
    MaskError
        If the mask's size is not the image's.
    """
    radius = _reach(band)

    def decide(rgb: RgbImage, inside: Mask, unsure: Mask) -> Mask:
        guide = rgb.astype(np.float32) / np.float32(255)
        for _ in range(max(rounds, 1)):
            soft = guided_filter(guide, inside.astype(np.float32), radius=radius, epsilon=max(epsilon, 1e-6))
            inside = np.where(unsure, soft > 0.5, inside)
        return inside

    known = as_mask(mask)
    return _along_border(image, known, known, band, halo=max(rounds, 1) * (2 * radius + 1), decide=decide)


def soften_edges(image: NDArray[Any], soft: Floats, *, band: float = 6, epsilon: float = 1e-4) -> Floats:
    """Return a soft mask whose edge follows hair and blur in the image (guided filter, He et al. 2010, 5.2).

    Parameters
    ----------
    image : (H, W) or (H, W, 1 to 4) array
        A picture as `as_rgb` takes it.
    soft : (H, W) float32
        How much of each pixel is inside, 0 to 1; 0 and 1 of a hard mask.
    band : float
        How far from the border, where it is one half, pixels may change, in pixels; at most 256. Below 1
        nothing changes.
    epsilon : float
        Variance of the colours, of 1, below which there is no edge.

    Returns
    -------
    (H, W) float32
        0 to 1.

    Raises
    ------
    MaskError
        If the mask's size is not the image's.
    """
    radius = _reach(band)

    def decide(rgb: RgbImage, inside: NDArray[Any], unsure: Mask) -> NDArray[Any]:
        del unsure
        guide = rgb.astype(np.float32) / np.float32(255)
        return guided_filter(guide, inside, radius=radius, epsilon=max(epsilon, 1e-6)).clip(0, 1)

    values = np.asarray(soft, np.float32)
    return _along_border(image, values >= 0.5, values, band, halo=2 * radius + 1, decide=decide)


def _reach(band: float) -> int:
    return math.ceil(min(band, _WIDEST)) if band >= 1 else 1


def _along_border(
    image: NDArray[Any], known: Mask, values: NDArray[Any], band: float, *, halo: int, decide: EdgeRule
) -> NDArray[Any]:
    """Return values with those of the band along a mask's border as ``decide`` finds them, tile by tile."""
    image = np.asarray(image)
    if image.shape[:2] != known.shape:
        raise MaskError(f"The mask is {known.shape} pixels high and wide, but the image {image.shape[:2]}.")
    result: NDArray[Any] = values.copy()
    width = min(band, _WIDEST)
    box = bounds(known, margin=width + 1) if band >= 1 else None
    if box is None:
        return result
    unsure = np.zeros_like(known)
    unsure[box] = within(known[box], width) & within(~known[box], width)
    for top in range(box[0].start, box[0].stop, _TILE):
        for left in range(box[1].start, box[1].stop, _TILE):
            bottom, right = min(top + _TILE, box[0].stop), min(left + _TILE, box[1].stop)
            here = unsure[top:bottom, left:right]
            if not here.any():
                continue
            outer = (
                slice(max(top - halo, 0), bottom + halo),
                slice(max(left - halo, 0), right + halo),
            )
            rgb = np.ascontiguousarray(as_rgb(image[outer]))
            decided = decide(rgb, values[outer], unsure[outer])
            row, column = top - outer[0].start, left - outer[1].start
            inner = decided[row : row + bottom - top, column : column + right - left]
            result[top:bottom, left:right][here] = inner[here]
    return result

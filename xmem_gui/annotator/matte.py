"""Soft mattes of masks: the edge refined along the picture, choked and feathered."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Probability, RgbImage
from xmem_gui.formats import MatteEdge
from xmem_gui.interaction import soften_edges
from xmem_gui.interaction.regions import bounds

_WIDTH_OF_SIGMA = 2.5631
"""Pixels from 10 to 90 % of an edge that is blurred by a normal distribution of sigma 1."""
_BLUR_REACH = 4
_SQUARES = math.sqrt(2) - 1
"""Share of the steps of an octagon that are squares, the others crosses, if it is to be nearly a disc."""


def soft_matte(soft: Probability, picture: RgbImage | None, edge: MatteEdge) -> Probability:
    """Return the matte of a mask.

    Parameters
    ----------
    soft : (H, W) float32
        The mask's probabilities, 0 to 1; 0 and 1 where only the mask is known.
    picture : (H, W, 3) uint8 or None
        The frame; None where it is not at hand: then nothing is refined.
    edge
        How the edge is made.

    Returns
    -------
    (H, W) float32
        0 to 1; ``soft`` itself if nothing is to be done. The picture's border is no edge.
    """
    if edge.is_plain:
        return soft
    margin = edge.refine + max(-edge.choke, 0) + _BLUR_REACH * edge.feather / _WIDTH_OF_SIGMA + 2
    box = bounds(soft > 0, margin=margin)
    found = np.zeros(soft.shape, np.float32)
    if box is None:
        return found
    part = np.ascontiguousarray(soft[box], np.float32)
    if edge.follows_picture and picture is not None:
        part = soften_edges(picture[box], part, band=edge.refine)
    part = _feathered(_choked(part, edge.choke), edge.feather)
    found[box] = part.clip(0, 1)
    return found


def _choked(part: NDArray[np.float32], choke: float) -> NDArray[np.float32]:
    """Return a matte narrowed by so many pixels, or widened; fractions lie between two whole numbers."""
    whole = math.floor(abs(choke))
    share = np.float32(abs(choke) - whole)
    change = cv2.erode if choke > 0 else cv2.dilate
    steps = [_step(number) for number in range(whole + 1)]
    for kernel in steps[:whole]:
        part = np.asarray(change(part, kernel), np.float32)
    if share > 0:
        part = (1 - share) * part + share * np.asarray(change(part, steps[whole]), np.float32)
    return part


def _step(number: int) -> NDArray[np.uint8]:
    """Return what a step looks at: a cross or a square, so that all together are nearly a disc."""
    square = math.floor((number + 1) * _SQUARES + 0.5) > math.floor(number * _SQUARES + 0.5)
    shape = cv2.MORPH_RECT if square else cv2.MORPH_CROSS
    return np.asarray(cv2.getStructuringElement(shape, (3, 3)), np.uint8)


def _feathered(part: NDArray[np.float32], feather: float) -> NDArray[np.float32]:
    if feather <= 0:
        return part
    sigma = feather / _WIDTH_OF_SIGMA
    return np.asarray(cv2.GaussianBlur(part, (0, 0), sigma, borderType=cv2.BORDER_REPLICATE), np.float32)

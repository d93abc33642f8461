"""Growing, shrinking and smoothing a mask's edge."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, as_mask
from xmem_gui.interaction.regions import bounds, within

_FARTHEST_BLUR = 500.0


def grow(mask: NDArray[Any], radius: float) -> Mask:
    """Return the mask and all pixels at most ``radius`` from it, centre to centre: round at corners.

    Parameters
    ----------
    mask : (H, W) array
        A mask.
    radius : float
        In pixels; at 0, below and for NaN the mask stays as it is.
    """
    result: Mask = as_mask(mask).copy()
    box = bounds(result, margin=radius) if radius >= 1 else None
    if box is not None:
        result[box] = within(result[box], radius)
    return result


def shrink(mask: NDArray[Any], radius: float) -> Mask:
    """Return the mask without the pixels at most ``radius`` from the background.

    What lies outside the image is not background: an object that leaves the image is not eaten there.

    Parameters
    ----------
    mask : (H, W) array
        A mask.
    radius : float
        In pixels; at 0, below and for NaN the mask stays as it is.
    """
    result: Mask = as_mask(mask).copy()
    # One pixel around the object holds the background that is nearest to each of its pixels.
    box = bounds(result, margin=1) if radius >= 1 else None
    if box is not None:
        result[box] = ~within(~result[box], radius)
    return result


def smooth_edge(mask: NDArray[Any], radius: float) -> Mask:
    """Return the mask with dents and bumps of about ``radius`` pixels evened out.

    A Gaussian of half that width, cut at one half. Parts and lines thinner than the radius go; a mask that
    would vanish altogether stays as it is. The image's border takes nothing away.

    Parameters
    ----------
    mask : (H, W) array
        A mask.
    radius : float
        In pixels; at 0, below and for NaN the mask stays as it is.
    """
    result: Mask = as_mask(mask).copy()
    reach = min(radius, _FARTHEST_BLUR)
    box = bounds(result, margin=2 * reach) if radius > 0 else None
    if box is None:
        return result
    soft = result[box].astype(np.float32)
    soft = cv2.GaussianBlur(soft, (0, 0), reach / 2, borderType=cv2.BORDER_REPLICATE)
    smooth = soft > 0.5
    if smooth.any():
        result[box] = smooth
    return result

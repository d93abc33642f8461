"""The guided filter with a colour guide (He, Sun and Tang 2010, "Guided Image Filtering", section 3.4)."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Floats


def guided_filter(guide: Floats, source: Floats, *, radius: int, epsilon: float) -> Floats:
    """Return the source made smooth where the guide is, with steps where the guide has them.

    In every window the result is a linear function of the guide's colour; each pixel takes the mean of all
    windows that hold it. Linear time, by box filters.

    Parameters
    ----------
    guide : (H, W, 3) float32
        In [0, 1].
    source : (H, W) float32
        What to filter.
    radius : int
        Windows are 2 * radius + 1 pixels wide.
    epsilon : float
        Variance of the guide below which it counts as flat.

    Returns
    -------
    (H, W) float32
    """

    def mean(values: NDArray[Any]) -> Floats:
        side = 2 * radius + 1
        blurred: Floats = cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT)
        return blurred

    colours, level = mean(guide), mean(source)
    to_source = mean(guide * source[..., None]) - colours * level[..., None]

    def spread(one: int, other: int) -> Floats:
        both = mean(guide[..., one] * guide[..., other]) - colours[..., one] * colours[..., other]
        return both + np.float32(epsilon) if one == other else both

    rr, rg, rb = spread(0, 0), spread(0, 1), spread(0, 2)
    gg, gb, bb = spread(1, 1), spread(1, 2), spread(2, 2)
    # The inverse of the symmetric 3 x 3 covariance by its cofactors.
    c_rr, c_rg, c_rb = gg * bb - gb * gb, gb * rb - rg * bb, rg * gb - gg * rb
    c_gg, c_gb, c_bb = rr * bb - rb * rb, rb * rg - rr * gb, rr * gg - rg * rg
    determinant = rr * c_rr + rg * c_rg + rb * c_rb
    red, green, blue = (to_source[..., channel] for channel in range(3))
    weights = np.stack(
        [
            c_rr * red + c_rg * green + c_rb * blue,
            c_rg * red + c_gg * green + c_gb * blue,
            c_rb * red + c_gb * green + c_bb * blue,
        ],
        axis=-1,
    )
    weights /= determinant[..., None]
    offset = level - (weights * colours).sum(axis=-1)
    filtered: Floats = (mean(weights) * guide).sum(axis=-1) + mean(offset)
    return filtered

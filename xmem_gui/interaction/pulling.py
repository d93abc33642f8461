"""What a network makes of clicks, bent where it says the opposite: no click may be without effect."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from xmem_gui.arrays import Floats
from xmem_gui.interaction.prompts import Point

_TOP = 0.9
"""What is at least so high counts as the bell's top."""
_BEYOND = 1.2
"""How many times as far as to even odds the surest pixel under the top is pulled: all of them turn."""
_LEAST = 1e-4
"""Nothing counts as surer than this, so that everything can be pulled."""
_REACH = 2.0
"""In radii; farther away a pull is nothing."""


def pulled(probability: Floats, points: Iterable[Point], *, radius: float) -> Floats:
    """Return a probability that says at every point what the point says.

    Around a point that is contradicted, logits are shifted by a bell with a flat top, enough to turn what
    lies within about half its radius; elsewhere nothing changes.

    Parameters
    ----------
    probability : (H, W) float32
        That each pixel is in the object; left as it is.
    points : iterable of Point
        Inside the picture; where two contradict each other, the later wins.
    radius : float
        Of the bell, in pixels.
    """
    result: Floats = probability.copy()
    for point in points:
        row, column = int(point.y), int(point.x)
        if (result[row, column] >= 0.5) == point.positive:
            continue
        reach = math.ceil(_REACH * radius)
        top, left = max(row - reach, 0), max(column - reach, 0)
        part = result[top : row + reach + 1, left : column + reach + 1]
        away_y = np.arange(top, top + part.shape[0]) - row
        away_x = np.arange(left, left + part.shape[1]) - column
        bell = np.exp(-(((away_y[:, None] ** 2 + away_x**2) / radius**2) ** 2))
        bounded = np.clip(part, _LEAST, 1 - _LEAST)
        against = np.log(bounded / (1 - bounded)) * (-1 if point.positive else 1)
        against -= bell * (_BEYOND * against[bell >= _TOP].max() + _LEAST)
        part[...] = 1 / (1 + np.exp(against if point.positive else -against))
    return result

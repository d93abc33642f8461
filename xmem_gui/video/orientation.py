"""Turning stored pictures the way a player shows them."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True)
class Orientation:
    """One of the eight right-angled orientations: transpose first, then mirror.

    Attributes
    ----------
    transpose : bool
        Swap rows and columns.
    flip_x, flip_y : bool
        Mirror left-right, mirror top-bottom (of the transposed picture).
    """

    transpose: bool = False
    flip_x: bool = False
    flip_y: bool = False

    @property
    def rotation(self) -> int:
        """Degrees counter-clockwise of the rotation part (mirroring left-right first): 0, 90, 180 or 270."""
        if self.transpose:
            return 270 if self.flip_x else 90
        return 180 if self.flip_y else 0

    @property
    def mirrored(self) -> bool:
        """Whether the picture is mirrored as well as turned."""
        return self.transpose == (self.flip_x == self.flip_y)

    def apply(self, image: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """Return the (H, W, C) picture as displayed; a view, (W, H, C) when transposed."""
        if self.transpose:
            image = image.transpose(1, 0, 2)
        return image[:: -1 if self.flip_y else 1, :: -1 if self.flip_x else 1]


def orientation_of(frame: Any) -> Orientation:
    """Read the display matrix of a decoded ``av.VideoFrame``; upright when it has none.

    The matrix is nine little-endian integers a b u c d v x y w (ISO 14496-12, 8.3.2): a stored point (p, q)
    is shown at (a p + c q, b p + d q). An angle that is not a right one is taken as the nearest right angle.
    """
    # Up to PyAV 18 these are the data, from 19 on the types, by which the data are found.
    for item in frame.side_data:
        if getattr(item, "type", item).name == "DISPLAYMATRIX":
            item = item if hasattr(item, "type") else frame.side_data[item]
            a, b, _, c, d = struct.unpack("=5i", bytes(item)[:20])
            if abs(b) + abs(c) > abs(a) + abs(d):
                return Orientation(transpose=True, flip_x=c < 0, flip_y=b < 0)
            return Orientation(flip_x=a < 0, flip_y=d < 0)
    return Orientation()

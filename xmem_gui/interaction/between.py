"""Shapes between two masks of one object: signed distances blended, motion and size taken out first."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, as_mask
from xmem_gui.interaction.regions import bounds

_MOST_PIXELS = 4
"""How many times the image a picture of distances may have; beyond that, sizes are not matched."""


@dataclass(frozen=True, slots=True, eq=False)
class _Shape:
    """A mask apart from where it is and how large.

    Attributes
    ----------
    mask
        Its pixels, (h, w), cut to the smallest rectangle.
    centre
        (x, y) of its centroid in the image, pixel centres at whole numbers.
    corner
        (x, y) of the rectangle's first pixel.
    area
        Number of pixels in the shape.
    """

    mask: Mask
    centre: tuple[float, float]
    corner: tuple[int, int]
    area: int

    @classmethod
    def of(cls, mask: Mask) -> _Shape | None:
        box = bounds(mask)
        if box is None:
            return None
        part = mask[box].copy()
        rows, columns = np.nonzero(part)
        x, y = int(box[1].start), int(box[0].start)
        return cls(part, (x + float(columns.mean()), y + float(rows.mean())), (x, y), int(rows.size))

    def reach(self, size: float) -> tuple[float, float, float, float]:
        """Return how far it goes left, up, right and down of its centroid, in units of ``size`` pixels."""
        height, width = self.mask.shape
        left, up = self.centre[0] - self.corner[0], self.centre[1] - self.corner[1]
        return left / size, up / size, (width - 1 - left) / size, (height - 1 - up) / size


class Between:
    """The masks between a first and a last one, by their place between them from 0 to 1.

    Both are laid on each other by their centroids, and scaled to one area where that makes them more alike.
    Their signed distances are blended, the blend is cut where it has the area between theirs, and the shape
    is put on the straight line between the centroids (shape-based interpolation: Raya and Udupa 1990). Where
    only one of them is empty the other stays as it is, for nothing says when the object came or went.

    Parameters
    ----------
    first, last : (H, W) array
        Masks of one size; anything that is not zero is inside.

    Attributes
    ----------
    agreement : float
        How alike the two are when laid on each other: intersection over union, 0 to 1; 0 if only one is
        empty, 1 if both are.

    Raises
    ------
    MaskError
        If they have not two axes, or not one size.
    """

    def __init__(self, first: NDArray[Any], last: NDArray[Any]) -> None:
        start = as_mask(first)
        self._size = start.shape[0], start.shape[1]
        self._ends = start, as_mask(last, size=self._size)
        shapes = tuple(_Shape.of(mask) for mask in self._ends)
        self._blend: _Blend | None = None
        if shapes[0] is not None and shapes[1] is not None:
            ways = _Blend.ways(shapes[0], shapes[1], self._size)
            self._blend = max(ways, key=lambda way: way.agreement)
            self.agreement = self._blend.agreement
        else:
            self.agreement = 1.0 if shapes == (None, None) else 0.0

    def at(self, place: float) -> Mask:
        """Return the mask (H, W) at a place: the first at 0, the last at 1, as a new array.

        Raises
        ------
        ValueError
            If the place is not within 0 to 1.
        """
        if not 0 <= place <= 1:
            raise ValueError(f"A place between two masks is from 0 to 1, not {place}.")
        if place in {0, 1}:
            end: Mask = self._ends[int(place)].copy()
            return end
        if self._blend is None:
            # One of them is empty, or both.
            return self._ends[0] | self._ends[1]
        return self._blend.at(place, self._size)

    def confidence(self, place: float) -> float:
        """Return how sure the mask at a place is, 0 to 1: certain at the ends, `agreement` in the middle."""
        return 1.0 - (1.0 - self.agreement) * 2 * min(place, 1 - place)


class _Blend:
    """Two shapes laid on each other.

    Distances of each are kept in a rectangle that holds both, in the shape's own pixels.

    Parameters
    ----------
    shapes
        The first and the last.
    sizes
        Of both: what they are scaled by, in pixels; equal ones leave them as large as they are.
    """

    def __init__(self, shapes: tuple[_Shape, _Shape], sizes: tuple[float, float]) -> None:
        self._shapes, self._sizes = shapes, sizes
        reaches = [shape.reach(size) for shape, size in zip(shapes, sizes, strict=True)]
        self._reach = tuple(max(pair) for pair in zip(*reaches, strict=True))
        self._margins = [_margins(self._reach, own, size) for own, size in zip(reaches, sizes, strict=True)]
        self._fields = [
            _signed_distances(shape, margins) for shape, margins in zip(shapes, self._margins, strict=True)
        ]
        self.agreement = self._agreement()

    @classmethod
    def ways(cls, first: _Shape, last: _Shape, image: tuple[int, int]) -> list[_Blend]:
        """Return the shapes laid on each other as they are, and scaled to one area if that can be."""
        shapes = first, last
        found = [cls(shapes, (1.0, 1.0))]
        sizes = math.sqrt(first.area), math.sqrt(last.area)
        reaches = [shape.reach(size) for shape, size in zip(shapes, sizes, strict=True)]
        left, up, right, down = (max(pair) for pair in zip(*reaches, strict=True))
        largest = (left + right) * (up + down) * max(first.area, last.area)
        if first.area != last.area and largest <= _MOST_PIXELS * image[0] * image[1]:
            found.append(cls(shapes, sizes))
        return found

    def at(self, place: float, image: tuple[int, int]) -> Mask:
        """Return the mask at a place, (H, W) of the image."""
        centre = [
            (1 - place) * one + place * other
            for one, other in zip(self._shapes[0].centre, self._shapes[1].centre, strict=True)
        ]
        size = (1 - place) * self._sizes[0] + place * self._sizes[1]
        left, up, right, down = (far * size for far in self._reach)
        x, y = math.floor(centre[0] - left), math.floor(centre[1] - up)
        width, height = math.ceil(centre[0] + right) - x + 1, math.ceil(centre[1] + down) - y + 1
        field = self._blended(place, (centre[0] - x, centre[1] - y), size, (width, height))
        root = [math.sqrt(shape.area) for shape in self._shapes]
        area = round(((1 - place) * root[0] + place * root[1]) ** 2)
        mask = field >= _level(field, max(area, 1))
        top, first = max(y, 0), max(x, 0)
        bottom, end = min(y + height, image[0]), min(x + width, image[1])
        result: Mask = np.zeros(image, np.bool_)
        result[top:bottom, first:end] = mask[top - y : bottom - y, first - x : end - x]
        return result

    def _agreement(self) -> float:
        """Return the intersection over union of both, at the larger one's size."""
        size = max(self._sizes)
        left, up, right, down = (far * size for far in self._reach)
        width, height = math.ceil(left + right) + 2, math.ceil(up + down) + 2
        first, last = (self._warped(at, (left, up), size, (width, height)) > 0 for at in (0, 1))
        shared, all_of_them = int(np.count_nonzero(first & last)), int(np.count_nonzero(first | last))
        return shared / max(all_of_them, 1)

    def _blended(
        self, place: float, centre: tuple[float, float], size: float, extent: tuple[int, int]
    ) -> NDArray[np.float32]:
        first, last = (self._warped(at, centre, size, extent) for at in (0, 1))
        return np.asarray((1 - place) * first + place * last, np.float32)

    def _warped(
        self, at: int, centre: tuple[float, float], size: float, extent: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Return signed distances of one shape, in pixels there, with its centroid at a place.

        Parameters
        ----------
        at
            0 for the first shape, 1 for the last.
        centre
            (x, y) of the centroid.
        size
            What the shape is scaled to.
        extent
            (width, height) of the result.
        """
        shape, own, field = self._shapes[at], self._sizes[at], self._fields[at]
        ratio = own / size
        left, up, _, _ = self._margins[at]
        inside = shape.centre[0] - shape.corner[0] + left, shape.centre[1] - shape.corner[1] + up
        matrix = np.array(
            [[ratio, 0, inside[0] - ratio * centre[0]], [0, ratio, inside[1] - ratio * centre[1]]]
        )
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        warped = cv2.warpAffine(field, matrix, extent, flags=flags, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(warped / np.float32(ratio), np.float32)


def _margins(whole: tuple[float, ...], own: tuple[float, ...], size: float) -> tuple[int, int, int, int]:
    """Return how many pixels more than its own reach are kept of a shape: left, up, right, down."""
    left, up, right, down = (math.ceil((far - near) * size) + 2 for far, near in zip(whole, own, strict=True))
    return left, up, right, down


def _signed_distances(shape: _Shape, margins: tuple[int, int, int, int]) -> NDArray[np.float32]:
    """Return by pixel how far it is from the shape's border in pixels, positive inside.

    Parameters
    ----------
    shape
        The shape whose distances are computed.
    margins
        Pixels left, up, right and down of its rectangle that are looked at too.
    """
    left, up, right, down = margins
    mask = np.pad(shape.mask, ((up, down), (left, right))).view(np.uint8)
    inside = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    outside = cv2.distanceTransform(1 - mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    # A border runs between pixels: half a pixel from the centres on either side.
    return np.asarray(inside - outside + np.where(mask, np.float32(-0.5), np.float32(0.5)), np.float32)


def _level(field: NDArray[np.float32], area: int) -> float:
    """Return the level that so many pixels (1 or more) of a field reach."""
    values = field.ravel()
    rank = max(values.size - area, 0)
    return float(np.partition(values, rank)[rank])

"""Values in an index mask that name no object, such as blended edges: find them, and mend them."""

from collections.abc import Collection

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask

_REACH = 4
"""How far (pixels) a blended edge is looked for from the solid regions that it lies between."""
_SMALL = 16
"""Object numbers up to this are given by hand; larger ones are rarely seen in an index mask."""
_SCATTERED = 3
"""Real small objects are in one or two pieces; blended pixels lie in at least this many."""
_FEW = 20
"""A value is rare when the smallest solid object has this many times its pixels."""


def unexpected_values(mask: NDArray[np.uint8], objects: Collection[int] | None = None) -> dict[int, int]:
    """Return the values that name no object, and how many pixels each has.

    With `objects` given, that is every value other than 0 that is not one of them. Without, a value is held
    to be unexpected by these rules, where *solid* values are those (with 0) that fill a 3 x 3 square
    somewhere, and only values that are not solid are ever unexpected:

    1. *Blended*: interpolation makes values between those of the regions it mixes. So a value is blended when
       at least nine in ten of its pixels lie within 4 pixels of two solid values, one below and one above.
    2. *Rare*: the value is beyond the unbroken run of unblended numbers 1, 2, 3, ..., and has less than a
       twentieth of the pixels of the smallest solid object.

    Values found so count only if together they are in three pieces or more, or are above 16: a small real
    object is one piece. Where all numbers of a mask run 1, 2, ... n without a gap (n up to 16, or half of
    them solid), they are taken at their word, unless blended values line more than half of the outline of a
    solid object. What no rule on values can see is a blended value that equals the number of a real, solid
    object.

    Parameters
    ----------
    mask
        An index mask, (H, W) uint8.
    objects
        Numbers that may occur, if they are known.
    """
    counts = np.bincount(mask.ravel(), minlength=256)
    present = [int(value) for value in np.flatnonzero(counts) if value != 0]
    if objects is not None:
        allowed = set(objects)
        return {value: int(counts[value]) for value in present if value not in allowed}
    interior = _interior(mask)
    solid = {0} | {int(value) for value in np.unique(mask[interior])}
    thin = [value for value in present if value not in solid]
    if not thin or len(solid) < 2:
        return {}
    blended = _blended(mask, thin, solid)
    if _is_run(present) and (len(present) <= _SMALL or 2 * len(thin) <= len(present)):
        found = blended if _lines_an_outline(mask, blended, solid) else set()
    else:
        found = blended | _rare([value for value in present if value not in blended], solid, counts)
        if _pieces(mask, found) < _SCATTERED:
            found = {value for value in found if value > _SMALL}
    return {value: int(counts[value]) for value in sorted(found)}


def give_to_nearest(mask: NDArray[np.uint8], values: Collection[int]) -> NDArray[np.uint8]:
    """Return a copy in which each pixel of `values` has the value of the nearest pixel of another value.

    Parameters
    ----------
    mask
        An index mask, (H, W) uint8.
    values
        What to replace; at least one pixel must have some other value.
    """
    wrong = np.isin(mask, np.fromiter(values, dtype=np.uint8, count=len(values)))
    repaired: NDArray[np.uint8] = mask.copy()
    if not wrong.any():
        return repaired
    right = ~wrong
    _, nearest = cv2.distanceTransformWithLabels(
        wrong.astype(np.uint8), cv2.DIST_L2, 5, labelType=cv2.DIST_LABEL_PIXEL
    )
    table = np.zeros(int(nearest.max()) + 1, dtype=np.uint8)
    table[nearest[right]] = mask[right]
    repaired[wrong] = table[nearest[wrong]]
    return repaired


def _interior(mask: NDArray[np.uint8]) -> Mask:
    """(H, W) pixels whose whole 3 x 3 neighbourhood lies in the mask and has one value."""
    inside = np.zeros(mask.shape, dtype=np.bool_)
    if min(mask.shape) >= 3:
        square = np.ones((3, 3), dtype=np.uint8)
        same = np.asarray(cv2.erode(mask, square)) == np.asarray(cv2.dilate(mask, square))
        inside[1:-1, 1:-1] = same[1:-1, 1:-1]
    return inside


def _is_run(present: list[int]) -> bool:
    return present == list(range(1, len(present) + 1))


def _blended(mask: NDArray[np.uint8], thin: list[int], solid: set[int]) -> set[int]:
    known = np.isin(mask, np.array(sorted(solid), dtype=np.uint8))
    window = np.ones((2 * _REACH + 1, 2 * _REACH + 1), dtype=np.uint8)
    low = np.asarray(cv2.erode(np.where(known, mask, np.uint8(255)), window))
    high = np.asarray(cv2.dilate(np.where(known, mask, np.uint8(0)), window))
    between = (mask > low) & (mask < high) & ~known
    counts = np.bincount(mask.ravel(), minlength=256)
    inside = np.bincount(mask[between], minlength=256)
    return {value for value in thin if 10 * int(inside[value]) >= 9 * int(counts[value])}


def _rare(present: list[int], solid: set[int], counts: NDArray[np.int64]) -> set[int]:
    run = 0
    while run + 1 in present:
        run += 1
    smallest = min(int(counts[value]) for value in solid if value != 0)
    thin = [value for value in present if value > run and value not in solid]
    return {value for value in thin if _FEW * int(counts[value]) < smallest}


def _where(mask: NDArray[np.uint8], values: Collection[int]) -> NDArray[np.uint8]:
    return np.isin(mask, np.array(sorted(values), dtype=np.uint8)).astype(np.uint8)


def _pieces(mask: NDArray[np.uint8], values: set[int]) -> int:
    if not values:
        return 0
    # Per value, since neighbours of different values are different pieces; enough are soon found.
    found = 0
    for value in sorted(values):
        found += int(cv2.connectedComponents(_where(mask, {value}), connectivity=8)[0]) - 1
        if found >= _SCATTERED:
            break
    return found


def _lines_an_outline(mask: NDArray[np.uint8], blended: set[int], solid: set[int]) -> bool:
    if not blended:
        return False
    edge = _where(mask, blended)
    for value in sorted(solid - {0}):
        own = _where(mask, {value})
        ring = cv2.dilate(own, np.ones((3, 3), dtype=np.uint8)) & (1 - own)
        if 2 * int((ring & edge).sum()) > int(ring.sum()):
            return True
    return False

"""Masks as JSON keeps them, run lengths or polygons, checked on the way in."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from xmem_gui.arrays import Mask, Points
from xmem_gui.errors import FormatError
from xmem_gui.formats.gathering import Gathered
from xmem_gui.formats.outlines import covered
from xmem_gui.formats.rle import Rle, encode, from_coco, size_of
from xmem_gui.formats.scaling import check_size, scaled

MAX_POINTS = 4_000_000
"""Polygons with more corners are refused."""


def says_nothing(value: object) -> bool:
    """Tell whether a segmentation is missing or without content, as that of a box."""
    return value is None or value == [] or value == {} or value == [[]] or value == ""


def read_rle(value: object, gathered: Gathered) -> Rle:
    """Return the mask of a COCO RLE at the video's size, which it must have unless it is to be scaled."""
    rle = from_coco(value)
    check_size(size_of(rle), gathered.target, "The mask is")
    if size_of(rle) != tuple(gathered.target.size):
        gathered.budget.pixels(rle.height * rle.width)
    return scaled(rle, gathered.target.size)


def read_polygons(value: object, gathered: Gathered, stated: tuple[int, int], place: str) -> Rle:
    """Return the mask of COCO's list of polygons, each a flat list x, y, x, y, ...; they add up.

    Polygons that cannot be read are left out.

    Parameters
    ----------
    value
        The list of polygons as the file has it.
    gathered
        Gathers the import's masks, and counts what is left out.
    stated
        (height, width) of the picture that the corners are in.
    place
        Where in the file it is.
    """
    if not isinstance(value, list):
        raise FormatError("A mask is neither an RLE nor a list of polygons.")
    rings, odd = [], []
    # Some tools write the only polygon without the list around it.
    for ring in [value] if all(isinstance(v, int | float) for v in value) else value:
        gathered.budget.check()
        try:
            rings.append(flat_points(ring))
        except FormatError as error:
            odd.append(error)
    if not rings:
        raise odd[0]
    for reason in map(str, odd):
        gathered.left.add("polygon", reason, place)
    return encode(outlined(rings, stated, gathered))


def outlined(
    rings: Sequence[Points], stated: tuple[int, int], gathered: Gathered, *, default: bool = False
) -> Mask:
    """Return the (H, W) mask of polygons, filled as the person has said, or else as the format's tools do.

    Parameters
    ----------
    rings
        Corners, each (N, 2), in pixels of the picture that the file speaks of.
    stated
        (height, width) of that picture.
    gathered
        Gathers the import's masks, and counts what is left out.
    default
        Whether the pixels under an outline belong to the object in this format.
    """
    target = gathered.target
    outline = default if target.outline is None else target.outline
    return covered(rings, stated, target.size, gathered.budget, outline=outline)


def flat_points(values: Any) -> Points:
    """Return the (N, 2) corners of a flat list of numbers."""
    if not isinstance(values, list) or len(values) < 6 or len(values) % 2 or len(values) > 2 * MAX_POINTS:
        raise FormatError("It is not a list of three corners or more.")
    if not all(isinstance(v, int | float) and not isinstance(v, bool) for v in values):
        raise FormatError("Its corners are not numbers.")
    try:
        corners = np.array([float(v) for v in values], dtype=np.float64)
    except OverflowError:
        raise FormatError("It has a corner that is no place in a picture.") from None
    return checked_corners(corners.reshape(-1, 2))


def paired_points(values: Any) -> Points:
    """Return the (N, 2) corners of a list of pairs."""
    if not isinstance(values, list) or not all(isinstance(pair, list) and len(pair) == 2 for pair in values):
        raise FormatError("It is not a list of corners.")
    return flat_points([v for pair in values for v in pair])


def checked_corners(points: Points) -> Points:
    """Return corners if they are places near a picture."""
    if not np.isfinite(points).all() or (points.size and np.abs(points).max() > 2.0**31):
        raise FormatError("It has a corner that is no place in a picture.")
    return points

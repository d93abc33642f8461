"""How an overlay looks: how full the masks are, their outlines and names, and how dark the rest is."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Colour, Mask
from xmem_gui.errors import OutputError
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.name_plates import name_plate, put_plate
from xmem_gui.formats.rle import Rle, decode

MOST_OUTLINE = 20
"""The widest outline, in pixels of the video."""


@dataclass(frozen=True)
class OverlayLook:
    """How masks lie over a picture.

    Attributes
    ----------
    fill
        How opaque the colour inside a mask is, from 0 to 1.
    outline
        Width of the outline in pixels of the video, from 0 (none) to `MOST_OUTLINE`.
    labels
        Whether each mask has its object's name, or its number where no font at hand can show the name.
    dim
        How much darker the picture is where no mask is, from 0 (not at all) to 1 (black).

    Raises
    ------
    OutputError
        If a value is out of its range.
    """

    fill: float = 0.45
    outline: int = 1
    labels: bool = False
    dim: float = 0.0

    def __post_init__(self) -> None:
        for what, value in (("fill", self.fill), ("dimming", self.dim)):
            if not (math.isfinite(value) and 0 <= value <= 1):
                raise OutputError(f"An overlay's {what} lies between 0 and 1; {value} was asked for.")
        if not 0 <= self.outline <= MOST_OUTLINE:
            raise OutputError(
                f"An overlay's outline is 0 to {MOST_OUTLINE} pixels wide; {self.outline} was asked for."
            )


PLAIN = OverlayLook()
"""How an overlay looks unless something else is asked for."""


def overlay(
    image: NDArray[np.uint8], masks: Iterable[tuple[Colour, Rle]], look: OverlayLook = PLAIN
) -> NDArray[np.uint8]:
    """Return an (H, W, 3) RGB picture with masks over it, the last on top; without names."""
    shapes = [(colour, _cut(rle)) for colour, rle in masks if rle.bounds[2]]
    out: NDArray[np.uint8] = image.copy()
    if look.dim:
        out = np.asarray(cv2.convertScaleAbs(image, alpha=1 - look.dim), dtype=np.uint8)
        for _, (place, mask) in shapes:
            np.copyto(out[place], image[place], where=mask[..., None] != 0)
    for colour, (place, mask) in shapes:
        part = out[place]
        blended = cv2.addWeighted(part, 1 - look.fill, np.full_like(part, colour), look.fill, 0)
        if look.outline:
            blended[_inside(mask, look.outline) == 0] = colour
        np.copyto(part, blended, where=mask[..., None] != 0)
    return out


def with_masks(
    image: NDArray[np.uint8], masks: Iterable[tuple[ObjectInfo, Rle]], look: OverlayLook
) -> NDArray[np.uint8]:
    """Return an (H, W, 3) RGB picture with objects' masks over it, and their names if asked.

    A name stands above its mask, or in it where there is no room above.
    """
    found = list(masks)
    out = overlay(image, ((info.colour, rle) for info, rle in found), look)
    for info, rle in found if look.labels else ():
        x, y, width, _ = rle.bounds
        if width:
            plate = name_plate(info.name, info.id, info.colour, image.shape[0])
            put_plate(out, plate, (x + width / 2, y))
    return out


def _cut(rle: Rle) -> tuple[tuple[slice, slice], NDArray[np.uint8]]:
    """Return where a mask is in its picture, and the (h, w) part of it there, 0 or 1."""
    x, y, width, height = rle.bounds
    place = slice(y, y + height), slice(x, x + width)
    mask: Mask = decode(rle)
    return place, mask[place].astype(np.uint8)


def _inside(mask: NDArray[np.uint8], outline: int) -> NDArray[np.uint8]:
    """Return the part of a mask that its outline leaves."""
    shape = cv2.MORPH_RECT if outline == 1 else cv2.MORPH_ELLIPSE
    kernel = cv2.getStructuringElement(shape, (2 * outline + 1, 2 * outline + 1))
    framed = cv2.copyMakeBorder(mask, *(outline,) * 4, cv2.BORDER_CONSTANT, value=0)
    inner = cv2.erode(framed, kernel)
    return np.asarray(inner[outline:-outline, outline:-outline], dtype=np.uint8)

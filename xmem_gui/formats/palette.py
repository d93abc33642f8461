"""The palette that DAVIS and PASCAL VOC give to object numbers, and the way back from its colours."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def voc_palette() -> bytes:
    """Return 256 RGB triples (768 bytes), the bits of each number dealt in turn to red, green and blue.

    Bit 0 of the number becomes the highest bit of red, bit 1 that of green, bit 2 that of blue, bit 3 the
    next of red, and so on; so the first colours are black, maroon, green, olive, navy.
    """
    number = np.arange(256)
    colours = np.zeros((256, 3), dtype=np.uint8)
    for bit in range(8):
        colours[:, bit % 3] |= (((number >> bit) & 1) << (7 - bit // 3)).astype(np.uint8)
    return colours.tobytes()


DAVIS_PALETTE: bytes = voc_palette()


def _packed(colours: NDArray[np.uint8]) -> NDArray[np.int64]:
    wide = colours.astype(np.int64)
    packed: NDArray[np.int64] = (wide[..., 0] << 16) | (wide[..., 1] << 8) | wide[..., 2]
    return packed


def numbers_from_colours(rgb: NDArray[np.uint8]) -> NDArray[np.uint8] | None:
    """Map a colour picture of a mask back to object numbers.

    Parameters
    ----------
    rgb
        A colour picture, (H, W, 3) uint8 RGB, with one colour for each object.

    Returns
    -------
    numpy.ndarray or None
        (H, W) uint8: the palette's numbers where every colour is one of the palette's (the 191 that the files
        of the DAVIS release have for 192 counts as 192); else the grey levels where every pixel is exactly
        grey; else None.
    """
    palette = np.frombuffer(DAVIS_PALETTE, dtype=np.uint8).reshape(256, 3)
    keys = _packed(palette)
    order = np.argsort(keys)
    wanted = _packed(np.where(rgb == 191, np.uint8(192), rgb))
    place = np.minimum(np.searchsorted(keys, wanted, sorter=order), 255)
    numbers = order[place]
    if bool(np.all(keys[numbers] == wanted)):
        return numbers.astype(np.uint8)
    if bool(np.all(rgb[..., 0] == rgb[..., 1]) and np.all(rgb[..., 1] == rgb[..., 2])):
        return np.ascontiguousarray(rgb[..., 0])
    return None


def names_white_as_255(palette: Any) -> bool:
    """Tell whether a palette (a flat list of RGB; None for a grey picture) shows 255 as white."""
    return palette is None or len(palette) < 768 or list(palette[765:768]) == [255, 255, 255]

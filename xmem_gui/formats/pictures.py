"""Writing pictures beside masks, and the flat index picture of overlapping masks."""

from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from xmem_gui.formats.rle import Rle, decode, flat

_QUALITY = 95


def flatten(masks: Iterable[tuple[int, Rle]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the (H, W) uint8 index picture of (number, mask) pairs; later ones lie on top."""
    height, width = size
    pixels = np.zeros(height * width, dtype=np.uint8)
    for number, rle in masks:
        pixels[flat(rle)] = number
    return np.ascontiguousarray(pixels.reshape(width, height).T)


def save_jpeg(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an (H, W, 3) RGB picture."""
    Image.fromarray(image).save(path, format="JPEG", quality=_QUALITY)


def save_png(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16]) -> None:
    """Write a grey (H, W; 8 or 16 bit), RGB or RGBA picture as PNG."""
    Image.fromarray(image).save(path, format="PNG", compress_level=1)


def save_binary(path: Path, mask: NDArray[np.bool_]) -> None:
    """Write an (H, W) mask as a grey PNG of 0 and 255."""
    save_png(path, np.ascontiguousarray(mask).astype(np.uint8) * np.uint8(255))


def overlay(
    image: NDArray[np.uint8], masks: Iterable[tuple[tuple[int, int, int], Rle]], *, opacity: float = 0.45
) -> NDArray[np.uint8]:
    """Return an (H, W, 3) RGB picture with masks blended in.

    Each is in its colour, with its outline in full.
    """
    out: NDArray[np.uint8] = image.copy()
    for colour, rle in masks:
        mask = decode(rle)
        tint = np.array(colour, dtype=np.float32) * opacity
        out[mask] = (out[mask] * np.float32(1 - opacity) + tint).astype(np.uint8)
        solid = np.ascontiguousarray(mask).astype(np.uint8)
        edge = solid - cv2.erode(solid, np.ones((3, 3), np.uint8), borderType=cv2.BORDER_REPLICATE)
        out[edge != 0] = colour
    return out

"""Writing pictures beside masks, and the flat index picture of overlapping masks."""

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from xmem_gui.arrays import Mask
from xmem_gui.formats.rle import Rle
from xmem_gui.outputs import mark
from xmem_gui.project.rle import parse

_Number = TypeVar("_Number", np.uint8, np.uint16)
PICTURE = "picture"
"""What frames' pictures that were exported say that they are."""
_QUALITY = 95
_MANY_RUNS = 20_000
"""Masks with more runs are filled pixel by pixel, others run by run."""


def flatten(masks: Iterable[tuple[int, Rle]], size: tuple[int, int]) -> NDArray[np.uint8]:
    """Return the (H, W) uint8 index picture of (number, mask) pairs; later ones lie on top."""
    return _flatten(masks, size, np.uint8)


def flatten_wide(masks: Iterable[tuple[int, Rle]], size: tuple[int, int]) -> NDArray[np.uint16]:
    """Return the same of 16 bits."""
    return _flatten(masks, size, np.uint16)


def _flatten(
    masks: Iterable[tuple[int, Rle]], size: tuple[int, int], kind: type[_Number]
) -> NDArray[_Number]:
    height, width = size
    pixels = np.zeros(height * width, dtype=kind)
    for number, rle in masks:
        lengths = parse(rle.counts, rle.height, rle.width)
        if len(lengths) > _MANY_RUNS:
            np.copyto(pixels, kind(number), where=np.repeat(np.arange(len(lengths)) % 2 == 1, lengths))
            continue
        ends = np.cumsum(lengths).tolist()
        for start, end in zip(ends[0::2], ends[1::2], strict=False):
            pixels[start:end] = number
    return np.asarray(cv2.transpose(pixels.reshape(width, height)), dtype=kind).reshape(height, width)


def save_jpeg(path: Path, image: NDArray[np.uint8]) -> None:
    """Write an (H, W, 3) RGB picture."""
    Image.fromarray(image).save(path, format="JPEG", quality=_QUALITY, comment=mark(PICTURE).encode())


def save_png(path: Path, image: NDArray[np.uint8] | NDArray[np.uint16], kind: str) -> None:
    """Write a grey (H, W; 8 or 16 bit), RGB or RGBA picture as PNG, which says what kind it is."""
    notes = PngInfo()
    notes.add_text("Software", mark(kind))
    Image.fromarray(image).save(path, format="PNG", compress_level=1, pnginfo=notes)


def save_binary(path: Path, mask: Mask, kind: str) -> None:
    """Write an (H, W) mask as a grey PNG of 0 and 255."""
    save_png(path, np.ascontiguousarray(mask).astype(np.uint8) * np.uint8(255), kind)

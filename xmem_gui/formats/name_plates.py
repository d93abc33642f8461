"""Names of objects drawn into pictures: white or black on a plate of the object's colour."""

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from xmem_gui.arrays import Colour
from xmem_gui.formats.annotation import ObjectInfo
from xmem_gui.formats.reading import one_line

_OTHER_FONTS = (
    "DejaVuSans.ttf", "NotoSans-Regular.ttf", "segoeui.ttf", "arial.ttf", "Arial.ttf", "Arial Unicode.ttf",
    "NotoSansCJK-Regular.ttc",
    "wqy-zenhei.ttc", "msyh.ttc", "msgothic.ttc", "malgun.ttf", "PingFang.ttc", "Hiragino Sans GB.ttc",
)  # fmt: skip
"""Files in which systems have letters that the font of Pillow lacks, which are all but English ones."""
_UNKNOWN = "\U0010ffff"
"""A letter that no font has."""
_SMALLEST, _SHARE = 12, 32
"""Letters are this many pixels high at least, else the picture's height by this."""
_HIGH = "g|"
_LONGEST = 40
"""Longer names are cut."""

_Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def unshown_names(objects: Iterable[ObjectInfo]) -> tuple[ObjectInfo, ...]:
    """Return the objects whose names no font at hand can show."""
    return tuple(info for info in objects if _font_for(_short(info.name), _SMALLEST) is None)


def name_plate(name: str, number: int, colour: Colour, height: int) -> NDArray[np.uint8]:
    """Return an (h, w, 3) RGB plate with a name, for a picture of this height in pixels.

    It has the number where no font at hand can show the name.
    """
    size = max(_SMALLEST, round(height / _SHARE))
    return _plate(_short(name), str(number), colour, size)


def put_plate(picture: NDArray[np.uint8], plate: NDArray[np.uint8], foot: tuple[float, float]) -> None:
    """Put a plate into an (H, W, 3) picture, its foot's middle at (x, y) or as near as there is room."""
    height, width = picture.shape[:2]
    plate = plate[:height, :width]
    high, wide = plate.shape[:2]
    left = min(max(round(foot[0] - wide / 2), 0), width - wide)
    top = min(max(round(foot[1]) - high, 0), height - high)
    picture[top : top + high, left : left + wide] = plate


def _short(name: str) -> str:
    name = one_line(name)
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


@lru_cache(maxsize=256)
def _plate(name: str, number: str, colour: Colour, size: int) -> NDArray[np.uint8]:
    font = _font_for(name, size)
    text, font = (name, font) if font is not None else (number, ImageFont.load_default(size))
    left, top, right, bottom = font.getbbox(text)
    # Plates of all names are as high as letters such as "g" and "|" need.
    low, high = min(top, font.getbbox(_HIGH)[1]), max(bottom, font.getbbox(_HIGH)[3])
    pad = max(2, size // 5)
    plate = Image.new("RGB", (round(right - left) + 2 * pad, round(high - low) + pad), colour)
    light = (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) / 1000
    ink = (0, 0, 0) if light > 140 else (255, 255, 255)
    ImageDraw.Draw(plate).text((pad - left, pad / 2 - low), text, fill=ink, font=font)
    return np.asarray(plate, dtype=np.uint8)


@lru_cache(maxsize=1024)
def _font_for(text: str, size: int) -> _Font | None:
    """Return the first font at hand that has all letters of a text, or None."""
    usual = ImageFont.load_default(size)
    if _has_letters(usual, text):
        return usual
    for file in _OTHER_FONTS:
        try:
            font = ImageFont.truetype(file, size)
        except OSError:
            continue
        if _has_letters(font, text):
            return font
    return None


def _has_letters(font: _Font, text: str) -> bool:
    nothing = bytes(font.getmask(_UNKNOWN))
    return all(letter.isspace() or bytes(font.getmask(letter)) != nothing for letter in set(text))

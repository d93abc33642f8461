"""A lane's strip as a picture of a few rows, to be stretched over the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

if TYPE_CHECKING:
    from xmem_gui.project import LaneStrip, VideoObject

DOUBT_ROWS = 5
"""Rows of the confidence strip; the presence row is above them."""


def doubt_colours(muted: str, warning: str) -> NDArray[np.uint32]:
    """Return the colour of each row at each level, (DOUBT_ROWS, 6) premultiplied ARGB.

    Level 0 is no mask, 1 the surest, 5 the least sure. The less sure, the taller the strip; and where it is
    worth a look it is in another colour too. Neither asks for telling red from green.

    Parameters
    ----------
    muted, warning
        ``#rrggbb`` of what is well and of what is worth a look.
    """
    table = np.zeros((DOUBT_ROWS, 6), np.uint32)
    for level in range(1, 6):
        colour = QColor(warning if level > 3 else muted)
        colour.setAlphaF(1.0 if level > 3 else 0.6)
        table[DOUBT_ROWS - level :, level] = _premultiplied(colour)
    return table


def levels(confidence: NDArray[np.float32], low: float) -> NDArray[np.intp]:
    """Return the level of `doubt_colours` of each confidence; NaN is no mask.

    Parameters
    ----------
    confidence
        0 to 1.
    low
        Below this a mask is worth a look: levels 4 and 5, the others are well.
    """
    sure = (1 - low) / 3
    least = np.array([low * 5 / 7, low, low + sure, low + 2 * sure], np.float32)
    found = 5 - np.searchsorted(least, confidence, side="right")
    return np.asarray(np.where(np.isnan(confidence), 0, found))


class LanePicture:
    """An image of one object's strip: a row of where it is seen, and below it how sure that is.

    Parameters
    ----------
    strip
        What to draw.
    item
        Whose it is.
    doubt
        As `doubt_colours` returns it.
    low
        Confidence below which a mask is worth a look.
    """

    def __init__(self, strip: LaneStrip, item: VideoObject, doubt: NDArray[np.uint32], *, low: float) -> None:
        self.strip = strip
        self._pixels = np.zeros((1 + DOUBT_ROWS, len(strip)), np.uint32)
        colour = QColor(*item.colour)
        colour.setAlphaF(0.85 if item.visible else 0.3)
        self._colour = np.uint32(_premultiplied(colour))
        self._doubt, self._low = doubt, low
        self.keys = np.flatnonzero(strip.key)
        self._draw(slice(0, len(strip)), strip)
        height, width = self._pixels.shape
        # The image shares the array's memory: a patch is seen in it at once.
        self.image = QImage(
            self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
        )

    def patch(self, start: int, strip: LaneStrip) -> bool:
        """Replace the parts from ``start`` on; return whether any is different."""
        part = slice(start, start + len(strip))
        mine = self.strip
        if (
            np.array_equal(mine.present[part], strip.present)
            and np.array_equal(mine.key[part], strip.key)
            and np.array_equal(mine.confidence[part], strip.confidence, equal_nan=True)
        ):
            return False
        mine.present[part], mine.key[part], mine.confidence[part] = strip.present, strip.key, strip.confidence
        self.keys = np.flatnonzero(mine.key)
        self._draw(part, strip)
        return True

    def _draw(self, part: slice, strip: LaneStrip) -> None:
        self._pixels[0, part] = np.where(strip.present, self._colour, np.uint32(0))
        self._pixels[1:, part] = self._doubt[:, levels(strip.confidence, self._low)]


def _premultiplied(colour: QColor) -> int:
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.setPixelColor(0, 0, colour)
    return int(np.frombuffer(image.constBits(), np.uint32)[0])

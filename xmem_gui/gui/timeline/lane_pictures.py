"""A lane's strip as a picture of two rows, to be stretched over the timeline."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtGui import QColor, QImage

if TYPE_CHECKING:
    from xmem_gui.project import LaneStrip, VideoObject

_OPAQUE = np.uint32(0xFFFFFFFF)


class LanePicture:
    """An image of one object's strip: a row of where it is seen, and a row of where that is in doubt.

    Parameters
    ----------
    strip
        The states of one object's masks, one for each column.
    item
        The object that the lane belongs to.
    low
        Confidence below which a mask is worth a look.
    """

    def __init__(self, strip: LaneStrip, item: VideoObject, *, low: float) -> None:
        self.strip = strip
        self._pixels = np.zeros((2, len(strip)), np.uint32)
        colour = QColor(*item.colour)
        colour.setAlphaF(0.85 if item.visible else 0.3)
        self._colour = np.uint32(_premultiplied(colour))
        self._low = low
        self.keys = np.flatnonzero(strip.key)
        self._draw(slice(0, len(strip)), strip)
        height, width = self._pixels.shape
        # The image shares the array's memory: a patch is seen in it at once.
        self.image = QImage(
            self._pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32_Premultiplied
        )

    def has_doubt(self, first: int, last: int) -> bool:
        """Whether any of the parts from ``first`` up to ``last`` is in doubt."""
        return bool(self._pixels[1, max(first, 0) : last].any())

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
        # Not a number is no mask: in no doubt.
        self._pixels[1, part] = np.where(strip.confidence < self._low, _OPAQUE, np.uint32(0))


def _premultiplied(colour: QColor) -> int:
    image = QImage(1, 1, QImage.Format.Format_ARGB32_Premultiplied)
    image.setPixelColor(0, 0, colour)
    return int(np.frombuffer(image.constBits(), np.uint32)[0])

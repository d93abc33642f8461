"""Arrays of pixels as Qt's images, and smaller."""

from __future__ import annotations

import cv2
import numpy as np
from PySide6.QtGui import QImage

from xmem_gui.arrays import Picture


def image_of(pixels: Picture) -> QImage:
    """Return an array, RGB (H, W, 3) or opaque BGRX (H, W, 4), as an image that shares its memory."""
    height, width, channels = pixels.shape
    kind = QImage.Format.Format_RGB888 if channels == 3 else QImage.Format.Format_RGB32
    # The image holds the buffer, and lets go of it with the last of its copies.
    return QImage(pixels.data, width, height, pixels.strides[0], kind)


def reduced(pixels: Picture, size: tuple[int, int]) -> Picture:
    """Return pixels (H, W, C) made smaller to a size (height, width), without aliasing."""
    height, width = size
    while pixels.shape[0] >= 2 * height and pixels.shape[1] >= 2 * width:
        half = pixels.shape[1] // 2, pixels.shape[0] // 2
        # Averages of 2 x 2 are quick, those over other areas are not.
        pixels = np.asarray(cv2.resize(pixels, half, interpolation=cv2.INTER_AREA), np.uint8)
    if pixels.shape[:2] == size:
        return pixels
    return np.asarray(cv2.resize(pixels, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)


def thumbnail_of(pixels: Picture, height: int) -> QImage:
    """Return an RGB array (H, W, 3) as an image of a height, its proportions kept."""
    width = max(round(pixels.shape[1] * height / pixels.shape[0]), 1)
    return image_of(reduced(pixels, (max(height, 1), width))).convertToFormat(QImage.Format.Format_RGB32)

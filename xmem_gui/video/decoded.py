"""A frame between the decoder and the screen: made into RGB when, and in the size in which, it is needed."""

from __future__ import annotations

import threading
from collections.abc import Callable

from xmem_gui.arrays import RgbImage, Size

Make = Callable[[Size | None], RgbImage]
"""Gives all pixels of a frame for None, or fewer that are enough for a size (height, width)."""


class DecodedFrame:
    """One frame, exactly as the decoder gave it, which takes half of the memory of RGB.

    Any thread may ask it. Once somebody has asked for all of its pixels, it keeps those and nothing else.

    Parameters
    ----------
    make : callable
        Returns the frame as RGB (H, W, 3) uint8, contiguous and read-only.
    nbytes : int
        Bytes of memory that it holds until all of its pixels are asked for.
    """

    def __init__(self, make: Make, nbytes: int) -> None:
        self._make = make
        self._image: RgbImage | None = None
        self._bytes = nbytes
        # One thread at a time: what a decoder gives has one converter.
        self._lock = threading.Lock()

    @classmethod
    def of(cls, image: RgbImage) -> DecodedFrame:
        """Return a frame whose pixels are there."""
        made = cls(_of(image), image.nbytes)
        made._image = image
        return made

    @property
    def nbytes(self) -> int:
        """Bytes of memory it holds now."""
        return self._bytes

    def full(self) -> RgbImage:
        """Return all pixels, (H, W, 3) uint8 RGB, contiguous, read-only."""
        with self._lock:
            if self._image is None:
                self._image = self._make(None)
                self._bytes = self._image.nbytes
                # Let go of what the decoder gave.
                self._make = _of(self._image)
            return self._image

    def to_look_at(self, size: Size) -> RgbImage:
        """Return the frame as RGB, with as many pixels as are enough for a size (height, width), or all."""
        with self._lock:
            return self._make(size) if self._image is None else self._image


def _of(image: RgbImage) -> Make:
    return lambda _: image

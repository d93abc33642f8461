"""A segmenter without a network: what is connected with a click and has nearly its colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

if TYPE_CHECKING:
    import torch
    from numpy.typing import NDArray

    from xmem_gui.interaction import Prompts

_APART = 30
"""A pixel is of the click's colour if no channel differs by more, out of 255."""


@dataclass(frozen=True)
class ColourImage:
    """One image, ready for clicks.

    Attributes
    ----------
    image : (H, W, 3) uint8
        The picture, RGB.
    """

    image: NDArray[np.uint8]

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it holds."""
        return self.image.nbytes

    def predict(
        self, prompts: Prompts, previous_mask: NDArray[np.generic] | None = None
    ) -> NDArray[np.float32]:
        """Return (H, W) probabilities: 1 where a positive click floods, 0 where a negative one does."""
        height, width = self.image.shape[:2]
        mask = np.zeros((height, width), np.float32)
        if previous_mask is not None:
            mask[:] = previous_mask
        for point in prompts.points:
            if point.inside((height, width)):
                mask[self._flooded(int(point.x), int(point.y))] = float(point.positive)
        return mask

    def _flooded(self, x: int, y: int) -> NDArray[np.bool_]:
        height, width = self.image.shape[:2]
        filled = np.zeros((height + 2, width + 2), np.uint8)
        apart = (_APART,) * 3
        flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | (1 << 8)
        cv2.floodFill(self.image.copy(), filled, (x, y), (0, 0, 0), apart, apart, flags)
        return filled[1:-1, 1:-1] > 0


@dataclass(frozen=True)
class ColourSegmenter:
    """Turns clicks into masks by colour."""

    name: str = "toy-colour 0.1.0"

    def prepare(self, image: NDArray[np.uint8]) -> ColourImage:
        """Smooth an image (H, W, 3), uint8 RGB, so that grain does not stop the flood."""
        return ColourImage(cv2.medianBlur(np.ascontiguousarray(image), 5))


def make_segmenter(device: torch.device) -> ColourSegmenter:
    """Return the segmenter; what the entry point names. It computes on the processor, whatever the device."""
    del device
    return ColourSegmenter()

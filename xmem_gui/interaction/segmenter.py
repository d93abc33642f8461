"""What every network that turns prompts into masks offers."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, RgbImage
from xmem_gui.interaction.prompts import Prompts


class PreparedImage(Protocol):
    """One image's features, ready for any number of predictions; what a cache keeps."""

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it holds, on whatever device."""

    def predict(
        self, prompts: Prompts, previous_mask: Mask | NDArray[np.float32] | None = None
    ) -> NDArray[np.float32]:
        """Return the probability (H, W), 0 to 1, that each pixel of the image is in the object.

        Parameters
        ----------
        prompts : Prompts
            In the image's pixels. Those outside are left out; contradictory ones are settled as `Prompts`
            says; with none, the previous mask comes back (or zeros).
        previous_mask : (H, W) bool or float32 in [0, 1], optional
            The object's mask as it is, or the last round's probability.
        """


class Segmenter(Protocol):
    """A network that turns prompts into masks; it keeps nothing between calls."""

    @property
    def name(self) -> str:
        """Which model it is: with the frame, the key of a cache."""

    def prepare(self, image: RgbImage) -> PreparedImage:
        """Do the expensive part for an image (H, W, 3), uint8 RGB, once."""

"""An image that one of segment-anything's encoders has seen, and what all of them make of prompts."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.arrays import Probability, Size
from xmem_gui.device import enough_memory
from xmem_gui.interaction.prompts import Box, Prompts
from xmem_gui.interaction.sam_prompts import (
    LOW_SIDE,
    SQUARE,
    best_answer,
    click_places,
    given_probability,
    mask_input,
    says_where,
    stroke_points,
)


class PromptedImage(ABC):
    """An encoded image: all that predictions need, so that nothing in a network changes.

    Parameters
    ----------
    features
        What the encoder made of the image, on its device: tensors (1, C, h, w).
    size : (H, W)
        Size of the image in pixels.
    inner : (H, W)
        Size that the image has in the encoder's square, from its upper left corner.
    """

    def __init__(self, features: tuple[Tensor, ...], size: Size, inner: Size) -> None:
        self._features = features
        self._size = size
        self._inner = inner
        self._scale = np.array([inner[1] / size[1], inner[0] / size[0]], np.float32)

    @property
    def nbytes(self) -> int:
        """Bytes that the features hold."""
        return sum(one.nbytes for one in self._features)

    def predict(
        self, prompts: Prompts, previous_mask: NDArray[np.bool_] | Probability | None = None
    ) -> Probability:
        """Return the probability (H, W) that each pixel is in the object (`PreparedImage.predict`).

        Only negative prompts and no mask to take them from: nothing is in the object.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        MaskError
            If the previous mask is not of the image's size.
        """
        before = None if previous_mask is None else given_probability(previous_mask, self._size)
        said = prompts.clipped(self._size)
        if said.is_empty or (before is None and not says_where(said)):
            return np.zeros(self._size, np.float32) if before is None else before.copy()
        device = self._features[0].device
        with enough_memory(device, what="a prediction"), torch.inference_mode():
            labelled = [click_places(said), *stroke_points(said, self._size)]
            mask = mask_input(said, before, self._size, self._inner)
            logits, quality = self._decode(
                self._scaled(np.concatenate([one.places for one in labelled])),
                torch.from_numpy(np.concatenate([one.labels for one in labelled])).to(device),
                None if said.box is None else self._scaled(_corners(said.box)),
                None if mask is None else torch.from_numpy(mask).to(device)[None, None],
            )
            if before is None and len(said.points) + len(said.strokes) + (said.box is not None) == 1:
                # The first of four answers is for prompts that leave no doubt, the others for those that do.
                logits, quality = logits[1:], quality[1:]
            chosen = best_answer(
                logits.cpu().numpy(), quality.tolist(), labelled, said.box, self._scale * (LOW_SIDE / SQUARE)
            )
            probability: Probability = self._at_full_size(logits[chosen]).sigmoid().cpu().numpy()
        return said.obeyed(probability)

    @abstractmethod
    def _decode(
        self, points: Tensor, labels: Tensor, corners: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Return the logits (4, 256, 256) and the predicted quality (4,) of all four answers.

        Given are points (N, 2) and the corners of a box (2, 2) in the encoder's square, counted from pixel
        centres; labels (N,), 1 in the object and 0 not in it; and the logits (1, 1, 256, 256) of a mask.
        """

    @abstractmethod
    def _at_full_size(self, logits: Tensor) -> Tensor:
        """Return the logits (H, W) of the image's pixels from those of an answer (256, 256)."""

    def _scaled(self, places: NDArray[np.float32]) -> Tensor:
        """Return places (N, 2) in the encoder's square, counted from pixel centres."""
        return torch.from_numpy(places * self._scale - np.float32(0.5)).to(self._features[0].device)


def _corners(box: Box) -> NDArray[np.float32]:
    return np.array([[box.x0, box.y0], [box.x1, box.y1]], np.float32)

"""segment-anything (Kirillov et al. 2023) as a segmenter: the networks of the PyPI package, our prompts.

MobileSAM (Zhang et al. 2023) is the same with another image encoder (`model.tiny_vit`).
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.arrays import Size
from xmem_gui.device import autocast, best_precision
from xmem_gui.interaction.sam_image import PromptedImage
from xmem_gui.interaction.sam_network import PromptedNetwork
from xmem_gui.interaction.sam_prompts import SQUARE


class SamSegmenter(PromptedNetwork):
    """One of segment-anything's networks, as `load_sam` returns it, on a device."""

    _title = "segment-anything"

    def _settled(self) -> Tensor:
        # As the decoder's tokens lie in memory, which is faster than torch's default.
        self._network.mask_decoder.output_upscaling.to(memory_format=torch.channels_last)
        places: Tensor = self._network.prompt_encoder.get_dense_pe()
        return places

    def _fitted(self, size: Size) -> Size:
        return _inner(size)

    def _encoded(self, pixels: Tensor, size: Size) -> SamImage:
        with autocast(self._device, best_precision(self._device)):
            features = self._network.image_encoder(self._network.preprocess(pixels))
        return SamImage(self._network, self._places, features.float(), size)


class SamImage(PromptedImage):
    """An encoded image; it fills the encoder's square in its own proportions, and the rest is padding.

    Parameters
    ----------
    network : segment_anything.modeling.Sam
        The network that encoded the image.
    places : (1, C, 64, 64)
        The network's position encoding.
    features : (1, C, 64, 64)
        The image's features.
    size : (H, W)
        Size of the image in pixels.
    """

    def __init__(self, network: Any, places: Tensor, features: Tensor, size: Size) -> None:
        super().__init__((features,), size, _inner(size))
        self._network = network
        self._places = places

    def _decode(
        self, points: Tensor, labels: Tensor, corners: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        sparse, dense = self._network.prompt_encoder(
            points=(points[None], labels[None]) if len(points) else None,
            boxes=None if corners is None else corners.reshape(1, 4),
            masks=mask,
        )
        logits, quality = self._network.mask_decoder.predict_masks(
            image_embeddings=self._features[0],
            image_pe=self._places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
        )
        return logits[0], quality[0]

    def _at_full_size(self, logits: Tensor) -> Tensor:
        height, width = self._inner
        square = F.interpolate(logits[None, None], (SQUARE, SQUARE), mode="bilinear", align_corners=False)
        whole = F.interpolate(square[..., :height, :width], self._size, mode="bilinear", align_corners=False)
        return whole[0, 0]


def _inner(size: Size) -> Size:
    """Return height and width of the picture in the encoder's square."""
    scale = SQUARE / max(size)
    return max(int(size[0] * scale + 0.5), 1), max(int(size[1] * scale + 0.5), 1)

"""SAM 2.1 (Ravi et al. 2024) as a segmenter: the image part of the PyPI package's networks, our prompts."""

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
from xmem_gui.model.images import normalize_image

_UPPER_LEFT, _LOWER_RIGHT = 2.0, 3.0
"""Labels of a box's corners among those of points."""


class Sam2Segmenter(PromptedNetwork):
    """One of SAM 2.1's networks, as `load_sam2` returns it, on a device."""

    _title = "SAM 2.1"

    def _settled(self) -> Tensor:
        places: Tensor = self._network.sam_prompt_encoder.get_dense_pe()
        return places

    def _fitted(self, size: Size) -> Size:  # noqa: ARG002 (its predecessor keeps an image's proportions)
        return SQUARE, SQUARE

    def _encoded(self, pixels: Tensor, size: Size) -> Sam2Image:
        with autocast(self._device, best_precision(self._device)):
            levels = self._network.forward_image(normalize_image(pixels))["backbone_fpn"]
        fine, finer = levels[1].float(), levels[0].float()
        # What a video's first frame gets in place of a memory, on which images were trained too.
        coarse = levels[2].float() + self._network.no_mem_embed.reshape(1, -1, 1, 1)
        return Sam2Image(self._network, self._places, (coarse, fine, finer), size)


class Sam2Image(PromptedImage):
    """An encoded image, stretched to the encoder's square.

    Parameters
    ----------
    network : sam2.modeling.sam2_base.SAM2Base
        The network that encoded the image.
    places : (1, 256, 64, 64)
        The network's position encoding.
    features : (1, 256, 64, 64), (1, 64, 128, 128), (1, 32, 256, 256)
        The image's features at three resolutions.
    size : (H, W)
        Size of the image in pixels.
    """

    def __init__(
        self, network: Any, places: Tensor, features: tuple[Tensor, Tensor, Tensor], size: Size
    ) -> None:
        super().__init__(features, size, (SQUARE, SQUARE))
        self._network = network
        self._places = places

    def _decode(
        self, points: Tensor, labels: Tensor, corners: Tensor | None, mask: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        if corners is not None:
            points = torch.cat([corners, points])
            labels = torch.cat([labels.new_tensor([_UPPER_LEFT, _LOWER_RIGHT]), labels])
        sparse, dense = self._network.sam_prompt_encoder(
            points=(points[None], labels[None]) if len(points) else None, boxes=None, masks=mask
        )
        coarse, fine, finer = self._features
        logits, quality, *_ = self._network.sam_mask_decoder.predict_masks(
            image_embeddings=coarse,
            image_pe=self._places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
            repeat_image=False,
            high_res_features=[finer, fine],
        )
        return logits[0], quality[0]

    def _at_full_size(self, logits: Tensor) -> Tensor:
        whole = F.interpolate(logits[None, None], self._size, mode="bilinear", align_corners=False)
        return whole[0, 0]

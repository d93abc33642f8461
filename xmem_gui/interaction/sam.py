"""segment-anything (Kirillov et al. 2023) as a segmenter: the networks of the PyPI package, our prompts.

MobileSAM (Zhang et al. 2023) is the same with another image encoder (`model.tiny_vit`).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image as Pictures
from torch import Tensor

from xmem_gui.arrays import RgbImage, Size, as_rgb
from xmem_gui.device import autocast, best_precision, enough_memory
from xmem_gui.interaction.sam_image import PromptedImage
from xmem_gui.interaction.sam_prompts import SQUARE


class SamSegmenter:
    """One of segment-anything's networks on a device.

    Parameters
    ----------
    network : segment_anything.modeling.Sam
        As `load_sam` returns it; it is moved to the device.
    device : torch.device
        The image encoder runs in the device's best precision, everything else in float32.
    name : str
        Tells its features from those of other networks.

    Raises
    ------
    DeviceMemoryError
        If the device has no room for the network.
    """

    def __init__(self, network: Any, device: torch.device, *, name: str) -> None:
        self._name = name
        self._device = device
        with enough_memory(device, what="the segment-anything model"), torch.inference_mode():
            self._network = network.to(device)
            # As the decoder's tokens lie in memory, which is faster than torch's default.
            self._network.mask_decoder.output_upscaling.to(memory_format=torch.channels_last)
            self._places: Tensor = self._network.prompt_encoder.get_dense_pe()

    @property
    def name(self) -> str:
        """Which model it is."""
        return self._name

    def prepare(self, image: RgbImage) -> SamImage:
        """Encode an image (H, W, 3), or any other that `as_rgb` takes.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """
        picture = as_rgb(image)
        size = picture.shape[0], picture.shape[1]
        height, width = _inner(size)
        small = Pictures.fromarray(picture).resize((width, height), Pictures.Resampling.BILINEAR)
        with enough_memory(self._device, what="an image's features"), torch.inference_mode():
            pixels = torch.from_numpy(np.array(small)).to(self._device).permute(2, 0, 1)
            with autocast(self._device, best_precision(self._device)):
                features = self._network.image_encoder(self._network.preprocess(pixels[None]))
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

"""What segment-anything's networks and those after it have in common as segmenters."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any, ClassVar

import numpy as np
import torch
from PIL import Image as Pictures
from torch import Tensor

from xmem_gui.arrays import RgbImage, Size, as_rgb
from xmem_gui.device import enough_memory
from xmem_gui.interaction.sam_image import PromptedImage


class PromptedNetwork(ABC):
    """A network on a device that encodes an image once and then answers prompts.

    Parameters
    ----------
    network
        The network of a package from PyPI; it is moved to the device.
    device : torch.device
        The image encoder runs in the device's best precision, everything else in float32.
    name : str
        Tells its features from those of other networks.

    Raises
    ------
    DeviceMemoryError
        If the device has no room for the network.
    """

    _title: ClassVar[str]
    """What the network is called where a device has no room for it."""

    def __init__(self, network: Any, device: torch.device, *, name: str) -> None:
        self._name = name
        self._device = device
        with enough_memory(device, what=f"the {self._title} model"), torch.inference_mode():
            self._network = network.to(device)
            self._places = self._settled()

    @property
    def name(self) -> str:
        """Which model it is."""
        return self._name

    def prepare(self, image: RgbImage) -> PromptedImage:
        """Encode an image (H, W, 3), or any other that `as_rgb` takes.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """
        picture = as_rgb(image)
        size = picture.shape[0], picture.shape[1]
        height, width = self._fitted(size)
        seen = Pictures.fromarray(picture).resize((width, height), Pictures.Resampling.BILINEAR)
        with enough_memory(self._device, what="an image's features"), torch.inference_mode():
            pixels = torch.from_numpy(np.array(seen)).to(self._device).permute(2, 0, 1)
            return self._encoded(pixels[None], size)

    @abstractmethod
    def _settled(self) -> Tensor:
        """Make the network ready on its device; return its encoding of places, (1, C, 64, 64)."""

    @abstractmethod
    def _fitted(self, size: Size) -> Size:
        """Return the size, (H, W), that an image of a size has in the encoder's square."""

    @abstractmethod
    def _encoded(self, pixels: Tensor, size: Size) -> PromptedImage:
        """Encode pixels (1, 3, h, w), uint8, of an image whose size is (H, W)."""

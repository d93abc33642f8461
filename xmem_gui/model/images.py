"""Images as the networks take them."""

import functools

import torch
from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def normalize_image(rgb: Tensor) -> Tensor:
    """Turn RGB images (..., 3, H, W), uint8 0-255, to float32 with ImageNet's mean 0 and deviation 1."""
    mean, std = _constants(rgb.device)
    return (rgb.float() / 255).sub_(mean).div_(std)


def normalize_interleaved(rgb: Tensor) -> Tensor:
    """Do the same with an image (H, W, 3); returns (H, W, 3)."""
    height, width = rgb.shape[:2]
    # In rows, for arithmetic with a number for each of three interleaved colours is slow.
    mean, std = _rows(width, rgb.device)
    return (rgb.reshape(height, -1).float() / 255).sub_(mean).div_(std).view(height, width, 3)


@functools.lru_cache(maxsize=8)
def _rows(width: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Return mean and deviation of a row of interleaved colours, (3 width,) each."""
    with torch.inference_mode(False):
        mean, std = (one.flatten().repeat(width) for one in _constants(device))
    return mean, std


@functools.cache
def _constants(device: torch.device) -> tuple[Tensor, Tensor]:
    """Return mean and deviation, (3, 1, 1) each: a device would wait for them in every frame."""
    with torch.inference_mode(False):
        mean, std = (torch.tensor(one).to(device) for one in (IMAGENET_MEAN, IMAGENET_STD))
    return mean[:, None, None], std[:, None, None]

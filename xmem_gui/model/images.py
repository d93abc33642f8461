"""Images as the networks take them."""

import torch
from torch import Tensor

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)


def normalize_image(rgb: Tensor) -> Tensor:
    """Turn RGB images (..., 3, H, W), uint8 0-255, to float32 with ImageNet's mean 0 and deviation 1."""
    mean = torch.tensor(IMAGENET_MEAN, device=rgb.device)[:, None, None]
    std = torch.tensor(IMAGENET_STD, device=rgb.device)[:, None, None]
    return (rgb.float() / 255).sub_(mean).div_(std)

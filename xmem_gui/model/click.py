"""The compact click model: an image and prompt maps become a mask.

The image's features are computed once; every round of prompts then runs only the lighter second half. Image
features are named x, those of prompts and image together g; the suffix is the stride.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xmem_gui.model.blocks import ResidualBlock
from xmem_gui.model.mobilenet import mobilenet_features

STRIDE = 32
"""Sides of the images are multiples of this."""

PROMPT_CHANNELS = 4
"""Positive prompts, negative prompts, box, previous mask."""

_TRUNK_DIMS = (24, 32, 96, 320)
_POOLED = 4


@dataclass(frozen=True)
class ClickConfig:
    """Sizes of the network: channels at strides 4, 8, 16 and 32, and of the keys that prompts look for."""

    dims: tuple[int, int, int, int] = (32, 64, 128, 192)
    key_dim: int = 64


class ClickFeatures(NamedTuple):
    """What is known of an image before any prompt: (B, C, H/s, W/s), and unit keys (B, C^k, H/16, W/16)."""

    x4: Tensor
    x8: Tensor
    x16: Tensor
    x32: Tensor
    key: Tensor


class ClickNet(nn.Module):
    """MobileNetV2 with a feature pyramid, and a small U-shaped network for the prompts.

    At stride 16 the prompts also say what the object looks like: the keys under them are averaged, and every
    place is told how much it resembles the average.
    """

    def __init__(self, config: ClickConfig | None = None) -> None:
        super().__init__()
        self.config = config or ClickConfig()
        c4, c8, c16, c32 = self.config.dims
        self.trunk = mobilenet_features(blocks=17)
        self.lateral = nn.ModuleList(
            nn.Conv2d(given, wanted, 1) for given, wanted in zip(_TRUNK_DIMS, self.config.dims, strict=True)
        )
        self.down_path = nn.ModuleList(nn.Conv2d(a, b, 1) for a, b in ((c8, c4), (c16, c8), (c32, c16)))
        self.image32 = ResidualBlock(c32, c32)
        self.image16 = ResidualBlock(c16, c16)
        self.image8 = ResidualBlock(c8, c8)
        self.key_proj = nn.Conv2d(c16, self.config.key_dim, 1)

        self.prompt4 = nn.Conv2d(PROMPT_CHANNELS * 16, c4, 3, padding=1)
        self.join4 = nn.Conv2d(c4, c4, 3, padding=1)
        self.down8 = nn.Conv2d(c4, c8, 3, stride=2, padding=1)
        self.down16 = nn.Conv2d(c8, c16, 3, stride=2, padding=1)
        self.down32 = nn.Conv2d(c16, c32, 3, stride=2, padding=1)
        self.resemblance = nn.Conv2d(_POOLED, c16, 1)
        self.key_scale = nn.Parameter(torch.tensor(4.0))
        self.join8 = ResidualBlock(c8, c8)
        self.join16 = nn.Sequential(ResidualBlock(c16, c16), ResidualBlock(c16, c16))
        self.join32 = nn.Sequential(ResidualBlock(c32, c32), ResidualBlock(c32, c32))
        self.context = nn.Linear(c32, c32)

        self.up16 = nn.Conv2d(c32, c16, 1)
        self.up8 = nn.Conv2d(c16, c8, 1)
        self.up4 = nn.Conv2d(c8, c4, 1)
        self.out16 = ResidualBlock(c16, c16)
        self.out8 = ResidualBlock(c8, c8)
        self.out4 = ResidualBlock(c4, c4)
        self.head = nn.Conv2d(c4, 1, 3, padding=1)

    def encode(self, image: Tensor) -> ClickFeatures:
        """Map normalised images (B, 3, H, W), sides multiples of 32, to their features."""
        f4 = self.trunk[:4](image)
        f8 = self.trunk[4:7](f4)
        f16 = self.trunk[7:14](f8)
        f32 = self.trunk[14:](f16)
        lateral = [layer(f) for layer, f in zip(self.lateral, (f4, f8, f16, f32), strict=True)]
        x32 = self.image32(lateral[3])
        x16 = self.image16(lateral[2] + _double(self.down_path[2](x32)))
        x8 = self.image8(lateral[1] + _double(self.down_path[1](x16)))
        x4 = lateral[0] + _double(self.down_path[0](x8))
        return ClickFeatures(x4, x8, x16, x32, F.normalize(self.key_proj(x16), dim=1))

    def forward(self, features: ClickFeatures, prompts: Tensor) -> Tensor:
        """Return logits (B, 1, H, W).

        Parameters
        ----------
        features
            Features of the images, by stride.
        prompts
            (B, 4, H, W) in [0, 1]: positive prompts, negative prompts, the box's inside, the mask before.
        """
        g4 = self.join4(F.relu(features.x4 + self.prompt4(F.pixel_unshuffle(prompts, 4))))
        g8 = self.join8(features.x8 + self.down8(F.relu(g4)))
        alike = self.resemblance(self._resemblance(features.key, prompts))
        g16 = self.join16(features.x16 + self.down16(F.relu(g8)) + alike)
        g32 = self.join32(features.x32 + self.down32(F.relu(g16)))
        g32 = g32 + self.context(F.relu(g32).mean((2, 3)))[:, :, None, None]
        g16 = self.out16(g16 + _double(self.up16(F.relu(g32))))
        g8 = self.out8(g8 + _double(self.up8(F.relu(g16))))
        g4 = self.out4(g4 + _double(self.up4(F.relu(g8))))
        logits = self.head(F.relu(g4))
        return F.interpolate(logits, scale_factor=4, mode="bilinear", align_corners=False)

    def _resemblance(self, key: Tensor, prompts: Tensor) -> Tensor:
        """Return how alike every place is to what is under each kind of prompt, (B, 4, H/16, W/16).

        The kinds are positive and negative prompts, and the previous mask's inside and outside (none without
        a mask); 0 where nothing is pooled.
        """
        small = F.avg_pool2d(prompts, 16)
        before = small[:, 3:]
        given = (before.flatten(1).amax(1) > 0.5).to(before.dtype)[:, None, None, None]
        weights = torch.cat([small[:, :2], before, (1 - before) * given], 1).flatten(2)
        places = key.flatten(2)
        means = F.normalize(weights @ places.transpose(1, 2), dim=2)
        alike: Tensor = self.key_scale * (means @ places)
        return alike.view(len(key), _POOLED, *key.shape[2:])


def load_click_backbone(network: ClickNet, state: dict[str, Tensor]) -> None:
    """Start the trunk from torchvision's MobileNetV2 weights (``features.*``)."""
    own = {name: state[f"features.{name}"] for name in network.trunk.state_dict()}
    network.trunk.load_state_dict(own)


def _double(x: Tensor) -> Tensor:
    return F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False)

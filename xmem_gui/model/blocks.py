"""The parts that XMem's encoders and decoder are built of. Object features are (B*K, C, H, W)."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def convolve_joined(conv: nn.Conv2d, image: Tensor, objects: Tensor) -> Tensor:
    """Convolve ``[image feature, object feature]`` without building it.

    The image's share of the sum is computed once and added to every object's, which is the same sum in
    another order: with K objects it saves K - 1 convolutions of the image feature.

    Parameters
    ----------
    conv
        A convolution of Cx + Cg input channels.
    image
        Features of the image, (B, Cx, H, W).
    objects
        (B*K, Cg, H, W), objects of one image adjacent.

    Returns
    -------
    Tensor
        (B*K, C, H, W).
    """
    split = image.shape[1]
    of_image = F.conv2d(image, conv.weight[:, :split], None, conv.stride, conv.padding)
    of_objects = F.conv2d(objects, conv.weight[:, split:], conv.bias, conv.stride, conv.padding)
    return of_objects.add_(per_object(of_image, objects.shape[0]))


def per_object(image: Tensor, count: int) -> Tensor:
    """Repeat (B, C, H, W) to (count, C, H, W), the copies of one image adjacent; one image is broadcast."""
    batch = image.shape[0]
    return image if batch in (1, count) else image.repeat_interleave(count // batch, dim=0)


class ResidualBlock(nn.Module):
    """``conv2(relu(conv1(relu(g)))) + shortcut(g)``, without batch norm."""

    def __init__(self, in_dim: int, out_dim: int, *, shortcut: Literal[1, 3] = 3) -> None:
        super().__init__()
        self.downsample = (
            None if in_dim == out_dim else nn.Conv2d(in_dim, out_dim, shortcut, padding=shortcut // 2)
        )
        self.conv1 = nn.Conv2d(in_dim, out_dim, 3, padding=1)
        self.conv2 = nn.Conv2d(out_dim, out_dim, 3, padding=1)

    def forward(self, g: Tensor) -> Tensor:
        """Map (N, in_dim, H, W) to (N, out_dim, H, W)."""
        out: Tensor = self.conv2(F.relu(self.conv1(F.relu(g))))
        return out.add_(g if self.downsample is None else self.downsample(g))

    def forward_joined(self, x: Tensor, g: Tensor) -> Tensor:
        """Run on ``[x, g]``: an image feature (B, Cx, H, W) and its objects' (B*K, Cg, H, W)."""
        if self.downsample is None:
            images = per_object(x, g.shape[0]).expand(g.shape[0], -1, -1, -1)
            same: Tensor = self(torch.cat([images, g], 1))
            return same
        out: Tensor = self.conv2(F.relu(convolve_joined(self.conv1, F.relu(x), F.relu(g))))
        return out.add_(convolve_joined(self.downsample, x, g))


class ChannelGate(nn.Module):
    """CBAM's channel attention: a shared MLP on average- and max-pooled features, summed."""

    def __init__(self, dim: int, reduction: int = 16) -> None:
        super().__init__()
        self.mlp = nn.Sequential(
            nn.Flatten(), nn.Linear(dim, dim // reduction), nn.ReLU(), nn.Linear(dim // reduction, dim)
        )

    def forward(self, g: Tensor) -> Tensor:
        """Weigh the channels of (N, C, H, W)."""
        weight = self.mlp(g.mean((2, 3))) + self.mlp(g.amax((2, 3)))
        gated: Tensor = g * weight.sigmoid()[:, :, None, None]
        return gated


class SpatialGate(nn.Module):
    """CBAM's spatial attention: a 7x7 convolution of the maximum and the mean over channels."""

    def __init__(self) -> None:
        super().__init__()
        self.spatial = nn.ModuleDict({"conv": nn.Conv2d(2, 1, 7, padding=3)})

    def forward(self, g: Tensor) -> Tensor:
        """Weigh the positions of (N, C, H, W)."""
        pooled = torch.cat([g.amax(1, keepdim=True), g.mean(1, keepdim=True)], 1)
        weight: Tensor = self.spatial["conv"](pooled)
        return g * weight.sigmoid()


class CBAM(nn.Module):
    """Channel, then spatial attention (Woo et al., ECCV 2018)."""

    def __init__(self, dim: int) -> None:
        super().__init__()
        self.ChannelGate = ChannelGate(dim)
        self.SpatialGate = SpatialGate()

    def forward(self, g: Tensor) -> Tensor:
        """Weigh (N, C, H, W)."""
        out: Tensor = self.SpatialGate(self.ChannelGate(g))
        return out


class Fuser(nn.Module):
    """Join an image feature with its objects' features: block1, then ``block2(g + CBAM(g))``."""

    def __init__(self, x_dim: int, g_dim: int, out_dim: int, *, shortcut: Literal[1, 3] = 3) -> None:
        super().__init__()
        self.attention = CBAM(out_dim)
        self.block1 = ResidualBlock(x_dim + g_dim, out_dim, shortcut=shortcut)
        self.block2 = ResidualBlock(out_dim, out_dim, shortcut=shortcut)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        """Map (B, x_dim, H, W) and (B*K, g_dim, H, W) to (B*K, out_dim, H, W)."""
        g = self.block1.forward_joined(x, g)
        out: Tensor = self.block2(g + self.attention(g))
        return out


class GatedUpdate(nn.Module):
    """The sensory memory's gated recurrent unit: h' = f h (1 - u) + u n."""

    def __init__(self, in_dim: int, hidden_dim: int) -> None:
        super().__init__()
        self.transform = nn.Conv2d(in_dim + hidden_dim, hidden_dim * 3, 3, padding=1)

    def forward(self, g: Tensor, hidden: Tensor) -> Tensor:
        """Update the hidden maps (N, C^h, H, W) by the features (N, in_dim, H, W)."""
        forget, update, new = self.transform(torch.cat([g, hidden.to(g.dtype)], 1)).chunk(3, dim=1)
        update = update.sigmoid()
        updated: Tensor = forget.sigmoid() * hidden * (1 - update) + update * new.tanh()
        return updated


class SensoryUpdate(GatedUpdate):
    """The decoder's update of the sensory memory, from all three of its scales."""

    def __init__(self, dims: tuple[int, int, int], mid_dim: int, hidden_dim: int) -> None:
        super().__init__(mid_dim, hidden_dim)
        self.g16_conv = nn.Conv2d(dims[0], mid_dim, 1)
        self.g8_conv = nn.Conv2d(dims[1], mid_dim, 1)
        self.g4_conv = nn.Conv2d(dims[2] + 1, mid_dim, 1)

    def update(self, g16: Tensor, g8: Tensor, g4: Tensor, hidden: Tensor) -> Tensor:
        """Update (N, C^h, H, W) by features at strides 16, 8 and 4; ``g4`` ends in the logits' channel."""
        g = self.g16_conv(g16)
        g = g + self.g8_conv(F.interpolate(g8, scale_factor=1 / 2, mode="area"))
        g = g + self.g4_conv(F.interpolate(g4, scale_factor=1 / 4, mode="area"))
        updated: Tensor = self(g, hidden)
        return updated


class UpsampleBlock(nn.Module):
    """Double the resolution of object features and add the image's feature of that scale."""

    def __init__(
        self,
        x_dim: int,
        g_dim: int,
        out_dim: int,
        *,
        shortcut: Literal[1, 3] = 3,
        skip: Literal[1, 3] = 3,
    ) -> None:
        super().__init__()
        self.skip_conv = nn.Conv2d(x_dim, g_dim, skip, padding=skip // 2)
        self.out_conv = ResidualBlock(g_dim, out_dim, shortcut=shortcut)

    def forward(self, x: Tensor, g: Tensor) -> Tensor:
        """Map (B, x_dim, 2H, 2W) and (B*K, g_dim, H, W) to (B*K, out_dim, 2H, 2W)."""
        up = F.interpolate(g, scale_factor=2, mode="bilinear", align_corners=False)
        out: Tensor = self.out_conv(up.add_(per_object(self.skip_conv(x), g.shape[0])))
        return out

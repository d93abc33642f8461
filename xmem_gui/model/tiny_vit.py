"""TinyViT-5M (Wu et al., ECCV 2022) as MobileSAM (Zhang et al. 2023) uses it: as an image encoder.

A stem of convolutions, one stage of inverted bottlenecks, three of attention in windows, and the neck of
segment-anything. Unlike in the paper's classifier, the last stage keeps the resolution of the third. Maps are
(B, C, H, W) in channels-last memory, so that tokens (B, H, W, C) are the same memory.

Names of parameters are those of the published checkpoint, with the classifier's head, which is not used.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

_SIDE = 1024
"""Side of the square of pixels that the encoder was trained on."""

_WIDTHS = (64, 128, 160, 320)
_DEPTHS = (2, 2, 6, 2)
_HEADS = (0, 4, 5, 10)
_WINDOWS = (0, 7, 14, 7)
_STRIDES = (2, 2, 1)
"""Between two stages each."""
_EXPANSION = 4
"""Width of the middle of bottlenecks and perceptrons, as a multiple of the stage's."""
_OUT = 256
_CLASSES = 1000


class TinyViT(nn.Module):
    """The encoder, with segment-anything's neck."""

    img_size = _SIDE
    """What `segment_anything.modeling.Sam` asks an encoder for."""

    def __init__(self) -> None:
        super().__init__()
        half, whole = _WIDTHS[0] // 2, _WIDTHS[0]
        stem = ConvNorm(3, half, side=3, stride=2), nn.GELU(), ConvNorm(half, whole, side=3, stride=2)
        self.patch_embed = nn.Sequential(OrderedDict(seq=nn.Sequential(*stem)))
        self.layers = nn.Sequential(*(_stage(number) for number in range(len(_WIDTHS))))
        self.norm_head = nn.LayerNorm(_WIDTHS[-1])
        self.head = nn.Linear(_WIDTHS[-1], _CLASSES)
        self.neck = nn.Sequential(
            nn.Conv2d(_WIDTHS[-1], _OUT, 1, bias=False),
            ChannelNorm(_OUT),
            nn.Conv2d(_OUT, _OUT, 3, padding=1, bias=False),
            ChannelNorm(_OUT),
        )

    def forward(self, pixels: Tensor) -> Tensor:
        """Map normalized pixels (B, 3, H, W), sides multiples of 16, to features (B, 256, H / 16, W / 16)."""
        x = pixels.contiguous(memory_format=torch.channels_last)
        features: Tensor = self.neck(self.layers(self.patch_embed(x)))
        return features


class ConvNorm(nn.Sequential):
    """A convolution that keeps the size but for its stride, and batch normalization."""

    def __init__(self, inward: int, outward: int, *, side: int = 1, stride: int = 1, groups: int = 1) -> None:
        conv = nn.Conv2d(inward, outward, side, stride, side // 2, groups=groups, bias=False)
        super().__init__(OrderedDict(c=conv, bn=nn.BatchNorm2d(outward)))


class ChannelNorm(nn.LayerNorm):
    """Layer normalization over the channels of each place of a map (B, C, H, W)."""

    def __init__(self, width: int) -> None:
        super().__init__(width, eps=1e-6)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class InvertedBottleneck(nn.Module):
    """An inverted bottleneck (MBConv), added to its input."""

    def __init__(self, width: int) -> None:
        super().__init__()
        wide = _EXPANSION * width
        self.conv1 = ConvNorm(width, wide)
        self.conv2 = ConvNorm(wide, wide, side=3, groups=wide)
        self.conv3 = ConvNorm(wide, width)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        wide = F.gelu(self.conv2(F.gelu(self.conv1(x))))
        return F.gelu(x + self.conv3(wide))


class Merging(nn.Module):
    """The way from one stage to the next: another width, and fewer places where there is a stride."""

    def __init__(self, inward: int, outward: int, stride: int) -> None:
        super().__init__()
        self.conv1 = ConvNorm(inward, outward)
        self.conv2 = ConvNorm(outward, outward, side=3, stride=stride, groups=outward)
        self.conv3 = ConvNorm(outward, outward)

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to (B, C', H / stride, W / stride)."""
        merged: Tensor = self.conv3(F.gelu(self.conv2(F.gelu(self.conv1(x)))))
        return merged


class WindowAttention(nn.Module):
    """Attention among the places of a window, with a bias for each distance down and across.

    Parameters
    ----------
    width
        How many channels a place has.
    heads
        How many parts of the channels look for themselves.
    side
        Side of a window in places.
    """

    attention_bias_idxs: Tensor

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self._heads = heads
        self.norm = nn.LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)
        self.attention_biases = nn.Parameter(torch.zeros(heads, side * side))
        self.register_buffer("attention_bias_idxs", _distances(side), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Map the tokens of windows (W, side * side, C) to the same shape."""
        windows, places, width = tokens.shape
        parts = self.qkv(self.norm(tokens)).view(windows, places, self._heads, 3, width // self._heads)
        query, key, value = parts.permute(3, 0, 2, 1, 4)
        bias = self.attention_biases[:, self.attention_bias_idxs].to(query.dtype)
        seen = F.scaled_dot_product_attention(query, key, value, attn_mask=bias[None])
        mixed: Tensor = self.proj(seen.transpose(1, 2).reshape(windows, places, width))
        return mixed


class WindowBlock(nn.Module):
    """Attention in windows, a convolution that joins them, and a perceptron.

    Parameters
    ----------
    width
        How many channels a place has.
    heads
        How many parts of the channels the attention compares for themselves.
    side
        Side of a window in places; the map is filled up with zeros to whole windows.
    """

    def __init__(self, width: int, heads: int, side: int) -> None:
        super().__init__()
        self._side = side
        self.attn = WindowAttention(width, heads, side)
        self.local_conv = ConvNorm(width, width, side=3, groups=width)
        self.mlp = nn.Sequential(
            OrderedDict(
                norm=nn.LayerNorm(width),
                fc1=nn.Linear(width, _EXPANSION * width),
                act=nn.GELU(),
                fc2=nn.Linear(_EXPANSION * width, width),
            )
        )

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, C, H, W) to the same shape."""
        tokens = x.permute(0, 2, 3, 1)
        attended = tokens + self._attend(tokens)
        tokens = self.local_conv(attended.permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
        mapped: Tensor = tokens + self.mlp(tokens)
        return mapped.permute(0, 3, 1, 2)

    def _attend(self, tokens: Tensor) -> Tensor:
        batch, height, width, channels = tokens.shape
        side = self._side
        padded = F.pad(tokens, (0, 0, 0, -width % side, 0, -height % side))
        rows, columns = padded.shape[1] // side, padded.shape[2] // side
        cut = padded.view(batch, rows, side, columns, side, channels).transpose(2, 3)
        seen = self.attn(cut.reshape(-1, side * side, channels))
        whole: Tensor = (
            seen.view(batch, rows, columns, side, side, channels).transpose(2, 3).reshape(padded.shape)
        )
        return whole[:, :height, :width]


def _stage(number: int) -> nn.Sequential:
    """Return a stage, and the way to the next if there is one."""
    width = _WIDTHS[number]
    blocks = [
        WindowBlock(width, _HEADS[number], _WINDOWS[number]) if _HEADS[number] else InvertedBottleneck(width)
        for _ in range(_DEPTHS[number])
    ]
    parts: OrderedDict[str, nn.Module] = OrderedDict(blocks=nn.Sequential(*blocks))
    if number < len(_STRIDES):
        inward, outward = list(pairwise(_WIDTHS))[number]
        parts["downsample"] = Merging(inward, outward, _STRIDES[number])
    return nn.Sequential(parts)


def _distances(side: int) -> Tensor:
    """Return for each two places of a window which bias is theirs: (side * side, side * side)."""
    # On the CPU also where parameters are made on no device: a checkpoint does not hold them.
    along = torch.arange(side, device="cpu")
    apart = (along[:, None] - along).abs()
    down, across = apart[:, None, :, None], apart[None, :, None, :]
    return (down * side + across).reshape(side * side, side * side)

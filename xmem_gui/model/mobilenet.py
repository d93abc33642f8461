"""MobileNetV2 (Sandler et al., CVPR 2018) without its classifier: torchvision's, to the name and the bit.

Torchvision itself takes as long to import as torch, and 160 MB, for it brings torch's compiler along.
"""

from torch import Tensor, nn

_STAGES = ((16, 1, 1), (24, 2, 2), (32, 3, 2), (64, 4, 2), (96, 3, 1), (160, 3, 2), (320, 1, 1))
"""Channels, blocks, and the first block's stride (table 2 of the paper)."""
_TO_STRIDE_16 = 7
"""The inverted residual, counted from 1, that goes from stride 8 to 16."""


class InvertedResidual(nn.Module):
    """Widen, look around in each channel by itself, narrow (section 3.3 of the paper)."""

    def __init__(self, given: int, wanted: int, *, stride: int, expansion: int) -> None:
        super().__init__()
        wide = given * expansion
        widen = [] if expansion == 1 else [_conv(given, wide, 1)]
        self.conv = nn.Sequential(
            *widen,
            _conv(wide, wide, 3, stride=stride, groups=wide),
            nn.Conv2d(wide, wanted, 1, bias=False),
            nn.BatchNorm2d(wanted),
        )
        self.adds = stride == 1 and given == wanted

    def forward(self, x: Tensor) -> Tensor:
        """Map (B, given, H, W) to (B, wanted, H/stride, W/stride)."""
        out: Tensor = self.conv(x)
        return x + out if self.adds else out


def mobilenet_features(*, blocks: int, in_dim: int = 3, expansion: int = 6, fold: int = 1) -> nn.Sequential:
    """Return the first layer and inverted residuals, with random weights.

    Parameters
    ----------
    blocks
        How many inverted residuals of the 17: 3 end at stride 4 with 24 channels, 6 at stride 8 with 32,
        13 at stride 16 with 96, all at stride 32 with 320.
    in_dim
        Number of channels of the input image.
    expansion
        Of all inverted residuals but the first, which does not widen.
    fold
        2: the input is a picture of half the resolution, and what ends at stride 16 of the whole one is no
        coarser for it.
    """
    layers: list[nn.Module] = [_conv(in_dim, 32, 3, stride=2)]
    given = 32
    for wanted, repeats, first_stride in _STAGES:
        for number in range(repeats):
            stride = 1 if number or (fold == 2 and len(layers) == _TO_STRIDE_16) else first_stride
            widening = expansion if len(layers) > 1 else 1
            layers.append(InvertedResidual(given, wanted, stride=stride, expansion=widening))
            given = wanted
    features = nn.Sequential(*layers[: 1 + blocks])
    for module in features.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out")
    return features


def _conv(given: int, wanted: int, kernel: int, *, stride: int = 1, groups: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(given, wanted, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(wanted),
        nn.ReLU6(inplace=True),
    )

"""Image networks cut at stride 16, with the parameter names of XMem's checkpoints."""

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from xmem_gui.model.config import XMemConfig
from xmem_gui.model.mobilenet import mobilenet_features


class Pyramid(NamedTuple):
    """Image features at strides 16, 8 and 4, each (B, C, H/s, W/s)."""

    f16: Tensor
    f8: Tensor
    f4: Tensor


class ResNetTrunk(nn.Module):
    """Torchvision's ResNet without its last stage and classifier.

    Parameters
    ----------
    deep
        ResNet-50 (1024 channels at stride 16), whose first stage is named ``res2``; else ResNet-18 (256).
    in_dim
        Number of channels of the input image.
    """

    def __init__(self, *, deep: bool, in_dim: int) -> None:
        # The compact networks do without: its import takes seconds.
        from torchvision.models import resnet18, resnet50

        super().__init__()
        resnet = (resnet50 if deep else resnet18)(weights=None)
        self.conv1 = nn.Conv2d(in_dim, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = resnet.bn1
        self.relu = resnet.relu
        self.maxpool = resnet.maxpool
        self.first = "res2" if deep else "layer1"
        self.add_module(self.first, resnet.layer1)
        self.layer2 = resnet.layer2
        self.layer3 = resnet.layer3
        self.dims = (1024, 512, 256) if deep else (256, 128, 64)

    def forward(self, x: Tensor) -> Pyramid:
        """Map (B, in_dim, H, W), H and W multiples of 16, to its features."""
        f4 = self.get_submodule(self.first)(self.maxpool(self.relu(self.bn1(self.conv1(x)))))
        f8 = self.layer2(f4)
        return Pyramid(self.layer3(f8), f8, f4)


class MobileNetTrunk(nn.Module):
    """MobileNetV2 (Sandler et al., CVPR 2018) to stride 16: 96, 32 and 24 channels.

    Parameters
    ----------
    in_dim
        Number of channels of the input image.
    expansion, fold
        As `XMemConfig`'s ``expansion`` and ``value_fold``. A folded input makes the two finer features half
        as fine.
    """

    def __init__(self, *, in_dim: int, expansion: int = 6, fold: int = 1) -> None:
        super().__init__()
        self.fold = fold
        self.features = mobilenet_features(blocks=13, in_dim=in_dim * fold**2, expansion=expansion, fold=fold)
        self.dims = (96, 32, 24)

    def forward(self, x: Tensor) -> Pyramid:
        """Map (B, in_dim, H, W), H and W multiples of 16, to its features."""
        f4 = self.features[:4](self.folded(x))
        f8 = self.features[4:7](f4)
        return Pyramid(self.features[7:](f8), f8, f4)

    def folded(self, x: Tensor) -> Tensor:
        """Return the input as the first layer sees it, (B, in_dim * fold^2, H/fold, W/fold)."""
        if self.fold == 1:
            return x
        return F.pixel_unshuffle(x, self.fold).contiguous(memory_format=torch.channels_last)

    def unfold_input(self) -> None:
        """Let the first convolution see the input as it is, with larger strides: the same sums, no copy."""
        if self.fold == 1:
            return
        first, fold = self.features[0], self.fold
        assert isinstance(first, nn.Sequential)
        old = first[0]
        assert isinstance(old, nn.Conv2d)
        out_dim, kernel = old.out_channels, old.kernel_size[0]
        new = nn.Conv2d(
            old.in_channels // fold**2, out_dim, kernel * fold, old.stride[0] * fold,
            int(old.padding[0]) * fold, bias=old.bias is not None,
        )  # fmt: skip
        # A folded channel is (channel, row, column in its square); see torch's pixel_unshuffle.
        folded = old.weight.detach().view(out_dim, -1, fold, fold, kernel, kernel)
        new.weight.data = folded.permute(0, 1, 4, 2, 5, 3).reshape(new.weight.shape).clone()
        new.bias = old.bias
        first[0] = new.requires_grad_(old.weight.requires_grad)
        self.fold = 1


Trunk = ResNetTrunk | MobileNetTrunk


def key_trunk(config: XMemConfig) -> Trunk:
    """Make the network that sees the image."""
    if config.backbone == "resnet":
        return ResNetTrunk(deep=True, in_dim=3)
    return MobileNetTrunk(in_dim=3, expansion=config.expansion)


def value_trunk(config: XMemConfig) -> Trunk:
    """Make the network that sees the image, an object's mask and the other objects' masks."""
    if config.backbone == "resnet":
        return ResNetTrunk(deep=False, in_dim=5)
    return MobileNetTrunk(in_dim=5, expansion=config.expansion, fold=config.value_fold)

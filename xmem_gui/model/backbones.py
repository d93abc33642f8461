"""Image networks cut at stride 16, with the parameter names of XMem's checkpoints."""

from typing import NamedTuple

from torch import Tensor, nn

from xmem_gui.model.config import Backbone
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
        Channels of the input.
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
    """MobileNetV2 (Sandler et al., CVPR 2018) to stride 16: 96, 32 and 24 channels."""

    def __init__(self, *, in_dim: int) -> None:
        super().__init__()
        self.features = mobilenet_features(blocks=13, in_dim=in_dim)
        self.dims = (96, 32, 24)

    def forward(self, x: Tensor) -> Pyramid:
        """Map (B, in_dim, H, W), H and W multiples of 16, to its features."""
        f4 = self.features[:4](x)
        f8 = self.features[4:7](f4)
        return Pyramid(self.features[7:](f8), f8, f4)


Trunk = ResNetTrunk | MobileNetTrunk


def key_trunk(backbone: Backbone) -> Trunk:
    """Make the network that sees the image."""
    return ResNetTrunk(deep=True, in_dim=3) if backbone == "resnet" else MobileNetTrunk(in_dim=3)


def value_trunk(backbone: Backbone) -> Trunk:
    """Make the network that sees the image, an object's mask and the other objects' masks."""
    return ResNetTrunk(deep=False, in_dim=5) if backbone == "resnet" else MobileNetTrunk(in_dim=5)

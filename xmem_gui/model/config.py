"""The sizes of an XMem network: one architecture, several configurations."""

from dataclasses import dataclass
from typing import Literal

Backbone = Literal["resnet", "mobilenet_v2"]


@dataclass(frozen=True)
class XMemConfig:
    """Backbone and widths of an XMem network; the defaults are the published model's.

    Parameters
    ----------
    backbone
        ``resnet`` (ResNet-50 keys, ResNet-18 values) or ``mobilenet_v2`` (both).
    key_dim
        C^k, channels of a memory key.
    value_dim
        C^v, channels of a memory value.
    hidden_dim
        C^h, channels of the sensory memory; 0 is the variant without sensory memory.
    decoder_dims
        Channels of the decoder at strides 16, 8 and 4.
    sensory_dim
        Channels in which the sensory update sums its three inputs.
    shortcut
        Kernel size of a residual block's shortcut where the widths differ, 3 or 1.
    skip
        Kernel size of the convolutions that bring image features into the decoder, 3 or 1.
    expansion
        Of ``mobilenet_v2``: by how much its inverted residuals widen; the paper's is 6.
    value_fold
        Of ``mobilenet_v2``: the value encoder sees the frame with squares of so many pixels a side folded
        into channels, 1 or 2, which makes its first half a quarter of the work.
    """

    backbone: Backbone = "resnet"
    key_dim: int = 64
    value_dim: int = 512
    hidden_dim: int = 64
    decoder_dims: tuple[int, int, int] = (512, 256, 256)
    sensory_dim: int = 256
    shortcut: Literal[1, 3] = 3
    skip: Literal[1, 3] = 3
    expansion: int = 6
    value_fold: Literal[1, 2] = 1


FULL = XMemConfig()
"""XMem as published (ECCV 2022): 62.2 M parameters."""

COMPACT = XMemConfig(
    backbone="mobilenet_v2",
    key_dim=48,
    value_dim=128,
    hidden_dim=32,
    decoder_dims=(96, 48, 24),
    sensory_dim=64,
    shortcut=1,
    skip=1,
    expansion=4,
    value_fold=2,
)
"""The shipped network, made for a laptop without a GPU."""

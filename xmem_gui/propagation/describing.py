"""A frame as a few numbers: what it looks like to the network, to tell how much two frames differ."""

import torch.nn.functional as F
from torch import Tensor

_GRID = 2


def describe(key: Tensor) -> Tensor:
    """Pool a frame's key (C^k, h, w) over a coarse grid; returns (4 C^k,), float32."""
    return F.adaptive_avg_pool2d(key.float()[None], _GRID).flatten()

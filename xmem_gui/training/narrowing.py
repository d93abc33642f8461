"""MobileNetV2's weights in a trunk that is narrower, or sees its input folded."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from xmem_gui.model.backbones import MobileNetTrunk
from xmem_gui.model.mobilenet import InvertedResidual

_FIRST = "0.0.weight"
_PROJECT, _MEAN = "2.weight", "3.running_mean"
"""Of an inverted residual's layers."""
_RIDGE = 1e-5
"""Added to the mean variance of the inner channels, so that channels that are never active do no harm."""


@torch.no_grad()
def load_mobilenet(trunk: MobileNetTrunk, state: Mapping[str, Tensor], pictures: Tensor) -> None:
    """Fill a trunk with MobileNetV2's weights; input channels that those do not know are zero.

    Parameters
    ----------
    trunk
        The trunk whose weights are replaced by those of MobileNetV2.
    state
        Tensors of its layers at the paper's width, for an input that is not folded, such as ``0.0.weight``.
    pictures
        What the trunk sees, (B, C, H, W): on these, narrower blocks are fitted to do what the whole ones do.
    """
    trunk.eval()
    first = trunk.features.state_dict()[_FIRST].new_zeros(32, pictures.shape[1], 3, 3)
    first[:, : state[_FIRST].shape[1]] = state[_FIRST]
    folded = first.repeat_interleave(trunk.fold**2, dim=1) / trunk.fold**2
    whole = MobileNetTrunk(in_dim=pictures.shape[1], fold=trunk.fold).features.eval()
    whole.load_state_dict({name: state[name] for name in whole.state_dict()} | {_FIRST: folded})
    x = trunk.folded(pictures)
    for block, narrow in zip(whole, trunk.features, strict=True):
        if _shapes(block) == _shapes(narrow):
            narrow.load_state_dict(block.state_dict())
        else:
            assert isinstance(block, InvertedResidual)
            assert isinstance(narrow, InvertedResidual)
            narrow_block(block, narrow, x)
        x = block(x)


@torch.no_grad()
def narrow_block(whole: InvertedResidual, narrow: InvertedResidual, x: Tensor) -> None:
    """Choose inner channels of a block and fit its last convolution, so that its answer changes least.

    Channels are dropped one at a time, each time the one whose loss the others make up for best; the rest is
    least squares (He, Zhang and Sun, "Channel Pruning", ICCV 2017).

    Parameters
    ----------
    whole, narrow
        Blocks in evaluation mode, alike but for the inner channels; the narrow one's weights are replaced.
    x
        What the block is given, (B, C, H, W).
    """
    state, own = whole.conv.state_dict(), narrow.conv.state_dict()
    inner = whole.conv[:2](x).transpose(0, 1).flatten(1).double()
    wanted = state[_PROJECT].double().flatten(1)
    middle = inner.mean(1, keepdim=True)
    gram = (inner - middle) @ (inner - middle).T / inner.shape[1]
    gram += _RIDGE * gram.diagonal().mean() * torch.eye(len(gram))
    kept = list(range(len(gram)))
    weight = wanted
    while len(kept) > own[_PROJECT].shape[1]:
        inverse = torch.linalg.inv(gram[kept][:, kept])
        loss = weight.square().sum(0) / inverse.diagonal()
        del kept[int(loss.argmin())]
        weight = torch.linalg.solve(gram[kept][:, kept], gram[kept] @ wanted.T).T
    for name, tensor in own.items():
        if name == _PROJECT:
            tensor.copy_(weight[:, :, None, None])
        else:
            tensor.copy_(state[name][kept] if tensor.shape != state[name].shape else state[name])
    # What the dropped channels gave on average is given by the norm.
    own[_MEAN] += (weight @ middle[kept] - wanted @ middle).flatten()


def _shapes(module: nn.Module) -> list[torch.Size]:
    return [tensor.shape for tensor in module.state_dict().values()]

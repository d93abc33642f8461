"""From each object's own probability to one distribution over background and objects."""

import torch
from torch import Tensor

_EPS = 1e-7


def aggregate_logits(probability: Tensor) -> Tensor:
    """Return the logits of background and objects (XMem, soft aggregation; STM eq. 4).

    Parameters
    ----------
    probability
        (..., K, H, W) in [0, 1], each object judged by itself.

    Returns
    -------
    Tensor
        (..., 1+K, H, W), background first; a softmax over them is the aggregated probability.
    """
    background = (1 - probability).prod(dim=-3, keepdim=True)
    joint = torch.cat([background, probability], dim=-3).float().clamp(_EPS, 1 - _EPS)
    return torch.log(joint / (1 - joint))


def aggregate(probability: Tensor) -> Tensor:
    """Return the probabilities of background and objects, (..., 1+K, H, W), summing to 1."""
    return aggregate_logits(probability).softmax(dim=-3)

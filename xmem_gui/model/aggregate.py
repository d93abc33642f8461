"""From each object's own probability to one distribution over background and objects.

XMem clamps probabilities to [1e-7, 1 - 1e-7] in float32, where 1 - p has but 24 bits behind the point: two
confident objects are then told apart by rounding alone. From logits the same numbers come without that loss.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_EPS = 1e-7
_LOWEST = -16.118095
"""The logit of 1e-7."""
_HIGHEST = 15.942385
"""The logit of 1 - 1e-7 as float32 has it."""


def joint_logits(logits: Tensor) -> Tensor:
    """Return the logits of background and objects (XMem, soft aggregation; STM eq. 4).

    Parameters
    ----------
    logits
        (..., K, H, W), each object judged by itself.

    Returns
    -------
    Tensor
        (..., 1+K, H, W) float32, background first; a softmax over them is the aggregated probability.
    """
    logits = logits.float()
    log_background = -F.softplus(logits).sum(dim=-3, keepdim=True)
    background = log_background - torch.log(-torch.expm1(log_background.clamp_max(-_EPS)))
    return torch.cat([background, logits], dim=-3).clamp(_LOWEST, _HIGHEST)


def aggregate_logits(probability: Tensor) -> Tensor:
    """Return the same as `joint_logits` from probabilities (..., K, H, W) in [0, 1], with their rounding."""
    background = (1 - probability).prod(dim=-3, keepdim=True)
    joint = torch.cat([background, probability], dim=-3).float().clamp(_EPS, 1 - _EPS)
    return torch.log(joint / (1 - joint))


def aggregate(probability: Tensor) -> Tensor:
    """Return the probabilities of background and objects, (..., 1+K, H, W), summing to 1.

    Parameters
    ----------
    probability
        (..., K, H, W) in [0, 1], each object judged by itself; masks that a person gave are such.
    """
    return aggregate_logits(probability).softmax(dim=-3)

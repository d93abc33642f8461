"""From each object's own probability to one distribution over background and objects."""

from collections.abc import Sequence

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


def aggregate_parts(parts: Sequence[tuple[int, int, Tensor]], size: tuple[int, int]) -> Tensor:
    """Return `aggregate` of objects that are possible only in rectangles, without computing the rest.

    Parameters
    ----------
    parts
        Of each of K objects the rectangle's top and left, and its own probabilities there, (h, w).
    size
        (H, W) of the frame.

    Returns
    -------
    Tensor
        (1+K, H, W), float32; an object is exactly 0 outside its rectangle.
    """
    background = torch.ones(size, device=parts[0][2].device)
    for top, left, probability in parts:
        _rectangle(background, top, left, probability).mul_(1 - probability)
    # A softmax over log-odds is each one's share of the odds.
    soft = background.new_zeros(1 + len(parts), *size)
    total = soft[0].copy_(_odds(background)).clone()
    for of_object, (top, left, probability) in zip(soft[1:], parts, strict=True):
        odds = _rectangle(of_object, top, left, probability).copy_(_odds(probability))
        _rectangle(total, top, left, probability).add_(odds)
    soft[0].div_(total)
    for of_object, (top, left, probability) in zip(soft[1:], parts, strict=True):
        _rectangle(of_object, top, left, probability).div_(_rectangle(total, top, left, probability))
    return soft


def _odds(probability: Tensor) -> Tensor:
    within = probability.float().clamp(_EPS, 1 - _EPS)
    return within / (1 - within)


def _rectangle(maps: Tensor, top: int, left: int, like: Tensor) -> Tensor:
    return maps[top : top + like.shape[-2], left : left + like.shape[-1]]

"""What training minimises: bootstrapped cross-entropy and dice on the aggregated output."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor


@dataclass(frozen=True)
class HardShare:
    """Share of pixels that count: all until step ``start``, the hardest ``final`` from ``end``."""

    final: float = 0.15
    start: int = 0
    end: int = 1

    def at(self, step: int) -> float:
        """Return the share at a step."""
        done = (step - self.start) / max(1, self.end - self.start)
        return 1 - (1 - self.final) * min(1.0, max(0.0, done))


def bootstrapped_cross_entropy(logits: Tensor, target: Tensor, *, share: float) -> Tensor:
    """Return the mean cross-entropy of each image's hardest pixels.

    Parameters
    ----------
    logits
        (B, 1+K, H, W), background first (see `xmem_gui.model.aggregate_logits`).
    target
        (B, H, W), int64, 0 to K.
    share
        Of the pixels of each image that count, in (0, 1].
    """
    losses = F.cross_entropy(logits, target, reduction="none").flatten(1)
    if share >= 1:
        return losses.mean()
    count = max(1, int(share * losses.shape[1]))
    return losses.topk(count, dim=1, sorted=False).values.mean()


def dice_loss(probability: Tensor, target: Tensor, valid: Tensor) -> Tensor:
    """Return 1 - (2 * overlap + 1) / (sum of both + 1), averaged over the valid objects.

    Parameters
    ----------
    probability
        Aggregated, background first, (B, 1+K, H, W).
    target
        (B, H, W), int64, 0 to K.
    valid
        (B, K) bool: which objects exist.
    """
    objects = probability.shape[1] - 1
    soft = probability[:, 1:].flatten(2)
    hard = _planes(target, objects).to(soft.dtype)
    dice = 1 - (2 * (soft * hard).sum(-1) + 1) / (soft.sum(-1) + hard.sum(-1) + 1)
    weight = valid.to(soft.dtype)
    return (dice * weight).sum() / weight.sum().clamp(min=1)


@torch.no_grad()
def mean_iou(probability: Tensor, target: Tensor, valid: Tensor) -> float:
    """Return the mean intersection over union of the valid objects, arguments as for `dice_loss`."""
    objects = probability.shape[1] - 1
    # Comparing planes is several times faster than argmax over so short a dimension; a tie is background.
    each, background = probability[:, 1:], probability[:, :1]
    guess = ((each > background) & (each >= probability.amax(1, keepdim=True))).flatten(2)
    truth = _planes(target, objects)
    both, either = (guess & truth).sum(2), (guess | truth).sum(2)
    iou = torch.where(either > 0, both / either.clamp(min=1), torch.ones_like(both, dtype=torch.float32))
    return float(iou[valid].mean())


def _planes(target: Tensor, objects: int) -> Tensor:
    """Return (B, K, H * W) bool: where each object of an index mask (B, H, W) is."""
    return torch.stack([target == number for number in range(1, objects + 1)], 1).flatten(2)

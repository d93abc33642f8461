"""Losses and gradients of the click model."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.model import ClickNet
from xmem_gui.training.click_rounds import play
from xmem_gui.training.click_samples import Sample
from xmem_gui.training.measures import Gradients, SharedGradients, StepMeasures
from xmem_gui.training.runs import HALVES, Precision


@dataclass(frozen=True)
class ClickMeasures(StepMeasures):
    """Losses over the learnt rounds, and the IoU after the last."""

    focal: float
    dice: float
    iou: float


class ClickGradients:
    """Computes gradients, a picture a thread, each through all its rounds; scaled as `GradientMaker`'s."""

    def __init__(
        self, network: ClickNet, *, threads: int, precision: Precision, scaler: torch.amp.GradScaler
    ) -> None:
        self._network = network
        self._half = HALVES.get(precision)
        self._scaler = scaler
        self._shared = SharedGradients(network, threads=threads)

    def compute(self, samples: list[Sample], *, rounds: tuple[float, ...], seed: int) -> ClickMeasures:
        """Put the gradients of the samples' mean loss into the parameters; returns what was measured.

        Parameters
        ----------
        samples
            Of the step.
        rounds
            Relative weights of 1, 2, 3 ... rounds of prompts.
        seed
            With a sample's number, decides its prompts.
        """
        return self._shared.compute(
            samples,
            lambda sample: self._differentiate(sample, rounds, seed),
            weights=[1 / len(samples)] * len(samples),
        )

    def _differentiate(
        self, sample: Sample, rounds: tuple[float, ...], seed: int
    ) -> tuple[ClickMeasures, Gradients]:
        rng = np.random.default_rng((seed, sample.number, 11))
        count = 1 + int(rng.choice(len(rounds), p=np.array(rounds) / sum(rounds)))
        device = next(self._network.parameters()).device
        with torch.autocast(device.type, self._half, enabled=self._half is not None):
            outputs = play(self._network, sample, rng, rounds=count)
        logits = torch.cat(outputs).float()
        truth = torch.from_numpy(sample.truth)[None, None].to(logits.device).expand_as(logits)
        focal, dice = normalised_focal_loss(logits, truth), dice_loss(logits, truth)
        loss = focal + dice
        gradients = torch.autograd.grad(self._scaler.scale(loss), self._shared.parameters, allow_unused=True)
        with torch.no_grad():
            guess, last = logits[-1] > 0, truth[-1]
            iou = float((guess & last).sum() / (guess | last).sum().clamp(min=1))
        return ClickMeasures(loss.item(), focal.item(), dice.item(), iou), gradients


def normalised_focal_loss(logits: Tensor, truth: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Return the mean over pictures of the cross-entropy averaged with weights ``(1 - p)^gamma``.

    With p the probability of what is true. Since the weights of a picture are scaled to sum to 1, gradients
    do not vanish as the picture gets right (Sofiiuk et al. 2019, "AdaptIS", section 3.3).

    Parameters
    ----------
    logits
        (B, 1, H, W).
    truth
        (B, 1, H, W) bool.
    gamma
        How much more hard pixels count.
    """
    target = truth.to(logits.dtype)
    losses = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    weights = (logits.sigmoid() - target).abs().pow(gamma).flatten(1)
    total = weights.sum(1).detach().clamp(min=1e-6)
    return ((weights * losses.flatten(1)).sum(1) / total).mean()


def dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - (2 * overlap + 1) / (sum of both + 1), averaged over pictures; arguments as above."""
    soft, hard = logits.sigmoid().flatten(1), truth.to(logits.dtype).flatten(1)
    return (1 - (2 * (soft * hard).sum(1) + 1) / (soft.sum(1) + hard.sum(1) + 1)).mean()

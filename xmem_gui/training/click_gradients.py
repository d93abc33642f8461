"""Losses and gradients of the click model."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.model import ClickNet
from xmem_gui.training.batches import CLIPS_A_STEP
from xmem_gui.training.click_rounds import play
from xmem_gui.training.click_samples import ClickSample
from xmem_gui.training.measures import Gradients, SharedGradients, StepMeasures
from xmem_gui.training.runs import HALVES, Precision


@dataclass(frozen=True)
class ClickMeasures(StepMeasures):
    """Losses over the learnt rounds, and the IoU after the last."""

    focal: float
    dice: float
    iou: float


class ClickGradients:
    """Computes gradients, some pictures at a time, each through all its rounds; scaled as `GradientMaker`'s.

    On a CPU a thread takes a piece of the pictures; on a GPU all are one piece, and threads draw the prompts.

    Parameters
    ----------
    network
        The network whose weights are trained.
    threads
        Number of threads that share a step.
    pictures
        In a piece; 0 for all. The result depends on it, and not on the threads.
    precision
        The precision of the computation, as in the run's settings.
    scaler
        Scales the loss so that gradients in float16 do not vanish.
    """

    def __init__(
        self,
        network: ClickNet,
        *,
        threads: int,
        pictures: int,
        precision: Precision,
        scaler: torch.amp.GradScaler,
    ) -> None:
        self._network = network
        self._half = HALVES.get(precision)
        self._scaler = scaler
        self._pictures = pictures
        on_cpu = next(network.parameters()).device.type == "cpu"
        self._shared = SharedGradients(network, threads=threads if on_cpu else 1)
        self._pool = None if on_cpu or threads < 2 else ThreadPoolExecutor(threads, "prompts")

    def compute(self, samples: list[ClickSample], *, rounds: tuple[float, ...], seed: int) -> ClickMeasures:
        """Put the gradients of the samples' mean loss into the parameters; returns what was measured.

        Parameters
        ----------
        samples
            The samples of one optimiser step.
        rounds
            Relative weights of 1, 2, 3 ... rounds of prompts; one number is drawn for all pictures of a step.
        seed
            With the step decides the rounds, and with a sample's number its prompts.
        """
        rng = np.random.default_rng((seed, samples[0].number // CLIPS_A_STEP, 13))
        count = 1 + int(rng.choice(len(rounds), p=np.array(rounds) / sum(rounds)))
        size = self._pictures or len(samples)
        pieces = [samples[start : start + size] for start in range(0, len(samples), size)]
        return self._shared.compute(
            pieces,
            lambda piece: self._differentiate(piece, count, seed),
            weights=[len(piece) / len(samples) for piece in pieces],
        )

    def _differentiate(
        self, samples: list[ClickSample], count: int, seed: int
    ) -> tuple[ClickMeasures, Gradients]:
        rngs = [np.random.default_rng((seed, sample.number, 11)) for sample in samples]
        device = next(self._network.parameters()).device
        with torch.autocast(device.type, self._half, enabled=self._half is not None):
            outputs = play(self._network, samples, rngs, rounds=count, pool=self._pool)
        logits = torch.cat(outputs).float()
        once = torch.from_numpy(np.stack([sample.truth for sample in samples]))[:, None].to(device)
        truth = once.repeat(len(outputs), 1, 1, 1)
        focal, dice = normalised_focal_loss(logits, truth), click_dice_loss(logits, truth)
        loss = focal + dice
        gradients = torch.autograd.grad(self._scaler.scale(loss), self._shared.parameters, allow_unused=True)
        with torch.no_grad():
            guess = outputs[-1] > 0
            both, either = (guess & once).sum((1, 2, 3)), (guess | once).sum((1, 2, 3)).clamp(min=1)
            iou = float((both / either).mean())
        return ClickMeasures(loss.item(), focal.item(), dice.item(), iou), gradients


def normalised_focal_loss(logits: Tensor, truth: Tensor, *, gamma: float = 2.0) -> Tensor:
    """Return the mean over pictures of the cross-entropy averaged with weights ``(1 - p)^gamma``.

    With p the probability of what is true. Since the weights of a picture are scaled to sum to 1, gradients
    do not vanish as the picture gets right (Sofiiuk et al. 2019, "AdaptIS", section 3.3).

    Parameters
    ----------
    logits
        The network's output before the sigmoid, (B, 1, H, W).
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


def click_dice_loss(logits: Tensor, truth: Tensor) -> Tensor:
    """Return 1 - (2 * overlap + 1) / (sum of both + 1), averaged over pictures; arguments as above."""
    soft, hard = logits.sigmoid().flatten(1), truth.to(logits.dtype).flatten(1)
    return (1 - (2 * (soft * hard).sum(1) + 1) / (soft.sum(1) + hard.sum(1) + 1)).mean()

"""Losses and gradients of a batch of clips."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from xmem_gui.model import XMem
from xmem_gui.training.losses import bootstrapped_cross_entropy, dice_loss, mean_iou
from xmem_gui.training.measures import Gradients, SharedGradients, StepMeasures
from xmem_gui.training.runs import HALVES, Precision
from xmem_gui.training.unroll import ClipBatch, MemoryPlan, unroll


@dataclass(frozen=True)
class Measures(StepMeasures):
    """Losses and the mean IoU over the later frames of some clips."""

    cross_entropy: float
    dice: float
    iou: float


class GradientMaker:
    """Computes gradients with a pool of threads on the CPU, or in one piece on another device.

    The gradients are those of the loss times the scaler's factor, which is 1 but for ``float16``.
    """

    def __init__(
        self,
        network: XMem,
        *,
        threads: int,
        slice_clips: int,
        precision: Precision,
        scaler: torch.amp.GradScaler,
    ) -> None:
        self._network = network
        self._threads = threads if slice_clips > 0 else 1
        self._slice_clips = slice_clips
        self._precision = precision
        self._scaler = scaler
        self._shared = SharedGradients(network, threads=self._threads)

    def compute(self, batch: ClipBatch, plan: MemoryPlan, *, share: float) -> Measures:
        """Put the gradients of the batch's mean loss into the parameters; returns what was measured.

        ``share`` is that of the pixels that count in the cross-entropy.
        """
        each = -(-len(batch.frames) // self._threads)
        pieces = batch.split(min(self._slice_clips or each, each))
        return self._shared.compute(
            pieces,
            lambda piece: self._differentiate(piece, plan, share),
            weights=[len(piece.frames) / len(batch.frames) for piece in pieces],
        )

    def _differentiate(self, batch: ClipBatch, plan: MemoryPlan, share: float) -> tuple[Measures, Gradients]:
        half = HALVES.get(self._precision)
        with torch.autocast(batch.frames.device.type, half, enabled=half is not None):
            logits = unroll(self._network, batch, plan).float()
        target = batch.masks[:, 1:].long().flatten(0, 1)
        valid = batch.valid.repeat_interleave(logits.shape[1], dim=0)
        logits = logits.flatten(0, 1)
        probability = logits.softmax(1)
        cross_entropy = bootstrapped_cross_entropy(logits, target, share=share)
        dice = dice_loss(probability, target, valid)
        loss = cross_entropy + dice
        gradients = torch.autograd.grad(self._scaler.scale(loss), self._shared.parameters, allow_unused=True)
        iou = mean_iou(probability, target, valid)
        return Measures(loss.item(), cross_entropy.item(), dice.item(), iou), gradients

"""Losses and gradients of a batch, its clips shared out to threads.

Each thread takes a whole clip from start to end, so that threads meet once a step instead of in every
operation: on a busy machine that more than halves the time of a step. The gradients are summed in the
order of the clips, so that the result does not depend on which thread was faster.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Literal

import torch
from torch import Tensor

from xmem_gui.model import XMem
from xmem_gui.training.losses import bootstrapped_cross_entropy, dice_loss, mean_iou
from xmem_gui.training.unroll import Batch, MemoryPlan, unroll

Precision = Literal["float32", "bfloat16"]


@dataclass(frozen=True)
class Measures:
    """Losses and the mean IoU over the later frames of some clips."""

    loss: float
    cross_entropy: float
    dice: float
    iou: float

    def weighted(self, weight: float) -> Measures:
        """Return every measure times the weight."""
        return Measures(*(weight * getattr(self, field.name) for field in fields(self)))

    def __add__(self, other: Measures) -> Measures:
        return Measures(*(getattr(self, field.name) + getattr(other, field.name) for field in fields(self)))


class GradientMaker:
    """Computes gradients with a pool of threads on the CPU, or in one piece on another device."""

    def __init__(self, network: XMem, *, threads: int, slice_clips: int, precision: Precision) -> None:
        self._network = network
        self._parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
        self._slice_clips = slice_clips
        self._precision = precision
        self._pool = (
            ThreadPoolExecutor(threads, "clip", initializer=lambda: torch.set_num_threads(1))
            if threads > 1 and slice_clips > 0
            else None
        )

    def compute(self, batch: Batch, plan: MemoryPlan, *, share: float) -> Measures:
        """Put the gradients of the batch's mean loss into the parameters; returns what was measured.

        ``share`` is that of the pixels that count in the cross-entropy.
        """
        pieces = [batch] if self._slice_clips == 0 else batch.split(self._slice_clips)
        run = map if self._pool is None else self._pool.map
        results = run(lambda piece: self._differentiate(piece, plan, share), pieces)
        measures = Measures(0, 0, 0, 0)
        # Like the parameters also in memory format, which optimisers that work on raw memory rely on.
        total = [torch.zeros_like(parameter) for parameter in self._parameters]
        for piece, (part, gradients) in zip(pieces, results, strict=True):
            weight = len(piece.frames) / len(batch.frames)
            measures = measures + part.weighted(weight)
            for sum_, gradient in zip(total, gradients, strict=True):
                if gradient is not None:
                    sum_.add_(gradient, alpha=weight)
        for parameter, gradient in zip(self._parameters, total, strict=True):
            parameter.grad = gradient
        return measures

    def _differentiate(
        self, batch: Batch, plan: MemoryPlan, share: float
    ) -> tuple[Measures, tuple[Tensor | None, ...]]:
        with torch.autocast(batch.frames.device.type, torch.bfloat16, enabled=self._precision == "bfloat16"):
            logits = unroll(self._network, batch, plan).float()
        target = batch.masks[:, 1:].long().flatten(0, 1)
        valid = batch.valid.repeat_interleave(logits.shape[1], dim=0)
        logits = logits.flatten(0, 1)
        probability = logits.softmax(1)
        cross_entropy = bootstrapped_cross_entropy(logits, target, share=share)
        dice = dice_loss(probability, target, valid)
        loss = cross_entropy + dice
        gradients = torch.autograd.grad(loss, self._parameters, allow_unused=True)
        iou = mean_iou(probability, target, valid)
        return Measures(loss.item(), cross_entropy.item(), dice.item(), iou), gradients

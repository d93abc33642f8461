"""What a training run of the click model is, as values that go into checkpoints."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import ClickConfig
from xmem_gui.model.click import STRIDE
from xmem_gui.training.clips import Mixture
from xmem_gui.training.config import plain
from xmem_gui.training.sources import ClipSources


@dataclass(frozen=True)
class ClickStage:
    """A stretch of the run with one kind of picture.

    Attributes
    ----------
    steps
        Optimiser steps.
    size
        Side of the pictures in pixels, a multiple of 32.
    batch
        Pictures in a step.
    mixture
        How often each kind of picture is made.
    rounds
        Relative weights of 1, 2, 3 ... rounds of prompts.
    learning_rate, learning_rate_end
        At the stage's beginning and end, a half cosine between them.
    """

    steps: int
    size: int = 256
    batch: int = 8
    mixture: Mixture = field(default_factory=Mixture)
    rounds: tuple[float, ...] = (0.3, 0.25, 0.17, 0.12, 0.09, 0.07)
    learning_rate: float = 5e-4
    learning_rate_end: float = 5e-4

    def __post_init__(self) -> None:
        if self.size % STRIDE or self.size <= 0:
            raise XmemGuiError(f"the crop size {self.size} is not a positive multiple of {STRIDE}")
        if self.steps < 1 or self.batch < 1:
            raise XmemGuiError("a training stage needs at least 1 step and 1 picture a step")
        if not self.rounds or min(self.rounds) < 0 or sum(self.rounds) <= 0:
            raise XmemGuiError("the weights of 1, 2, 3 ... rounds must not be negative, nor all zero")


@dataclass(frozen=True)
class ClickTrainConfig:
    """A training run of the click model.

    Attributes
    ----------
    folder
        Where checkpoints, log and exported weights go.
    sources
        What pictures are made from.
    stages
        Run one after the other.
    network
        The network's sizes.
    backbone
        safetensors file of torchvision's MobileNetV2 (``features.*``) to start from.
    seed
        Decides the network's first values, every picture and every prompt.
    frozen_blocks
        How many of MobileNetV2's first blocks keep their ImageNet weights.
    warm_up
        Steps over which the learning rate rises from 0.
    backbone_rate
        MobileNetV2's learning rate as a share of the others'.
    weight_decay, clip_norm, average
        AdamW's decay, the largest norm of the gradient, and the decay of the weights' moving average.
    device
        Name of a torch device.
    threads
        How many threads take one picture each at a time.
    workers
        Processes that make pictures; 0 makes them in the training process.
    log_every, save_every
        In steps. Saving writes a checkpoint and the exported average.
    """

    folder: Path
    sources: ClipSources
    stages: tuple[ClickStage, ...]
    network: ClickConfig = field(default_factory=ClickConfig)
    backbone: Path | None = None
    seed: int = 1
    frozen_blocks: int = 0
    warm_up: int = 50
    backbone_rate: float = 0.25
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    average: float = 0.995
    device: str = "cpu"
    threads: int = 2
    workers: int = 1
    log_every: int = 20
    save_every: int = 100

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> tuple[int, ClickStage, int]:
        """Return the number of the stage a step belongs to, the stage, and the step's place in it.

        Raises
        ------
        ValueError
            If the run has no such step.
        """
        rest = step
        for number, stage in enumerate(self.stages):
            if 0 <= rest < stage.steps:
                return number, stage, rest
            rest -= stage.steps
        raise ValueError(f"step {step} is outside the run's {self.steps} steps")

    def to_json(self) -> dict[str, Any]:
        """Return the config as plain values; paths by their last part, since weights carry this to others."""
        values: dict[str, Any] = plain(dataclasses.asdict(self))
        return values

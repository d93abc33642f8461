"""What every training run has, whatever it trains: a folder, stages, an optimiser's settings."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Generic, Literal, TypeVar

import torch

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import ClickConfig, XMemConfig
from xmem_gui.training.paper_sources import PaperSources
from xmem_gui.training.sources import ClipSources

Precision = Literal["float32", "bfloat16", "float16"]
HALVES: dict[Precision, torch.dtype] = {"bfloat16": torch.bfloat16, "float16": torch.float16}
"""The precisions that run under autocast."""


@dataclass(frozen=True, kw_only=True)
class StageBase:
    """A stretch of a run with one kind of picture.

    Attributes
    ----------
    steps
        Number of optimiser steps in the stage.
    size
        Side of the crops in pixels, a multiple of the network's stride.
    batch
        Clips or pictures in a step.
    learning_rate, learning_rate_end
        At the stage's beginning and end, a half cosine between them.
    """

    stride: ClassVar[int] = 16

    steps: int
    size: int
    batch: int = 8
    learning_rate: float = 1e-5
    learning_rate_end: float = 1e-5

    def __post_init__(self) -> None:
        if self.size % self.stride or self.size <= 0:
            raise XmemGuiError(f"the crop size {self.size} is not a positive multiple of {self.stride}")
        if self.steps < 1 or self.batch < 1:
            raise XmemGuiError("a training stage needs at least 1 step and 1 picture a step")

    def rate(self, place: float) -> float:
        """Return the learning rate of the stage's step ``place``; a half cosine over them."""
        fall = 0.5 + 0.5 * math.cos(math.pi * min(place / self.steps, 1.0))
        return self.learning_rate_end + (self.learning_rate - self.learning_rate_end) * fall


StageT = TypeVar("StageT", bound=StageBase, covariant=True)


@dataclass(frozen=True, kw_only=True)
class RunConfig(Generic[StageT]):
    """A training run.

    Attributes
    ----------
    folder
        Where checkpoints, log and exported weights go.
    sources
        What clips and pictures are made from.
    stages
        Run one after the other.
    network
        The channels and blocks of the network.
    backbone
        safetensors file of torchvision's MobileNetV2 (``features.*``) to start the encoders from.
    load
        Weights to start from instead, of an earlier run or stage.
    precision
        ``bfloat16`` and ``float16`` (with scaled gradients) run under autocast, where the device gains
        from it.
    seed
        Decides the network's first values, every picture, and every other choice.
    frozen_blocks
        How many of the first encoder's first blocks keep their ImageNet weights: the earliest are general,
        and the dearest to learn.
    warm_up
        Steps over which the learning rate rises from 0.
    backbone_rate
        The encoders' learning rate as a share of the others'.
    weight_decay, clip_norm, average
        AdamW's decay, the largest norm of the gradient (0: any), and the decay of the weights' moving
        average.
    device
        Name of a torch device; of several processes on CUDA each takes its own.
    threads
        How many threads take one clip or picture each at a time.
    workers
        Processes that make pictures, for each process that trains; 0 makes them in that process.
    seconds
        How long to train, in place of a number of steps: the learning rate falls over the time. Only for a
        run of one stage, whose ``steps`` then are the most it may take.
    log_every, save_every
        In steps. Saving writes a checkpoint and the exported average.
    """

    folder: Path
    sources: ClipSources | PaperSources
    stages: tuple[StageT, ...]
    network: XMemConfig | ClickConfig
    backbone: Path | None = None
    load: Path | None = None
    precision: Precision = "float32"
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
    seconds: float | None = None
    log_every: int = 20
    save_every: int = 100

    def __post_init__(self) -> None:
        if self.seconds is not None and (len(self.stages) != 1 or not 0 < self.seconds < math.inf):
            raise XmemGuiError("a run against the clock has one stage, and a time of more than 0 seconds")

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def course(self, step: int, *, spent: float) -> float:
        """Return how far a run is, in steps: those done, or the share of its time that is spent."""
        return step if self.seconds is None else self.steps * min(spent / self.seconds, 1.0)

    def stage_at(self, step: int) -> tuple[int, StageT, int]:
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

    def end_of(self, stages: int | None) -> int:
        """Return after how many steps so many stages are done; None means all.

        Raises
        ------
        XmemGuiError
            If the run has no such stage.
        """
        if stages is None:
            return self.steps
        if not 1 <= stages <= len(self.stages):
            raise XmemGuiError(f"there is no stage {stages}: the run has the stages 1 to {len(self.stages)}")
        return sum(stage.steps for stage in self.stages[:stages])

    def to_json(self) -> dict[str, Any]:
        """Return the config as plain values; paths by their last part, since weights carry this to others."""
        values: dict[str, Any] = _plain(dataclasses.asdict(self))
        return values


def _plain(value: Any) -> Any:
    """Return a value as JSON has it: lists for tuples, and paths by their last part."""
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(inner) for inner in value]
    return value.name if isinstance(value, Path) else value

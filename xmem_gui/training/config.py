"""What a training run is: its data, stages and optimiser, as values that go into checkpoints."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import COMPACT, XMemConfig
from xmem_gui.training.clips import ClipSpec, Mixture
from xmem_gui.training.sources import ClipSources


@dataclass(frozen=True)
class Stage:
    """A stretch of the run with one kind of clip.

    Attributes
    ----------
    steps
        Optimiser steps.
    size, frames
        Side of the crops in pixels (a multiple of 16), and frames in a clip.
    batch
        Clips in a step with one object each; with K objects it is about ``2 * batch / (K + 1)``, so that
        every step costs about the same, and even (but for a batch of 1), so that two threads share well.
    objects
        Relative weights of following 1, 2, 3 ... objects.
    mixture
        How often each kind of clip is made.
    learning_rate, learning_rate_end
        At the stage's beginning and end, a half cosine between them.
    """

    steps: int
    size: int = 192
    frames: int = 3
    batch: int = 8
    objects: tuple[float, ...] = (0.35, 0.3, 0.2, 0.15)
    mixture: Mixture = field(default_factory=Mixture)
    learning_rate: float = 4e-4
    learning_rate_end: float = 4e-4

    def __post_init__(self) -> None:
        if self.size % 16 or self.size <= 0:
            raise XmemGuiError(f"the crop size {self.size} is not a positive multiple of 16")
        if self.frames < 2 or self.steps < 1 or self.batch < 1:
            raise XmemGuiError("a training stage needs at least 1 step, 1 clip a step and 2 frames a clip")
        if not self.objects or min(self.objects) < 0 or sum(self.objects) <= 0:
            raise XmemGuiError("the weights of 1, 2, 3 ... objects must not be negative, nor all zero")

    def clips(self, objects: int) -> int:
        """Return how many clips with so many objects make a step."""
        return max(min(self.batch, 2), 2 * round(self.batch / (objects + 1)))

    def spec(self, objects: int) -> ClipSpec:
        """Return what a clip with so many objects looks like."""
        return ClipSpec(self.size, self.frames, objects, self.mixture)


@dataclass(frozen=True)
class TrainConfig:
    """A training run.

    Attributes
    ----------
    folder
        Where checkpoints, log and exported weights go.
    sources
        What clips are made from.
    stages
        Run one after the other.
    network
        The network's sizes.
    backbone
        safetensors file of torchvision's MobileNetV2 (``features.*``) to start both encoders from.
    seed
        Decides the network's first values, every clip, and the choice of memory frames.
    frozen_blocks
        How many of the key encoder's first blocks keep their ImageNet weights: the earliest are general,
        and the dearest to learn.
    warm_up
        Steps over which the learning rate rises from 0.
    backbone_rate
        The encoders' learning rate as a share of the others'.
    weight_decay, clip_norm, average
        AdamW's decay, the largest norm of the gradient, and the decay of the weights' moving average.
    hard_share, hard_from, hard_until
        Bootstrapping: the share of hardest pixels in the end, and between which shares of the run it
        falls from 1.
    memory_chance
        How likely a predicted frame enters the memory.
    deep_chance
        How likely the sensory memory is updated by the value encoder when a frame enters the memory.
    precision
        ``bfloat16`` runs under autocast where the processor gains from it.
    device
        Name of a torch device.
    threads, slice_clips
        How many threads take ``slice_clips`` clips each at a time; with 0 clips a step is done in one piece,
        by torch's own threads (right for a GPU).
    workers
        Processes that make clips; 0 makes them in the training process.
    log_every, save_every
        In steps. Saving writes a checkpoint and the exported average.
    """

    folder: Path
    sources: ClipSources
    stages: tuple[Stage, ...]
    network: XMemConfig = COMPACT
    backbone: Path | None = None
    seed: int = 1
    frozen_blocks: int = 0
    warm_up: int = 50
    backbone_rate: float = 0.25
    weight_decay: float = 0.05
    clip_norm: float = 1.0
    average: float = 0.995
    hard_share: float = 0.2
    hard_from: float = 0.1
    hard_until: float = 0.6
    memory_chance: float = 0.6
    deep_chance: float = 0.5
    precision: Literal["float32", "bfloat16"] = "float32"
    device: str = "cpu"
    threads: int = 2
    slice_clips: int = 1
    workers: int = 1
    log_every: int = 20
    save_every: int = 100

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> tuple[int, Stage, int]:
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


def plain(value: Any) -> Any:
    """Return a value as JSON has it: lists for tuples, and paths by their last part."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(inner) for inner in value]
    return value.name if isinstance(value, Path) else value

"""Training of XMem, of either size, on clips."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

from xmem_gui.model import XMem
from xmem_gui.training.batches import StepBatches, loader
from xmem_gui.training.checkpoints import exported_step
from xmem_gui.training.config import PaperConfig, TrainConfig
from xmem_gui.training.gradients import GradientMaker, Measures
from xmem_gui.training.loop import WEIGHTS, RunTrainer, run_training
from xmem_gui.training.losses import HardShare
from xmem_gui.training.starting import freeze_blocks, starting_network
from xmem_gui.training.team import SOLO, Team, joined_team
from xmem_gui.training.unroll import ClipBatch, MemoryPlan


class Trainer(RunTrainer[TrainConfig | PaperConfig, XMem, ClipBatch]):
    """The state of a run of XMem."""

    def __init__(self, config: TrainConfig | PaperConfig, team: Team = SOLO) -> None:
        super().__init__(config, starting_network(config), team=team)
        freeze_blocks(self.network, config.frozen_blocks)
        self._gradients = GradientMaker(
            self.network,
            threads=config.threads,
            slice_clips=config.slice_clips if self.device.type == "cpu" else 0,
            precision=config.precision,
            scaler=self.scaler,
        )
        total = config.steps
        self._hard = HardShare(
            config.hard_share, int(config.hard_from * total), int(config.hard_until * total)
        )

    def batches(self, steps: range) -> Iterator[ClipBatch]:
        """Yield this process's share of the batches of some steps."""
        return loader(StepBatches(self.config, self.team), steps, workers=self.config.workers)

    def differentiate(self, data: ClipBatch) -> tuple[Measures, int]:
        """Put the batch's mean gradients into the parameters; returns the measures and how many clips."""
        config, batch = self.config, data.to(self.device)
        _, stage, _ = config.stage_at(self.done)
        plan = MemoryPlan.draw(
            random.Random(f"{config.seed}:{self.done}"),
            batch.frames.shape[1],
            memory_chance=config.memory_chance,
            deep_chance=config.deep_chance,
            most_reads=stage.reads,
        )
        measures = self._gradients.compute(batch, plan, share=self._hard.at(int(self.course)))
        return measures, len(batch.frames)


def train_all(configs: Sequence[TrainConfig | PaperConfig]) -> Path:
    """Train one after the other what is not done yet; ends early where one is asked to stop.

    Returns
    -------
    Path
        The exported weights of the last that ran.
    """
    with joined_team(configs[0].device):
        for config in configs:
            weights = config.folder / WEIGHTS
            if exported_step(weights) < config.steps:
                train(config)
            if exported_step(weights) < config.steps:
                break
    return weights


def train(config: TrainConfig | PaperConfig, *, stages: int | None = None) -> Path:
    """Train XMem up to the end of a stage, or of the run; see `loop.run_training`."""
    return run_training(config, Trainer, stages=stages)

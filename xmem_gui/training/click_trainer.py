"""The training loop of the click model: as the XMem's, with simulated prompts in place of clips."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import ClickNet, load_click_backbone
from xmem_gui.training.checkpoints import resume, save_checkpoint, write_weights
from xmem_gui.training.click_config import ClickTrainConfig
from xmem_gui.training.click_gradients import ClickGradients
from xmem_gui.training.click_samples import Sample, step_samples
from xmem_gui.training.norms import freeze_norms
from xmem_gui.training.optimiser import MovingAverage, learning_rate, make_optimiser, set_learning_rate
from xmem_gui.training.trainer import CHECKPOINT, WEIGHTS, RunLog, StepResult, asked_to_stop

_logger = logging.getLogger(__name__)


class ClickTrainer:
    """The state of a run: network, average, optimiser, and how many steps are done."""

    def __init__(self, config: ClickTrainConfig) -> None:
        self.config = config
        self.device = torch.device(config.device)
        torch.manual_seed(config.seed)
        network = ClickNet(config.network)
        if config.backbone is not None:
            load_click_backbone(network, load_file(config.backbone))
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        freeze_norms(self.network)
        self.network.trunk[: config.frozen_blocks].requires_grad_(False)
        self.optimiser = make_optimiser(self.network, config)
        self.average = MovingAverage(self.network, config.average)
        self._gradients = ClickGradients(self.network, threads=config.threads)
        self.done = 0
        checkpoint = config.folder / CHECKPOINT
        if checkpoint.exists():
            self.done = resume(
                checkpoint, network=self.network, average=self.average, optimiser=self.optimiser
            )
            _logger.info("going on from step %d of %s", self.done, checkpoint)

    def step(self, samples: list[Sample]) -> StepResult:
        """Make the next step with its samples.

        Raises
        ------
        XmemGuiError
            If the loss is not finite.
        """
        config = self.config
        set_learning_rate(self.optimiser, learning_rate(config, self.done))
        _, stage, _ = config.stage_at(self.done)
        measures = self._gradients.compute(samples, rounds=stage.rounds, seed=config.seed)
        if not math.isfinite(measures.loss):
            raise XmemGuiError(
                f"the loss at step {self.done} is not finite: lower the learning rate and resume"
            )
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm)
        self.optimiser.step()
        self.average.update(self.network, self.done)
        self.done += 1
        return StepResult(measures, float(norm))

    def save(self) -> None:
        """Write the checkpoint and the averaged weights."""
        config = self.config
        save_checkpoint(
            config.folder / CHECKPOINT,
            config=config,
            step=self.done,
            network=self.network,
            average=self.average,
            optimiser=self.optimiser,
        )
        write_weights(
            config.folder / WEIGHTS,
            self.average.values,
            network=json.dumps(dataclasses.asdict(config.network)),
            step=self.done,
            run=json.dumps(config.to_json()),
        )


def train_clicks(config: ClickTrainConfig) -> Path:
    """Run the training, or go on with the one in the config's folder; returns the exported weights.

    It stops at signals and resumes as `train` does.

    Raises
    ------
    XmemGuiError
        If there are no sources, or training diverges.
    CheckpointError
        If the folder's checkpoint does not fit the config.
    """
    if not config.sources:
        raise XmemGuiError(
            "training needs at least one source of pictures: give the folder of the training data"
        )
    config.folder.mkdir(parents=True, exist_ok=True)
    trainer = ClickTrainer(config)
    log = RunLog(config, trainer.done)
    with asked_to_stop() as stop:
        for samples in step_samples(config, trainer.done):
            result = trainer.step(samples)
            log.add(trainer.done, result)
            if stop.is_set():
                break
            if trainer.done % config.save_every == 0:
                trainer.save()
    trainer.save()
    return config.folder / WEIGHTS

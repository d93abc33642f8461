"""Training of the click model: as the XMem's, with simulated prompts in place of clips."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors.torch import load_file

from xmem_gui.model import ClickNet, load_click_backbone
from xmem_gui.model.click_weights import load_click_model
from xmem_gui.training.batches import loader
from xmem_gui.training.click_config import ClickTrainConfig
from xmem_gui.training.click_gradients import ClickGradients, ClickMeasures
from xmem_gui.training.click_samples import ClickSample, StepSamples
from xmem_gui.training.loop import RunTrainer, run_training
from xmem_gui.training.starting import need_sizes
from xmem_gui.training.team import SOLO, Team


class ClickTrainer(RunTrainer[ClickTrainConfig, ClickNet, list[ClickSample]]):
    """The state of a run of the click model."""

    def __init__(self, config: ClickTrainConfig, team: Team = SOLO) -> None:
        super().__init__(config, _starting_network(config), team=team)
        self.network.trunk[: config.frozen_blocks].requires_grad_(False)
        self._gradients = ClickGradients(
            self.network,
            threads=config.threads,
            pictures=config.pictures if self.device.type == "cpu" else 0,
            precision=config.precision,
            scaler=self.scaler,
        )

    def batches(self, steps: range) -> Iterator[list[ClickSample]]:
        """Yield this process's share of the samples of some steps."""
        return loader(StepSamples(self.config, self.team), steps, workers=self.config.workers)

    def differentiate(self, data: list[ClickSample]) -> tuple[ClickMeasures, int]:
        """Put the samples' mean gradients into the parameters; returns the measures and how many."""
        _, stage, _ = self.config.stage_at(self.done)
        measures = self._gradients.compute(data, rounds=stage.rounds, seed=self.config.seed)
        return measures, len(data)


def _starting_network(config: ClickTrainConfig) -> ClickNet:
    """Return the network a run begins with; the seed decides what is not loaded.

    Raises
    ------
    CheckpointError
        If a file is not what the config says.
    """
    torch.manual_seed(config.seed)
    if config.load is not None:
        loaded: ClickNet = load_click_model(config.load)
        need_sizes(config, loaded.config)
        return loaded
    network = ClickNet(config.network)
    if config.backbone is not None:
        load_click_backbone(network, load_file(config.backbone))
    return network


def train_clicks(config: ClickTrainConfig, *, stages: int | None = None) -> Path:
    """Train the click model up to the end of a stage, or of the run; see `loop.run_training`."""
    return run_training(config, ClickTrainer, stages=stages)

"""The training loop: steps, log, checkpoints, and an end that loses nothing."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import random
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import nn

from xmem_gui.errors import XmemGuiError
from xmem_gui.model import XMem, load_imagenet_backbone
from xmem_gui.training.batches import step_batches
from xmem_gui.training.checkpoints import resume, save_checkpoint, write_weights
from xmem_gui.training.click_config import ClickTrainConfig
from xmem_gui.training.click_gradients import ClickMeasures
from xmem_gui.training.config import TrainConfig
from xmem_gui.training.gradients import GradientMaker, Measures
from xmem_gui.training.losses import HardShare
from xmem_gui.training.norms import freeze_norms
from xmem_gui.training.optimiser import MovingAverage, learning_rate, make_optimiser, set_learning_rate
from xmem_gui.training.unroll import Batch, MemoryPlan

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "latest.safetensors"
LOG = "log.jsonl"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StepResult:
    """What a step measured, and the gradient's norm before clipping."""

    measures: Measures | ClickMeasures
    gradient: float


class Trainer:
    """The state of a run: network, average, optimiser, and how many steps are done."""

    def __init__(self, config: TrainConfig) -> None:
        self.config = config
        self.device = torch.device(config.device)
        torch.manual_seed(config.seed)
        network = XMem(config.network)
        if config.backbone is not None:
            load_imagenet_backbone(network, load_file(config.backbone))
            waken_mask_channels(network)
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        freeze_norms(self.network)
        freeze_blocks(self.network, config.frozen_blocks)
        self.optimiser = make_optimiser(self.network, config)
        self.average = MovingAverage(self.network, config.average)
        self._gradients = GradientMaker(
            self.network,
            threads=config.threads,
            slice_clips=config.slice_clips,
            precision=config.precision,
        )
        self.done = 0
        total = config.steps
        self._hard = HardShare(
            config.hard_share, int(config.hard_from * total), int(config.hard_until * total)
        )
        checkpoint = config.folder / CHECKPOINT
        if checkpoint.exists():
            self.done = resume(
                checkpoint, network=self.network, average=self.average, optimiser=self.optimiser
            )
            _logger.info("going on from step %d of %s", self.done, checkpoint)

    def step(self, batch: Batch) -> StepResult:
        """Make the next step with a batch.

        Raises
        ------
        XmemGuiError
            If the loss is not finite.
        """
        config, batch = self.config, batch.to(self.device)
        set_learning_rate(self.optimiser, learning_rate(config, self.done))
        plan = MemoryPlan.draw(
            random.Random(f"{config.seed}:{self.done}"),
            batch.frames.shape[1],
            memory_chance=config.memory_chance,
            deep_chance=config.deep_chance,
        )
        measures = self._gradients.compute(batch, plan, share=self._hard.at(self.done))
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


def train(config: TrainConfig) -> Path:
    """Run the training, or go on with the one in the config's folder; returns the exported weights.

    SIGTERM and SIGINT end it after the step in flight, with a checkpoint; the same call then goes on and
    gives the same weights as if it had not been stopped (bit for bit on a CPU).

    Raises
    ------
    XmemGuiError
        If there are no sources, or training diverges.
    CheckpointError
        If the folder's checkpoint does not fit the config.
    """
    if not config.sources:
        raise XmemGuiError(
            "training needs at least one source of clips: give the folder of the training data"
        )
    config.folder.mkdir(parents=True, exist_ok=True)
    trainer = Trainer(config)
    log = RunLog(config, trainer.done)
    with asked_to_stop() as stop:
        for batch in step_batches(config, trainer.done):
            result = trainer.step(batch)
            log.add(trainer.done, result)
            if stop.is_set():
                break
            if trainer.done % config.save_every == 0:
                trainer.save()
    trainer.save()
    return config.folder / WEIGHTS


def freeze_blocks(network: XMem, count: int) -> None:
    """Keep the key encoder's first blocks as they are."""
    for block in list(network.key_encoder.get_submodule("features").children())[:count] if count else []:
        block.requires_grad_(False)


@torch.no_grad()
def waken_mask_channels(network: XMem) -> None:
    """Give the value encoder's mask channels random weights as strong as those of the colours.

    ImageNet's weights know no masks; from zeros the masks would be learnt only slowly.
    """
    first = next(module for module in network.value_encoder.modules() if isinstance(module, nn.Conv2d))
    colours, masks = first.weight[:, :3], first.weight[:, 3:]
    nn.init.normal_(masks, std=float(colours.std()))


class RunLog:
    """Averages of the steps since the last line, written as JSON lines one can plot."""

    def __init__(self, config: TrainConfig | ClickTrainConfig, done: int) -> None:
        self._config = config
        self._file = config.folder / LOG
        self._results: list[StepResult] = []
        self._since = time.monotonic()
        if done == 0:
            self._file.unlink(missing_ok=True)

    def add(self, done: int, result: StepResult) -> None:
        """Take in a step; writes a line every ``log_every`` steps."""
        self._results.append(result)
        if done % self._config.log_every:
            return
        count, now = len(self._results), time.monotonic()
        line = {
            "step": done,
            "stage": self._config.stage_at(done - 1)[0],
            "learning_rate": learning_rate(self._config, done - 1),
            "seconds_per_step": round((now - self._since) / count, 3),
            "time": round(time.time()),
        }
        line["gradient"] = round(sum(result.gradient for result in self._results) / count, 4)
        for name in (measure.name for measure in dataclasses.fields(self._results[0].measures)):
            line[name] = round(sum(getattr(one.measures, name) for one in self._results) / count, 4)
        with self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
        _logger.info("%s", line)
        self._results, self._since = [], now


@contextmanager
def asked_to_stop() -> Iterator[threading.Event]:
    """Turn SIGTERM and SIGINT into an event, for as long as the context lasts."""
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop
        return
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

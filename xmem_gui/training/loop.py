"""The training loop of every network: steps, log, checkpoints, and an end that loses nothing."""

from __future__ import annotations

import dataclasses
import json
import logging
import math
import os
import signal
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from time import monotonic
from typing import Any, Generic, TypeVar

import torch
from torch import nn

from xmem_gui.errors import OutputError, XmemGuiError
from xmem_gui.outputs import Inputs
from xmem_gui.project.folder_lock import only_run
from xmem_gui.training.checkpoints import resume, save_checkpoint, write_weights
from xmem_gui.training.measures import StepMeasures
from xmem_gui.training.norms import freeze_norms
from xmem_gui.training.optimiser import MovingAverage, learning_rate, make_optimiser, set_learning_rate
from xmem_gui.training.runlog import LOG, RunLog, StepResult
from xmem_gui.training.runs import RunConfig
from xmem_gui.training.team import SOLO, Team, joined_team

CHECKPOINT = "checkpoint.pt"
WEIGHTS = "latest.safetensors"

_logger = logging.getLogger(__name__)

ConfigT = TypeVar("ConfigT", bound=RunConfig[Any])
NetworkT = TypeVar("NetworkT", bound=nn.Module)
DataT = TypeVar("DataT")


class RunTrainer(ABC, Generic[ConfigT, NetworkT, DataT]):
    """The state of a run: network, average, optimiser, and how many steps are done.

    Parameters
    ----------
    config
        The run; the state goes on from the checkpoint in its folder, if there is one.
    network
        The network, with the weights that training begins with.
    team
        The processes that train together.
    """

    def __init__(self, config: ConfigT, network: NetworkT, *, team: Team = SOLO) -> None:
        self.config = config
        self.team = team
        self.device = torch.device(config.device)
        self.network = network.to(self.device).to(memory_format=torch.channels_last)
        freeze_norms(self.network)
        self.optimiser = make_optimiser(self.network, config)
        self.scaler = torch.amp.GradScaler(self.device.type, enabled=config.precision == "float16")
        self.average = MovingAverage(self.network, config.average)
        self.done, self._before, self._since = 0, 0.0, monotonic()
        self._agreed = 0
        checkpoint = config.folder / CHECKPOINT
        if checkpoint.exists():
            self.done, self._before = resume(
                checkpoint,
                network=self.network,
                average=self.average,
                optimiser=self.optimiser,
                scaler=self.scaler,
            )
            _logger.info("going on from step %d of %s", self.done, checkpoint)

    @property
    def spent(self) -> float:
        """Seconds that the run has trained, also before it was last stopped."""
        return self._before + monotonic() - self._since

    @property
    def is_over(self) -> bool:
        """Whether the run's time is up."""
        return self.config.seconds is not None and self.spent >= self.config.seconds

    @property
    def course(self) -> float:
        """How far the run is, in steps; the same in all processes."""
        return self.config.course(self.done, spent=self._agreed)

    @abstractmethod
    def batches(self, steps: range) -> Iterator[DataT]:
        """Yield this process's share of the data of some steps."""

    @abstractmethod
    def differentiate(self, data: DataT) -> tuple[StepMeasures, int]:
        """Put the data's mean gradients into the parameters; returns the measures and how many clips."""

    def step(self, data: DataT) -> StepResult:
        """Make the next step with its data.

        Raises
        ------
        XmemGuiError
            If the loss is not finite.
        """
        config = self.config
        self._agreed = self.team.most(int(self.spent))
        rate = learning_rate(config, self.done, spent=self._agreed)
        set_learning_rate(self.optimiser, rate)
        own, count = self.differentiate(data)
        gradients = [one.grad for one in self.network.parameters() if one.grad is not None]
        measures = type(own)(*self.team.average(gradients, own.values(), count=count))
        if not math.isfinite(measures.loss):
            raise XmemGuiError(
                f"the loss at step {self.done} is not finite: lower the learning rate and resume"
            )
        self.scaler.unscale_(self.optimiser)
        norm = nn.utils.clip_grad_norm_(self.network.parameters(), config.clip_norm or math.inf)
        self.scaler.step(self.optimiser)
        self.scaler.update()
        self.average.update(self.network, self.done)
        self.done += 1
        return StepResult(measures, float(norm), rate)

    def save(self) -> None:
        """Write the checkpoint and the averaged weights."""
        config = self.config
        save_checkpoint(
            config.folder / CHECKPOINT,
            config=config,
            step=self.done,
            spent=self.spent,
            network=self.network,
            average=self.average,
            optimiser=self.optimiser,
            scaler=self.scaler,
        )
        write_weights(
            config.folder / WEIGHTS,
            self.average.values,
            network=json.dumps(dataclasses.asdict(config.network)),
            step=self.done,
            run=json.dumps(config.to_json()),
        )


def run_training(
    config: ConfigT,
    make: Callable[[ConfigT, Team], RunTrainer[ConfigT, NetworkT, DataT]],
    *,
    stages: int | None = None,
) -> Path:
    """Run a training, or go on with the one in the config's folder; returns the exported weights.

    SIGTERM and SIGINT end it after the step in flight, with a checkpoint; the same call then goes on and
    gives the same weights as if it had not been stopped (bit for bit on a CPU). Under ``torchrun`` the
    processes share each step's clips, and the first one writes; all must see the same folder.

    Parameters
    ----------
    config
        All settings of the run.
    make
        Makes the state of the run, from the config with this process's device, and the team.
    stages
        After which stage to end; a later call goes on from there. None runs all.

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
    end = config.end_of(stages)
    check_folder(config)
    with joined_team(config.device) as team, _asked_to_stop() as stop, ExitStack() as held:
        if team.leads:
            held.enter_context(only_run(config.folder))
        trainer = make(dataclasses.replace(config, device=team.device), team)
        if not team.agrees(trainer.done):
            raise XmemGuiError(f"the processes do not see the same checkpoint in {config.folder}")
        log = RunLog(config, trainer.done) if team.leads else None
        steps = range(trainer.done, trainer.done if team.any(trainer.is_over) else end)
        for data in trainer.batches(steps):
            result = trainer.step(data)
            if log is not None:
                log.add(trainer.done, result)
            if team.any(stop.is_set() or trainer.is_over):
                break
            if team.leads and trainer.done % config.save_every == 0:
                trainer.save()
        if team.leads:
            trainer.save()
        team.wait()
    return config.folder / WEIGHTS


def check_folder(config: RunConfig[Any]) -> None:
    """Refuse a folder in which a run would write over what it reads, or over what is none of its own.

    Raises
    ------
    OutputError
        With what to do.
    """
    folder, loaded = config.folder, [config.load, config.backbone, *(getattr(config, "resnets", None) or ())]
    reads = Inputs([path for path in loaded if path is not None], trees=_paths_in(config.sources))
    reads.check_into(folder, (CHECKPOINT, WEIGHTS, LOG))
    strangers = [name for name in (WEIGHTS, LOG) if os.path.lexists(folder / name)]
    if strangers and not os.path.lexists(folder / CHECKPOINT):
        raise OutputError(
            f"'{folder / strangers[0]}' is there, but no run to go on with: move it or choose another folder."
        )


def _paths_in(value: object) -> Iterator[Path]:
    """Yield every path that a value holds."""
    if isinstance(value, Path):
        yield value
    elif dataclasses.is_dataclass(value):
        for one in dataclasses.fields(value):
            yield from _paths_in(getattr(value, one.name))
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from _paths_in(item)


@contextmanager
def _asked_to_stop() -> Iterator[threading.Event]:
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

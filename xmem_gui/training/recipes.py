"""Training runs with a name: the ones whose weights ship, and the paper's."""

import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from xmem_gui.errors import XmemGuiError
from xmem_gui.training.click_config import ClickStage, ClickTrainConfig
from xmem_gui.training.clips import Mixture
from xmem_gui.training.config import PaperConfig, PaperStage, Stage, TrainConfig
from xmem_gui.training.loop import CHECKPOINT
from xmem_gui.training.paper_sources import PaperSources
from xmem_gui.training.runs import RunConfig, StageBase
from xmem_gui.training.sources import ClipSources

_OBJECTS = (0.4, 0.22, 0.18, 0.12, 0.08)
_COMPACT = (
    Stage(
        steps=650, size=192, frames=3, batch=8, mixture=Mixture(0.45, 0.25, 0.3),
        learning_rate=4e-4, learning_rate_end=3e-4,
    ),
    Stage(
        steps=400, size=272, frames=4, batch=5, objects=_OBJECTS, mixture=Mixture(0.35, 0.2, 0.45),
        learning_rate=3e-4, learning_rate_end=1.2e-4,
    ),
    Stage(
        steps=385, size=272, frames=5, batch=5, objects=_OBJECTS, mixture=Mixture(0.3, 0.15, 0.55),
        learning_rate=1.8e-4, learning_rate_end=1e-6,
    ),
    Stage(
        steps=200, size=240, frames=4, batch=6, objects=_OBJECTS, mixture=Mixture(0.3, 0.15, 0.55),
        learning_rate=4e-4, learning_rate_end=3.5e-4,
    ),
    Stage(
        steps=700, size=288, frames=6, batch=4, objects=_OBJECTS, mixture=Mixture(0.25, 0.15, 0.6),
        learning_rate=3.5e-4, learning_rate_end=1e-6,
    ),
    Stage(
        steps=900, size=256, frames=5, batch=6, objects=_OBJECTS, mixture=Mixture(0.25, 0.15, 0.6),
        learning_rate=4e-4, learning_rate_end=2.5e-4,
    ),
    Stage(
        steps=1150, size=288, frames=7, batch=4, objects=_OBJECTS, mixture=Mixture(0.22, 0.13, 0.65),
        learning_rate=2.5e-4, learning_rate_end=1e-6,
    ),
    Stage(
        steps=1800, size=256, frames=6, batch=6, objects=_OBJECTS, mixture=Mixture(0.25, 0.2, 0.55),
        learning_rate=4e-4, learning_rate_end=2.5e-4,
    ),
    Stage(
        steps=1300, size=320, frames=8, batch=4, objects=_OBJECTS, mixture=Mixture(0.22, 0.18, 0.6),
        learning_rate=2.5e-4, learning_rate_end=1e-6,
    ),
)  # fmt: skip
_MIXTURE = Mixture(0.2, 0.42, 0.38)
_CLICKS = (
    ClickStage(steps=1100, size=256, batch=8, mixture=_MIXTURE, learning_rate=5e-4, learning_rate_end=4e-4),
    ClickStage(steps=1300, size=320, batch=6, mixture=_MIXTURE, learning_rate=4e-4, learning_rate_end=1e-6),
    ClickStage(
        steps=1000, size=320, batch=8, mixture=Mixture(0.3, 0.4, 0.3), several=0.4,
        learning_rate=4e-4, learning_rate_end=1e-6,
    ),
)  # fmt: skip
_PAPER = {
    "0": PaperStage(steps=150_000, frames=3, batch=16, reads=2, drop_at=1.0),
    "1": PaperStage(steps=250_000, near_from=0.8),
    "2": PaperStage(steps=160_000, drop_at=120 / 160, plain_from=150 / 160),
    "3": PaperStage(steps=110_000, drop_at=80 / 110, plain_from=100 / 110),
}
_ENDLESS = 1_000_000
"""Steps of a run against the clock: more than any takes."""

AnyStage = TypeVar("AnyStage", bound=StageBase)
_ConfigT = TypeVar("_ConfigT", bound=RunConfig[Any])


def compact_recipe(
    data: Path, folder: Path, *, first: int = 1, load: Path | None = None, scale: float = 1.0
) -> TrainConfig:
    """Return the stages that made the shipped compact XMem; its scores are in the model card.

    The shipped run narrowed the network between stages; this one starts narrow, and its scores are not known.

    Parameters
    ----------
    data
        Folder with the sources under their usual names.
    folder
        Where the run's files go.
    first
        The first stage to do, counted from 1.
    load
        Weights to start from; then the hardest pixels alone count almost from the beginning.
    scale
        Share of the steps to run; schedules shrink with it.

    Raises
    ------
    XmemGuiError
        If the folder holds no training material, or there is no such stage.
    """
    config = TrainConfig(
        folder=folder, sources=ClipSources.in_folder(data), load=load, frozen_blocks=3, slice_clips=4,
        stages=_shortened(_stages_from(first, _COMPACT), scale),
    )  # fmt: skip
    return config if load is None else replace(config, hard_from=0.0, hard_until=0.1)


def click_recipe(
    data: Path, folder: Path, *, first: int = 1, load: Path | None = None, scale: float = 1.0
) -> ClickTrainConfig:
    """Return the stages that made the shipped compact click model; all as for `compact_recipe`."""
    return ClickTrainConfig(
        folder=folder, sources=ClipSources.in_folder(data), load=load, frozen_blocks=3,
        stages=_shortened(_stages_from(first, _CLICKS), scale),
    )  # fmt: skip


def paper_recipes(
    stages: str, data: Path, folder: Path, *, load: Path | None = None, scale: float = 1.0
) -> list[PaperConfig]:
    """Return the runs that make the full XMem as in the paper, one after the other.

    Batch sizes are those of all processes together.

    Parameters
    ----------
    stages
        Such as ``0``, ``3``, ``s03`` (the published XMem-s03) or ``s012`` (with BL30K): 0 static pictures,
        1 BL30K, 2 YouTube-VOS and DAVIS, 3 the same, shorter.
    data
        Folder that holds ``static``, ``BL30K``, ``YouTubeVOS`` and ``DAVIS``, what the stages need of them.
    folder
        Each run goes into a folder in it, named by the stages so far: ``s0``, ``s03``.
    load
        Weights that the first stage starts from; each later one starts from the one before.
    scale
        Share of the steps to run; schedules shrink with it.

    Raises
    ------
    XmemGuiError
        If the stages are none, or the data of one is missing.
    """
    if not re.fullmatch("s?[0-3]+", stages):
        raise XmemGuiError(f"'{stages}' names no stages of training: give some of 0 to 3, such as 0 or s03")
    runs = []
    for count, name in enumerate(stages.removeprefix("s"), start=1):
        whole = _PAPER[name]
        runs.append(
            PaperConfig(
                folder=folder / f"s{stages.removeprefix('s')[:count]}",
                sources=PaperSources.of_stage(data, name), stages=_shortened((whole,), scale), load=load,
                warm_up=0, backbone_rate=1.0, clip_norm=0.0, average=0.0, hard_share=0.15,
                hard_from=20_000 / whole.steps, hard_until=70_000 / whole.steps, memory_chance=1.0,
                deep_chance=0.2, log_every=100, save_every=2_000,
            )
        )  # fmt: skip
        load = runs[-1].folder / CHECKPOINT
    return runs


def against_clock(config: _ConfigT, seconds: float) -> _ConfigT:
    """Return a run of the config's last stage alone, for so many seconds.

    Raises
    ------
    XmemGuiError
        If the time is not a number above 0.
    """
    return replace(config, stages=(replace(config.stages[-1], steps=_ENDLESS),), seconds=seconds)


def _stages_from(first: int, stages: Sequence[AnyStage]) -> Sequence[AnyStage]:
    if not 1 <= first <= len(stages):
        raise XmemGuiError(f"there is no stage {first}: the run has the stages 1 to {len(stages)}")
    return stages[first - 1 :]


def _shortened(stages: Sequence[AnyStage], scale: float) -> tuple[AnyStage, ...]:
    return tuple(replace(stage, steps=max(1, round(stage.steps * scale))) for stage in stages)

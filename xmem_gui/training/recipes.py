"""Training runs with a name: the ones whose weights ship."""

from dataclasses import replace
from pathlib import Path

from xmem_gui.training.click_config import ClickStage, ClickTrainConfig
from xmem_gui.training.clips import Mixture
from xmem_gui.training.config import Stage, TrainConfig
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
)  # fmt: skip
_MIXTURE = Mixture(0.2, 0.42, 0.38)
_CLICKS = (
    ClickStage(steps=1100, size=256, batch=8, mixture=_MIXTURE, learning_rate=5e-4, learning_rate_end=4e-4),
    ClickStage(steps=1300, size=320, batch=6, mixture=_MIXTURE, learning_rate=4e-4, learning_rate_end=1e-6),
)


def compact_recipe(
    data: Path,
    folder: Path,
    *,
    backbone: Path | None = None,
    device: str = "cpu",
    seed: int = 1,
    scale: float = 1.0,
) -> TrainConfig:
    """Return the run that made the shipped compact XMem; its scores are in the model card.

    Parameters
    ----------
    data
        Folder with the sources under their usual names.
    folder
        Where the run's files go.
    backbone
        safetensors of torchvision's MobileNetV2.
    device
        Name of a torch device.
    seed
        Of first values, clips and order.
    scale
        Share of the steps to run; schedules shrink with it.

    Raises
    ------
    XmemGuiError
        If the folder holds no training material.
    """
    stages = tuple(replace(stage, steps=max(1, round(stage.steps * scale))) for stage in _COMPACT)
    return TrainConfig(
        folder=folder, sources=ClipSources.in_folder(data), stages=stages, backbone=backbone, seed=seed,
        device=device, frozen_blocks=3, slice_clips=1 if device == "cpu" else 0,
    )  # fmt: skip


def click_recipe(
    data: Path,
    folder: Path,
    *,
    backbone: Path | None = None,
    device: str = "cpu",
    seed: int = 1,
    scale: float = 1.0,
) -> ClickTrainConfig:
    """Return the run that made the shipped compact click model; parameters as for `compact_recipe`.

    Raises
    ------
    XmemGuiError
        If the folder holds no training material.
    """
    stages = tuple(replace(stage, steps=max(1, round(stage.steps * scale))) for stage in _CLICKS)
    return ClickTrainConfig(
        folder=folder, sources=ClipSources.in_folder(data), stages=stages, backbone=backbone, seed=seed,
        device=device, frozen_blocks=3,
    )  # fmt: skip

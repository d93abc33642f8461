"""Train the networks: clips made on the fly, losses, and a loop that resumes exactly."""

from xmem_gui.training.checkpoints import export_weights
from xmem_gui.training.click_config import ClickStage, ClickTrainConfig
from xmem_gui.training.click_trainer import ClickTrainer, train_clicks
from xmem_gui.training.clips import Clip, ClipSpec, Mixture, make_clip
from xmem_gui.training.config import Stage, TrainConfig
from xmem_gui.training.recipes import click_recipe, compact_recipe
from xmem_gui.training.sources import ClipSources, SourceStore
from xmem_gui.training.trainer import Trainer, train

__all__ = [
    "ClickStage",
    "ClickTrainConfig",
    "ClickTrainer",
    "Clip",
    "ClipSources",
    "ClipSpec",
    "Mixture",
    "SourceStore",
    "Stage",
    "TrainConfig",
    "Trainer",
    "click_recipe",
    "compact_recipe",
    "export_weights",
    "make_clip",
    "train",
    "train_clicks",
]

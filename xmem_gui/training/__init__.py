"""Train the networks: clips made on the fly, losses, and a loop that resumes exactly."""

from xmem_gui.training.checkpoints import export_weights
from xmem_gui.training.click_config import ClickStage, ClickTrainConfig
from xmem_gui.training.click_trainer import ClickTrainer, train_clicks
from xmem_gui.training.clips import Clip, ClipSpec, Mixture, make_clip
from xmem_gui.training.config import PaperConfig, PaperStage, Stage, TrainConfig
from xmem_gui.training.paper_sources import PaperSources
from xmem_gui.training.recipes import against_clock, click_recipe, compact_recipe, paper_recipes
from xmem_gui.training.sources import ClipSources, SourceStore
from xmem_gui.training.team import started_first
from xmem_gui.training.trainer import Trainer, train, train_all

__all__ = [
    "ClickStage",
    "ClickTrainConfig",
    "ClickTrainer",
    "Clip",
    "ClipSources",
    "ClipSpec",
    "Mixture",
    "PaperConfig",
    "PaperSources",
    "PaperStage",
    "SourceStore",
    "Stage",
    "TrainConfig",
    "Trainer",
    "against_clock",
    "click_recipe",
    "compact_recipe",
    "export_weights",
    "make_clip",
    "paper_recipes",
    "started_first",
    "train",
    "train_all",
    "train_clicks",
]

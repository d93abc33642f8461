"""Train the networks: clips made on the fly, losses, and a loop that resumes exactly."""

from xmem_gui.training.checkpoints import export_weights
from xmem_gui.training.clips import Clip, ClipSpec, Mixture, make_clip
from xmem_gui.training.config import Stage, TrainConfig
from xmem_gui.training.recipes import compact_recipe
from xmem_gui.training.sources import ClipSources, SourceStore
from xmem_gui.training.trainer import Trainer, train

__all__ = [
    "Clip",
    "ClipSources",
    "ClipSpec",
    "Mixture",
    "SourceStore",
    "Stage",
    "TrainConfig",
    "Trainer",
    "compact_recipe",
    "export_weights",
    "make_clip",
    "train",
]

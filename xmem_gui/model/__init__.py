"""The networks as pure functions of tensors, their checkpoints and the model registry."""

from xmem_gui.model.aggregate import aggregate, aggregate_logits
from xmem_gui.model.backbones import Pyramid
from xmem_gui.model.checkpoint import config_of, load_network, save_network
from xmem_gui.model.config import COMPACT, FULL, XMemConfig
from xmem_gui.model.images import normalize_image
from xmem_gui.model.inference import prepared
from xmem_gui.model.xmem import KeyFeatures, XMem, load_imagenet_backbone

__all__ = [
    "COMPACT",
    "FULL",
    "KeyFeatures",
    "Pyramid",
    "XMem",
    "XMemConfig",
    "aggregate",
    "aggregate_logits",
    "config_of",
    "load_imagenet_backbone",
    "load_network",
    "normalize_image",
    "prepared",
    "save_network",
]

"""The networks as pure functions of tensors, their checkpoints and the model registry."""

from xmem_gui.model.aggregate import aggregate, aggregate_logits
from xmem_gui.model.backbones import Pyramid
from xmem_gui.model.checkpoint import config_of, load_network, save_network
from xmem_gui.model.click import ClickConfig, ClickFeatures, ClickNet, load_click_backbone
from xmem_gui.model.config import COMPACT, FULL, XMemConfig
from xmem_gui.model.download import download
from xmem_gui.model.images import normalize_image
from xmem_gui.model.inference import prepared
from xmem_gui.model.installed import ModelState, delete_model, model_states, verify_model
from xmem_gui.model.registry import MODELS, ModelSpec, find_model, models_folder
from xmem_gui.model.weight_files import write_tensors
from xmem_gui.model.xmem import KeyFeatures, XMem, load_imagenet_backbone

__all__ = [
    "COMPACT",
    "FULL",
    "MODELS",
    "ClickConfig",
    "ClickFeatures",
    "ClickNet",
    "KeyFeatures",
    "ModelSpec",
    "ModelState",
    "Pyramid",
    "XMem",
    "XMemConfig",
    "aggregate",
    "aggregate_logits",
    "config_of",
    "delete_model",
    "download",
    "find_model",
    "load_click_backbone",
    "load_imagenet_backbone",
    "load_network",
    "model_states",
    "models_folder",
    "normalize_image",
    "prepared",
    "save_network",
    "verify_model",
    "write_tensors",
]

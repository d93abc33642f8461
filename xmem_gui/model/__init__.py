"""The networks as pure functions of tensors, their checkpoints and the model registry."""

from typing import TYPE_CHECKING

from xmem_gui.folders import models_folder
from xmem_gui.lazily import lazily
from xmem_gui.model.config import COMPACT, FULL, XMemConfig
from xmem_gui.model.download import download
from xmem_gui.model.installed import ModelState, delete_model, model_states, sha256_of, verify_model
from xmem_gui.model.registry import MODELS, ModelSpec, find_model

if TYPE_CHECKING:
    from xmem_gui.model.backbones import Pyramid
    from xmem_gui.model.checkpoint import config_of, load_network, save_network
    from xmem_gui.model.click import ClickConfig, ClickFeatures, ClickNet, load_click_backbone
    from xmem_gui.model.images import normalize_image, normalize_interleaved
    from xmem_gui.model.inference import prepared
    from xmem_gui.model.weight_files import write_tensors
    from xmem_gui.model.xmem import KeyFeatures, XMem
else:
    __getattr__ = lazily(
        __name__,
        {
            "ClickConfig": "click",
            "ClickFeatures": "click",
            "ClickNet": "click",
            "KeyFeatures": "xmem",
            "Pyramid": "backbones",
            "XMem": "xmem",
            "config_of": "checkpoint",
            "load_click_backbone": "click",
            "load_network": "checkpoint",
            "normalize_image": "images",
            "normalize_interleaved": "images",
            "prepared": "inference",
            "save_network": "checkpoint",
            "write_tensors": "weight_files",
        },
    )

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
    "config_of",
    "delete_model",
    "download",
    "find_model",
    "load_click_backbone",
    "load_network",
    "model_states",
    "models_folder",
    "normalize_image",
    "normalize_interleaved",
    "prepared",
    "save_network",
    "sha256_of",
    "verify_model",
    "write_tensors",
]

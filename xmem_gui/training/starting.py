"""What an XMem starts its training from: ImageNet's weights, or an earlier stage's."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn

from xmem_gui.errors import CheckpointError
from xmem_gui.model import ClickConfig, XMem, XMemConfig, load_network, normalize_image
from xmem_gui.model.backbones import MobileNetTrunk
from xmem_gui.model.weight_files import read_tensors
from xmem_gui.training.batches import StepBatches
from xmem_gui.training.config import PaperConfig, TrainConfig
from xmem_gui.training.narrowing import load_mobilenet
from xmem_gui.training.runs import RunConfig

_logger = logging.getLogger(__name__)
_STEPS_LOOKED_AT = 6
"""Whose pictures say which channels of MobileNetV2 count."""
_RESNET = "choose torchvision's weights of that network"


def starting_network(config: TrainConfig | PaperConfig) -> XMem:
    """Return the network a run begins with; the seed decides what is not loaded.

    Raises
    ------
    CheckpointError
        If a file is not what the config says.
    """
    torch.manual_seed(config.seed)
    if config.load is not None:
        loaded = load_network(config.load)
        need_sizes(config, loaded.config)
        return loaded
    network = XMem(config.network)
    if config.backbone is not None:
        _load_mobilenets(network, load_file(config.backbone), _some_pictures(config))
        waken_mask_channels(network)
    elif isinstance(config, PaperConfig) and config.resnets is not None:
        for trunk, file in zip((network.key_encoder, network.value_encoder), config.resnets, strict=True):
            _load_resnet(trunk, read_tensors(file, remedy=_RESNET), str(file))
        waken_mask_channels(network)
    else:
        _logger.warning("the encoders start from random values: ImageNet's weights are much better")
    return network


def need_sizes(config: RunConfig[Any], found: XMemConfig | ClickConfig) -> None:
    """Raise CheckpointError if the weights to start from are of another network than the run's."""
    if found != config.network:
        raise CheckpointError(f"{config.load} holds a network of other sizes than the run asks for: {found}")


def freeze_blocks(network: XMem, count: int) -> None:
    """Keep the compact key encoder's first blocks as they are."""
    for block in list(network.key_encoder.get_submodule("features").children())[:count] if count else []:
        block.requires_grad_(False)


@torch.no_grad()
def waken_mask_channels(network: XMem) -> None:
    """Give the value encoder's mask channels random weights as strong as those of the colours.

    ImageNet's weights know no masks; from zeros the masks would be learnt only slowly.
    """
    first = next(module for module in network.value_encoder.modules() if isinstance(module, nn.Conv2d))
    known = 3 * first.in_channels // 5
    colours, masks = first.weight[:, :known], first.weight[:, known:]
    nn.init.normal_(masks, std=float(colours.std()))


def _some_pictures(config: TrainConfig | PaperConfig) -> Tensor:
    """Return frames of the run's first clips, normalised, (B, 3, H, W)."""
    batches = StepBatches(config)
    steps = range(min(_STEPS_LOOKED_AT, config.stages[0].steps))
    frames = torch.cat([batches[step].frames[:, 0] for step in steps])
    return normalize_image(frames.permute(0, 3, 1, 2))


def _load_mobilenets(network: XMem, state: Mapping[str, Tensor], pictures: Tensor) -> None:
    """Start both encoders from torchvision's MobileNetV2, which knows no masks."""
    layers = {name.removeprefix("features."): tensor for name, tensor in state.items()}
    masks = pictures.new_zeros(len(pictures), 2, *pictures.shape[2:])
    seen = {network.key_encoder: pictures, network.value_encoder: torch.cat([pictures, masks], 1)}
    for trunk, what in seen.items():
        if not isinstance(trunk, MobileNetTrunk):
            raise CheckpointError("MobileNetV2's weights are for the compact network only")
        load_mobilenet(trunk, layers, what)


@torch.no_grad()
def _load_resnet(trunk: nn.Module, state: Mapping[str, Tensor], file: str) -> None:
    """Copy the layers that a trunk shares with torchvision's ResNet, which calls ``res2`` ``layer1``."""
    parts = ("conv1.", "bn1.", "res2.", "layer1.", "layer2.", "layer3.")
    for name, own in trunk.state_dict().items():
        if not name.startswith(parts):
            continue
        source = state.get(name.replace("res2.", "layer1."))
        if source is None or source.shape[:1] != own.shape[:1] or source.shape[2:] != own.shape[2:]:
            raise CheckpointError(f"{file} has no fitting '{name}': {_RESNET}")
        if name == "conv1.weight":
            own[:, : source.shape[1]].copy_(source)
        else:
            own.copy_(source)

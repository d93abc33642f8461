"""From a model's name or file to the segmenter that runs it."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from xmem_gui.device import enough_memory
from xmem_gui.interaction.compact import CompactSegmenter
from xmem_gui.interaction.sam import SamSegmenter
from xmem_gui.interaction.sam2 import Sam2Segmenter
from xmem_gui.interaction.segmenter import Segmenter
from xmem_gui.interaction.segmenter_plugins import SEGMENTER_PLUGINS, plugin_segmenter
from xmem_gui.model import MODELS, find_model
from xmem_gui.model.click_weights import is_click_model, load_click_model
from xmem_gui.model.sam import load_sam
from xmem_gui.model.sam2 import is_sam2, load_sam2
from xmem_gui.model.weight_files import read_tensors

_COMPACT = "compact-click"
"""What ``compact`` means here; the registry has another compact model, which follows objects."""


def make_segmenter(model: str, device: torch.device) -> Segmenter:
    """Load a network that turns prompts into masks.

    Parameters
    ----------
    model
        ``compact``, the name of a segmenter in `MODELS` such as ``mobile_sam``, the path of a checkpoint of
        one of them, or the name of a plugin's segmenter.
    device
        The torch device that the network runs on.

    Raises
    ------
    CheckpointError
        If there is no such model or file, it is not on this machine, is damaged, or no segmenter, or the
        package that it runs with is not installed.
    DeviceMemoryError
        If the device has no room for the network.
    """
    made = None if _is_own(model) else plugin_segmenter(model, device)
    if made is not None:
        return made
    file = find_model(_COMPACT if model == "compact" else model)
    state = read_tensors(file)
    if is_click_model(state):
        with enough_memory(device, what="the compact click model"):
            return CompactSegmenter(load_click_model(file), device, name=_name(file))
    if is_sam2(state):
        return Sam2Segmenter(load_sam2(file), device, name=_name(file))
    return SamSegmenter(load_sam(file), device, name=_name(file))


def segmenter_file(model: str) -> Path | None:
    """Return the file of a model of that name; None if it is a plugin's, which has none of ours.

    Raises
    ------
    CheckpointError
        If there is no such model or file.
    """
    if not _is_own(model) and model in SEGMENTER_PLUGINS.names():
        return None
    return find_model(_COMPACT if model == "compact" else model)


def _is_own(model: str) -> bool:
    """Tell whether a model is one of the program's, or a file: then no plugin is looked for."""
    return model == "compact" or model in MODELS or os.path.lexists(model)


def _name(file: Path) -> str:
    """Return what tells a model's features from another's."""
    facts = file.stat()
    return f"{file.resolve()}:{facts.st_size}:{facts.st_mtime_ns}"

"""Checkpoints that a run goes on from, and the float16 weights it exports; both written atomically."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from torch import Tensor, nn

from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.files import remove_leftovers, replacing
from xmem_gui.model import write_tensors
from xmem_gui.training.optimiser import MovingAverage
from xmem_gui.training.runs import RunConfig, StageT

_FORMAT = "xmem-gui training checkpoint 1"


def save_checkpoint(
    file: Path,
    *,
    config: RunConfig[StageT],
    step: int,
    spent: float,
    network: nn.Module,
    average: MovingAverage,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
) -> None:
    """Write all that the next step needs; ``step`` is how many are done, in ``spent`` seconds."""
    state = {
        "format": _FORMAT,
        "config": json.dumps(config.to_json()),
        "network": json.dumps(dataclasses.asdict(config.network)),
        "step": step,
        "spent": spent,
        "model": network.state_dict(),
        "average": average.values,
        "optimiser": optimiser.state_dict(),
        "scaler": scaler.state_dict(),
    }
    remove_leftovers(file)
    with replacing(file) as temporary:
        torch.save(state, temporary)


def load_checkpoint(file: Path) -> dict[str, Any]:
    """Read a checkpoint.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, or not a checkpoint of this program's training.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # a damaged pickle can fail in any way
        raise CheckpointError(f"{file} cannot be read as a training checkpoint: {error}") from error
    if not isinstance(state, dict) or state.get("format") != _FORMAT:
        raise CheckpointError(f"{file} is not a checkpoint of this program's training")
    return state


def resume(
    file: Path,
    *,
    network: nn.Module,
    average: MovingAverage,
    optimiser: torch.optim.Optimizer,
    scaler: torch.amp.GradScaler,
) -> tuple[int, float]:
    """Put a checkpoint's state into all that a step changes; returns the steps done and their seconds."""
    state = load_checkpoint(file)
    settings = [
        {name: group[name] for name in ("share", "weight_decay", "fused", "foreach")}
        for group in optimiser.param_groups
    ]
    try:
        network.load_state_dict(state["model"])
        optimiser.load_state_dict(state["optimiser"])
    except (RuntimeError, ValueError) as error:
        raise CheckpointError(f"{file} is of another network than the run asks for: {error}") from error
    for group, own in zip(optimiser.param_groups, settings, strict=True):
        group.update(own)
    for name, tensor in state["average"].items():
        average.values[name].copy_(tensor)
    if scaler.is_enabled() and state.get("scaler"):
        scaler.load_state_dict(state["scaler"])
    return int(state["step"]), float(state.get("spent", 0.0))


def export_weights(checkpoint: Path, file: Path) -> None:
    """Write a checkpoint's averaged weights as float16 safetensors, with config and step as metadata."""
    state = load_checkpoint(checkpoint)
    write_weights(
        file, state["average"], network=state["network"], step=int(state["step"]), run=state["config"]
    )


def write_weights(file: Path, values: dict[str, Tensor], *, network: str, step: int, run: str) -> None:
    """Write weights as float16 safetensors; ``network`` and ``run`` are configs as JSON.

    Raises
    ------
    XmemGuiError
        If a value is not finite in float16.
    """
    metadata = {"network": network, "step": str(step), "training": run}
    try:
        write_tensors(values, file, metadata=metadata)
    except CheckpointError as error:
        raise XmemGuiError(f"Training has diverged at step {step}: {error}") from error


def exported_step(file: Path) -> int:
    """Return after which step the weights in a file were exported; 0 if there is no file."""
    if not file.exists():
        return 0
    with safe_open(file, "pt") as content:
        return int(content.metadata()["step"])

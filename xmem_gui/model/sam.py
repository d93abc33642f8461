"""Checkpoints of segment-anything's networks (Kirillov et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xmem_gui.errors import CheckpointError
from xmem_gui.model.weight_files import read_tensors

_WIDTH = "image_encoder.patch_embed.proj.weight"
_KINDS = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}
"""Each kind by the width of its image encoder."""
_REMEDY = "choose another file or run 'xmem-gui models download sam_vit_b'"


def load_sam(path: Path) -> Any:
    """Load a network of the ``segment-anything`` package, whichever of its three kinds a file holds.

    Parameters
    ----------
    path
        An official checkpoint, or safetensors with the same names; code in it is never run.

    Returns
    -------
    segment_anything.modeling.Sam
        In float32 and evaluation mode, on the CPU, without gradients.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, of something else, or of another shape.
    """
    from segment_anything import sam_model_registry

    state = read_tensors(path, remedy=_REMEDY)
    kind = _kind(path, state)
    # On no device at all: the random values that it would begin with take longest.
    with torch.device("meta"):
        network = sam_model_registry[kind]()
    _require_fit(path, kind, state, network.state_dict())
    # Copies: the tensors may be views of the file.
    values = {name: value.to(torch.float32, copy=True) for name, value in state.items()}
    network.load_state_dict(values, assign=True)
    for name, numbers in (("pixel_mean", (123.675, 116.28, 103.53)), ("pixel_std", (58.395, 57.12, 57.375))):
        network.register_buffer(name, torch.tensor(numbers)[:, None, None], persistent=False)
    return network.eval().requires_grad_(False)


def _kind(path: Path, state: Mapping[str, Tensor]) -> str:
    width = state.get(_WIDTH)
    if width is None:
        held = f"{len(state)} tensors such as '{next(iter(state))}'" if state else "no tensors"
        raise CheckpointError(
            f"{path} is not a segment-anything checkpoint: it holds {held}, expected '{_WIDTH}'; {_REMEDY}."
        )
    kind = _KINDS.get(width.shape[0]) if width.ndim else None
    if kind is None:
        raise CheckpointError(
            f"{path} is not a segment-anything checkpoint: '{_WIDTH}' has the shape {tuple(width.shape)},"
            f" expected {', '.join(map(str, _KINDS))} first; {_REMEDY}."
        )
    return kind


def _require_fit(path: Path, kind: str, state: Mapping[str, Tensor], own: Mapping[str, Tensor]) -> None:
    for name in {**own, **state}:
        if name not in state:
            wrong = f"it lacks '{name}', expected with {len(own)} tensors of {kind}"
        elif name not in own:
            wrong = f"it holds '{name}', expected only the {len(own)} tensors of {kind}"
        elif state[name].shape != own[name].shape:
            wrong = (
                f"'{name}' has the shape {tuple(state[name].shape)}, expected {tuple(own[name].shape)}"
                f" as in {kind}"
            )
        elif not bool(torch.isfinite(state[name]).all()):
            wrong = f"'{name}' holds values that are not finite, expected numbers"
        else:
            continue
        raise CheckpointError(f"{path} is not a segment-anything checkpoint: {wrong}; {_REMEDY}.")

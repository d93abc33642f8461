"""Checkpoints of segment-anything's networks (Kirillov et al. 2023), and of MobileSAM (Zhang et al. 2023)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from xmem_gui.errors import CheckpointError
from xmem_gui.model.checkpoint import UnfitError, require_finite, require_fit, require_tensor
from xmem_gui.model.inference import prepared
from xmem_gui.model.tiny_vit import TinyViT
from xmem_gui.model.weight_files import own_copies, read_tensors

_WIDTH = "image_encoder.patch_embed.proj.weight"
_KINDS = {768: "vit_b", 1024: "vit_l", 1280: "vit_h"}
"""Each kind by the width of its image encoder."""
_MOBILE = "MobileSAM"
_STEM = "image_encoder.patch_embed.seq.0.c.weight"
"""What only MobileSAM has, ..."""
_WORKED_OUT = ".attention_bias_idxs"
"""... and what some copies of it hold though the network works it out by itself."""
_REMEDY = "choose another file or run 'xmem-gui models download sam_vit_b'"


def load_sam(path: Path) -> Any:
    """Load a network of the ``segment-anything`` package, or MobileSAM, whichever a file holds.

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
    state = read_tensors(path, remedy=_REMEDY)
    try:
        kind = _kind(state)
        if kind == _MOBILE:
            state = {name: value for name, value in state.items() if not name.endswith(_WORKED_OUT)}
        # On no device at all: the random values that it would begin with take longest.
        with torch.device("meta"):
            network = _network(kind)
        require_fit(state, network.state_dict(), whose=kind)
        require_finite(state)
    except UnfitError as error:
        raise CheckpointError(f"{path} is not a segment-anything checkpoint: {error}; {_REMEDY}.") from None
    network.load_state_dict(own_copies(state), assign=True)
    for name, numbers in (("pixel_mean", (123.675, 116.28, 103.53)), ("pixel_std", (58.395, 57.12, 57.375))):
        network.register_buffer(name, torch.tensor(numbers)[:, None, None], persistent=False)
    if kind == _MOBILE:
        network.image_encoder = prepared(network.image_encoder, torch.device("cpu"))
    return network.eval().requires_grad_(False)


def _network(kind: str) -> Any:
    """Return a network of a kind, without weights; MobileSAM differs in the image encoder only."""
    from segment_anything import sam_model_registry

    network = sam_model_registry["vit_b" if kind == _MOBILE else kind]()
    if kind == _MOBILE:
        network.image_encoder = TinyViT()
    return network


def _kind(state: Mapping[str, Tensor]) -> str:
    if _STEM in state:
        return _MOBILE
    width = require_tensor(state, _WIDTH)
    kind = _KINDS.get(width.shape[0]) if width.ndim else None
    if kind is None:
        raise UnfitError(
            f"'{_WIDTH}' has the shape {tuple(width.shape)}, expected {', '.join(map(str, _KINDS))} first"
        )
    return kind

"""Checkpoints of SAM 2.1's networks (Ravi et al. 2024)."""

from __future__ import annotations

import importlib.util
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from torch import Tensor

from xmem_gui.errors import CheckpointError
from xmem_gui.model.checkpoint import UnfitError, require_finite, require_fit, require_tensor, uninitialised
from xmem_gui.model.weight_files import own_copies, read_tensors

_NEEDED = "SAM 2.1 needs the package sam2, which is not installed: run `pip install 'xmem-gui[sam2]'`."
_WIDTH = "image_encoder.trunk.patch_embed.proj.weight"
_BLOCK = "image_encoder.trunk.blocks.{}.norm1.weight"
_KINDS = {(96, 12): "t", (96, 16): "s", (112, 24): "b+", (144, 48): "l"}
"""Each kind, as the package calls it, by the width and the number of blocks of its image encoder."""
_REMEDY = "choose another file or run 'xmem-gui models download sam2.1_tiny'"


def has_sam2() -> bool:
    """Tell whether the package that has the networks is installed."""
    return importlib.util.find_spec("sam2") is not None


def is_sam2(state: Mapping[str, Tensor]) -> bool:
    """Tell whether named tensors are those of one of SAM 2's networks."""
    return _WIDTH in state


def load_sam2(path: Path) -> Any:
    """Load a network of the ``sam2`` package, whichever of its four kinds a file holds.

    Parameters
    ----------
    path
        An official checkpoint, or safetensors with the same names; code in it is never run.

    Returns
    -------
    sam2.modeling.sam2_base.SAM2Base
        In float32 and evaluation mode, on the CPU, without gradients.

    Raises
    ------
    CheckpointError
        If the package is not installed, or the file is missing, damaged, of something else, of another shape,
        or of SAM 2.0.
    """
    if not has_sam2():
        raise CheckpointError(_NEEDED)
    state = read_tensors(path, remedy=_REMEDY)
    try:
        kind = _kind(state)
        network = uninitialised(lambda: _network(kind))
        require_fit(state, network.state_dict(), whose=f"sam2.1_hiera_{kind}")
        require_finite(state)
    except UnfitError as error:
        raise CheckpointError(f"{path} is not a SAM 2.1 checkpoint: {error}; {_REMEDY}.") from None
    network.load_state_dict(own_copies(state), assign=True)
    return network.eval().requires_grad_(False)


def _network(kind: str) -> Any:
    with warnings.catch_warnings():
        # Of what the package is configured by; they are nothing that a person could do something about.
        warnings.simplefilter("ignore")
        from sam2.build_sam import build_sam2

        return build_sam2(
            f"configs/sam2.1/sam2.1_hiera_{kind}.yaml", device="cpu", apply_postprocessing=False
        )


def _kind(state: Mapping[str, Tensor]) -> str:
    width = require_tensor(state, _WIDTH)
    blocks = sum(_BLOCK.format(number) in state for number in range(len(state)))
    kind = _KINDS.get((width.shape[0] if width.ndim else 0, blocks))
    if kind is None:
        expected = ", ".join(f"{channels} and {number}" for channels, number in _KINDS)
        raise UnfitError(
            f"'{_WIDTH}' has the shape {tuple(width.shape)} and there are {blocks} blocks,"
            f" expected {expected}"
        )
    return kind

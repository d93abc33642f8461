"""From a file of weights to the compact click model."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from xmem_gui.errors import CheckpointError
from xmem_gui.model.checkpoint import UnfitError, require_finite, require_fit, uninitialised
from xmem_gui.model.click import ClickConfig, ClickNet
from xmem_gui.model.weight_files import read_tensors

_KEY = "key_proj.weight"
_REMEDY = "choose another file, or 'compact-click', which comes with the program"


def is_click_model(state: Mapping[str, Tensor]) -> bool:
    """Whether tensors look like the compact click model's, by their names."""
    return _KEY in state and "prompt4.weight" in state


def load_click_model(path: Path) -> ClickNet:
    """Load the click model in float32 and evaluation mode, on the CPU.

    Parameters
    ----------
    path
        Safetensors, or a PyTorch checkpoint; code in it is never run.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, of something else, or of another shape.
    """
    state = read_tensors(path, remedy=_REMEDY)
    try:
        network = uninitialised(lambda: ClickNet(_config_of(state)))
        require_fit(state, network.state_dict(), whose="the compact click model")
        require_finite(state)
    except UnfitError as error:
        raise CheckpointError(f"{path} is not a compact click model: {error}; {_REMEDY}.") from None
    network.load_state_dict(state, strict=True)
    return network.eval()


def _config_of(state: Mapping[str, Tensor]) -> ClickConfig:
    def width(name: str) -> int:
        weight = state.get(name)
        if weight is None or weight.ndim != 4 or 0 in weight.shape:
            raise UnfitError(f"it lacks '{name}', expected a convolution's weights")
        return weight.shape[0]

    a, b, c, d = (width(f"lateral.{place}.weight") for place in range(4))
    return ClickConfig(dims=(a, b, c, d), key_dim=width(_KEY))

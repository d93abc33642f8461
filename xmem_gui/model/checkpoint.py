"""From a file of weights to a network, and back."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal, TypeVar

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from xmem_gui.errors import CheckpointError
from xmem_gui.model.config import XMemConfig
from xmem_gui.model.weight_files import OTHER_FILE, read_tensors, write_tensors
from xmem_gui.model.xmem import XMem

_NetworkT = TypeVar("_NetworkT", bound=nn.Module)

_KEY = "key_proj.key_proj.weight"
_GATES = "decoder.hidden_update.transform.weight"
_FIRST = {"resnet": "conv1.weight", "mobilenet_v2": "features.0.0.weight"}
"""Each backbone's first convolution, below its encoder's name."""
_WIDENED = "key_encoder.features.2.conv.0.0.weight"
_SKIPS = ("decoder.up_16_8.skip_conv.weight",)
_SHORTCUTS = (
    "decoder.fuser.block1.downsample.weight",
    "value_encoder.fuser.block1.downsample.weight",
    "decoder.up_16_8.out_conv.downsample.weight",
    "decoder.up_8_4.out_conv.downsample.weight",
)


class UnfitError(Exception):
    """Why weights are not a network's: what was found, and what was expected."""


def config_of(state: Mapping[str, Tensor]) -> XMemConfig:
    """Return the sizes of the network that weights are of, read from their shapes alone.

    Parameters
    ----------
    state
        Tensors by their names in XMem's checkpoints; their values are not looked at. Weights without
        the sensory memory's have ``hidden_dim`` 0, and the default ``sensory_dim``, which then means nothing.

    Raises
    ------
    CheckpointError
        If they are not XMem's.
    """
    try:
        return _config_of(state)
    except UnfitError as error:
        raise CheckpointError(f"The weights are not XMem's: {error}.") from None


def load_network(path: Path) -> XMem:
    """Load a network, full or compact, in float32 and evaluation mode, on the CPU.

    Parameters
    ----------
    path
        Safetensors, or a PyTorch checkpoint (``.pth``, ``.pt``); code in it is never run. Single-object
        weights, whose value encoder sees no other objects, get one zero input channel.

    Raises
    ------
    CheckpointError
        If the file is missing, damaged, of something else, or of another shape.
    """
    state = _with_others_channel(read_tensors(path))
    try:
        config = _config_of(state)
        network = uninitialised(lambda: XMem(config))
        own = network.state_dict()
        require_fit(state, own, whose="XMem")
        require_finite(state)
    except UnfitError as error:
        raise CheckpointError(f"{path} is not an XMem checkpoint: {error}; {OTHER_FILE}.") from None
    # Copying converts to float32 and lets go of the file.
    network.load_state_dict(state, strict=True)
    return network.eval()


def save_network(
    network: XMem, path: Path, *, metadata: Mapping[str, str] | None = None, half: bool = True
) -> None:
    """Write a network's weights as safetensors, whole or not at all.

    Parameters
    ----------
    network
        As trained or loaded, not `prepared`.
    path
        Where to; a file already there is replaced.
    metadata
        Kept in the file's header, beside the network's configuration under ``network``.
    half
        Write float16, in half the size; else the weights as they are.

    Raises
    ------
    CheckpointError
        If a value is not finite, or not in float16's range.
    OutputError
        If the file cannot be written.
    """
    described = {"network": json.dumps(dataclasses.asdict(network.config)), **(metadata or {})}
    write_tensors(network.state_dict(), path, metadata=described, half=half)


def _config_of(state: Mapping[str, Tensor]) -> XMemConfig:
    if _KEY not in state:
        held = f"tensors such as '{next(iter(state))}'" if len(state) else "tensors"
        raise UnfitError(f"it holds {len(state)} {held}, expected '{_KEY}'")
    sensory: dict[str, Any] = {}
    if any(".hidden_update." in name or ".hidden_reinforce." in name for name in state):
        sensory["hidden_dim"] = _width(state, _GATES) // 3
        sensory["sensory_dim"] = _width(state, "decoder.hidden_update.g16_conv.weight")
    else:
        sensory["hidden_dim"] = 0
    return XMemConfig(
        **_backbone(state),
        key_dim=_width(state, _KEY),
        value_dim=_width(state, "value_encoder.fuser.block2.conv2.weight"),
        decoder_dims=(
            _width(state, "decoder.fuser.block2.conv2.weight"),
            _width(state, "decoder.up_16_8.out_conv.conv2.weight"),
            _width(state, "decoder.up_8_4.out_conv.conv2.weight"),
        ),
        shortcut=_kernel(state, _SHORTCUTS),
        skip=_kernel(state, _SKIPS),
        **sensory,
    )


def _backbone(state: Mapping[str, Tensor]) -> dict[str, Any]:
    """Return which backbone it is, and what is special about it."""
    first = _FIRST["mobilenet_v2"]
    if f"key_encoder.{first}" not in state:
        return {"backbone": "resnet"}
    widened, seen = state.get(_WIDENED), state.get(f"value_encoder.{first}")
    return {
        "backbone": "mobilenet_v2",
        "expansion": 6 if widened is None else _width(state, _WIDENED) // max(widened.shape[1], 1),
        "value_fold": 2 if seen is not None and seen.shape[1:2] == (20,) else 1,
    }


def _width(state: Mapping[str, Tensor], name: str) -> int:
    """Return the output channels of a convolution."""
    weight = state.get(name)
    if weight is None:
        raise UnfitError(f"it lacks '{name}', expected with {len(state)} other tensors of XMem")
    if weight.ndim != 4 or 0 in weight.shape:
        raise UnfitError(f"'{name}' has the shape {tuple(weight.shape)}, expected (C, C', k, k)")
    return weight.shape[0]


def _kernel(state: Mapping[str, Tensor], names: tuple[str, ...]) -> Literal[1, 3]:
    """Return the kernel size of the first of some convolutions that is there."""
    for name in names:
        if name in state:
            return 1 if state[name].shape[-1:] == (1,) else 3
    return 3


def _with_others_channel(state: dict[str, Tensor]) -> dict[str, Tensor]:
    """Append a zero input channel to a value encoder that sees image and mask only."""
    for first in _FIRST.values():
        name = f"value_encoder.{first}"
        weight = state.get(name)
        if weight is not None and weight.ndim == 4 and weight.shape[1] == 4:
            state[name] = torch.cat([weight, torch.zeros_like(weight[:, :1])], 1)
    return state


def require_fit(state: Mapping[str, Tensor], own: Mapping[str, Tensor], *, whose: str) -> None:
    """Raise `UnfitError` unless the tensors have the names, shapes and kinds of a network's own."""
    for name, tensor in own.items():
        if name not in state:
            raise UnfitError(f"it lacks '{name}', expected with the shape {tuple(tensor.shape)}")
        if state[name].shape != tensor.shape:
            raise UnfitError(
                f"'{name}' has the shape {tuple(state[name].shape)}, expected {tuple(tensor.shape)}"
            )
        if state[name].is_floating_point() != tensor.is_floating_point():
            raise UnfitError(f"'{name}' holds {state[name].dtype}, expected {tensor.dtype}")
    foreign = next((name for name in state if name not in own), None)
    if foreign is not None:
        raise UnfitError(f"it holds '{foreign}', expected only the {len(own)} tensors of {whose}")


def require_tensor(state: Mapping[str, Tensor], name: str) -> Tensor:
    """Return the tensor that tells a kind of network; raise `UnfitError` if it is not there."""
    if name not in state:
        held = f"{len(state)} tensors such as '{next(iter(state))}'" if state else "no tensors"
        raise UnfitError(f"it holds {held}, expected '{name}'")
    return state[name]


def require_finite(state: Mapping[str, Tensor]) -> None:
    """Raise `UnfitError` if a tensor holds an infinity or no number."""
    for name, tensor in state.items():
        if not bool(torch.isfinite(tensor).all()):
            raise UnfitError(f"'{name}' holds values that are not finite, expected numbers")


_DRAWS = (
    torch.Tensor.normal_,
    torch.Tensor.uniform_,
    nn.init.kaiming_normal_,
    nn.init.kaiming_uniform_,
    nn.init.normal_,
    nn.init.uniform_,
)


class _WithoutRandomValues(TorchFunctionMode):
    """Leaves new tensors as they are where a module would draw its first weights, which takes longest."""

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        given = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else given["tensor"]
        return func(*args, **given)


def uninitialised(make: Callable[[], _NetworkT]) -> _NetworkT:
    """Make a network whose weights are whatever the memory held; `UnfitError` if it cannot be made."""
    try:
        with _WithoutRandomValues():
            return make()
    except (RuntimeError, ValueError, ZeroDivisionError, MemoryError):
        raise UnfitError("it asks for an impossible network, expected sizes as published") from None

"""Read and write named tensors in files, without running anything a file holds."""

from __future__ import annotations

import pickle
import re
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import Tensor

from xmem_gui.errors import CheckpointError, OutputError
from xmem_gui.files import write_whole

OTHER_FILE = "choose another file or run 'xmem-gui models download xmem'"
"""What to do about a file that cannot be used."""

_ZIP = b"PK\x03\x04"
_PICKLES = (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
_WRAPPERS = ("network", "average", "model", "state_dict")
"""Where training checkpoints keep the weights: XMem's own, this program's (their moving average), others'."""

_DTYPES = frozenset({torch.float16, torch.bfloat16, torch.float32, torch.float64, torch.int32, torch.int64})


def read_tensors(path: Path, *, remedy: str = OTHER_FILE) -> dict[str, Tensor]:
    """Read the named tensors of a file, told by its content: safetensors, or saved by ``torch.save``.

    Training checkpoints that keep them one level down, and names that all begin with ``module.``, are
    taken too. The tensors may be views of the file: copy them before it can change. ``remedy`` is what to do
    about a file that cannot be used, for the errors.

    Raises
    ------
    CheckpointError
        If the file is missing, empty, cut short, damaged, or something else than named tensors.
    """
    try:
        with path.open("rb") as file:
            head = file.read(16)
        size = path.stat().st_size
    except FileNotFoundError:
        raise CheckpointError(f"{path} does not exist; {remedy}.") from None
    except IsADirectoryError:
        raise CheckpointError(f"{path} is a folder, expected a file of weights; {remedy}.") from None
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read ({error.strerror or error}).") from error
    if head[8:9] == b"{":
        found: object = _read_safetensors(path, remedy)
    elif head.startswith((_ZIP, *_PICKLES)):
        found = _read_torch(path, remedy, mapped=head.startswith(_ZIP))
    else:
        raise CheckpointError(
            f"{path} is not a file of weights: it is {_looks_like(head)}, expected safetensors or a PyTorch"
            f" checkpoint; {remedy}."
        )
    return _checked(path, _unwrapped(found), size, remedy)


def own_copies(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Return tensors that are no views of a file, so that it may change: floating-point ones in float32."""
    return {
        name: value.to(torch.float32 if value.is_floating_point() else value.dtype, copy=True)
        for name, value in state.items()
    }


def write_tensors(
    values: Mapping[str, Tensor], path: Path, *, metadata: Mapping[str, str], half: bool = True
) -> None:
    """Write named tensors as safetensors, in one step: the file is there whole or not at all.

    Parameters
    ----------
    values
        The tensors, on any device.
    path
        Where to; a file already there is replaced.
    metadata
        Kept in the file's header.
    half
        Write floating-point tensors as float16.

    Raises
    ------
    CheckpointError
        If a value is not finite, or not in float16's range.
    OutputError
        If the file cannot be written.
    """
    plain = {}
    for name, tensor in values.items():
        kept = tensor.detach().to("cpu", copy=True).contiguous()
        plain[name] = kept.half() if half and kept.is_floating_point() else kept
        if not bool(torch.isfinite(plain[name]).all()):
            raise CheckpointError(f"The weights '{name}' are not finite numbers; {path} was not written.")
    try:
        write_whole(path, safetensors.torch.save(plain, metadata=dict(metadata)))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error}).") from error


def _read_safetensors(path: Path, remedy: str) -> object:
    try:
        return safetensors.torch.load_file(path)
    except SafetensorError as error:
        raise _damaged(path, "safetensors", error, remedy) from error
    except (OSError, RuntimeError, ValueError, KeyError, MemoryError) as error:
        raise _damaged(path, "safetensors", error, remedy) from error


def _read_torch(path: Path, remedy: str, *, mapped: bool) -> object:
    try:
        with warnings.catch_warnings():
            # An unusual pickle makes torch warn before it refuses; the refusal is what is reported.
            warnings.simplefilter("ignore")
            return torch.load(path, map_location="cpu", weights_only=True, mmap=mapped)
    except pickle.UnpicklingError as error:
        foreign = re.search(r"GLOBAL (\S+)", str(error))
        code = f" (such as '{foreign[1]}')" if foreign else ""
        raise CheckpointError(
            f"{path} was not loaded: it is damaged, or holds Python objects{code} that could run"
            f" code, expected tensors only; {remedy}."
        ) from error
    except Exception as error:  # a damaged pickle can fail in any way
        raise _damaged(path, "PyTorch", error, remedy) from error


def _damaged(path: Path, kind: str, error: Exception, remedy: str) -> CheckpointError:
    said = re.split(r"\n|\. ", str(error).strip(), maxsplit=1)[0].rstrip(".") or type(error).__name__
    return CheckpointError(
        f"{path} is cut short or damaged: it begins like a {kind} file but cannot be read"
        f" ({said[:120]}), expected a whole checkpoint; {remedy}."
    )


def _looks_like(head: bytes) -> str:
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if not head:
        return "empty"
    if text.startswith((b"<!doctype", b"<html", b"<?xml")):
        return "a web page"
    if text.startswith(b"version https:"):
        return "a Git LFS pointer"
    if all(byte in b"\t\r\n" or 32 <= byte < 127 for byte in head):
        return "a text"
    return f"something else, beginning with the bytes {head[:4].hex(' ')}"


def _unwrapped(found: object) -> object:
    if isinstance(found, Mapping):
        for name in _WRAPPERS:
            inner = found.get(name)
            if isinstance(inner, Mapping) and any(isinstance(value, Tensor) for value in inner.values()):
                return inner
    return found


def _checked(path: Path, found: object, size: int, remedy: str) -> dict[str, Tensor]:
    """Keep what is a tensor of its own, under its own name."""
    if not isinstance(found, Mapping):
        raise CheckpointError(
            f"{path} is not a file of weights: it holds {_kind(found)}, expected tensors by name; {remedy}."
        )
    odd = next((name for name, value in found.items() if not _usable(name, value)), None)
    if odd is not None:
        raise CheckpointError(
            f"{path} is not a file of weights: its entry '{odd}' is {_kind(found[odd])}, expected a tensor;"
            f" {remedy}."
        )
    # A small file can claim tensors larger than any memory, every value of which is the same bytes.
    if sum(tensor.numel() * tensor.element_size() for tensor in found.values()) > 2 * size:
        raise CheckpointError(
            f"{path} is damaged: its tensors claim more than the {size:,} bytes it has; {remedy}."
        )
    prefix = "module."
    if found and all(name.startswith(prefix) for name in found):
        return {name.removeprefix(prefix): tensor for name, tensor in found.items()}
    return dict(found)


def _usable(name: Any, value: Any) -> bool:
    return (
        isinstance(name, str)
        and isinstance(value, Tensor)
        and value.layout == torch.strided
        and not value.is_meta
        and value.dtype in _DTYPES
    )


def _kind(value: object) -> str:
    if isinstance(value, Tensor):
        return f"a tensor of an unusual kind ({value.dtype}, {value.layout})"
    return f"a Python '{type(value).__name__}'"

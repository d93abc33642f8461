"""Where networks compute: choosing a device and its precision, its memory, and running out of that."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import TYPE_CHECKING, Any

from xmem_gui.errors import DeviceLostError, DeviceMemoryError, XmemGuiError

if TYPE_CHECKING:
    import torch

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")
"""What CUDA and MPS, and the CPU's allocator on Linux and on Windows, say in a RuntimeError."""
_FAILURES = (
    "unspecified launch failure",
    "illegal memory access",
    "illegal instruction",
    "illegal address",
    "misaligned address",
    "invalid program counter",
    "operation not supported on global/shared address space",
    "device-side assert",
    "launch timed out",
    "hardware stack error",
    "hardware error",
    "uncorrectable ecc error",
    "busy or unavailable",
    "no cuda-capable device",
    "is lost",
    "unknown error",
)
"""What CUDA says, in small letters, when a device will do nothing more for this process."""


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of a name; ``auto`` is the best this machine has.

    Raises
    ------
    XmemGuiError
        If the machine lacks the device.
    """
    import torch

    found = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        return torch.device(next(kind for kind, there in found.items() if there))
    try:
        device = torch.device(name)
    except RuntimeError:
        raise XmemGuiError(f"There is no device '{name}': choose auto, cuda, mps or cpu.") from None
    if not found.get(device.type, True):
        raise XmemGuiError(f"This machine has no '{device.type}' device: choose --device auto or cpu.")
    return device


def device_name(device: torch.device) -> str:
    """Return what a device is called: its hardware on CUDA, else what torch calls it (``cpu``, ``mps``)."""
    if device.type == "cuda":
        import torch

        return str(torch.cuda.get_device_name(device))
    return str(device)


def best_precision(device: torch.device) -> torch.dtype:
    """Return the precision in which a device computes networks fastest without losing quality."""
    import torch

    if device.type == "cuda":
        return cuda_half()
    # Most CPUs only emulate bfloat16, some thirty times slower than float32.
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


def cuda_half() -> torch.dtype:
    """Return the half precision of the current CUDA device: bfloat16 if it computes in that, else float16."""
    import torch

    return torch.bfloat16 if torch.cuda.is_bf16_supported() else torch.float16


def autocast(device: torch.device, precision: torch.dtype) -> AbstractContextManager[Any]:
    """Compute in a precision what torch deems safe in it; float32 leaves an autocast that is on."""
    import torch

    half = precision != torch.float32
    return torch.autocast(device.type, precision if half else None, enabled=half)


def device_memory(device: torch.device) -> tuple[int | None, int | None]:
    """Return a device's free and total memory in bytes; None for what it does not tell."""
    if device.type == "cuda":
        import torch

        free, total = torch.cuda.mem_get_info(device)
        return free, total
    return None, None


def peak_memory(device: torch.device) -> int:
    """Return the most memory in bytes that this process has had: on CUDA the device's, else the computer's.

    0 where the system does not say.
    """
    if device.type == "cuda":
        import torch

        return int(torch.cuda.max_memory_allocated(device))
    try:
        import resource
    except ImportError:
        return 0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def wait_for(device: torch.device) -> None:
    """Wait until a device has done what it was told, so that the clock can be looked at."""
    if device.type == "cuda":
        import torch

        torch.cuda.synchronize(device)


def sent(tensor: torch.Tensor, device: torch.device) -> torch.Tensor:
    """Bring a tensor of the host to a device without waiting for what the device still does.

    Parameters
    ----------
    tensor
        On the CPU; it must not be changed afterwards.
    device
        Where it goes; a tensor for the CPU is returned as it is.
    """
    if device.type == "cpu":
        return tensor
    # Only from pinned memory does CUDA copy on its own; MPS reads what may be gone by then.
    ready = tensor.pin_memory() if device.type == "cuda" else tensor
    return ready.to(device, non_blocking=device.type != "mps")


def is_out_of_memory(error: BaseException | None) -> bool:
    """Whether torch says with an error, or with one behind it, that a device's memory ran out."""
    while error is not None:
        if isinstance(error, MemoryError):
            return True
        if isinstance(error, RuntimeError) and any(sign in str(error) for sign in _SIGNS):
            return True
        error = error.__cause__ or error.__context__
    return False


def is_device_lost(error: BaseException | None) -> bool:
    """Whether torch says with an error, or with one behind it, that a CUDA device has failed for good."""
    while error is not None:
        text = str(error).lower()
        if isinstance(error, RuntimeError) and "cuda error" in text and any(one in text for one in _FAILURES):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextlib.contextmanager
def enough_memory(device: torch.device, *, what: str) -> Iterator[None]:
    """Raise `DeviceMemoryError` where a device's memory runs out, and `DeviceLostError` where it has failed.

    Parameters
    ----------
    device
        The torch device that the network runs on.
    what
        What the memory is for.
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if is_device_lost(error):
            raise DeviceLostError(
                f"The device '{device}' has failed and computes no more. What was finished before is kept. "
                "Try again; if it fails again, restart the program, or choose the device 'cpu'."
            ) from error
        if isinstance(error, RuntimeError) and not any(sign in str(error) for sign in _SIGNS):
            raise
        if device.type == "cuda":
            import torch

            torch.cuda.empty_cache()
        other = "" if device.type == "cpu" else ", the device 'cpu'"
        raise DeviceMemoryError(
            f"The device '{device}' has not enough memory for {what}: close other programs, or choose a"
            f" smaller model{other}."
        ) from error

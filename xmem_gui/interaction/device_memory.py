"""A device that has not enough memory, said as an error of ours."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from xmem_gui.errors import DeviceMemoryError

if TYPE_CHECKING:
    import torch

_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")
"""What CUDA and MPS, and the CPU's allocator on Linux and on Windows, say in a RuntimeError."""


@contextlib.contextmanager
def enough_memory(device: torch.device, *, what: str) -> Iterator[None]:
    """Raise `DeviceMemoryError` where torch runs out of the device's memory.

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

"""Recordings on a CUDA device are CUDA graphs; frames go there from pinned memory, beside the computing."""

import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.propagation.graphs import GraphRunner

_WARM_UPS = 2
"""Calls before a capture, in which libraries choose kernels and take their workspaces."""

_ONE_AT_A_TIME = threading.Lock()
"""Held while a graph is captured: torch has one collector and one cache for all threads."""


class CudaRecorder:
    """Captures CUDA graphs, which share one pool of memory.

    Graphs may share it because their results lie outside of it, and because they are replayed one after the
    other on one stream.

    Parameters
    ----------
    device
        The CUDA device that computes, not necessarily the current one.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)
        self._pool: Any = None
        self._graphs = weakref.WeakSet[torch.cuda.CUDAGraph]()
        self._held = 0

    def record(self, work: Callable[[], None]) -> Callable[[], None]:
        """Capture the work and return what replays it on the current stream."""
        with _ONE_AT_A_TIME, torch.cuda.device(self._device):
            self._stream.wait_stream(torch.cuda.current_stream())
            # Not only torch's own context, which leaves its stream current where a capture fails.
            with _waited_for(self._stream):
                for _ in range(_WARM_UPS):
                    work()
                graph = self._captured(work)
        replay: Callable[[], None] = graph.replay
        return replay

    def _captured(self, work: Callable[[], None]) -> torch.cuda.CUDAGraph:
        torch.cuda.synchronize()
        if not self._graphs:
            self._pool = None  # it went with the last of them
        torch.cuda.empty_cache()
        before = torch.cuda.memory_reserved()
        graph = torch.cuda.CUDAGraph()
        # Other threads may use the device meanwhile: a click is answered while a run begins.
        with torch.cuda.graph(graph, self._pool, self._stream, capture_error_mode="thread_local"):
            work()
        self._pool = graph.pool()
        self._graphs.add(graph)
        self._held += max(0, torch.cuda.memory_reserved() - before)
        return graph

    def held(self) -> int:
        """Return the bytes by which captures have made torch's memory grow."""
        return self._held

    def settle(self) -> None:
        """Wait for the stream of replays: a device may not be waited for while another thread captures."""
        torch.cuda.current_stream(self._device).synchronize()

    def clear(self) -> None:
        """Begin another pool, and give the memory of graphs that are gone back to the device."""
        self._pool, self._held = None, 0
        with torch.cuda.device(self._device):
            torch.cuda.empty_cache()


class Uploads:
    """Brings frames to a CUDA device while it computes.

    Parameters
    ----------
    device
        The CUDA device that computes, not necessarily the current one.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)

    def sent(self, rgb: NDArray[np.uint8]) -> Tensor:
        """Return a frame (H, W, 3) on the device, without waiting for it."""
        # Torch keeps the pinned memory until the copy is done, and then for the next frame.
        pinned = torch.empty(rgb.shape, dtype=torch.uint8, pin_memory=True)
        pinned.numpy()[...] = rgb
        with _waited_for(self._stream) as current:
            frame = pinned.to(self._device, non_blocking=True)
        frame.record_stream(current)
        return frame


class Downloads:
    """Brings results to the host while a CUDA device goes on computing.

    Parameters
    ----------
    device
        The CUDA device that computes, not necessarily the current one.
    """

    def __init__(self, device: torch.device) -> None:
        self._stream = torch.cuda.Stream(device)

    def fetch(self, tensor: Tensor) -> Callable[[], Tensor]:
        """Begin to copy a tensor as it will be when what the device has to do now is done; see `Fetch`."""
        pinned = torch.empty(tensor.shape, dtype=tensor.dtype, pin_memory=True)
        self._stream.wait_stream(torch.cuda.current_stream(self._stream.device))
        with torch.cuda.stream(self._stream):
            pinned.copy_(tensor, non_blocking=True)
            done = self._stream.record_event()
        tensor.record_stream(self._stream)

        def arrived() -> Tensor:
            done.synchronize()
            return pinned

        return arrived


@contextmanager
def _waited_for(stream: torch.cuda.Stream) -> Iterator[torch.cuda.Stream]:
    """Work on a stream, which its device's current one then waits for, and is yielded."""
    current = torch.cuda.current_stream(stream.device)
    try:
        with torch.cuda.stream(stream):
            yield current
    finally:
        current.wait_stream(stream)


def cuda_runner(device: torch.device) -> GraphRunner:
    """Return what records on a CUDA device, in an eighth of its memory, which several engines may share."""
    most_bytes = int(torch.cuda.mem_get_info(device)[1]) // 8
    return GraphRunner(CudaRecorder(device), most_bytes=most_bytes)

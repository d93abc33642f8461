"""Two passes over one stretch, from the key frame before it and from the one after, made one result."""

import contextlib
import math
import zlib
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.propagation.result import FrameResult

_LEVELS = 255


@dataclass(frozen=True)
class _Kept:
    """A result of the first pass: compressed probabilities (K, h, w) of its objects, and their confidence."""

    data: bytes
    confidence: tuple[float, ...]


class FirstPass:
    """Results of a stretch's first pass, kept small until the second pass comes by.

    Parameters
    ----------
    most_bytes
        What is kept at most; frames beyond that are not blended.
    """

    def __init__(self, most_bytes: int = 256 << 20) -> None:
        self._most_bytes = most_bytes
        self._objects: tuple[int, ...] = ()
        self._shape: tuple[int, ...] = ()
        self._frames: dict[int, _Kept] = {}
        self.bytes = 0

    def clear(self) -> None:
        """Forget everything, as before another stretch."""
        self._frames.clear()
        self.bytes = 0

    def keep(self, result: FrameResult) -> None:
        """Keep a result of the first pass; where objects join on the way, frames before that are let go."""
        if result.objects != self._objects:
            self.clear()
        soft = (result.soft[1:].float() * _LEVELS).round().to(torch.uint8).cpu().contiguous()
        self._objects, self._shape = result.objects, tuple(soft.shape)
        data = zlib.compress(soft.numpy().tobytes(), 1)
        if self.bytes + len(data) <= self._most_bytes:
            sure = result.confidence()
            self._frames[result.frame] = _Kept(data, tuple(sure[name] for name in result.objects))
            self.bytes += len(data)

    def blend(self, second: FrameResult, distances: Mapping[int, tuple[float, float]]) -> FrameResult:
        """Return the second pass's result of a frame with the first pass's worked into it.

        Parameters
        ----------
        second
            Its objects are those of the first pass.
        distances
            For each object, how many frames lie between this frame and the key frame that the first pass
            came from, and the one that the second came from; infinite if there is none.
        """
        kept = self._frames.get(second.frame)
        if kept is None:
            return second
        data = self._unpacked(kept, second)
        if data is None:
            return second
        first = torch.from_numpy(data).to(second.soft.device).float() / _LEVELS
        sure = second.confidence()
        soft = second.soft.float().clone()
        for name, seen, confidence in zip(self._objects, first, kept.confidence, strict=True):
            if name in second.objects:
                share = share_of_first(*distances[name], confidence, sure[name])
                soft[1 + second.objects.index(name)].lerp_(seen, share)
        # Objects are weighed apart, so that together they may exceed 1.
        soft[1:] /= soft[1:].sum(0, keepdim=True).clamp_min(1.0)
        soft[0] = 1 - soft[1:].sum(0)
        return second.with_soft(soft)

    def _unpacked(self, kept: _Kept, second: FrameResult) -> NDArray[np.uint8] | None:
        """Return what was kept, (K, h, w), or None if it is not of such a frame: files can hold anything."""
        if self._shape[1:] != tuple(second.soft.shape[1:]):
            return None
        count = math.prod(self._shape)
        with contextlib.suppress(zlib.error):
            data = np.frombuffer(zlib.decompressobj().decompress(kept.data, count), np.uint8)
            return data.reshape(self._shape).copy() if len(data) == count else None
        return None

    def state(self) -> dict[str, Tensor]:
        """Return everything as named tensors, fit for safetensors."""
        kept = self._frames
        lengths = [[frame, len(one.data)] for frame, one in kept.items()]
        data = np.frombuffer(b"".join(one.data for one in kept.values()), np.uint8)
        return {
            "objects": torch.tensor(self._objects, dtype=torch.int64),
            "shape": torch.tensor(self._shape, dtype=torch.int64),
            "frames": torch.tensor(lengths, dtype=torch.int64).reshape(-1, 2),
            "confidence": torch.tensor([one.confidence for one in kept.values()], dtype=torch.float64),
            "soft": torch.from_numpy(data.copy()),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned.

        Raises
        ------
        KeyError, ValueError, TypeError
            If it is not what `state` returns. Clear it then.
        """
        self.clear()
        self._objects = tuple(state["objects"].tolist())
        self._shape = tuple(state["shape"].tolist())
        soft, at = state["soft"].numpy(), 0
        sizes, sure = state["frames"], state["confidence"]
        shaped = len(self._shape) in (0, 3) and (not self._shape or self._shape[0] == len(self._objects))
        if not shaped or int(sizes[:, 1].sum()) != len(soft) or bool((sizes < 0).any()):
            raise ValueError("the kept frames are none")
        if len(sure) and (sure.shape[1] != len(self._objects) or not bool(sure.isfinite().all())):
            raise ValueError("the confidences are none")
        for (frame, length), sure in zip(state["frames"].tolist(), state["confidence"].tolist(), strict=True):
            self._frames[frame] = _Kept(soft[at : at + length].tobytes(), tuple(sure))
            at += length
        self.bytes = at


def share_of_first(
    distance_first: float, distance_second: float, confidence_first: float, confidence_second: float
) -> float:
    """Return how much the first of two results counts, from 0 to 1.

    Each counts by its confidence and by how near the key frame is that it comes from.
    """
    if distance_first == float("inf") or distance_second == float("inf"):
        return float(distance_first < distance_second)
    first = confidence_first * distance_second
    second = confidence_second * distance_first
    return first / (first + second) if first + second else 0.5

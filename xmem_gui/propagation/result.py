"""What the engine says of one frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.arrays import Mask
from xmem_gui.propagation.geometry import Geometry

CERTAIN, POSSIBLE = 0.8, 0.2
"""Probabilities above which a pixel is almost certainly, and possibly, the object's."""

_EVERYWHERE = (slice(None), slice(None))


@dataclass(frozen=True)
class FrameResult:
    """Objects in one frame.

    Parameters
    ----------
    frame
        The frame's index in the video.
    objects
        Names of the K objects.
    soft
        Probabilities of background and objects, (1+K, h, w) at the network's resolution, summing to 1.
    geometry
        From there to the video.
    given
        Masks (H, W) bool that a person gave for this frame; they are the result, to the bit.
    descriptor
        What the frame looks like to the network, (D,), whatever the objects, where it was computed; see
        `describing`.
    within
        Rows and columns of ``soft`` outside of which an object is 0; None where that is not known.
    """

    frame: int
    objects: tuple[int, ...]
    soft: Tensor
    geometry: Geometry
    given: Mapping[int, Mask] = field(default_factory=dict)
    descriptor: Tensor | None = None
    within: Mapping[int, tuple[slice, slice]] | None = None

    def with_soft(self, soft: Tensor) -> "FrameResult":
        """Return the result with other probabilities, of which nothing else is known."""
        return replace(self, soft=soft, within=None)

    def probabilities(self) -> NDArray[np.float32]:
        """Return probabilities (1+K, H, W) at the video's resolution, background first."""
        array: NDArray[np.float32] = self.geometry.to_video(self.soft.float()).cpu().numpy()
        return array

    def index_mask(self) -> NDArray[np.int32]:
        """Return each pixel's most probable object by name, 0 for the background, (H, W) int32."""
        best = self.geometry.to_video(self.soft[:1].float())[0].clone()
        index = torch.zeros(best.shape, dtype=torch.int32, device=best.device)
        resized = best.shape != self.soft.shape[-2:]
        # One object at a time, so that many objects in a large frame stay within memory.
        for name, soft in zip(self.objects, self.soft[1:], strict=True):
            part = _EVERYWHERE if self.within is None or resized else self.within[name]
            probability = self.geometry.to_video(soft[None].float())[0][part]
            better = probability > best[part]
            best[part] = best[part].maximum(probability)
            index[part].masked_fill_(better, name)
        array: NDArray[np.int32] = index.cpu().numpy()
        for name, mask in self.given.items():
            array[(array == name) & ~mask] = 0
        for name, mask in self.given.items():
            array[mask] = name
        return array

    def masks(self) -> dict[int, Mask]:
        """Return each object's mask, (H, W); where a person's masks overlap, so do these."""
        index = self.index_mask()
        return {name: self.given.get(name, index == name) for name in self.objects}

    def confidence(self) -> dict[int, float]:
        """Return how good each object's mask probably is, in [0, 1]: near its true intersection over union.

        The area where the object is almost certain as a share of that where it is possible at all: the same
        mask, were the network asked to be strict or to be generous. Where the object is possible nowhere,
        how far even its best pixel is from being the object. A mask that a person gave is certain.
        """
        found = dict.fromkeys(self.objects, 1.0)
        looked_at = {
            name: whole if self.within is None else whole[self.within[name]]
            for name, whole in zip(self.objects, self.soft[1:], strict=True)
            if name not in self.given
        }
        # Counted together, so that a device is waited for once.
        counts = [(soft > level).sum() for soft in looked_at.values() for level in (POSSIBLE, CERTAIN)]
        counted = iter(torch.stack(counts).tolist() if counts else [])
        for (name, soft), possible, certain in zip(looked_at.items(), counted, counted, strict=True):
            if possible:
                found[name] = certain / possible
            else:
                found[name] = 1 - float(soft.max()) if soft.numel() else 1.0
        return found

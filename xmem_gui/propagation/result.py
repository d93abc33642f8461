"""What the engine says of one frame."""

from collections.abc import Callable, Mapping
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

Fetch = Callable[[Tensor], Callable[[], Tensor]]
"""Begins to bring a tensor to the host; what it returns waits until it is there, and returns it."""


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
    on_host
        What the index mask and the confidence are made of, where it was brought to the host; see `arriving`.
    """

    frame: int
    objects: tuple[int, ...]
    soft: Tensor
    geometry: Geometry
    given: Mapping[int, Mask] = field(default_factory=dict)
    descriptor: Tensor | None = None
    within: Mapping[int, tuple[slice, slice]] | None = None
    on_host: tuple[Tensor, Tensor] | None = None

    def with_soft(self, soft: Tensor) -> "FrameResult":
        """Return the result with other probabilities, of which nothing else is known."""
        return replace(self, soft=soft, within=None, on_host=None)

    def arriving(self, fetch: Fetch) -> Callable[[], "FrameResult"]:
        """Begin to bring to the host what is asked of a result, but its probabilities.

        What is returned waits until it is there, and returns the result with it. Asked for it only then, a
        device would first do what it was given to do meanwhile.
        """
        look = None if self.descriptor is None else fetch(self.descriptor)
        index, counts = fetch(self._index()), fetch(self._counts())

        def arrived() -> FrameResult:
            return replace(self, descriptor=look and look(), on_host=(index(), counts()))

        return arrived

    def probabilities(self) -> NDArray[np.float32]:
        """Return probabilities (1+K, H, W) at the video's resolution, background first."""
        array: NDArray[np.float32] = self.geometry.to_video(self.soft.float()).cpu().numpy()
        return array

    def index_mask(self) -> NDArray[np.int32]:
        """Return each pixel's most probable object by name, 0 for the background, (H, W) int32."""
        index = self._index().cpu() if self.on_host is None else self.on_host[0].clone()
        array: NDArray[np.int32] = index.numpy()
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
        counts = self._counts() if self.on_host is None else self.on_host[1]
        for (name, soft), (possible, certain) in zip(self._looked_at().items(), counts.tolist(), strict=True):
            if possible:
                found[name] = certain / possible
            else:
                found[name] = 1 - float(soft.max()) if soft.numel() else 1.0
        return found

    def _index(self) -> Tensor:
        """Return the index mask without what was given, (H, W) int32, on the device."""
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
        return index

    def _looked_at(self) -> dict[int, Tensor]:
        """Return the probabilities of objects whose mask was not given, where they can be."""
        return {
            name: whole if self.within is None else whole[self.within[name]]
            for name, whole in zip(self.objects, self.soft[1:], strict=True)
            if name not in self.given
        }

    def _counts(self) -> Tensor:
        """Return in how many pixels each of them is possible and certain, (n, 2), on the device."""
        levels = (POSSIBLE, CERTAIN)
        counts = [torch.count_nonzero(soft > one) for soft in self._looked_at().values() for one in levels]
        # Together, so that a device is waited for once.
        return torch.stack(counts).view(-1, 2) if counts else self.soft.new_zeros(0, 2)

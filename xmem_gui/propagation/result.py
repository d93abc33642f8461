"""What the engine says of one frame."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.propagation.geometry import Geometry


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
        What the frame looks like to the network, (D,), whatever the objects; see `describing`.
    """

    frame: int
    objects: tuple[int, ...]
    soft: Tensor
    geometry: Geometry
    given: Mapping[int, NDArray[np.bool_]] = field(default_factory=dict)
    descriptor: Tensor | None = None

    def probabilities(self) -> NDArray[np.float32]:
        """Return probabilities (1+K, H, W) at the video's resolution, background first."""
        array: NDArray[np.float32] = self.geometry.to_video(self.soft.float()).cpu().numpy()
        return array

    def index_mask(self) -> NDArray[np.int32]:
        """Return each pixel's most probable object by name, 0 for the background, (H, W) int32."""
        best = self.geometry.to_video(self.soft[:1].float())[0]
        index = np.zeros(best.shape, np.int32)
        # One object at a time, so that many objects in a large frame stay within memory.
        for name, soft in zip(self.objects, self.soft[1:], strict=True):
            probability = self.geometry.to_video(soft[None].float())[0]
            better = probability > best
            best = best.maximum(probability)
            index[better.cpu().numpy()] = name
        for name, mask in self.given.items():
            index[(index == name) & ~mask] = 0
        for name, mask in self.given.items():
            index[mask] = name
        return index

    def masks(self) -> dict[int, NDArray[np.bool_]]:
        """Return each object's mask, (H, W); where a person's masks overlap, so do these."""
        index = self.index_mask()
        return {name: self.given.get(name, index == name) for name in self.objects}

    def confidence(self) -> dict[int, float]:
        """Return how sure the network is of each object, in [0, 1].

        The mean probability where the object is most probable; where it is nowhere so, how far even its
        best pixel is from being the object. A mask that a person gave is certain.
        """
        winner = self.soft.argmax(0)
        found: dict[int, float] = {}
        for position, name in enumerate(self.objects, start=1):
            if name in self.given:
                found[name] = 1.0
                continue
            inside = winner == position
            probability = self.soft[position]
            found[name] = float(probability[inside].mean() if bool(inside.any()) else 1 - probability.max())
        return found

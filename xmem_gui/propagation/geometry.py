"""Between the video's resolution and the network's: resizing and padding, there and back."""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.arrays import Mask
from xmem_gui.model import normalize_image, normalize_interleaved
from xmem_gui.propagation.windows import CELL, Window


@dataclass(frozen=True)
class Geometry:
    """How frames of one size are given to the network.

    Parameters
    ----------
    height, width
        Of the video, in pixels.
    size
        The network's shorter side; a smaller video is not enlarged. None keeps the video's size.
    enlarge
        Whether a smaller video is enlarged, as some protocols of evaluation want it.
    """

    height: int
    width: int
    size: int | None = None
    enlarge: bool = False

    @property
    def inner(self) -> tuple[int, int]:
        """Height and width after resizing, before padding."""
        shorter = min(self.height, self.width)
        if self.size is None or shorter == self.size or (shorter < self.size and not self.enlarge):
            return self.height, self.width
        scale = self.size / shorter
        return max(1, round(self.height * scale)), max(1, round(self.width * scale))

    @property
    def padding(self) -> tuple[int, int, int, int]:
        """Zeros added left, right, top and bottom; the odd one is on the right or at the bottom."""
        h, w = self.inner
        dh, dw = -h % CELL, -w % CELL
        return dw // 2, dw - dw // 2, dh // 2, dh - dh // 2

    def image(self, rgb: NDArray[np.uint8], device: torch.device) -> Tensor:
        """Turn a frame (H, W, 3) into the network's input (1, 3, h, w), channels last."""
        # A copy, for frames from a cache are read-only, which torch does not take.
        frame = torch.from_numpy(np.array(rgb, order="C")).to(device)
        if self.inner != (self.height, self.width):
            return self.input_of(frame.permute(2, 0, 1).contiguous())
        left, right, top, bottom = self.padding
        padded = F.pad(normalize_interleaved(frame), (0, 0, left, right, top, bottom))
        return padded[None].permute(0, 3, 1, 2)

    def input_of(self, planes: Tensor) -> Tensor:
        """Turn a frame's colours (3, H, W), uint8, into the network's input (1, 3, h, w), channels last."""
        image = normalize_image(planes)[None]
        if self.inner != (self.height, self.width):
            image = F.interpolate(image, self.inner, mode="bilinear", align_corners=False)
        return F.pad(image, self.padding).contiguous(memory_format=torch.channels_last)

    def mask(self, mask: Mask | NDArray[np.float32], device: torch.device) -> Tensor:
        """Turn a mask (H, W), bool or in [0, 1], into the network's (h, w), float in [0, 1]."""
        soft = torch.from_numpy(np.ascontiguousarray(mask, dtype=np.float32)).to(device)[None, None]
        if self.inner != (self.height, self.width):
            soft = F.interpolate(soft, self.inner, mode="bilinear", align_corners=False, antialias=True)
        return F.pad(soft, self.padding)[0, 0]

    def unpad(self, maps: Tensor) -> Tensor:
        """Cut (..., h, w) as the network computes it to the resized frame."""
        left, _, top, _ = self.padding
        h, w = self.inner
        return maps[..., top : top + h, left : left + w]

    def unpadded(self, window: Window) -> tuple[slice, slice]:
        """Return a window's rows and columns in maps that `unpad` has cut."""
        left, _, top, _ = self.padding
        h, w = self.inner
        ends = CELL * (window.top + window.height) - top, CELL * (window.left + window.width) - left
        starts = CELL * window.top - top, CELL * window.left - left
        return slice(max(starts[0], 0), max(min(ends[0], h), 0)), slice(
            max(starts[1], 0), max(min(ends[1], w), 0)
        )

    def to_video(self, maps: Tensor) -> Tensor:
        """Bring (K, h, w), unpadded, to the video's resolution, (K, H, W)."""
        if maps.shape[-2:] == (self.height, self.width):
            return maps
        return F.interpolate(maps[None], (self.height, self.width), mode="bilinear", align_corners=False)[0]

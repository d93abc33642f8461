"""The compact click model as a segmenter: for a computer without a GPU, and without a download."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from xmem_gui.arrays import Floats, Mask, RgbImage, Size, as_rgb
from xmem_gui.interaction.prompt_maps import prompt_maps
from xmem_gui.interaction.prompts import Prompts
from xmem_gui.interaction.zoom import Crop, choose_crop
from xmem_gui.model import ClickFeatures, ClickNet, normalize_image, prepared
from xmem_gui.model.click import STRIDE

SIDE = 384
"""The network sees about SIDE * SIDE pixels, in the picture's own proportions."""

GLANCE_SIDE = 256
"""Of the first, quick look at the whole picture, which finds out where the object is."""

_LONGEST = 1024
_CROPS_KEPT = 3

_Kept = OrderedDict[tuple[Crop, Size], ClickFeatures]


class CompactSegmenter:
    """The compact click model on a device.

    Parameters
    ----------
    network
        The compact click network, with its weights.
    device
        The torch device that the network runs on.
    name
        Tells this model and its version from others; part of a cache's key.
    zoom
        Whether small objects are looked at closely; turned off only to measure what that gains.
    """

    def __init__(
        self, network: ClickNet, device: torch.device, *, name: str = "compact-click", zoom: bool = True
    ) -> None:
        self._network = prepared(network, device)
        self._device = device
        self._name = name
        self._zoom = zoom

    @property
    def name(self) -> str:
        """Which model it is."""
        return self._name

    def prepare(self, image: RgbImage) -> CompactPrepared:
        """Compute an image's features; any kind of image that `as_rgb` takes will do."""
        return CompactPrepared(self._network, as_rgb(image), self._device, zoom=self._zoom)


class CompactPrepared:
    """An image with the features of the whole and of the parts looked at lately.

    The part is chosen from the mask before and the prompts, and kept while the object fits into it: so the
    same arguments may give slightly different masks, depending on what was asked before.
    """

    def __init__(self, network: ClickNet, image: RgbImage, device: torch.device, *, zoom: bool) -> None:
        self._network = network
        self._image = image
        self._device = device
        self._zoom = zoom
        self._size: Size = (image.shape[0], image.shape[1])
        self._whole = Crop.whole(self._size)
        self._of_whole: _Kept = OrderedDict()
        self._of_crops: _Kept = OrderedDict()
        self._last: Crop | None = None
        for side in (GLANCE_SIDE, SIDE):
            self._features(self._whole, input_size(self._size, side=side))

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it holds."""
        kept = [*self._of_whole.values(), *self._of_crops.values()]
        return self._image.nbytes + sum(x.numel() * x.element_size() for features in kept for x in features)

    def predict(self, prompts: Prompts, previous_mask: Mask | Floats | None = None) -> Floats:
        """Return the probability (H, W) that each pixel is in the object, as `PreparedImage.predict`."""
        prompts = prompts.clipped(self._size)
        before = None if previous_mask is None else previous_mask.astype(np.float32, copy=False)
        if prompts.is_empty:
            return np.zeros(self._size, np.float32) if before is None else before.copy()
        if before is None or not (before > 0.5).any():
            before = self._look(self._whole, prompts, None, side=GLANCE_SIDE)
        crop = self._choose(before, prompts)
        seen = self._look(crop, prompts, before, side=SIDE)
        self._last = crop
        probability = np.zeros(self._size, np.float32)
        probability[crop.pixels] = seen
        return prompts.obeyed(probability)

    def _choose(self, before: Floats, prompts: Prompts) -> Crop:
        return choose_crop(before > 0.5, prompts, kept=self._last) if self._zoom else self._whole

    @torch.inference_mode()
    def _look(self, crop: Crop, prompts: Prompts, before: Floats | None, *, side: int) -> Floats:
        """Return the probability (h, w) of a crop's pixels; the mask before is of the whole image."""
        height, width = input_size(crop.size, side=side)
        features = self._features(crop, (height, width))
        scale = width / crop.size[1], height / crop.size[0]
        maps = prompt_maps(prompts, (height, width), origin=(crop.x0, crop.y0), scale=scale)
        mask = np.zeros((height, width), np.float32)
        if before is not None:
            mask = resized(before[crop.pixels], (height, width))
        given = torch.from_numpy(np.concatenate([maps, mask[None]]))[None].to(self._device)
        logits = self._network(features, given.contiguous(memory_format=torch.channels_last))
        return resized(logits.sigmoid()[0, 0].cpu().numpy(), crop.size)

    @torch.inference_mode()
    def _features(self, crop: Crop, size: Size) -> ClickFeatures:
        """Return a crop's features at a size, kept from before if they are here."""
        kept = self._of_whole if crop == self._whole else self._of_crops
        key = crop, size
        if key not in kept:
            small = resized(self._image[crop.pixels], size)
            # A copy, for a frame from a cache is read-only, which torch does not take.
            rgb = torch.tensor(small, device=self._device).permute(2, 0, 1)[None]
            image = normalize_image(rgb).contiguous(memory_format=torch.channels_last)
            kept[key] = self._network.encode(image)
            if len(self._of_crops) > _CROPS_KEPT:
                self._of_crops.popitem(last=False)
        kept.move_to_end(key)
        return kept[key]


def input_size(size: Size, *, side: int) -> Size:
    """Return the size (H, W) at which the network sees a picture of a size: about ``side * side`` pixels."""
    scale = side / math.sqrt(size[0] * size[1])
    height, width = (min(max(round(side * scale / STRIDE), 1) * STRIDE, _LONGEST) for side in size)
    return height, width


def resized(picture: NDArray[Any], size: Size) -> NDArray[Any]:
    """Return a picture or map at another size (H, W), averaged where it gets smaller."""
    if picture.shape[:2] == size:
        return picture
    smaller = size[0] * size[1] < picture.shape[0] * picture.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    result: NDArray[Any] = cv2.resize(picture, (size[1], size[0]), interpolation=how)
    return result

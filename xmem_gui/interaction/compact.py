"""The compact click model as a segmenter: for a computer without a GPU, and without a download."""

from __future__ import annotations

import math
from collections import OrderedDict
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from xmem_gui.interaction.arrays import Image, Size, as_rgb
from xmem_gui.interaction.prompt_maps import prompt_maps
from xmem_gui.interaction.prompts import Prompts
from xmem_gui.interaction.zoom import Crop, choose_crop
from xmem_gui.model import ClickFeatures, ClickNet, normalize_image, prepared
from xmem_gui.model.click import STRIDE

SIDE = 384
"""The network sees about SIDE * SIDE pixels, in the picture's own proportions."""

_LONGEST = 1024
_CROPS_KEPT = 3

Floats = NDArray[np.float32]


class CompactSegmenter:
    """The compact click model on a device.

    Parameters
    ----------
    network
        As loaded.
    device
        Where it shall run.
    name
        Which model it is.
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

    def prepare(self, image: Image) -> CompactPrepared:
        """Compute an image's features; any kind of image that `as_rgb` takes will do."""
        return CompactPrepared(self._network, as_rgb(image), self._device, zoom=self._zoom)


class CompactPrepared:
    """An image with the features of the whole and of the parts looked at lately.

    The part is chosen from the mask before and the prompts, and kept while the object fits into it: so the
    same arguments may give slightly different masks, depending on what was asked before.
    """

    def __init__(self, network: ClickNet, image: Image, device: torch.device, *, zoom: bool) -> None:
        self._network = network
        self._image = image
        self._device = device
        self._zoom = zoom
        self._size: Size = (image.shape[0], image.shape[1])
        self._whole = Crop.whole(self._size)
        self._crops: OrderedDict[Crop, ClickFeatures] = OrderedDict()
        self._last: Crop | None = None
        self._features(self._whole)

    @property
    def nbytes(self) -> int:
        """Bytes of memory that it holds."""
        features = sum(x.numel() * x.element_size() for kept in self._crops.values() for x in kept)
        return int(features) + self._image.nbytes

    def predict(self, prompts: Prompts, previous_mask: NDArray[np.bool_] | Floats | None = None) -> Floats:
        """Return the probability (H, W) that each pixel is in the object, as `PreparedImage.predict`."""
        prompts = prompts.clipped(self._size)
        before = None if previous_mask is None else previous_mask.astype(np.float32, copy=False)
        if prompts.is_empty:
            return np.zeros(self._size, np.float32) if before is None else before.copy()
        if before is None or not (before > 0.5).any():
            crop, seen = self._whole, self._look(self._whole, prompts, None)
            closer = self._choose(seen, prompts)
            if closer != crop:
                crop, seen = closer, self._look(closer, prompts, seen)
        else:
            crop = self._choose(before, prompts)
            seen = self._look(crop, prompts, before)
        self._last = crop
        if crop == self._whole:
            return prompts.obeyed(seen)
        probability = np.zeros(self._size, np.float32)
        probability[crop.pixels] = seen
        return prompts.obeyed(probability)

    def _choose(self, before: Floats, prompts: Prompts) -> Crop:
        return choose_crop(before > 0.5, prompts, kept=self._last) if self._zoom else self._whole

    @torch.inference_mode()
    def _look(self, crop: Crop, prompts: Prompts, before: Floats | None) -> Floats:
        """Return the probability (h, w) of a crop's pixels; the mask before is of the whole image."""
        features = self._features(crop)
        height, width = input_size(crop.size)
        scale = width / crop.size[1], height / crop.size[0]
        maps = prompt_maps(prompts, (height, width), origin=(crop.x0, crop.y0), scale=scale)
        mask = np.zeros((height, width), np.float32)
        if before is not None:
            mask = resized(before[crop.pixels], (height, width))
        given = torch.from_numpy(np.concatenate([maps, mask[None]]))[None].to(self._device)
        logits = self._network(features, given.contiguous(memory_format=torch.channels_last))
        return resized(logits.sigmoid()[0, 0].cpu().numpy(), crop.size)

    @torch.inference_mode()
    def _features(self, crop: Crop) -> ClickFeatures:
        """Return a crop's features, kept from before if they are here; the whole image's always are."""
        if crop not in self._crops:
            small = resized(self._image[crop.pixels], input_size(crop.size))
            rgb = torch.from_numpy(small).to(self._device).permute(2, 0, 1)[None]
            image = normalize_image(rgb).contiguous(memory_format=torch.channels_last)
            self._crops[crop] = self._network.encode(image)
            if len(self._crops) > 1 + _CROPS_KEPT:
                self._crops.popitem(last=False)
        self._crops.move_to_end(crop)
        self._crops.move_to_end(self._whole)
        return self._crops[crop]


def input_size(size: Size) -> Size:
    """Return the size (H, W) at which the network sees a picture of a size."""
    scale = SIDE / math.sqrt(size[0] * size[1])
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

"""segment-anything (Kirillov et al. 2023) as a segmenter: the networks of the PyPI package, our prompts."""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from PIL import Image as Pictures
from torch import Tensor

from xmem_gui.arrays import Probability, RgbImage, Size, as_rgb
from xmem_gui.device import autocast, cuda_half, enough_memory
from xmem_gui.errors import MaskError
from xmem_gui.interaction.prompts import Box, Prompts, Stroke

_SIDE = 1024
"""Longer side, in pixels, at which the image encoder sees a picture; the rest of the square is padding."""
_LOW = 256
"""Side of the mask that goes in and of those that come out: the same square at a quarter."""
_STEP = 0.05
"""Share of the picture's longer side between two points of a stroke, ..."""
_MOST = 8
"""... of which it gets no more than this."""
_SURE = 1e-4
"""A mask goes in as logits: of probabilities no nearer to 0 and 1 than this."""

Places = NDArray[np.float32]
"""(N, 2), x and y in pixels of the picture."""


class SamSegmenter:
    """One of segment-anything's networks on a device.

    Parameters
    ----------
    network : segment_anything.modeling.Sam
        As `load_sam` returns it; it is moved to the device.
    device : torch.device
        On CUDA the image encoder runs in bfloat16 or float16, everything else in float32.
    name : str
        Tells its features from those of other networks.

    Raises
    ------
    DeviceMemoryError
        If the device has no room for the network.
    """

    def __init__(self, network: Any, device: torch.device, *, name: str) -> None:
        self._name = name
        self._device = device
        with enough_memory(device, what="the segment-anything model"), torch.inference_mode():
            self._network = network.to(device)
            # As the decoder's tokens lie in memory, which is faster than torch's default.
            self._network.mask_decoder.output_upscaling.to(memory_format=torch.channels_last)
            self._places: Tensor = self._network.prompt_encoder.get_dense_pe()

    @property
    def name(self) -> str:
        """Which model it is."""
        return self._name

    def prepare(self, image: RgbImage) -> SamImage:
        """Encode an image (H, W, 3), or any other that `as_rgb` takes.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        """
        picture = as_rgb(image)
        size = picture.shape[0], picture.shape[1]
        height, width = _inner(size)
        small = Pictures.fromarray(picture).resize((width, height), Pictures.Resampling.BILINEAR)
        with enough_memory(self._device, what="an image's features"), torch.inference_mode():
            pixels = torch.from_numpy(np.array(small)).to(self._device).permute(2, 0, 1)
            with self._autocast():
                features = self._network.image_encoder(self._network.preprocess(pixels[None]))
            return SamImage(self._network, self._places, features.float(), size)

    def _autocast(self) -> AbstractContextManager[Any]:
        return autocast(self._device, cuda_half() if self._device.type == "cuda" else torch.float32)


class SamImage:
    """An encoded image: all that predictions need, so that nothing in the network changes.

    Parameters
    ----------
    network : segment_anything.modeling.Sam
        The network that encoded the image.
    places : (1, C, 64, 64)
        The network's position encoding.
    features : (1, C, 64, 64)
        The image's features.
    size : (H, W)
        Size of the image in pixels.
    """

    def __init__(self, network: Any, places: Tensor, features: Tensor, size: Size) -> None:
        self._network = network
        self._places = places
        self._features = features
        self._size = size

    @property
    def nbytes(self) -> int:
        """Bytes that the features hold."""
        return self._features.nbytes

    def predict(
        self, prompts: Prompts, previous_mask: NDArray[np.bool_] | Probability | None = None
    ) -> Probability:
        """Return the probability (H, W) that each pixel is in the object (`PreparedImage.predict`).

        Only negative prompts and no mask to take them from: nothing is in the object.

        Raises
        ------
        DeviceMemoryError
            If the device has not enough memory.
        MaskError
            If the previous mask is not of the image's size.
        """
        before = None if previous_mask is None else _as_probability(previous_mask, self._size)
        said = prompts.clipped(self._size)
        if said.is_empty or (before is None and not _says_where(said)):
            return np.zeros(self._size, np.float32) if before is None else before.copy()
        with enough_memory(self._features.device, what="a prediction"), torch.inference_mode():
            labelled = [_clicks(said), *_stroke_points(said, self._size)]
            logits, quality = self._decode(labelled, said, _mask_input(said, before, self._size))
            if before is None and len(said.points) + len(said.strokes) + (said.box is not None) == 1:
                # The first of four answers is for prompts that leave no doubt, the others for those that do.
                logits, quality = logits[1:], quality[1:]
            chosen = _best(logits.cpu().numpy(), quality.tolist(), labelled, said.box, self._size)
            probability = self._at_full_size(logits[chosen])
        return said.obeyed(probability)

    def _decode(
        self, labelled: list[_Labelled], said: Prompts, mask: Probability | None
    ) -> tuple[Tensor, Tensor]:
        """Return the logits (4, 256, 256) and the predicted quality (4,) of all four answers."""
        network, device = self._network, self._features.device
        points = torch.from_numpy(np.concatenate([one.places for one in labelled])).to(device)
        labels = torch.from_numpy(np.concatenate([one.labels for one in labelled])).to(device)
        box = None
        if said.box is not None:
            box = torch.tensor([[said.box.x0, said.box.y0, said.box.x1, said.box.y1]], device=device)
        sparse, dense = network.prompt_encoder(
            points=(self._scaled(points)[None], labels[None]) if len(points) else None,
            boxes=None if box is None else self._scaled(box.reshape(2, 2)).reshape(1, 4),
            masks=None if mask is None else torch.from_numpy(mask).to(device)[None, None],
        )
        logits, quality = network.mask_decoder.predict_masks(
            image_embeddings=self._features,
            image_pe=self._places,
            sparse_prompt_embeddings=sparse,
            dense_prompt_embeddings=dense,
        )
        return logits[0], quality[0]

    def _scaled(self, places: Tensor) -> Tensor:
        """Return places (N, 2) in the encoder's picture, counted from pixel centres."""
        height, width = _inner(self._size)
        scale = torch.tensor([width / self._size[1], height / self._size[0]], device=places.device)
        return places.float() * scale - 0.5

    def _at_full_size(self, logits: Tensor) -> Probability:
        height, width = _inner(self._size)
        square = F.interpolate(logits[None, None], (_SIDE, _SIDE), mode="bilinear", align_corners=False)
        whole = F.interpolate(square[..., :height, :width], self._size, mode="bilinear", align_corners=False)
        probability: Probability = whole[0, 0].sigmoid().cpu().numpy()
        return probability


class _Labelled:
    """Places that one or several prompts say something of.

    Parameters
    ----------
    places : (N, 2) float32
        In pixels of the picture.
    labels : (N,) float32
        1 in the object, 0 not in it.
    """

    def __init__(self, places: list[tuple[float, float]], labels: list[bool]) -> None:
        self.places: Places = np.array(places, np.float32).reshape(-1, 2)
        self.labels: NDArray[np.float32] = np.array(labels, np.float32)


def _inner(size: Size) -> Size:
    """Return height and width of the picture in the encoder's square."""
    scale = _SIDE / max(size)
    return max(int(size[0] * scale + 0.5), 1), max(int(size[1] * scale + 0.5), 1)


def _says_where(prompts: Prompts) -> bool:
    return (
        prompts.box is not None
        or any(point.positive for point in prompts.points)
        or any(stroke.positive for stroke in prompts.strokes)
    )


def _as_probability(mask: NDArray[Any], size: Size) -> Probability:
    if mask.shape != size:
        raise MaskError(f"The previous mask is {mask.shape} pixels high and wide, but the image {size}.")
    return np.asarray(mask, np.float32)


def _clicks(prompts: Prompts) -> _Labelled:
    """Return each point; of several in one pixel, the last."""
    last = {(int(point.x), int(point.y)): point for point in prompts.points}
    return _Labelled([(one.x, one.y) for one in last.values()], [one.positive for one in last.values()])


def _stroke_points(prompts: Prompts, size: Size) -> list[_Labelled]:
    """Return points spread evenly along each stroke, without those that another prompt contradicts."""
    if not prompts.strokes:
        return []
    labels = prompts.labels(size)
    found = []
    for stroke in prompts.strokes:
        places = [
            (float(x), float(y))
            for x, y in _spread(stroke, _STEP * max(size))
            if 0 <= x < size[1]
            and 0 <= y < size[0]
            and labels[int(y), int(x)] == (1 if stroke.positive else -1)
        ]
        found.append(_Labelled(places, [stroke.positive] * len(places)))
    return found


def _spread(stroke: Stroke, step: float) -> NDArray[np.float64]:
    """Return points (N, 2) in the middle of equal parts of a stroke."""
    points = stroke.points
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = min(_MOST, 1 + int(along[-1] / step))
    at = (np.arange(count) + 0.5) / count * along[-1]
    return np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)


def _mask_input(prompts: Prompts, before: Probability | None, size: Size) -> Probability | None:
    """Return the logits (256, 256) of the mask so far and what strokes cover; None if there are neither."""
    if before is None:
        if not prompts.strokes:
            return None
        before = np.full(size, 0.5, np.float32)
    known = prompts.obeyed(before)
    height, width = _inner(size)
    smaller = cv2.resize(known, (width, height), interpolation=cv2.INTER_AREA)
    square = np.zeros((_SIDE, _SIDE), np.float32)
    square[:height, :width] = smaller
    low = np.clip(cv2.resize(square, (_LOW, _LOW), interpolation=cv2.INTER_AREA), _SURE, 1 - _SURE)
    logits: Probability = np.log(low / (1 - low)).astype(np.float32)
    return logits


def _best(
    logits: NDArray[np.float32], quality: list[float], prompts: list[_Labelled], box: Box | None, size: Size
) -> int:
    """Return which mask (K, 256, 256) obeys the prompts best; of equals, the one of the best quality."""
    scale = np.array(_inner(size)[::-1]) / size[::-1] * (_LOW / _SIDE)

    def obedience(inside: NDArray[np.bool_]) -> float:
        shares: list[float] = []
        for one in prompts:
            column, row = np.minimum((one.places * scale).astype(int), _LOW - 1).T
            obeyed = inside[row, column] == (one.labels > 0)
            shares += obeyed.tolist() if one is prompts[0] else [float(obeyed.mean())] if len(obeyed) else []
        if box is not None:
            shares.append(_share_in(inside, np.array([[box.x0, box.y0], [box.x1, box.y1]]) * scale))
        return round(float(np.mean(shares)), 2) if shares else 0.0

    return max(range(len(logits)), key=lambda one: (obedience(logits[one] > 0), quality[one]))


def _share_in(inside: NDArray[np.bool_], corners: NDArray[np.float64]) -> float:
    """Return which share of a mask lies in a box."""
    (left, top), (right, bottom) = np.floor(corners[0]).astype(int), np.ceil(corners[1]).astype(int)
    whole = int(np.count_nonzero(inside))
    return int(np.count_nonzero(inside[top:bottom, left:right])) / whole if whole else 0.0

"""How segment-anything's decoders are told prompts, and which of their answers is taken."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Probability, Size
from xmem_gui.errors import MaskError
from xmem_gui.interaction.prompts import Box, Prompts, Stroke

SQUARE = 1024
"""Side, in pixels, of the square in which an image encoder sees a picture."""
LOW_SIDE = 256
"""Side of the mask that goes in and of those that come out: the same square at a quarter."""
_STEP = 0.05
"""Share of the picture's longer side between two points of a stroke, ..."""
_MOST = 8
"""... of which it gets no more than this."""
_SURE = 1e-4
"""A mask goes in as logits: of probabilities no nearer to 0 and 1 than this."""

Places = NDArray[np.float32]
"""(N, 2), x and y in pixels of the picture."""


class LabelledPlaces:
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


def says_where(prompts: Prompts) -> bool:
    """Tell whether any prompt says what is in the object, not only what is not."""
    return (
        prompts.box is not None
        or any(point.positive for point in prompts.points)
        or any(stroke.positive for stroke in prompts.strokes)
    )


def given_probability(mask: NDArray[Any], size: Size) -> Probability:
    """Return a mask (H, W), or its probability, as a probability; raises MaskError if it is not of a size."""
    if mask.shape != size:
        raise MaskError(f"The previous mask is {mask.shape} pixels high and wide, but the image {size}.")
    return np.asarray(mask, np.float32)


def click_places(prompts: Prompts) -> LabelledPlaces:
    """Return each point; of several in one pixel, the last."""
    last = {(int(point.x), int(point.y)): point for point in prompts.points}
    return LabelledPlaces([(one.x, one.y) for one in last.values()], [one.positive for one in last.values()])


def stroke_points(prompts: Prompts, size: Size) -> list[LabelledPlaces]:
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
        found.append(LabelledPlaces(places, [stroke.positive] * len(places)))
    return found


def _spread(stroke: Stroke, step: float) -> NDArray[np.float64]:
    """Return points (N, 2) in the middle of equal parts of a stroke."""
    points = stroke.points
    steps = np.hypot(*np.diff(points, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    count = min(_MOST, 1 + int(along[-1] / step))
    at = (np.arange(count) + 0.5) / count * along[-1]
    return np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1)


def mask_input(prompts: Prompts, before: Probability | None, size: Size, inner: Size) -> Probability | None:
    """Return the logits (256, 256) of the mask so far and what strokes cover; None if there are neither.

    Parameters
    ----------
    prompts
        All prompts that count, in the picture's pixels.
    before : (H, W) or None
        The probability so far.
    size : (H, W)
        Size of the picture.
    inner : (H, W)
        Size that the picture has in the encoder's square.
    """
    if before is None:
        if not prompts.strokes:
            return None
        before = np.full(size, 0.5, np.float32)
    known = prompts.obeyed(before)
    height, width = inner
    smaller = cv2.resize(known, (width, height), interpolation=cv2.INTER_AREA)
    square = np.zeros((SQUARE, SQUARE), np.float32)
    square[:height, :width] = smaller
    low = np.clip(cv2.resize(square, (LOW_SIDE, LOW_SIDE), interpolation=cv2.INTER_AREA), _SURE, 1 - _SURE)
    logits: Probability = np.log(low / (1 - low)).astype(np.float32)
    return logits


def best_answer(
    logits: NDArray[np.float32],
    quality: list[float],
    prompts: list[LabelledPlaces],
    box: Box | None,
    scale: NDArray[np.float32],
) -> int:
    """Return which mask obeys the prompts best; of equals, the one of the best quality.

    Parameters
    ----------
    logits : (K, 256, 256)
        Answers of a decoder.
    quality
        What the decoder makes of each.
    prompts
        Clicks, and each stroke by itself.
    box
        That the mask should lie in, in the picture's pixels.
    scale : (2,)
        Pixels of an answer across and down, for one of the picture.
    """

    def obedience(inside: NDArray[np.bool_]) -> float:
        shares: list[float] = []
        for one in prompts:
            column, row = np.minimum((one.places * scale).astype(int), LOW_SIDE - 1).T
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

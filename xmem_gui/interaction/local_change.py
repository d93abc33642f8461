"""What of a network's answer a prompt may change: the part that is connected with it.

FocalClick (Chen et al., CVPR 2022, section 3.4) calls it progressive merge. It looks at arrays only: whoever
makes masks of prompts, with whatever network, asks here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from xmem_gui.arrays import Floats, Mask, Size
from xmem_gui.interaction.prompts import Point, Stroke
from xmem_gui.interaction.regions import bounds, within

_REACH = 0.004
"""How far a prompt reaches beyond itself, as a share of the picture's diagonal; at least `_LEAST` pixels."""
_LEAST = 2.0

LARGE = 0.05
"""A prompt that turns more than this share of the mask finds the object anew."""

RESTLESS = 0.03
"""An answer that turns no more than this share elsewhere has found the object."""

SPOT = 0.01
"""A hole of no more than this share of the mask is a spot."""

_SOFT = 2
"""Pixels around a change whose probabilities come with it, where they do not turn."""


@dataclass(frozen=True, slots=True, eq=False)
class Merged:
    """A mask after one more prompt.

    Attributes
    ----------
    probability : (H, W) float32
        0 to 1; where nothing changes, as it was to the bit.
    own : (H, W) bool
        The pixels at the prompt that it has turned to what it says.
    found : bool
        Whether the object is found; if not, pixels elsewhere may have changed too.
    """

    probability: Floats
    own: Mask
    found: bool


def reach(size: Size) -> float:
    """Return how many pixels a prompt reaches beyond itself, in a picture of a size (H, W)."""
    return max(_REACH * math.hypot(*size), _LEAST)


def touch(prompt: Point | Stroke, size: Size, *, share: float = 1.0) -> Mask:
    """Return the pixels (H, W) that a prompt touches: those it covers, and what is within its reach.

    ``share`` makes the reach shorter, but not below `_LEAST` pixels.
    """
    height, width = size
    if isinstance(prompt, Stroke):
        covered = prompt.patch(size).to_mask(size)
    else:
        covered = np.zeros(size, np.bool_)
        covered[min(int(prompt.y), height - 1), min(int(prompt.x), width - 1)] = True
    far = max(share * reach(size), _LEAST)
    box = bounds(covered, margin=far)
    if box is not None:
        covered[box] = within(covered[box], far)
    return covered


def asks_for_nothing(mask: Mask, prompt: Point | Stroke) -> bool:
    """Whether a mask (H, W) is already as a prompt says, and around it too, half as far as it reaches."""
    near = touch(prompt, (mask.shape[0], mask.shape[1]), share=0.5)
    return bool(mask[near].all()) if prompt.positive else not mask[near].any()


def connected_part(region: Mask, near: Mask) -> Mask:
    """Return the parts (8-connected) of a region that have a pixel in another."""
    found = np.zeros_like(region)
    box = bounds(region)
    if box is not None and (region & near).any():
        part = np.ascontiguousarray(region[box]).view(np.uint8)
        count, labels = cv2.connectedComponents(part, connectivity=8)
        chosen = np.zeros(count, np.bool_)
        chosen[labels[near[box]]] = True
        chosen[0] = False
        found[box] = chosen[labels]
    return found


def merged(
    answer: Floats,
    before: Floats,
    prompt: Point | Stroke,
    *,
    near: Mask,
    fixed: Sequence[Mask] = (),
    found: bool = True,
    large: float = LARGE,
) -> Merged:
    """Return what a prompt makes of a mask, given a network's answer to all prompts.

    Of what the answer would turn to what the prompt says, the parts at the prompt are the prompt's own. They
    alone are taken once the object is found: when an answer has left the rest of the mask as it is. If they
    are large, the object is being found anew, and all of the answer is taken. What is fixed stays, but for
    those parts of it that the prompt touches.

    Parameters
    ----------
    answer, before : (H, W) float32
        The network's new answer and the mask before it, as probabilities from 0 to 1.
    prompt
        The prompt that was added last.
    near : (H, W) bool
        The pixels that the prompt touches.
    fixed : sequence of (H, W) bool
        Pixels that others have settled.
    found
        Whether the object was found before.
    large
        The share of the mask from which a change is large.
    """
    old, new = before >= 0.5, answer >= 0.5
    free = np.ones_like(old)
    for one in fixed:
        free &= ~one | connected_part(one, near)
    own = connected_part((new & ~old if prompt.positive else old & ~new) & free, near)
    elsewhere = np.count_nonzero((old != new) & ~own)
    found = found or bool(elsewhere <= RESTLESS * np.count_nonzero(old | new))
    found = found and bool(np.count_nonzero(own) <= large * np.count_nonzero(old))
    taken = free
    if found:
        edge = cv2.dilate(own.view(np.uint8), np.ones((2 * _SOFT + 1, 2 * _SOFT + 1), np.uint8)) > 0
        taken = own | (edge & (old == new) & free)
    return Merged(np.where(taken, answer, before), own, found)


def is_spot(own: Mask, old: Mask, prompt: Point | Stroke) -> bool:
    """Whether a negative prompt has only made a small hole in a mask: what is around it stays.

    Parameters
    ----------
    own, old : (H, W) bool
        What the prompt has turned, and the mask before it.
    prompt
        The prompt that was added last.
    """
    if prompt.positive or np.count_nonzero(own) > SPOT * np.count_nonzero(old):
        return False
    box = bounds(own, margin=2)
    if box is None:
        return True
    around = cv2.dilate(own[box].view(np.uint8), np.ones((3, 3), np.uint8)) > 0
    return bool(old[box][around].all())

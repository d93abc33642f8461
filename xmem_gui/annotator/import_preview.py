"""What each way to number an import would mean, as pictures: one mask on the frame that it would go to."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask, Picture
from xmem_gui.errors import XmemGuiError
from xmem_gui.formats import ImportedMask, ImportPlan
from xmem_gui.formats.annotation import palette_colour
from xmem_gui.formats.overlay_look import overlay
from xmem_gui.video import FrameSource

_LOOKED_AT = 8
"""Masks that are read to find one that is not empty."""
_AROUND = 0.5
"""How much is shown on each side of a mask, in widths and heights of it."""
_LEAST = 96
"""Rows that are shown at least."""
_ASPECT = 1.5
"""Width of a picture for its height."""


def numbering_previews(video: FrameSource, plan: ImportPlan) -> dict[int, Picture]:
    """Return by first number a picture (H, W, 3) RGB of one mask on its frame, near the mask.

    None for a plan without a question. What has no picture is left out: a mask may lie outside the video, or
    a file be damaged.
    """
    question = plan.question
    found = None if question is None else _one_mask(replace(plan, question=None))
    if question is None or found is None:
        return {}
    mask = found.mask()
    rows, columns = _near(mask)
    number = found.frame + question.answers[0].first_number
    pictures = {}
    for answer in question.answers:
        frame = number - answer.first_number
        if not 0 <= frame < len(video):
            continue
        try:
            picture = overlay(video.frame(frame), [(palette_colour(1), found.rle)])
        except XmemGuiError:
            continue
        pictures[answer.first_number] = np.ascontiguousarray(picture[rows, columns])
    return pictures


def _one_mask(plan: ImportPlan) -> ImportedMask | None:
    """Return the first of a plan's first few masks that is not empty."""
    try:
        masks: Iterable[ImportedMask] = plan.read(unexpected="repair")
        return next((one for one in islice(masks, _LOOKED_AT) if one.rle.area), None)
    except XmemGuiError:
        return None


def _near(mask: Mask) -> tuple[slice, slice]:
    """Return the rows and columns around a mask, as wide for their height as there is room for."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    tall, wide = int(rows[-1] - rows[0]) + 1, int(columns[-1] - columns[0]) + 1
    shown = max(_LEAST, round((1 + 2 * _AROUND) * tall), round((1 + 2 * _AROUND) * wide / _ASPECT))
    return _span(rows, height, shown), _span(columns, width, round(shown * _ASPECT))


def _span(inside: NDArray[np.intp], size: int, shown: int) -> slice:
    """Return `shown` places with the middle of those inside in the middle, as far as there are so many."""
    low = (int(inside[0]) + int(inside[-1]) + 1 - shown) // 2
    low = max(0, min(low, size - shown))
    return slice(low, min(size, low + shown))

"""What each way to number an import would mean, as pictures: one mask on the frame that it would go to."""

from collections.abc import Iterable
from dataclasses import replace
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.overlay import overlay
from xmem_gui.errors import XmemGuiError
from xmem_gui.formats import ImportedMask, ImportPlan
from xmem_gui.formats.numbering import NumberingQuestion
from xmem_gui.video import FrameSource

Picture = NDArray[np.uint8]
_LOOKED_AT = 8
"""Masks that are read to find one that is not empty."""
_AROUND = 0.75
"""How much is shown around a mask, in widths and heights of it."""
_LEAST = 96
"""Pixels that are shown at least, each way."""


def numbering_previews(
    video: FrameSource, plan: ImportPlan, question: NumberingQuestion
) -> dict[int, Picture]:
    """Return by first number a picture (H, W, 3) RGB of one mask on its frame, near the mask.

    What has no picture is left out: a mask may lie outside the video, or a file be damaged.
    """
    found = _one_mask(replace(plan, question=None))
    if found is None or not question.answers:
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
            picture = overlay(video.frame(frame), mask.astype(np.uint8))
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


def _near(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """Return the rows and columns around a mask."""
    height, width = mask.shape
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return _span(rows, height), _span(columns, width)


def _span(inside: NDArray[np.intp], size: int) -> slice:
    low, high = int(inside[0]), int(inside[-1]) + 1
    room = max(round(_AROUND * (high - low)), (_LEAST - high + low) // 2)
    return slice(max(0, low - room), min(size, high + room))

"""Masks laid over their video, to be looked at."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from xmem_gui.annotator.given_masks import find_masks
from xmem_gui.formats.annotation import palette_colour
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.formats.overlay_look import overlay
from xmem_gui.formats.rle import encode
from xmem_gui.formats.timing import timed
from xmem_gui.outputs import Inputs, check_replaceable, mark
from xmem_gui.video import VideoWriter, open_source

OVERLAY = "overlay"
"""What the video says that it is; exports of that name say so too."""


def write_overlay(
    video: Path, masks: Path, out: Path, *, progress: Callable[[int, int], None] = lambda _, __: None
) -> Path:
    """Write a video of the frames that have a mask, overlaid (H.264); return its path.

    Raises
    ------
    XmemGuiError
        If the video, a mask or the output fails, or something that is no overlay of this program's stands
        there; nothing half written is left.
    """
    Inputs([video, masks]).check(out)
    check_replaceable(out, (OVERLAY,), overwrite=True)
    with open_source(video) as source:
        files = find_masks([str(masks)], source, first=0).files
        frames = sorted(files)
        size = (source.width, source.height)
        rate = Fraction(source.rate).limit_denominator(1001)
        timing = timed(frames, rate, source.timestamps.tolist())
        with VideoWriter(
            out, size=size, rate=timing.rate, time_base=timing.time_base, comment=mark(OVERLAY)
        ) as writer:
            for done, frame in enumerate(frames, start=1):
                index = read_index_mask(files[frame], size=size[::-1], objects=range(1, 256))
                shown = [
                    (palette_colour(number), encode(index == number))
                    for number in np.unique(index[index > 0]).tolist()
                ]
                writer.write(overlay(source.frame(frame), shown), time=timing.time(done - 1))
                progress(done, len(frames))
    return out

"""Masks laid over their video, to be looked at."""

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.given_masks import find_masks
from xmem_gui.formats.davis import DAVIS_PALETTE, read_index_mask
from xmem_gui.formats.timing import timed
from xmem_gui.outputs import Inputs, check_replaceable, mark
from xmem_gui.video import VideoWriter, open_source

OVERLAY = "overlay"
"""What the video says that it is; exports of that name say so too."""
_COLOURS = np.frombuffer(DAVIS_PALETTE, np.uint8).reshape(-1, 3)


def overlay(
    image: NDArray[np.uint8], index: NDArray[np.integer], *, opacity: float = 0.5
) -> NDArray[np.uint8]:
    """Colour an image's objects and draw their outlines.

    Parameters
    ----------
    image
        (H, W, 3) RGB.
    index
        Index mask (H, W), names up to 255.
    opacity
        Of the colours, from 0 to 1; outlines are always opaque.
    """
    colour = _COLOURS[index]
    mixed = np.where(index[..., None] > 0, image * (1 - opacity) + colour * opacity, image * 0.85)
    edge = np.zeros(index.shape, bool)
    edge[:, 1:] |= index[:, 1:] != index[:, :-1]
    edge[1:] |= index[1:] != index[:-1]
    # The outline lies on the object, not on the background beside it.
    mixed[edge & (index > 0)] = 255
    return mixed.astype(np.uint8)


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
                writer.write(overlay(source.frame(frame), index), time=timing.time(done - 1))
                progress(done, len(frames))
    return out

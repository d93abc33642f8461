"""A run over a range of frames in one direction, one result at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import Enum
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask
from xmem_gui.errors import XmemGuiError

if TYPE_CHECKING:
    from xmem_gui.propagation.engine import Engine
    from xmem_gui.propagation.result import FrameResult


class Frames(Protocol):
    """What a run needs of a video."""

    def __len__(self) -> int: ...

    def frame(self, index: int) -> NDArray[np.uint8]:
        """Return frame ``index`` as (H, W, 3) RGB."""
        ...


class Direction(str, Enum):
    """Which way a run goes."""

    FORWARD = "forward"
    BACKWARD = "backward"


def frames_of_run(start: int, stop: int, direction: Direction) -> range:
    """Return the frames that a run visits: from ``start`` to ``stop``, both included."""
    return range(start, stop + 1) if direction is Direction.FORWARD else range(start, stop - 1, -1)


def propagate(
    engine: Engine,
    video: Frames,
    frames: range,
    *,
    masks: Mapping[int, Mapping[int, Mask]],
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[FrameResult]:
    """Follow objects over frames, yielding each frame's result as soon as it is there.

    Call ``engine.start`` before the first run of a direction; without, the run goes on from where the
    engine stands.

    Parameters
    ----------
    engine
        What computes; its permanent memory is read from the first frame on.
    video
        The open video that frames are read from.
    frames
        The frames to visit, in order, as `frames_of_run` returns them.
    masks
        Known masks by frame and object; those of frames outside the run are not looked at.
    cancelled
        Asked before each frame; True ends the run.

    Raises
    ------
    XmemGuiError
        If there is nothing to follow: no mask on the first frame and nothing in memory.
    """
    if len(frames) and not engine.memory.objects and frames[0] not in masks:
        raise XmemGuiError(f"There is nothing to follow from frame {frames[0]}: give it a mask.")
    for frame in frames:
        if cancelled():
            return
        yield engine.step(frame, video.frame(frame), masks.get(frame), last=frame == frames[-1])

"""A lane reduced to as many parts as the timeline has pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xmem_gui.project.lanes import COMMITTED, PRESENT, Lane


@dataclass(frozen=True, slots=True, eq=False)
class LaneStrip:
    """One object over equal parts of a range of frames.

    Attributes
    ----------
    present : bool array of shape (N,)
        Whether the object is seen on some frame of a part.
    key : bool array of shape (N,)
        Whether some mask of it is committed.
    confidence : float32 array of shape (N,)
        The lowest of a part, 0 to 1; NaN where there is no mask.
    """

    present: npt.NDArray[np.bool_]
    key: npt.NDArray[np.bool_]
    confidence: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.present)


def copied(lane: Lane | None, frames: range) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.float32]]:
    """Return a lane's flags and confidences on so many whole parts; 0 beyond the video."""
    size = len(frames) * frames.step
    flags, confidence = np.zeros(size, np.uint8), np.zeros(size, np.float32)
    if lane is not None and size:
        part = slice(frames.start, frames.start + size)
        found = lane.flags[part]
        flags[: found.size] = found
        confidence[: found.size] = lane.confidence[part]
    return flags, confidence


def strip_of(flags: npt.NDArray[np.uint8], confidence: npt.NDArray[np.float32], step: int) -> LaneStrip:
    """Return the strip of parts of ``step`` frames each."""
    states = np.bitwise_or.reduce(flags.reshape(-1, step), axis=1)
    least = np.where(flags == 0, np.float32(np.inf), confidence).reshape(-1, step).min(axis=1)
    least[states == 0] = np.nan
    return LaneStrip(states & PRESENT != 0, states & COMMITTED != 0, least)

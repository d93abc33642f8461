"""When the frames of an exported video are shown: as the video shows them, so that it can be laid over it."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import numpy as np

from xmem_gui.formats.annotation import Annotation
from xmem_gui.formats.exporting import ExportPlan

FINE = Fraction(1, 90000)
"""Seconds of one unit of times that are written: that of broadcasting, in which usual rates are whole."""
_SLACK = 0.002
"""Seconds by which times may be off and still be those of a constant rate: containers round them."""


@dataclass(frozen=True)
class Timing:
    """How chosen frames are timed.

    Attributes
    ----------
    rate
        Frames a second; the average where ``times`` are given.
    times
        When each is shown, in seconds after the first; None where the constant rate says it.
    apart
        Whether the frames do not follow each other, nor at even steps: they are shown one after the other.
    """

    rate: Fraction
    times: tuple[Fraction, ...] | None = None
    apart: bool = False

    @property
    def time_base(self) -> Fraction | None:
        """The unit of times to write; None at a constant rate."""
        return None if self.times is None else FINE

    def time(self, number: int) -> Fraction | None:
        """Return when the chosen frame of that place is shown; None at a constant rate."""
        return None if self.times is None else self.times[number]

    @property
    def last(self) -> Fraction:
        """How long the last frame is shown: as long as the one before."""
        if self.times is None or len(self.times) < 2:
            return 1 / self.rate
        return self.times[-1] - self.times[-2]


def timing_of(annotation: Annotation, frames: Sequence[int]) -> Timing:
    """Return when the chosen frames of an annotation are shown, by the rule of `timed`."""
    return timed(frames, annotation.rate, annotation.times)


def timed(frames: Sequence[int], rate: Fraction, all_times: Sequence[float] | None) -> Timing:
    """Return when chosen frames are shown.

    Frames that follow each other, or at even steps, keep the times that they have in the video.

    Parameters
    ----------
    frames
        The exported frame numbers, 0-based and rising.
    rate
        The video's average rate in frames per second.
    all_times
        When each frame of the video is shown, in seconds; None where the rate says it.
    """
    step = frames[1] - frames[0] if len(frames) > 1 else 1
    if any(later - sooner != step for sooner, later in pairwise(frames)):
        return Timing(rate, apart=True)
    rate = rate / step
    if all_times is None or len(frames) < 2:
        return Timing(rate)
    times = np.asarray(all_times, np.float64)[list(frames)]
    times = times - times[0]
    if np.abs(times - np.arange(len(times)) / float(rate)).max() <= _SLACK:
        return Timing(rate)
    # Units that rise, even where two frames of the video have one time.
    units = np.round(times / float(FINE)).astype(np.int64)
    units = np.maximum.accumulate(units - np.arange(len(units))) + np.arange(len(units))
    average = Fraction((len(units) - 1) / (float(units[-1]) * float(FINE))).limit_denominator(1001)
    return Timing(max(average, Fraction(1, 1001)), tuple(int(unit) * FINE for unit in units))


def timing_warnings(plan: ExportPlan) -> tuple[str, ...]:
    """Say in an export's plan where frames lose their times."""
    if not timing_of(plan.annotation, plan.frames).apart:
        return ()
    return (
        "The chosen frames do not follow each other at even steps: they are shown one after the other at the "
        "video's average rate.",
    )

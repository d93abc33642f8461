"""Times and frames as people read and type them."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

_TIME = re.compile(r"(?:(?:(\d+):)?(\d+):)?(\d+(?:\.\d*)?)")


def timecode(seconds: float) -> str:
    """Return ``00:08.833``, with hours where there are any."""
    total = round(max(seconds, 0.0) * 1000)
    minutes, rest = divmod(total, 60_000)
    hours, minutes = divmod(minutes, 60)
    start = f"{hours}:" if hours else ""
    return f"{start}{minutes:02d}:{rest // 1000:02d}.{rest % 1000:03d}"


def frame_shown_at(seconds: float, timestamps: NDArray[np.float64]) -> int:
    """Return the frame that a player shows at a time; the first or last beyond the ends.

    Parameters
    ----------
    seconds
        On the clock of the timestamps.
    timestamps
        Time of each frame, (N,) in seconds, never decreasing.
    """
    # A typed time has three decimals; the frame that begins within the same millisecond is meant.
    found = int(np.searchsorted(timestamps, seconds + 0.0006, side="right")) - 1
    return max(0, min(found, len(timestamps) - 1))


def parse_place(text: str, timestamps: NDArray[np.float64]) -> int | None:
    """Return the frame that somebody has typed, as a number (``1204``, ``f 1,204``) or a time (``0:08.8``).

    A number without a colon is a frame, unless it has a point or ends in ``s``: then it is seconds.

    Parameters
    ----------
    text
        The text that was typed: a frame number or a time.
    timestamps
        When each frame is shown, (N,) seconds; times are counted from the first.

    Returns
    -------
    int or None
        The frame, moved to the nearest end if it lies beyond; None if the text is neither.
    """
    text = text.strip().lower().replace(",", "").replace("\N{THIN SPACE}", "")
    if not len(timestamps):
        return None
    number = re.fullmatch(r"f?\s*(\d+)", text)
    if number:
        return min(int(number[1]), len(timestamps) - 1)
    match = _TIME.fullmatch(text.removesuffix("s").rstrip())
    if match is None:
        return None
    hours, minutes, seconds = (float(part or 0) for part in match.groups())
    return frame_shown_at(float(timestamps[0]) + 3600 * hours + 60 * minutes + seconds, timestamps)

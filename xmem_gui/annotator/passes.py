"""From a request - which masks, which range, which directions - to the passes that the engine makes."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from xmem_gui.errors import XmemGuiError
from xmem_gui.propagation import Direction, frames_of_run

Directions = Literal["forward", "backward", "both"]


@dataclass(frozen=True)
class Pass:
    """One run of the engine.

    Parameters
    ----------
    direction
        Which way it goes.
    frames
        What it visits; the first is a frame with a mask.
    results
        How many of them, from the end, are results of this pass; the others are another pass's.
    """

    direction: Direction
    frames: range
    results: int


def plan_passes(given: Collection[int], first: int, last: int, directions: Directions) -> list[Pass]:
    """Plan passes so that every frame that can be reached is the result of exactly one.

    Forward starts at the first frame with a mask, backward at the last; both goes forward from the first to
    the end, then backward from it to the beginning.

    Parameters
    ----------
    given
        Frames with masks.
    first, last
        The range, both included.
    directions
        Which way to go.

    Raises
    ------
    XmemGuiError
        If no frame with a mask lies in the range.
    """
    inside = sorted(frame for frame in given if first <= frame <= last)
    if not inside:
        raise XmemGuiError(
            f"None of the masks lies in the range {first}:{last}: give a mask for a frame in it."
        )
    if directions == "backward":
        frames = frames_of_run(inside[-1], first, Direction.BACKWARD)
        return [Pass(Direction.BACKWARD, frames, len(frames))]
    frames = frames_of_run(inside[0], last, Direction.FORWARD)
    passes = [Pass(Direction.FORWARD, frames, len(frames))]
    if directions == "both" and inside[0] > first:
        frames = frames_of_run(inside[0], first, Direction.BACKWARD)
        passes.append(Pass(Direction.BACKWARD, frames, len(frames) - 1))
    return passes

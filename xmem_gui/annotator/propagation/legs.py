"""From key frames, a range and a direction to the runs that the engine makes."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from typing import Literal

from xmem_gui.errors import XmemGuiError
from xmem_gui.propagation import Direction, Directions, frames_of_run

Until = Literal["end", "next_key_frame", "gap"]


class Role(str, Enum):
    """What a leg's results are to its frames."""

    ONLY = "only"
    """The result."""
    FIRST = "first"
    """The result until the second leg over the same stretch comes by."""
    SECOND = "second"
    """To be blended with the first leg's, where there is one."""


@dataclass(frozen=True)
class Leg:
    """One run of the engine, from a key frame to the end of a stretch.

    Attributes
    ----------
    direction
        Forward or backward through the frames.
    frames
        What it visits; the first is the key frame.
    role
        Whether its results are final, or one of two to be blended.
    """

    direction: Direction
    frames: range
    role: Role = Role.ONLY


def plan_legs(
    keys: Collection[int],
    first: int,
    last: int,
    directions: Directions,
    *,
    start: int | None = None,
    until: Until = "end",
    full: Collection[int] | None = None,
) -> tuple[Leg, ...]:
    """Plan the legs of a propagation.

    Forward or backward is one leg, which passes over key frames on its way. Both ways, every stretch
    between two key frames is gone over from either end, and the stretches outside them once; those next
    to ``start`` come first.

    Parameters
    ----------
    keys
        Frames with a committed mask of an object that takes part.
    first, last
        The first and last frame that may be computed, 0-based and both included.
    directions
        Which way to track: forward, backward or both.
    start
        The key frame to start from; by default the first in the range, for backward the last.
    until
        Whether to end at the next key frame on each side of ``start``.
    full
        Those key frames where every object is committed; None for all. Others do not end a stretch, for
        some object has to be followed through them.

    Raises
    ------
    XmemGuiError
        If no key frame lies in the range, or ``start`` is none.
    """
    if start is not None and start not in keys:
        raise XmemGuiError(f"Frame {start} has no committed mask to start from: commit it first.")
    inside = sorted(key for key in keys if first <= key <= last)
    if not inside:
        raise XmemGuiError(
            f"None of the masks lies in the range {first}:{last}: give a mask for a frame in it."
        )
    origin = start if start is not None else inside[-1 if directions == "backward" else 0]
    if origin not in inside:
        raise XmemGuiError(f"Frame {origin} does not lie in the range {first}:{last}.")
    if until == "next_key_frame":
        first = max((key for key in inside if key < origin), default=first)
        last = min((key for key in inside if key > origin), default=last)
        inside = [key for key in inside if first <= key <= last]
    if directions == "forward":
        return (Leg(Direction.FORWARD, frames_of_run(origin, last, Direction.FORWARD)),)
    if directions == "backward":
        return (Leg(Direction.BACKWARD, frames_of_run(origin, first, Direction.BACKWARD)),)
    stretches = _stretches(inside, first, last, set(inside if full is None else full))
    stretches.sort(key=lambda legs: _distance(legs, origin))
    return tuple(leg for legs in stretches for leg in legs)


def _stretches(inside: list[int], first: int, last: int, full: set[int]) -> list[tuple[Leg, ...]]:
    """Return the legs of every stretch, in order."""
    low, high = inside[0], inside[-1]
    edges = [low, *(key for key in inside[1:-1] if key in full), *([high] if high > low else [])]
    found: list[tuple[Leg, ...]] = []
    for a, b in pairwise(edges):
        # A leg that ends at a full key frame need not compute it; else it goes on to what lies beyond.
        end = b - 1 if b in full else last if b == high else b
        begin = a + 1 if a in full else first if a == low else a
        if b - a > 1 or b not in full or a not in full:
            found.append(
                (
                    Leg(Direction.FORWARD, frames_of_run(a, end, Direction.FORWARD), Role.FIRST),
                    Leg(Direction.BACKWARD, frames_of_run(b, begin, Direction.BACKWARD), Role.SECOND),
                )
            )
    single = len(edges) == 1
    if low > first and (single or low in full):
        found.insert(0, (Leg(Direction.BACKWARD, frames_of_run(low, first, Direction.BACKWARD)),))
    if (high < last and (single or high in full)) or not found:
        found.append((Leg(Direction.FORWARD, frames_of_run(high, last, Direction.FORWARD)),))
    return found


def _distance(legs: Iterable[Leg], origin: int) -> int:
    return min(abs(end - origin) for leg in legs for end in (leg.frames[0], leg.frames[-1]))

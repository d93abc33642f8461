"""What a person asks to be tracked, as one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import get_args

from xmem_gui.annotator.propagation.legs import Until
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import door
from xmem_gui.project.edits import frame_number
from xmem_gui.propagation import Directions


@dataclass(frozen=True)
class Propagation:
    """What to track: from where, which way, how far, and which objects.

    `annotator.plan` says what it would do, `annotator.run` does it.

    Attributes
    ----------
    direction
        Forward or backward from where it starts, or both ways: then every stretch between two committed
        frames is tracked from both its ends, and the two results are blended.
    start
        A committed frame to start from; None for the first one in the range, for backward the last.
    near
        In place of ``start``: the frame where a person stands. It is the start if a person made a mask on
        it, which is committed first; else the start is the committed frame before it, for backward the one
        after it, for both ways the nearest.
    first, last
        The range, 0-based and both included; ``last`` None is the video's end. A start that is found by
        ``near`` may lie outside: then the range starts where it would without.
    count
        In place of a range: so many frames beyond ``near`` or ``start``.
    until
        ``end``: as far as the range goes. ``next_key_frame``: to the next committed frame on each side of
        the start. ``gap``: from the start to the committed frame after it, tracked from both its ends,
        whatever the direction; to the end of the range where there is none.
    objects
        Whose masks may change; None for all that are not locked. The others are tracked too, for that helps
        to tell objects apart, but their masks stay to the bit.
    again
        Whether masks that a person has reviewed are computed again. Committed and locked ones never are.
    soft_budget
        How many bytes the probabilities that are kept beside the project may take, for mattes with soft
        edges (`probabilities.KeptProbabilities`); 0 to keep none of this run.
    """

    direction: Directions = "forward"
    start: int | None = None
    near: int | None = None
    first: int = 0
    last: int | None = None
    count: int | None = None
    until: Until = "end"
    objects: Sequence[int] | None = None
    again: bool = False
    soft_budget: int = 0

    def __post_init__(self) -> None:
        frame = partial(door.optional, frame_number)
        door.settle(
            self,
            direction=partial(_one_of, get_args(Directions)),
            start=frame,
            near=frame,
            first=frame_number,
            last=frame,
            count=partial(door.optional, partial(door.whole, what="number of frames")),
            until=partial(_one_of, get_args(Until)),
            objects=partial(door.optional, door.ids),
            again=door.flag,
            soft_budget=partial(door.whole, what="number of bytes"),
        )
        if self.start is not None and self.near is not None:
            raise XmemGuiError("Give the frame to start from or the frame to start near, not both.")
        if self.count is not None and (self.origin is None or self.count < 1):
            raise XmemGuiError("A number of frames is 1 or more, beyond a frame to start from or near.")
        if self.count is not None and (self.first, self.last) != (0, None):
            raise XmemGuiError("Give a range or a number of frames, not both.")

    @property
    def origin(self) -> int | None:
        """The frame that is named, as where to start or near where."""
        return self.near if self.start is None else self.start


def _one_of(choices: tuple[str, ...], value: object) -> object:
    if value not in choices:
        raise XmemGuiError(f"{value!r} is not possible here: choose {' or '.join(choices)}.")
    return value


def read_range(text: str) -> tuple[int, int | None]:
    """Return the first and the last frame of ``A:B``, either of which may be left out.

    Raises
    ------
    ValueError
        If it is no range.
    """
    first, colon, last = text.partition(":")
    if not colon or not (first or "0").isdecimal() or not (last or "0").isdecimal():
        raise ValueError(f"'{text}' is not a range such as 10:99, 10: or :99")
    return int(first or 0), int(last) if last else None

"""What to propagate: asked for, then settled by what is committed, then planned."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import get_args

from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Directions, Leg, Until, plan_legs
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, door
from xmem_gui.project.edits import frame_number


@dataclass(frozen=True)
class Propagation:
    """What to propagate.

    Attributes
    ----------
    directions
        Forward or backward from ``start``, or every stretch between key frames from both its ends.
    start
        A key frame to start from; None for the first of the range, for backward the last.
    first, last
        The range, both included; ``last`` None is the video's end.
    until
        Whether to end at the next key frames.
    objects
        Whose masks may change; None for all that are not locked.
    replace_reviewed
        Whether masks that a person has reviewed may be replaced.
    """

    directions: Directions = "forward"
    start: int | None = None
    first: int = 0
    last: int | None = None
    until: Until = "end"
    objects: Sequence[int] | None = None
    replace_reviewed: bool = False

    def __post_init__(self) -> None:
        frame = partial(door.optional, frame_number)
        door.settle(
            self,
            directions=partial(_one_of, get_args(Directions)),
            start=frame,
            first=frame_number,
            last=frame,
            until=partial(_one_of, get_args(Until)),
            objects=partial(door.optional, door.ids),
            replace_reviewed=door.flag,
        )


def _one_of(choices: tuple[str, ...], value: object) -> object:
    if value not in choices:
        raise XmemGuiError(f"{value!r} is not possible here: expected {' or '.join(choices)}.")
    return value


def settled(work: Propagation, project: Project, commits: Commits) -> Propagation:
    """Return the work with its objects named: those asked for that have a committed mask and no lock.

    Raises
    ------
    XmemGuiError
        If that leaves none.
    """
    locked = {one.id for one in project.objects if one.locked}
    asked = commits.objects if work.objects is None else work.objects
    free = tuple(name for name in commits.objects if name in asked and name not in locked)
    if not free and work.objects is not None:
        raise XmemGuiError("None of these objects has a committed mask and no lock: nothing can be followed.")
    return replace(work, objects=free)


def legs_of(work: Propagation, commits: Commits, frames: int) -> tuple[Leg, ...]:
    """Plan settled work; raises as `plan_legs`."""
    objects = work.objects or ()
    # With every object locked there is nothing to change, but what is committed can still be passed over.
    objects = objects or commits.objects
    return plan_legs(
        commits.frames_of(objects),
        work.first,
        frames - 1 if work.last is None else work.last,
        work.directions,
        start=work.start,
        until=work.until,
        full=commits.frames_of_all(objects),
    )

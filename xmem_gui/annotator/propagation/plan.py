"""What a run will do, decided in this one place from what is asked for and what the document holds."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from functools import cached_property

from xmem_gui.annotator.probabilities import estimated_bytes
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.legs import Leg, Role, plan_legs
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.start import find_start
from xmem_gui.errors import XmemGuiError


class PlanOutOfDateError(XmemGuiError):
    """The document has changed since a plan was made, so that planning again would say something else."""


class Why(str, Enum):
    """Why a run leaves masks as they are."""

    COMMITTED = "committed"
    """A person has committed them: nothing but that person changes them."""
    REVIEWED = "reviewed"
    """A person has reviewed them, and did not ask for them to be computed again."""
    LOCKED = "locked"
    """Their object is locked."""
    NO_MASK = "no mask"
    """No mask of their object is committed, so there is nothing to track it from."""
    NOT_ASKED = "not asked"
    """Their object is not among those asked for."""


@dataclass(frozen=True)
class LeftAlone:
    """Masks that a run leaves as they are.

    Attributes
    ----------
    why
        The reason why they stay as they are.
    object
        The id of the object that they show.
    frames
        On which of the run's frames, in order; empty if it is all of them.
    """

    why: Why
    object: int
    frames: tuple[int, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """A part of a run that needs nothing of the others: they can be computed side by side, in any order.

    Each begins with nothing but permanent memory, which holds every committed frame of the plan
    (`Plan.key_frames`), so it gives the same masks to the bit wherever and whenever it is computed. No two
    compute the same mask, but for one case: two that start from the same frame both compute the objects that
    are not committed there, to the same masks.

    Attributes
    ----------
    index
        Its place in `Plan.stretches`, in the order in which a run computes them.
    frames
        What it visits, from its first frame to its last; these have to be decoded.
    starts
        The committed frames at its ends, from which it is tracked.
    steps
        How many results it yields; twice as many as frames where it is tracked from both ends.
    """

    index: int
    frames: range
    starts: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class Plan:
    """What a run will do. Make one with `annotator.plan`, and do it with `annotator.run`.

    Two plans are equal if they say the same. One is out of date when planning again would say something else.

    Attributes
    ----------
    request
        What was asked for, as it was asked.
    start
        The frame that it starts from; None where the range has several and none was named.
    to_commit
        Objects whose mask on ``start`` a person made and has not committed: the run commits them first.
    objects
        The ids of the objects whose masks may change.
    legs
        What the engine does, leg by leg in this order.
    left_alone
        Which masks stay as they are on the run's frames, and why.
    key_frames
        The committed frames, all of which the engine reads.
    names
        The objects' names by their ids.
    parts
        Which of the stretches are to be computed; None for all.
    settled
        The same request with all that depends on the document decided: with the same commits it gives the
        same legs.
    soft_bytes
        About how many bytes the probabilities will take that are kept; 0 if none are.
    """

    request: Propagation
    start: int | None
    to_commit: tuple[int, ...]
    objects: tuple[int, ...]
    legs: tuple[Leg, ...]
    left_alone: tuple[LeftAlone, ...]
    key_frames: tuple[int, ...]
    names: Mapping[int, str] = field(compare=False)
    settled: Propagation
    parts: tuple[int, ...] | None = None
    digests: Mapping[int, str] = field(default_factory=dict, repr=False)
    commits: Commits = field(default_factory=lambda: Commits({}), repr=False, compare=False)
    mark: int | None = field(default=None, repr=False, compare=False)
    soft_bytes: int = 0

    @property
    def steps(self) -> int:
        """How many results the run yields; frames tracked from both ends count twice."""
        return sum(len(leg.frames) for leg in self.legs)

    @cached_property
    def frames(self) -> tuple[int, ...]:
        """The frames that are computed, in order."""
        return tuple(sorted({frame for leg in self.legs for frame in leg.frames}))

    def stretches(self) -> tuple[Stretch, ...]:
        """Return the parts of the run that can be computed side by side, in the order of the run.

        `only` makes a plan of some of them. A run forward or backward is one stretch, for it carries what it
        has learnt past committed frames.
        """
        chosen = range(len(_grouped(self.legs))) if self.parts is None else self.parts
        found = zip(chosen, _grouped(self.legs), strict=True)
        return tuple(_stretch(index, legs, self.key_frames) for index, legs in found)

    def only(self, *parts: int) -> Plan:
        """Return the plan that computes only these stretches, by their `Stretch.index`.

        Raises
        ------
        XmemGuiError
            If there is no such stretch.
        """
        known = {stretch.index: legs for stretch, legs in zip(
            self.stretches(), _grouped(self.legs), strict=True
        )}  # fmt: skip
        for part in parts:
            if part not in known:
                raise XmemGuiError(f"This plan has no stretch {part}.")
        chosen = tuple(index for index in known if index in parts)
        return replace(self, legs=tuple(leg for index in chosen for leg in known[index]), parts=chosen)

    def describe(self) -> str:
        """Return it in plain English, a sentence a line; frames are numbered as in the window."""
        from xmem_gui.annotator.propagation.words import plan_in_words

        return plan_in_words(self)

    @property
    def has_document(self) -> bool:
        """Whether it is of a project, where masks are committed, and not of masks that are given."""
        return self.mark is not None


def make_plan(request: Propagation, basis: Basis) -> Plan:
    """Decide what a run computes: the only place where that is done.

    Raises
    ------
    XmemGuiError
        If there is nothing to track, with what to do about it; if the start is not committed, or the range
        does not lie in the video.
    """
    start = find_start(request, basis)
    commits = basis.commits
    if start.to_commit:
        assert start.frame is not None
        commits = commits.plus(start.frame, {one: basis.drawn[one] for one in start.to_commit})
    objects = _free(request, basis, commits)
    # With every object locked there is nothing to change, but what is committed can still be passed over.
    tracked = objects or commits.objects
    settled = _settled(request, basis, start.frame, commits.frames_of(tracked), objects)
    legs = plan_legs(
        commits.frames_of(tracked),
        settled.first,
        basis.frames - 1 if settled.last is None else settled.last,
        settled.direction,
        start=settled.start,
        until=settled.until,
        full=commits.frames_of_all(tracked),
    )
    plan = Plan(
        request, start.frame, start.to_commit, objects, legs, (), tuple(commits), dict(basis.names), settled,
        digests=commits.digests(), commits=commits, mark=basis.mark,
    )  # fmt: skip
    plan = replace(plan, left_alone=tuple(_left_alone(plan, basis)))
    return replace(plan, soft_bytes=_soft_bytes(plan, basis))


def check_current(plan: Plan, basis: Basis) -> None:
    """Refuse a plan that is out of date.

    Raises
    ------
    PlanOutOfDateError
        If planning again says something else, or that there is nothing to do.
    """
    try:
        again = make_plan(plan.request, basis)
        if plan.parts is not None:
            again = again.only(*plan.parts)
    except XmemGuiError as error:
        raise PlanOutOfDateError(f"The masks have changed since this was planned. {error}") from None
    if again != plan:
        raise PlanOutOfDateError("The masks have changed since this was planned: track again.")


def _free(request: Propagation, basis: Basis, commits: Commits) -> tuple[int, ...]:
    """Return the objects whose masks may change: asked for, with a committed mask, and no lock."""
    asked = commits.objects if request.objects is None else request.objects
    free = tuple(one for one in commits.objects if one in asked and one not in basis.locked)
    if not free and request.objects:
        raise XmemGuiError("None of these objects has a committed mask and no lock: nothing can be tracked.")
    return free


def _settled(
    request: Propagation, basis: Basis, start: int | None, keys: list[int], objects: tuple[int, ...]
) -> Propagation:
    """Return the request with frames in the place of what depends on the document."""
    end = basis.frames - 1
    first, last = request.first, end if request.last is None else request.last
    if not 0 <= first <= last <= end:
        raise XmemGuiError(
            f"The range {first}:{last} does not lie in {basis.video}, which has the frames 0 to {end}."
        )
    if request.count is not None:
        assert request.origin is not None
        first, last = _beyond(request.origin, request.count, request.direction, end)
        if start is not None:  # which may lie on the other side, at the nearest committed frame
            first, last = min(first, start), max(last, start)
    elif request.near is not None and start is not None and not first <= start <= last:
        start = None
    settled = replace(request, near=None, start=start, count=None, first=first, last=last, objects=objects)
    if request.until != "gap":
        return settled
    inside = [key for key in keys if first <= key <= last]
    begin = start if start is not None else next(iter(inside), None)
    there = next((key for key in inside if begin is not None and key > begin), None)
    if begin is None or there is None:
        return replace(settled, until="end", direction="forward")
    return replace(settled, until="end", direction="both", start=begin, first=begin, last=there)


def _beyond(frame: int, count: int, direction: str, end: int) -> tuple[int, int]:
    low = frame if direction == "forward" else frame - count
    high = frame if direction == "backward" else frame + count
    return max(low, 0), min(high, end)


def _left_alone(plan: Plan, basis: Basis) -> list[LeftAlone]:
    found: list[LeftAlone] = []
    computed = frozenset(plan.frames)
    asked: Collection[int] = basis.names if plan.request.objects is None else plan.request.objects
    for one in basis.names:
        if one not in asked:
            found.append(LeftAlone(Why.NOT_ASKED, one))
        elif one in basis.locked:
            found.append(LeftAlone(Why.LOCKED, one))
        elif one not in plan.objects:
            found.append(LeftAlone(Why.NO_MASK, one))
        else:
            committed = set(basis.committed.get(one, ()))
            if plan.start is not None and one in plan.to_commit:
                committed.add(plan.start)
            reviewed = set() if plan.request.again else basis.reviewed.get(one, frozenset()) - committed
            for why, frames in ((Why.COMMITTED, committed), (Why.REVIEWED, reviewed)):
                if kept := sorted(computed & frames):
                    found.append(LeftAlone(why, one, tuple(kept)))
    return found


def _soft_bytes(plan: Plan, basis: Basis) -> int:
    """Return about what the probabilities of the masks take that the run computes."""
    if not plan.request.soft_budget:
        return 0
    masks = len(plan.frames) * len(plan.objects) - sum(len(one.frames) for one in plan.left_alone)
    return min(estimated_bytes(masks, basis.size, basis.network_size), plan.request.soft_budget)


def _grouped(legs: tuple[Leg, ...]) -> list[tuple[Leg, ...]]:
    """Return the legs of each stretch: two where it is tracked from both ends, else one."""
    found: list[tuple[Leg, ...]] = []
    for leg in legs:
        if leg.role is Role.SECOND:
            found[-1] = (*found[-1], leg)
        else:
            found.append((leg,))
    return found


def _stretch(index: int, legs: tuple[Leg, ...], keys: Collection[int]) -> Stretch:
    ends = [end for leg in legs for end in (leg.frames[0], leg.frames[-1])]
    starts = sorted({leg.frames[0] for leg in legs} & set(keys))
    return Stretch(
        index, range(min(ends), max(ends) + 1), tuple(starts), sum(len(leg.frames) for leg in legs)
    )

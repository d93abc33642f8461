"""A plan in plain English: the tooltip of the Track button, and what ``--dry-run`` prints."""

from __future__ import annotations

from collections.abc import Sequence

from xmem_gui.annotator.propagation.plan import Plan, Why
from xmem_gui.text import short

_MOST_NAMES = 4
"""Names and frames that a sentence lists; of more it says how many."""


def plan_in_words(plan: Plan) -> str:
    """Return what a plan will do, in sentences a line each."""
    return "\n".join([_what(plan), *_passes(plan), _sources(plan), *_stays(plan), *_soft(plan)])


def _counted(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun, as in "1 frame" and "1,200 frames"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _listed(items: Sequence[str]) -> str:
    """Return items as in "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def megabytes(count: int) -> str:
    """Return a number of bytes as in "35 MB", or "less than 1 MB"."""
    return f"{round(count / 1e6):,} MB" if count >= 1e6 else "less than 1 MB"


def _soft(plan: Plan) -> list[str]:
    budget = plan.request.soft_budget
    if not budget:
        return []
    about = "" if plan.soft_bytes < 1e6 else "about "
    size, most = megabytes(plan.soft_bytes), megabytes(budget)
    return [f"Soft edges are kept for export: {about}{size}, and never more than {most}."]


def _named(plan: Plan, objects: Sequence[int]) -> str:
    if len(objects) > _MOST_NAMES:
        return _counted(len(objects), "object")
    return _listed([short(plan.names.get(one) or f"object {one}", 40) for one in objects])


def _what(plan: Plan) -> str:
    low, high = plan.frames[0], plan.frames[-1]
    size = _counted(len(plan.frames), "frame")
    who = _named(plan, plan.objects) if plan.objects else "nothing, for every object is locked,"
    direction = plan.settled.direction
    if low == high:
        return f"Tracks {who} on frame {low:,} only."
    if direction == "both":
        start = "" if plan.start is None or not low <= plan.start <= high else f" from frame {plan.start:,}"
        return f"Tracks {who} both ways{start}: frames {low:,} to {high:,} ({size})."
    ends = (low, high) if direction == "forward" else (high, low)
    return f"Tracks {who} {direction} from frame {ends[0]:,} to frame {ends[1]:,} ({size})."


def _passes(plan: Plan) -> list[str]:
    twice = [stretch for stretch in plan.stretches() if len(stretch.frames) < stretch.steps]
    if not twice:
        return []
    if len(twice) == 1:
        a, b = twice[0].starts[0], twice[0].starts[-1]
        gap = f"Between frames {a:,} and {b:,} it goes both from the left and from the right"
    else:
        frames = "committed frames" if plan.has_document else "given masks"
        gap = f"Each of the {len(twice):,} gaps between {frames} is tracked from both ends"
    return [f"{gap}, and blends the two: {_counted(plan.steps, 'step')} in all."]


def _sources(plan: Plan) -> str:
    if plan.to_commit:
        whose = _named(plan, plan.to_commit)
        mask = "mask" if len(plan.to_commit) == 1 else "masks"
        first = f"The {mask} of {whose} on frame {plan.start:,} will be committed first."
        others = len(plan.key_frames) - 1
        more = f" {_reads(others)} other committed {'frame' if others == 1 else 'frames'}." if others else ""
        return first + more
    if len(plan.key_frames) <= _MOST_NAMES:
        frames = _listed([f"{frame:,}" for frame in plan.key_frames])
        noun = "frame" if len(plan.key_frames) == 1 else "frames"
        where = f"{noun} {frames}"
    else:
        where = f"{len(plan.key_frames):,} frames"
    return f"It uses {'what you committed on' if plan.has_document else 'the masks given for'} {where}."


def _reads(count: int) -> str:
    return f"It also uses {count:,}"


def _stays(plan: Plan) -> list[str]:
    """Say what the run leaves alone, and why; that the frames it starts from stay goes without saying."""
    starts = {leg.frames[0] for leg in plan.legs}
    found: list[str] = []
    parts = []
    committed = "committed" if plan.has_document else "given"
    for why, adjective in ((Why.COMMITTED, committed), (Why.REVIEWED, "reviewed")):
        count = sum(len({*one.frames} - starts) for one in plan.left_alone if one.why is why)
        if count:
            parts.append(_counted(count, f"{adjective} mask"))
    if parts:
        alone = parts[0].startswith("1 ") and len(parts) == 1
        found.append(f"{_listed(parts)} {'stays as it is' if alone else 'stay as they are'}.")
    for why, one_says, many_say in (
        (Why.LOCKED, "is locked and stays as it is", "are locked and stay as they are"),
        (
            Why.NO_MASK,
            "has no committed mask, so it is not tracked",
            "have no committed mask, so they are not tracked",
        ),
    ):
        objects = [one.object for one in plan.left_alone if one.why is why]
        if objects:
            says = one_says if len(objects) == 1 else many_say
            found.append(f"{_named(plan, objects)} {says}.")
    others = sum(one.why is Why.NOT_ASKED for one in plan.left_alone)
    if others:
        found.append("The other object stays as it is." if others == 1 else
                     f"The other {others:,} objects stay as they are.")  # fmt: skip
    return found

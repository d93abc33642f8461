"""A propagation that did not come to its end: found again, and whether it can go on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.computer import Computer
from xmem_gui.annotator.propagation.checkpoint import (
    DAMAGED,
    SnapshotError,
    engine_key,
    forget_snapshot,
    load_facts,
)
from xmem_gui.annotator.propagation.commits import Commits
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.shown_range import seen_as
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, StepState

_RENAMED = {"directions": "direction", "replace_reviewed": "again"}
"""What older versions called parts of a request."""
_MOST_NAMED = 2
"""Frames that a sentence names, at most."""


@dataclass(frozen=True)
class Resumable:
    """A propagation that did not come to its end.

    Attributes
    ----------
    done, total
        How many steps are done, and how many the run has in all.
    work
        What it was, with all decided that depends on the document.
    problem
        Why it cannot go on where it stopped but has to begin again, in a sentence; empty if it can.
    parts
        Which of its stretches it was to compute; None for all.
    """

    done: int
    total: int
    work: Propagation
    problem: str = ""
    parts: tuple[int, ...] | None = None


def find_resumable(
    path: Path, settings: EngineSettings, project: Project, commits: Commits, computer: Computer
) -> Resumable | None:
    """Look for a propagation that did not come to its end; cheap, for only the file's head is read."""
    try:
        facts = load_facts(path)
        run = None if facts is None else interrupted(facts)
    except SnapshotError as error:
        project.say(str(error))
        forget_snapshot(path)
        return None
    if facts is None or run is None:
        return None
    # Undone, its finished frames are gone: going on would leave a gap.
    kept = {step.id for step in project.history if step.state is not StepState.UNDONE}
    if not kept.issuperset(run.steps):
        return None
    try:
        problem = problem_of(facts, engine_key(settings, computer.engine_facts(settings)), project, commits)
    except XmemGuiError as error:
        problem = str(error)
    return Resumable(run.done, run.total, run.work, problem, run.parts)


@dataclass(frozen=True)
class Interrupted:
    """What a saved memory says of the run that it is in the midst of.

    Attributes
    ----------
    done, total
        How many steps are done, and how many the run has in all.
    work
        The request that was made when the run began.
    steps
        The undoable steps that it has made.
    parts
        Which of its stretches it was to compute; None for all.
    """

    done: int
    total: int
    work: Propagation
    steps: tuple[int, ...]
    parts: tuple[int, ...] | None = None


def interrupted(facts: Mapping[str, Any]) -> Interrupted | None:
    """Read what a saved memory says of a run; None if it is in the midst of none.

    Raises
    ------
    SnapshotError
        If no run can be so.
    """
    run = facts.get("run")
    if run is None:
        return None
    try:
        done, total = run["done"], run["total"]
        work = Propagation(**{_RENAMED.get(name, name): value for name, value in run["work"].items()})
        parts = run.get("parts")
        found = Interrupted(done, total, work, tuple(run["steps"]), None if parts is None else tuple(parts))
        numbers = (done, total, *found.steps, *(found.parts or ()))
        if not all(type(number) is int for number in numbers) or not 0 <= done <= total:
            raise ValueError
    except (KeyError, TypeError, ValueError, AttributeError, XmemGuiError):
        raise SnapshotError(DAMAGED) from None
    return found


def video_key(project: Project) -> str:
    """Return a digest of which video it is, and of how it is shown."""
    return hashlib.sha256((repr(project.fingerprint) + seen_as(project)).encode()).hexdigest()


def problem_of(facts: Mapping[str, Any], key: str, project: Project, commits: Commits) -> str:
    """Return why a run cannot go on with a saved memory, or nothing."""
    if facts.get("engine") != key:
        return f"The model or its settings have changed since: tracking begins again{_where(facts)}."
    if facts.get("video") != video_key(project):
        return f"The video has changed since: tracking begins again{_where(facts)}."
    given, now = facts.get("given"), {str(frame): digest for frame, digest in commits.digests().items()}
    if given != now:
        return f"{_changed(given, now)} changed since: tracking begins again{_where(facts)}."
    return ""


def _where(facts: Mapping[str, Any]) -> str:
    """Say where a run begins, if that is known."""
    run = interrupted(facts)
    start = None if run is None else run.work.start
    return "" if start is None else f" from frame {start:,}"


def _changed(given: object, now: Mapping[str, str]) -> str:
    """Name the frames whose committed masks are others than those that a memory was made with."""
    known = given if isinstance(given, Mapping) else {}
    frames = sorted(
        int(frame) for frame in {*known, *now} if frame.isdecimal() and known.get(frame) != now.get(frame)
    )
    if not 0 < len(frames) <= _MOST_NAMED:
        return "Committed masks have"
    named = " and ".join(f"{frame:,}" for frame in frames)
    return f"The committed masks of {'frame' if len(frames) == 1 else 'frames'} {named} have"

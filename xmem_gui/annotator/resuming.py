"""A propagation that did not come to its end: found again, and whether it can go on."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from xmem_gui.annotator.commits import Commits
from xmem_gui.annotator.compute import EngineSettings
from xmem_gui.annotator.shown_range import seen_as
from xmem_gui.annotator.snapshots import SnapshotError, engine_key, load_facts
from xmem_gui.annotator.work import Propagation
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import Project, StepState


@dataclass(frozen=True)
class Resumable:
    """A propagation that did not come to its end.

    Attributes
    ----------
    done, total
        Steps of it.
    work
        What it was.
    problem
        Why it cannot go on where it stopped but has to begin again, in a sentence; empty if it can.
    """

    done: int
    total: int
    work: Propagation
    problem: str = ""


def find_resumable(
    path: Path, settings: EngineSettings, project: Project, commits: Commits
) -> Resumable | None:
    """Look for a propagation that did not come to its end; cheap, for only the file's head is read."""
    try:
        facts = load_facts(path)
    except SnapshotError as error:
        project.notices.append(str(error))
        path.unlink(missing_ok=True)
        return None
    if facts is None or facts.get("run") is None:
        return None
    run = facts["run"]
    # Undone, its finished frames are gone: going on would leave a gap.
    kept = {step.id for step in project.history if step.state is not StepState.UNDONE}
    if not kept.issuperset(run["steps"]):
        return None
    work = dict(run["work"])
    work["objects"] = None if work["objects"] is None else tuple(work["objects"])
    try:
        problem = problem_of(facts, engine_key(settings), project, commits)
    except XmemGuiError as error:
        problem = str(error)
    return Resumable(run["done"], run["total"], Propagation(**work), problem)


def video_key(project: Project) -> str:
    """Return a digest of which video it is, and of how it is shown."""
    return hashlib.sha256((repr(project.fingerprint) + seen_as(project)).encode()).hexdigest()


def problem_of(facts: Mapping[str, Any], key: str, project: Project, commits: Commits) -> str:
    """Return why a run cannot go on with a saved memory, or nothing."""
    if facts.get("engine") != key:
        return "The model or its settings have changed since: the propagation begins again."
    if facts.get("video") != video_key(project):
        return "The video has changed since: the propagation begins again."
    if facts.get("given") != {str(frame): digest for frame, digest in commits.digests().items()}:
        return "Committed masks have changed since: the propagation begins again."
    return ""

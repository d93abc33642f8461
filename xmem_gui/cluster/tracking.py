"""Tracking a job both ways: in one piece, or in pieces that other processes compute and that meet here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from xmem_gui.annotator import Annotator, Plan, Propagation
from xmem_gui.cluster.jobs import Job
from xmem_gui.cluster.tasks import Tell
from xmem_gui.project import MaskRecord, Origin, Rle


@dataclass(frozen=True)
class JobPiece:
    """What one process computes of a job: stretches that need nothing of the others.

    Attributes
    ----------
    stretches
        Their indices in the job's plan.
    steps
        How many steps they take.
    """

    stretches: tuple[int, ...]
    steps: int


@dataclass(frozen=True)
class FoundMask:
    """One mask that a piece gives.

    Attributes
    ----------
    frame, object
        The 0-based frame, and the id of the object.
    rle
        The mask as run lengths, of the video's size.
    confidence
        0 to 1.
    """

    frame: int
    object: int
    rle: Rle
    confidence: float


def request_of(job: Job) -> Propagation:
    """Return what a job asks for: both ways from all that is committed in its range."""
    return Propagation("both", first=job.first, last=job.last)


def pieces_of(plan: Plan, least: int) -> tuple[JobPiece, ...]:
    """Return a plan's stretches gathered into pieces, neighbours together.

    Parameters
    ----------
    plan
        The plan of the whole job.
    least
        Frames of a piece: stretches are put together until they have so many.
    """
    pieces: list[JobPiece] = []
    waiting: list[int] = []
    frames = steps = 0
    stretches = sorted(plan.stretches(), key=lambda one: min(one.frames))
    for stretch in stretches:
        waiting.append(stretch.index)
        frames, steps = frames + len(stretch.frames), steps + stretch.steps
        if frames >= least or stretch is stretches[-1]:
            pieces.append(JobPiece(tuple(sorted(waiting)), steps))
            waiting, frames, steps = [], 0, 0
    return tuple(pieces)


def track(annotator: Annotator, job: Job, tell: Tell) -> int:
    """Track a job in one piece; return how many steps that took."""
    plan = annotator.plan(request_of(job))
    return _run(annotator, plan, tell)


def track_piece(annotator: Annotator, job: Job, piece: JobPiece, tell: Tell) -> list[FoundMask]:
    """Track one piece of a job, and return the masks that it gives."""
    plan = annotator.plan(request_of(job)).only(*piece.stretches)
    project = annotator.project
    before = {frame: project.records(frame) for frame in plan.frames}
    _run(annotator, plan, tell)
    return [
        FoundMask(frame, name, one.rle, one.confidence)
        for frame in plan.frames
        for name, one in project.records(frame).items()
        if _is_new(one, before[frame].get(name))
    ]


def meet(annotator: Annotator, pieces: Iterable[Iterable[FoundMask]]) -> None:
    """Put into a project what its pieces gave, as one step; it is then as if tracked in one piece."""
    with annotator.project.run() as run:
        for piece in pieces:
            for one in piece:
                run.put(one.frame, {one.object: one.rle}, confidence=one.confidence)


def _run(annotator: Annotator, plan: Plan, tell: Tell) -> int:
    tell(0, plan.steps)
    for done, _ in enumerate(annotator.run(plan), start=1):
        tell(done, plan.steps)
    return plan.steps


def _is_new(record: MaskRecord, before: MaskRecord | None) -> bool:
    return record.origin is Origin.PROPAGATED and not record.committed and record != before

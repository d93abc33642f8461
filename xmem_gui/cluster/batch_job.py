"""What a worker does for a batch: a whole job, a piece of one, or the meeting of its pieces."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from xmem_gui.annotator import Annotator
from xmem_gui.annotator.propagation.suggestions import doubtful_spans
from xmem_gui.cluster import places
from xmem_gui.cluster.batch_given import here, open_given
from xmem_gui.cluster.jobs import Job
from xmem_gui.cluster.results import NOTE, note_text, results_at
from xmem_gui.cluster.scratch import scratch_folder
from xmem_gui.cluster.tasks import Tell
from xmem_gui.cluster.tracking import FoundMask, JobPiece, meet, pieces_of, request_of, track, track_piece

DOUBT = 0.7
"""Masks with a lower confidence are in doubt."""
Parcel = Mapping[str, bytes]
"""Files that come along with an order, or go back with what was made; by their paths."""


@dataclass(frozen=True)
class Order:
    """What a worker is to do a job by.

    Attributes
    ----------
    job
        The job to be done, with its video and masks.
    out
        Path or address where the results go; empty for a parcel that goes back.
    identity
        Digest of all that decides the results; kept with them.
    cut
        Frames of a piece, where a long video may be cut at committed frames; None to keep it whole.
    """

    job: Job
    out: str
    identity: str
    cut: int | None = None


@dataclass(frozen=True)
class JobFacts:
    """What became of a job that is done.

    Attributes
    ----------
    frames
        Number of frames in the video.
    steps
        Results computed; frames tracked from both ends count twice.
    objects
        Number of objects in the job's project.
    seconds
        From opening to the results being in their place; of pieces, the time of all together.
    doubtful
        Stretches in which an object's masks are in doubt.
    worst
        The frame with the least sure mask, or None.
    notes
        What a person should know, a sentence each.
    """

    frames: int
    steps: int
    objects: int
    seconds: float
    doubtful: int = 0
    worst: int | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class JobDone:
    """A finished job, and its files where these go back."""

    facts: JobFacts
    parcel: Parcel | None = None


@dataclass(frozen=True)
class InPieces:
    """A job that is to be done in pieces."""

    pieces: tuple[JobPiece, ...]


@dataclass(frozen=True)
class PieceDone:
    """What a piece gave, and how long that took."""

    found: Sequence[FoundMask]
    steps: int
    seconds: float


def do_job(order: Order, parcel: Parcel | None, tell: Tell) -> JobDone | InPieces:
    """Do a job, or say in which pieces it is to be done.

    Raises
    ------
    XmemGuiError
        If it cannot be done.
    """
    began = time.perf_counter()
    with _opened(order, parcel) as at:
        if order.cut is not None:
            pieces = pieces_of(at.annotator.plan(request_of(order.job)), order.cut)
            if len(pieces) > 1:
                return InPieces(pieces)
        steps = track(at.annotator, order.job, tell)
        return _finish(at, order, steps, began, 0.0)


def do_piece(order: Order, parcel: Parcel | None, piece: JobPiece, tell: Tell) -> PieceDone:
    """Do a piece of a job; raises as `do_job`."""
    began = time.perf_counter()
    with _opened(order, parcel) as at:
        found = track_piece(at.annotator, order.job, piece, tell)
        return PieceDone(found, piece.steps, time.perf_counter() - began)


def do_meeting(order: Order, parcel: Parcel | None, pieces: Sequence[PieceDone], tell: Tell) -> JobDone:
    """Put the pieces of a job together and write its results; raises as `do_job`."""
    began = time.perf_counter()
    steps = sum(piece.steps for piece in pieces)
    with _opened(order, parcel) as at:
        tell(steps, steps)
        meet(at.annotator, (piece.found for piece in pieces))
        return _finish(at, order, steps, began, sum(piece.seconds for piece in pieces))


@dataclass(frozen=True)
class _At:
    annotator: Annotator
    scratch: Path
    notes: tuple[str, ...] = field(default=())


@contextmanager
def _opened(order: Order, parcel: Parcel | None) -> Iterator[_At]:
    with scratch_folder() as scratch:
        folder = scratch / "project"
        folder.mkdir()
        opened = open_given(here(order.job, scratch, parcel), folder)
        try:
            yield _At(opened.annotator, scratch, opened.notes)
        finally:
            opened.annotator.close(lose_unsaved=True)


def _finish(at: _At, order: Order, steps: int, began: float, before: float) -> JobDone:
    """Write the results and put them in their place."""
    name, annotator = order.job.name, at.annotator
    results = results_at(order.out) if order.out else None
    folder = at.scratch / "result" / name if results is None else results.new_folder(name, at.scratch)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        for format_id in order.job.exports:
            (folder / format_id).mkdir()
            annotator.export(format_id, folder / format_id)
        _save(annotator, order, folder / f"{name}.xmem")
        facts = _facts(at, steps, before + time.perf_counter() - began)
        (folder / NOTE).write_text(note_text(order.identity, {"facts": asdict(facts)}), encoding="utf-8")
        if results is None:
            return JobDone(facts, places.folder_bytes(folder))
        results.publish(folder, name)
    finally:
        places.remove_tree(folder)
    return JobDone(facts)


def _save(annotator: Annotator, order: Order, place: Path) -> None:
    """Copy the project to its place, with the way to the video as the one who asked for it has it."""
    video = order.job.video
    asked = Path(video).absolute() if video and not places.is_address(video) else annotator.video.path
    annotator.project.save_copy(place, video=asked)


def _facts(at: _At, steps: int, seconds: float) -> JobFacts:
    project = at.annotator.project
    spans = doubtful_spans(project, DOUBT)
    told = (notice.text for notice in project.notices)
    notes = (*at.notes, *at.annotator.video.warnings, *told)
    return JobFacts(
        project.frames,
        steps,
        len(project.objects),
        round(seconds, 3),
        len(spans),
        spans[0].worst if spans else None,
        tuple(dict.fromkeys(notes)),
    )

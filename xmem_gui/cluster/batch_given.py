"""From what a job is given to an open project whose committed masks are it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from xmem_gui.annotator import Annotator, find_masks, read_masks
from xmem_gui.cluster import places
from xmem_gui.cluster.jobs import Job, is_numbered
from xmem_gui.errors import FormatError
from xmem_gui.project import Commit, DeleteObjects, Origin
from xmem_gui.video.image_folder import list_images

PROJECT = "project.xmem"
_MOST_NUMBERS = 255


@dataclass(frozen=True)
class OpenedJob:
    """A job's project, open in a folder of its own.

    Attributes
    ----------
    annotator
        Its committed masks are what is given.
    notes
        What a person should know of how masks were read, a sentence each.
    """

    annotator: Annotator
    notes: tuple[str, ...] = ()


def here(job: Job, scratch: Path, parcel: Mapping[str, bytes] | None = None) -> Job:
    """Return the job with all that it reads on this machine.

    Parameters
    ----------
    job
        As it was asked for.
    scratch
        A folder for copies of what is elsewhere.
    parcel
        Files that have come along, by ``NUMBER/PATH``: the number is that in ``job.reads``.

    Raises
    ------
    XmemGuiError
        If something is not there.
    """
    where: dict[str, str] = {}
    if parcel is not None:
        places.write_tree(dict(parcel), scratch)
    for number, source in enumerate(job.reads):
        folder = scratch / str(number)
        if parcel is not None and not places.is_address(source):
            where[source] = str(next(folder.iterdir()))
        else:
            folder.mkdir()
            where[source] = str(places.fetched(source, folder))
    masks = tuple(
        f"{mask.partition('=')[0]}={where[mask.partition('=')[2]]}" if is_numbered(mask) else where[mask]
        for mask in job.masks
    )
    return replace(job, video=where.get(job.video, ""), project=where.get(job.project, ""), masks=masks)


def open_given(job: Job, folder: Path) -> OpenedJob:
    """Make or copy the job's project into a folder and open it there; what it reads is on this machine.

    Raises
    ------
    XmemGuiError
        If the video, the masks or the project cannot be read, or do not fit one another.
    """
    place = folder / PROJECT
    if job.project:
        with Annotator.open(
            job.video or job.project,
            project=Path(job.project) if job.video else None,
            create=False,
            look_only=True,
        ) as asked:
            asked.save_as(place)
            video = asked.video.path
        return OpenedJob(Annotator.open(video, project=place, settings=job.settings))
    annotator = Annotator.open(job.video, project=place, settings=job.settings)
    try:
        return OpenedJob(annotator, _give(annotator, job))
    except BaseException:
        annotator.close(lose_unsaved=True)
        raise


def _give(annotator: Annotator, job: Job) -> tuple[str, ...]:
    """Commit a job's masks, as one step; return what to tell of them."""
    if len(job.masks) == 1 and not is_numbered(job.masks[0]) and not _are_index_masks(Path(job.masks[0])):
        return _imported(annotator, job)
    found = find_masks(job.masks, annotator.video, first=job.first, first_number=job.first_number)
    given, told = read_masks(found, annotator.video)
    numbers = sorted({number for masks in given.values() for number in masks})
    if numbers[-1] > _MOST_NUMBERS:
        raise FormatError(f"The masks of {job.name} have the object {numbers[-1]}: numbers go up to 255.")
    project = annotator.project
    with project.run(Origin.IMPORTED, label="Import masks") as run:
        # A number in a mask is the object's number in the project, and so in every export.
        for _ in range(numbers[-1]):
            run.add_object()
        if gaps := [one for one in range(1, numbers[-1]) if one not in numbers]:
            run.apply(DeleteObjects(gaps))
        for frame, masks in given.items():
            run.put(frame, masks)
            run.apply(Commit(frame, list(masks)))
    return (*found.notes, *told)


def _are_index_masks(path: Path) -> bool:
    return path.suffix.lower() == ".png" or (path.is_dir() and bool(list_images(path)))


def _imported(annotator: Annotator, job: Job) -> tuple[str, ...]:
    plan = annotator.plan_import(Path(job.masks[0]), first_number=job.first_number)
    if plan.question is not None:
        raise FormatError(plan.question.refusal())
    annotator.import_masks(plan)
    for frame in plan.frames:
        annotator.commit(frame)
    return tuple(plan.warnings)

"""A folder of videos with masks or projects beside them, as jobs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xmem_gui.annotator import project_of
from xmem_gui.cluster.jobs import Defaults, Job, JobList, with_names
from xmem_gui.errors import XmemGuiError, in_words
from xmem_gui.project.peek import is_project
from xmem_gui.video.image_folder import list_images, natural_key

VIDEO_SUFFIXES = frozenset(
    f".{name}"
    for name in (
        *("3g2", "3gp", "asf", "avi", "dv", "f4v", "flv", "gif", "ivf", "m2ts", "m2v", "m4v", "mjpeg", "mkv"),
        *("mov", "mp4", "mpeg", "mpg", "mts", "mxf", "nut", "ogg", "ogv", "tif", "tiff", "ts", "vob", "webm"),
        *("wmv", "y4m"),
    )
)
_MASK_ENDINGS = ("-masks", "_masks", "-mask", "_mask")
_SHARED = "masks"
_WHAT_TO_DO = (
    "nothing is beside it to track from: a mask, a folder of masks, or a project with committed masks."
)


def jobs_in_folder(folder: Path, defaults: Defaults) -> JobList:
    """Find the videos of a folder, not of those in it, and what lies beside each.

    The project of a video counts before masks. Masks of ``clip.mp4`` are ``clip.png`` (of the first frame),
    the folders ``clip`` or ``clip-masks``, and those of such names in the folder ``masks``.

    Parameters
    ----------
    folder
        The folder to look for videos and masks in.
    defaults
        Settings that hold for every job that does not say otherwise.

    Raises
    ------
    XmemGuiError
        If it cannot be read.
    """
    jobs: list[Job] = []
    left_out: list[tuple[str, str]] = []
    for video in _videos(folder):
        given = _given(video)
        if given is None:
            left_out.append((video.name, f"{video.name}: {_WHAT_TO_DO}"))
            continue
        masks, project = given
        jobs.append(
            Job(
                name="",
                video=str(video),
                masks=masks,
                project=project,
                first=defaults.first,
                last=defaults.last,
                exports=defaults.exports,
                first_number=defaults.first_number,
                settings=defaults.settings,
            )
        )
    return with_names(JobList(tuple(jobs), left_out=tuple(left_out)))


def _videos(folder: Path) -> Iterator[Path]:
    try:
        inside = sorted((path for path in folder.iterdir() if not path.name.startswith(".")), key=natural_key)
    except OSError as error:
        raise XmemGuiError(in_words(error, folder)) from error
    files = [path for path in inside if path.suffix.lower() in VIDEO_SUFFIXES and path.is_file()]
    stems = {path.stem for path in files}
    for path in inside:
        if path in files or (
            path.is_dir() and path.name not in stems and not _holds_masks(path, inside) and list_images(path)
        ):
            yield path


def _holds_masks(folder: Path, inside: list[Path]) -> bool:
    """Tell whether a folder is by its name one of masks, for what lies beside it."""
    stems = {path.stem for path in inside} | {path.name for path in inside}
    return folder.name == _SHARED or any(
        folder.name.endswith(ending) and folder.name.removesuffix(ending) in stems for ending in _MASK_ENDINGS
    )


def _given(video: Path) -> tuple[tuple[str, ...], str] | None:
    """Return the masks and the project of a video, one of them empty; None if there is neither."""
    try:
        belonging = project_of(video)
    except XmemGuiError:
        belonging = None
    if belonging is not None and belonging.exists and is_project(belonging.place):
        return (), str(belonging.place)
    stem = video.name if video.is_dir() else video.stem
    for place in (video.parent, video.parent / _SHARED):
        for path in (place / f"{stem}.png", *(place / f"{stem}{end}" for end in ("", *_MASK_ENDINGS))):
            one = path if path.suffix.lower() == ".png" else path.with_name(f"{path.name}.png")
            if one.is_file() and one != video:
                return (str(one),), ""
            if path != video and path.is_dir() and list_images(path):
                return (str(path),), ""
    return None

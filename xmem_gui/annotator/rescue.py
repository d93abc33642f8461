"""Projects that cannot be opened as they are: the video has moved or changed, or the file is damaged."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from xmem_gui.annotator.propagation.checkpoint import snapshot_path
from xmem_gui.annotator.propagation.descriptors import descriptors_path
from xmem_gui.annotator.shown_range import range_of
from xmem_gui.annotator.video_appearance import names_of, recognise, reference_to
from xmem_gui.errors import MediaError, ProjectError
from xmem_gui.project import (
    Changed,
    Comparison,
    Found,
    Location,
    Missing,
    Moved,
    Project,
    Remote,
    Salvage,
    is_at_hand,
    renumber,
)
from xmem_gui.project.appearance import listed
from xmem_gui.video import FrameSource, open_source


class VideoNotFoundError(ProjectError):
    """A project's video is not where it was, or is another one: `relink` it.

    Attributes
    ----------
    project
        Path of the project file.
    location
        `Moved`, `Changed`, `Missing` or `Remote`.
    """

    def __init__(self, text: str, *, project: Path, location: Location) -> None:
        super().__init__(text)
        self.project = project
        self.location = location


def video_of(project: Project, asked: Path | None = None, *, hosts: Collection[str] = ()) -> FrameSource:
    """Open the video of a project.

    Parameters
    ----------
    project
        The project file whose video is looked for.
    asked
        The video that a person has named; only this one will do.
    hosts
        Other computers that may be asked.

    Raises
    ------
    VideoNotFoundError
        If it is not where it was, or another one.
    MediaError
        If the video that was asked for cannot be opened.
    """
    kept: dict[Path, FrameSource] = {}

    def probe(path: Path) -> tuple[str, ...]:
        try:
            source = open_source(path, display_range=range_of(project))
        except MediaError as error:
            return (f"it cannot be opened: {error}",)
        what = recognise(project.fingerprint, project.appearance, source).what
        if what:
            source.close()
        else:
            kept[path] = source
        return what

    if asked is not None:
        source = open_source(asked, display_range=range_of(project))
        what = recognise(project.fingerprint, project.appearance, source).what
        if not what:
            return source
        source.close()
        text = f"{project.path.name} was made for another video than {asked.name}: {' and '.join(what)}."
        raise VideoNotFoundError(text, project=project.path, location=Changed(asked, what))
    location = project.locate_video(probe, hosts=hosts)
    if isinstance(location, Found):
        return kept[location.path]
    raise VideoNotFoundError(_said(project.path.name, location), project=project.path, location=location)


def _said(name: str, location: Location) -> str:
    where = ""
    if isinstance(location, Moved):
        where = f"it may be {location.candidates[0]}"
    elif isinstance(location, Changed):
        where = f"{location.path} is not the same video: {' and '.join(location.what)}"
    elif isinstance(location, Missing):
        where = f"it was {location.expected}"
    elif isinstance(location, Remote):
        where = f"it is said to be {location.path}, and {location.host} is not asked unless you agree"
    return f"The video of {name} is not where it was; {where.rstrip('.')}. Relink it."


def remember(project: Project, source: FrameSource) -> None:
    """Keep where the video is and what it looks like, if the project does not know it yet."""
    if project.read_only:
        return
    look = project.appearance
    if look is None or look.names != names_of(source) or not any(map(is_at_hand, project.near_places)):
        project.relink(reference_to(source))


def differences(project: Path, video: Path) -> Comparison:
    """Say how a video compares with that of a project.

    Raises
    ------
    MediaError, ProjectError
        If either cannot be opened.
    """
    with (
        Project.open(project, read_only=True) as document,
        open_source(video, display_range=range_of(document)) as source,
    ):
        return recognise(document.fingerprint, document.appearance, source)


def relink(project: Path, video: Path, *, accept_changes: bool = False) -> tuple[str, ...]:
    """Tell a project where its video is now.

    Masks of a folder follow its pictures by their names; those of pictures that are gone are kept in the
    project, and come back when the pictures do. Otherwise masks keep their frame numbers.

    Parameters
    ----------
    project
        The project file; nobody may have it open.
    video
        The video file or folder of images.
    accept_changes
        Whether the video may differ from what it was (never in its size).

    Returns
    -------
    tuple of str
        What has been done beside that, a sentence each.

    Raises
    ------
    MediaError, ProjectError
        If either cannot be opened, or the video does not fit.
    """
    with (
        Project.open(project, backup_every=None) as document,
        open_source(video, display_range=range_of(document)) as source,
    ):
        found = recognise(document.fingerprint, document.appearance, source)
        if found.fits and not found.same and not accept_changes:
            raise ProjectError(f"{video.name} is not the same video: {' and '.join(found.what)}.")
        reference = reference_to(source)
        moves = found.moves
        before = document.kept
        if moves is None or (moves.keeps_numbers and not before):
            document.relink(reference)
            return ()
    renumber(project, reference, moves)
    _forget_memory(project)
    with Project.open(project, read_only=True) as document:
        return _done(before, document.kept)


def _done(before: dict[str, int], after: dict[str, int]) -> tuple[str, ...]:
    said = ["Masks have followed their pictures."]
    back = [name for name in before if name not in after]
    kept = [name for name in after if name not in before]
    if kept:
        count = sum(after[name] for name in kept)
        said.append(
            f"{count:,} mask{'s' * (count > 1)} of pictures that are gone ({listed(kept)}) "
            f"{'are' if count > 1 else 'is'} kept in the project, to come back with them."
        )
    if back:
        said.append(f"Masks of pictures that are there again ({listed(back)}) are back.")
    return tuple(said)


def _forget_memory(project: Path) -> None:
    """Remove what was saved of the engine's memory: its frames have other numbers now."""
    for path in (snapshot_path(project), descriptors_path(project)):
        with suppress(OSError):
            path.unlink()


def salvage(project: Path) -> Salvage:
    """Repair a damaged project as far as it can be, and say what was saved.

    Raises
    ------
    ProjectError
        If nothing can be saved.
    """
    document, report = Project.salvage(project)
    document.close()
    return report

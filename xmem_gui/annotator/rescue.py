"""Projects that cannot be opened as they are: the video has moved or changed, or the file is damaged."""

from pathlib import Path

from xmem_gui.errors import ProjectError
from xmem_gui.project import Fingerprint, Location, Project, Salvage, VideoReference
from xmem_gui.video import FrameSource, open_source

PROJECT_SUFFIX = ".xmem"


class VideoNotFoundError(ProjectError):
    """A project's video is not where it was, or is another one: `relink` it.

    Attributes
    ----------
    project
        The project file.
    location
        `Moved`, `Changed` or `Missing`.
    """

    def __init__(self, text: str, *, project: Path, location: Location) -> None:
        super().__init__(text)
        self.project = project
        self.location = location


def project_place(path: Path, project: Path | None = None) -> Path:
    """Return the project file of what is opened: itself if it is one, else beside the video."""
    if path.suffix == PROJECT_SUFFIX and path.is_file():
        return path
    return project or path.with_name((path.name if path.is_dir() else path.stem) + PROJECT_SUFFIX)


def reference_of(video: Path) -> VideoReference:
    """Return a video and what it is known by.

    Raises
    ------
    MediaError
        If it cannot be opened.
    """
    with open_source(video) as source:
        return reference_to(source)


def reference_to(source: FrameSource) -> VideoReference:
    """Return what an open video is known by."""
    seconds = source.timestamps.tolist()
    mark = Fingerprint.of(source.path, width=source.width, height=source.height, seconds=seconds)
    return VideoReference(source.path, mark)


def differences(project: Path, video: Path) -> tuple[str, ...]:
    """Say in words how a video differs from that of a project; empty if it is the same.

    Raises
    ------
    MediaError, ProjectError
        If either cannot be opened.
    """
    found = reference_of(video).fingerprint
    with Project.open(project, read_only=True) as document:
        return document.fingerprint.differences(found)


def relink(project: Path, video: Path, *, accept_changes: bool = False) -> None:
    """Tell a project where its video is now.

    Parameters
    ----------
    project
        The project file; nobody may have it open.
    video
        The video file or folder of images.
    accept_changes
        Whether the video may differ from what it was (never in its size).

    Raises
    ------
    MediaError, ProjectError
        If either cannot be opened, or the video does not fit.
    """
    reference = reference_of(video)
    with Project.open(project) as document:
        document.relink(reference, accept_changes=accept_changes)


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

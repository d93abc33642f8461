"""Which project a video has: the one that was made for that very file, and never that of another.

The project of ``clip.mp4`` is ``clip.xmem`` beside it, unless that is another video's (``clip.mkv``, the
folder ``clip``) or no project: then it is ``clip.mp4.xmem``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from xmem_gui.annotator.absent_video import name_of
from xmem_gui.annotator.shown_range import range_in
from xmem_gui.annotator.video_appearance import recognise
from xmem_gui.errors import MediaError, ProjectError
from xmem_gui.files import is_there
from xmem_gui.project import host_of, is_at_hand, same_place
from xmem_gui.project.peek import Belongs, is_project, peek
from xmem_gui.video import open_source

PROJECT_SUFFIX = ".xmem"
_DISK = "disk"
_MOST = 1000
_MOST_ORPHANS = 100


@dataclass(frozen=True)
class Belonging:
    """Where the project of what is opened is.

    Attributes
    ----------
    place
        Path of the project file.
    video
        The video that was asked for; None if the project itself was.
    exists
        Whether there is such a project; otherwise this is where it is to be made.
    notice
        What a person should know of the choice, in a sentence; mostly empty.
    """

    place: Path
    video: Path | None
    exists: bool
    notice: str = ""


def project_of(path: Path, project: Path | None = None) -> Belonging:
    """Find the project of a video, a folder of images or a project.

    Parameters
    ----------
    path
        What is to be opened.
    project
        Where its project is or shall be; None for beside it.

    Raises
    ------
    DamagedProjectError
        If a project beside the video cannot be read, so that it cannot be told whose it is.
    ProjectError
        If both are projects, or the project would take the video's place.
    """
    if is_project(path):
        if project is not None and not same_place(path, project):
            raise ProjectError(f"{path.name} is a project itself: open it without another one.")
        return Belonging(path, None, exists=True)
    if path.suffix.lower() == PROJECT_SUFFIX and not is_at_hand(path):
        raise ProjectError(f"There is no project at {path}.")
    if project is None:
        return _beside(path)
    if same_place(path, project) or project.is_dir():
        raise ProjectError(f"{project} cannot be the project: give the name of a file of its own.")
    return Belonging(project, path, exists=_is_taken(project))


def project_place(path: Path, project: Path | None = None) -> Path:
    """Return the project file of what is opened: itself if it is one, else beside the video."""
    return project_of(path, project).place


def _beside(video: Path) -> Belonging:
    if video.name in {"", ".."}:  # "." and "..", beside which no name can be told
        video = video.resolve()
    free: Path | None = None
    passed: list[str] = []
    for number, place in enumerate(_names(video)):
        if not _is_taken(place):
            free = free or place
            if number:
                break
            continue
        found = peek(place)
        if found is not None and belongs_to(found, place, video):
            return Belonging(place, video, exists=True)
        passed.append(_whose(place, found))
    assert free is not None
    if (orphan := _orphan(video)) is not None:
        notice = f"{orphan.name} was made for this video when it had another name or place."
        return Belonging(orphan, video, exists=True, notice=notice)
    elsewhere = passed and free != _at(video, _first_name(video))
    notice = f"{' '.join(passed)} The project of {video.name} is {free.name}." if elsewhere else ""
    return Belonging(free, video, exists=False, notice=notice)


def _orphan(video: Path) -> Path | None:
    """Return a project beside a video whose own video is gone, and whose frames are this one's."""
    try:
        places = sorted(islice(video.absolute().parent.glob(f"*{PROJECT_SUFFIX}"), _MOST))
    except OSError:
        return None
    for place in places[:_MOST_ORPHANS]:
        with suppress(ProjectError):
            found = peek(place)
            if found is not None and belongs_to(found, place, video):
                return place
    return None


def _names(video: Path) -> Iterator[Path]:
    """Yield the names that the project of a video may have, the likeliest first."""
    whole = f"{video.name or _DISK} (folder)" if video.is_dir() else video.name
    yield _at(video, _first_name(video))
    yield _at(video, whole + PROJECT_SUFFIX)
    for number in range(2, _MOST):
        yield _at(video, f"{whole} ({number}){PROJECT_SUFFIX}")


def _first_name(video: Path) -> str:
    return (video.name or _DISK if video.is_dir() else video.stem) + PROJECT_SUFFIX


def _at(video: Path, name: str) -> Path:
    """Return a place beside a video; in it, if it is a whole disk, such as a camera's card."""
    return video.with_name(name) if video.name else video / name


def belongs_to(found: Belongs, place: Path, video: Path) -> bool:
    """Tell whether a project was made for a file: for that very one, or for one that is gone and is it.

    Parameters
    ----------
    found
        What the project's file says of the video that it was made for.
    place
        Path of the project file.
    video
        Path of the video file or image folder.
    """
    reference, folder = found.reference, place.absolute().parent
    other = False
    for path in reference.places(folder):
        if reference.host(path, folder) not in (None, host_of(str(video.absolute()))):
            continue  # another computer is not asked
        if same_place(path, video):
            return True
        other = other or is_at_hand(path)
    if other or not is_at_hand(video) or found.appearance is None or not found.appearance.samples:
        return False
    try:
        with open_source(video, display_range=range_in(found.settings)) as source:
            return recognise(reference.fingerprint, found.appearance, source).same
    except MediaError:
        return False


def _whose(place: Path, found: Belongs | None) -> str:
    if found is None:
        return f"{place.name} is no project."
    return f"{place.name} is the project of {name_of(Path(found.reference.relative))}."


def _is_taken(path: Path) -> bool:
    try:
        return is_there(path)
    except ValueError:  # no file can have this name
        return False

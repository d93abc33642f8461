"""Which frame a mask file belongs to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xmem_gui.arrays import Mask
from xmem_gui.errors import FormatError, MaskError, XmemGuiError, why_no_file
from xmem_gui.formats.davis import list_masks, read_index_mask
from xmem_gui.formats.importing import ImportTarget
from xmem_gui.formats.matching import frames_by_name, match_frames
from xmem_gui.formats.sidecar import mask_record
from xmem_gui.project import same_place
from xmem_gui.video import FrameSource

ObjectMasks = dict[int, Mask]


@dataclass(frozen=True)
class FoundMasks:
    """Mask files by their frames.

    Attributes
    ----------
    files
        The mask file of each frame, by 0-based frame number.
    notes
        What to tell the person of how the frames were found.
    of_folders
        The frames of files that were not named one by one: one without an object says nothing.
    """

    files: dict[int, Path]
    notes: tuple[str, ...] = ()
    of_folders: frozenset[int] = frozenset()


def find_masks(
    masks: Sequence[str], video: FrameSource, *, first: int, first_number: int | None = None
) -> FoundMasks:
    """Assign mask files to frames.

    Parameters
    ----------
    masks
        ``FILE``, ``FRAME=FILE`` or a folder of files. A file without a frame belongs to the frame that
        bears its name, if the video is a folder of images and has one, else to ``first``; the files of a
        folder belong to the frames that `formats.matching` finds by their names.
    video
        The open video; its frame names and size decide which files fit.
    first
        The frame where the run begins.
    first_number
        The number that the video's first frame has in names of files. Files without a frame are then
        matched by number too.

    Raises
    ------
    MaskError
        If a file is missing, two stand for one frame, or it cannot be decided which frames those of a folder
        are for.
    FormatError
        If no file of a folder fits a frame.
    """
    target = target_of(video, first_number)
    found: dict[int, Path] = {}
    of_folders: set[int] = set()
    notes: list[str] = []
    for text in masks:
        frame_text, equals, rest = text.partition("=")
        if equals and frame_text.isdecimal():
            pairs = [(int(frame_text), Path(rest))]
        elif why_no_file(Path(text)) and not why_no_file(Path(text), folder=True):
            check_other(Path(text), video, MaskError)
            pairs = _of_folder(Path(text), target, notes)
            of_folders.update(frame for frame, _ in pairs)
        else:
            pairs = [(_of_file(Path(text), target, first), Path(text))]
        for frame, path in pairs:
            _check(frame, path, video, found)
            found[frame] = path
    return FoundMasks(found, tuple(notes), frozenset(of_folders))


def check_other(path: Path, video: FrameSource, kind: type[XmemGuiError] = FormatError) -> None:
    """Refuse the video itself as its masks: grey frames would be taken for numbers of objects.

    Raises
    ------
    XmemGuiError
        Of the kind, if it is.
    """
    if same_place(path, video.path):
        raise kind(f"'{path}' is the video itself: choose the masks that are made for it.")


def target_of(video: FrameSource, first_number: int | None = None) -> ImportTarget:
    """Return a video as importers are told of it."""
    names = tuple(video.frame_name(frame) for frame in range(len(video)))
    return ImportTarget((video.height, video.width), names, video.name, video.named, first_number)


def read_masks(
    found: FoundMasks, video: FrameSource, *, repair: bool = False
) -> tuple[dict[int, ObjectMasks], tuple[str, ...]]:
    """Read index masks into each object's own; return them by frame, and what to tell the person.

    Raises
    ------
    MaskError
        If a mask cannot be read, does not fit, holds unexpected values, or nothing at all; of those in a
        folder some may hold nothing, but not all.
    """
    read: dict[int, ObjectMasks] = {}
    empty: list[Path] = []
    for frame, path in sorted(found.files.items()):
        index = read_index_mask(path, size=(video.height, video.width), repair=repair)
        names = [int(name) for name in np.unique(index) if name]
        if names:
            read[frame] = {name: index == name for name in names}
        elif frame in found.of_folders and len(empty) + 1 < len(found.files):
            empty.append(path)
        else:
            raise MaskError(f"The mask {path} of frame {frame} is empty: draw at least one object in it.")
    if not empty:
        return read, ()
    are = "1 mask is" if len(empty) == 1 else f"{len(empty)} masks are"
    return read, (f"{are} empty, and left out (such as {empty[0].name}): they say of no object where it is.",)


def _of_file(path: Path, target: ImportTarget, first: int) -> int:
    if target.first_number is not None:
        return match_frames([path.stem], target).frames[path.stem]
    return frames_by_name([path.stem], target).get(path.stem, first)


def _of_folder(folder: Path, target: ImportTarget, notes: list[str]) -> list[tuple[int, Path]]:
    files = list_masks(folder)
    if not files:
        raise MaskError(f"The folder {folder} holds no PNG masks.")
    record, told = mask_record(folder, files, target)
    matching = match_frames(list(files), target, record)
    if matching.question is not None:
        raise MaskError(matching.question.refusal())
    notes += [*told, *matching.notes]
    return [(frame, files[stem]) for stem, frame in matching.frames.items()]


def _check(frame: int, path: Path, video: FrameSource, found: dict[int, Path]) -> None:
    if why_no_file(path):
        raise MaskError(f"There is no mask file {path}.")
    if not 0 <= frame < len(video):
        raise MaskError(
            f"{path} is for frame {frame}, but {video.name} has the frames 0 to {len(video) - 1}."
        )
    if frame in found:
        raise MaskError(f"Frame {frame} has two masks, {found[frame]} and {path}: give one.")

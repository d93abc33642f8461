"""Which frame a mask file belongs to."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import MaskError
from xmem_gui.formats.davis import list_masks, read_index_mask
from xmem_gui.video import FrameSource

ObjectMasks = dict[int, NDArray[np.bool_]]


def find_masks(masks: Sequence[str], video: FrameSource, *, first: int) -> dict[int, Path]:
    """Assign mask files to frames.

    Parameters
    ----------
    masks
        ``FILE``, ``FRAME=FILE`` or a folder of files. A file without a frame belongs to the frame that
        bears its name, if the video is a folder of images and has one, else to ``first``; the files of a
        folder belong to the frames that bear their names.
    video
        Whose frames.
    first
        The frame where the run begins.

    Raises
    ------
    MaskError
        If a file is missing, names no frame, or two stand for one frame.
    """
    by_name = {video.frame_name(i): i for i in range(len(video))}
    found: dict[int, Path] = {}
    for text in masks:
        frame_text, equals, rest = text.partition("=")
        if equals and frame_text.isdecimal():
            pairs = [(int(frame_text), Path(rest))]
        elif Path(text).is_dir():
            pairs = _of_folder(Path(text), by_name)
        else:
            pairs = [(by_name.get(Path(text).stem, first) if video.path.is_dir() else first, Path(text))]
        for frame, path in pairs:
            _check(frame, path, video, found)
            found[frame] = path
    return found


def read_masks(files: dict[int, Path], video: FrameSource, *, repair: bool = False) -> dict[int, ObjectMasks]:
    """Read index masks into each object's own.

    Raises
    ------
    MaskError
        If a mask cannot be read, does not fit, holds unexpected values, or nothing at all.
    """
    read: dict[int, ObjectMasks] = {}
    for frame, path in sorted(files.items()):
        index = read_index_mask(path, size=(video.height, video.width), repair=repair)
        names = [int(name) for name in np.unique(index) if name]
        if not names:
            raise MaskError(f"The mask {path} of frame {frame} is empty: draw at least one object in it.")
        read[frame] = {name: index == name for name in names}
    return read


def _of_folder(folder: Path, by_name: dict[str, int]) -> list[tuple[int, Path]]:
    files = list_masks(folder)
    if not files:
        raise MaskError(f"The folder {folder} holds no PNG masks.")
    strangers = [name for name in files if name not in by_name]
    if strangers:
        raise MaskError(
            f"The masks {', '.join(strangers[:5])}{' ...' if len(strangers) > 5 else ''} in {folder} bear no "
            "frame's name: rename them, or give them as FRAME=FILE."
        )
    return [(by_name[name], path) for name, path in files.items()]


def _check(frame: int, path: Path, video: FrameSource, found: dict[int, Path]) -> None:
    if not path.is_file():
        raise MaskError(f"There is no mask file {path}.")
    if not 0 <= frame < len(video):
        raise MaskError(
            f"{path} is for frame {frame}, but {video.name} has the frames 0 to {len(video) - 1}."
        )
    if frame in found:
        raise MaskError(f"Frame {frame} has two masks, {found[frame]} and {path}: give one.")

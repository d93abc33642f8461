"""Opening whatever a person points at as a source of frames."""

from __future__ import annotations

import contextlib
from pathlib import Path

from xmem_gui.errors import MediaError, in_words
from xmem_gui.video.display_range import DisplayRange
from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.pictures import TIFF_SUFFIXES
from xmem_gui.video.source import FrameSource
from xmem_gui.video.tiff_stack import TiffStack
from xmem_gui.video.video_file import VideoFile


def open_source(path: Path | str, *, display_range: DisplayRange | None = None) -> FrameSource:
    """Open a video file, a TIFF stack or a folder of images, whichever ``path`` is.

    Parameters
    ----------
    path : Path or str
        Path of the video file, image folder or image.
    display_range : DisplayRange or None
        Which values of pictures with more than 8 bits are shown as black and white; None to find it from the
        pictures. Others have no use for it.

    Raises
    ------
    MediaError
        Nothing is there, or it is no video and no folder of images.
    """
    path = existing(path)
    if path.is_dir():
        return ImageFolder(path, display_range=display_range)
    if path.suffix.lower() in TIFF_SUFFIXES:
        return TiffStack(path, display_range=display_range)
    return VideoFile(path, display_range=display_range)


def existing(path: Path | str) -> Path:
    """Return a path that is there: as it is given, or with ``~`` as the home folder.

    Raises
    ------
    MediaError
        Nothing is there, or it may not be looked at.
    """
    given = Path(path)
    try:
        if given.exists():
            return given
    except (OSError, ValueError) as error:
        raise MediaError(in_words(error, given)) from error
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        if (home := given.expanduser()).exists():
            return home
    raise MediaError(f"{given} does not exist: check the path.")

"""Opening whatever a person points at as a source of frames."""

from __future__ import annotations

import contextlib
from pathlib import Path

from xmem_gui.errors import MediaError
from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.source import FrameSource
from xmem_gui.video.video_file import VideoFile


def open_source(path: Path | str) -> FrameSource:
    """Open a video file or a folder of images, whichever ``path`` is.

    Raises
    ------
    MediaError
        Nothing is there, or it is no video and no folder of images.
    """
    path = existing(path)
    return ImageFolder(path) if path.is_dir() else VideoFile(path)


def existing(path: Path | str) -> Path:
    """Return a path that is there: as it is given, or with ``~`` as the home folder.

    Raises
    ------
    MediaError
        Nothing is there.
    """
    given = Path(path)
    with contextlib.suppress(OSError, ValueError):
        if given.exists():
            return given
    with contextlib.suppress(OSError, ValueError, RuntimeError):
        if (home := given.expanduser()).exists():
            return home
    raise MediaError(f"{given} does not exist: check the path.")

"""Opening whatever a person points at as a source of frames."""

from __future__ import annotations

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
    path = Path(path).expanduser()
    if not path.exists():
        raise MediaError(f"{path} does not exist: check the path.")
    return ImageFolder(path) if path.is_dir() else VideoFile(path)

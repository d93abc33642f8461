"""What a person wants to know about a video before working on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.opening import existing
from xmem_gui.video.video_file import VideoFile


@dataclass(frozen=True)
class VideoInfo:
    """A video file or image folder in figures.

    Attributes
    ----------
    path : Path
        The file or folder.
    container, codec, pixel_format : str
        FFmpeg's names; for a folder ``image folder``, the kinds of file, and ``rgb24``.
    frames : int
        Number of frames that can be read.
    width, height : int
        Pixels, as displayed.
    rate : float
        Average frames a second.
    duration : float
        Seconds from the first frame to the end of the last.
    variable_rate : bool
        Frames are shown for different lengths of time.
    b_frames : bool
        Frames are stored in another order than they are shown in.
    rotation : int
        Degrees counter-clockwise by which stored pictures are turned: 0, 90, 180 or 270.
    mirrored : bool
        Stored pictures are also mirrored.
    warnings : tuple of str
        Sentences about damage and other things to know.
    """

    path: Path
    container: str
    codec: str
    pixel_format: str
    frames: int
    width: int
    height: int
    rate: float
    duration: float
    variable_rate: bool
    b_frames: bool
    rotation: int
    mirrored: bool
    warnings: tuple[str, ...]


def video_info(path: Path | str) -> VideoInfo:
    """Look into a video file or an image folder.

    Raises
    ------
    MediaError
        As ``open_source`` raises it.
    """
    path = existing(path)
    return _folder_info(path) if path.is_dir() else _file_info(path)


def _file_info(path: Path) -> VideoInfo:
    with VideoFile(path) as video:
        facts = video.facts
        gaps = np.diff(video.timestamps)
        # Times rounded to whole units of the time base differ by one unit at a constant rate.
        slack = 1.5 * float(facts.time_base)
        return VideoInfo(
            path=path,
            container=facts.container,
            codec=facts.codec,
            pixel_format=facts.pixel_format,
            frames=len(video),
            width=video.width,
            height=video.height,
            rate=video.rate,
            duration=float(video.timestamps[-1]) + (float(np.median(gaps)) if len(gaps) else 1 / video.rate),
            variable_rate=bool(len(gaps) and gaps.max() - gaps.min() > slack),
            b_frames=facts.b_frames,
            rotation=facts.orientation.rotation,
            mirrored=facts.orientation.mirrored,
            warnings=video.warnings,
        )


def _folder_info(path: Path) -> VideoInfo:
    with ImageFolder(path) as folder:
        kinds = sorted({file.suffix[1:].lower() for file in folder.files})
        return VideoInfo(
            path=path,
            container="image folder",
            codec=", ".join(kinds),
            pixel_format="rgb24",
            frames=len(folder),
            width=folder.width,
            height=folder.height,
            rate=folder.rate,
            duration=len(folder) / folder.rate,
            variable_rate=False,
            b_frames=False,
            rotation=0,
            mirrored=False,
            warnings=folder.warnings,
        )

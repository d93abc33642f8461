"""What a person wants to know about a video before working on it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from xmem_gui.video.compression import bits_per_pixel
from xmem_gui.video.display_range import DisplayRange
from xmem_gui.video.image_folder import ImageFolder
from xmem_gui.video.opening import open_source
from xmem_gui.video.source import FrameSource
from xmem_gui.video.video_file import VideoFile


@dataclass(frozen=True)
class VideoInfo:
    """A video file or image folder in figures.

    Attributes
    ----------
    path : Path
        Path of the video file or image folder.
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
    display_range : str or None
        Of pictures with more than 8 bits a value: the values shown as black and white, ``LOW:HIGH``.
    bits_per_pixel : float or None
        Of the file, sound included; None for a folder.
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
    bits_per_pixel: float | None
    display_range: str | None
    warnings: tuple[str, ...]


def video_info(path: Path | str, *, display_range: DisplayRange | None = None) -> VideoInfo:
    """Look into a video file, a TIFF stack or an image folder; parameters as of `open_source`.

    Raises
    ------
    MediaError
        As ``open_source`` raises it.
    """
    with open_source(path, display_range=display_range) as source:
        return _video_info(source) if isinstance(source, VideoFile) else _pictures_info(source)


def _video_info(video: VideoFile) -> VideoInfo:
    facts = video.facts
    gaps = np.diff(video.timestamps)
    # Times rounded to whole units of the time base differ by one unit at a constant rate.
    slack = 1.5 * float(facts.time_base)
    return VideoInfo(
        path=video.path,
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
        bits_per_pixel=bits_per_pixel(video),
        display_range=_said(video.display_range),
        warnings=video.warnings,
    )


def _pictures_info(pictures: FrameSource) -> VideoInfo:
    if isinstance(pictures, ImageFolder):
        container, kinds = "image folder", {file.suffix[1:].lower() for file in pictures.files}
    else:
        container, kinds = "image stack", {pictures.path.suffix[1:].lower()}
    return VideoInfo(
        path=pictures.path,
        container=container,
        codec=", ".join(sorted(kinds)),
        pixel_format="rgb24",
        frames=len(pictures),
        width=pictures.width,
        height=pictures.height,
        rate=pictures.rate,
        duration=len(pictures) / pictures.rate,
        variable_rate=False,
        b_frames=False,
        rotation=0,
        mirrored=False,
        bits_per_pixel=None,
        display_range=_said(pictures.display_range),
        warnings=pictures.warnings,
    )


def _said(shown: DisplayRange | None) -> str | None:
    return None if shown is None else str(shown)

"""What a video looks like, read from its frames: how a project knows it again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.project import (
    GRID,
    Appearance,
    Comparison,
    Fingerprint,
    Moves,
    Sample,
    VideoReference,
    compare,
    follow_names,
    spread,
)
from xmem_gui.video import FrameSource
from xmem_gui.video.image_folder import ImageFolder

_MOST, _LEAST = 8, 3
_PIXELS = 48 << 20
"""Fewer frames are looked at where they are large: decoding so many pixels takes half a second."""
_NEAR = 8 << 20
"""A frame is only looked at if this many pixels have to be decoded to reach it."""
_SIDE, _QUALITY = 192, 85
_MOST_SIZES = 20_000
"""Of more pictures, the files are not asked for their sizes while their names are as they were."""


def reference_to(source: FrameSource) -> VideoReference:
    """Return what an open video is known by: its fingerprint, and what a few of its frames look like."""
    mark = _fingerprint_of(source, with_bytes=True)
    names = names_of(source)
    look = Appearance(
        rate=float(source.rate),
        times=_times(source),
        names=names,
        sizes=_sizes(source) if names else (),
        samples=tuple(_samples(source, _telling_frames(source))),
    )
    return VideoReference(source.path, mark, look)


def recognise(known: Fingerprint, remembered: Appearance | None, source: FrameSource) -> Comparison:
    """Compare an open video with the one that a project was made for, frame by frame looked at."""
    names = names_of(source)
    found = _fingerprint_of(source, with_bytes=remembered is None)
    if remembered is None and known.bytes == sum(_sizes(source)):
        # Files that are no pictures have come into the folder since.
        found = replace(found, bytes=known.bytes)
    moves = None if remembered is None else _moves(remembered, names, source)
    wanted = []
    if remembered is not None and (found.width, found.height) == (known.width, known.height):
        wanted = [one.frame if moves is None else moves.to[one.frame] for one in remembered.samples]
    samples = _samples(source, [frame for frame in wanted if 0 <= frame < len(source)])
    seen = Appearance(times=_times(source), names=names, samples=tuple(samples))
    return compare(known, remembered, found, seen, moves=moves)


def _moves(remembered: Appearance, names: tuple[str, ...], source: FrameSource) -> Moves | None:
    """Return where the pictures of a folder have gone; None if each is where it was, or it is no folder.

    Pictures that were renamed among themselves have the names that there were: their sizes tell.
    """
    if not remembered.names or not names:
        return None
    if remembered.names == names and (not remembered.sizes or len(names) > _MOST_SIZES):
        return None
    moves = follow_names(remembered.names, names, remembered.sizes, _sizes(source))
    return None if moves is not None and remembered.names == names and moves.keeps_numbers else moves


def names_of(source: FrameSource) -> tuple[str, ...]:
    """Return the file names of a folder's pictures, in order; nothing for a video file."""
    return tuple(file.name for file in source.files) if isinstance(source, ImageFolder) else ()


def picture_of(image: RgbImage) -> bytes:
    """Return a frame as a small JPEG for people to look at."""
    height, width = image.shape[:2]
    scale = min(1.0, _SIDE / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    done, data = cv2.imencode(".jpg", small[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return data.tobytes() if done else b""


def _fingerprint_of(source: FrameSource, *, with_bytes: bool) -> Fingerprint:
    return Fingerprint.of(
        source.path,
        width=source.width,
        height=source.height,
        seconds=source.timestamps.tolist(),
        with_bytes=with_bytes,
    )


def _sizes(source: FrameSource) -> tuple[int, ...]:
    if not isinstance(source, ImageFolder):
        return ()
    try:
        return tuple(file.stat().st_size for file in source.files)
    except OSError:
        return ()


def _times(source: FrameSource) -> tuple[float, ...]:
    times = source.timestamps
    return tuple(float(times[frame] - times[0]) for frame in spread(len(times)))


def _telling_frames(source: FrameSource) -> list[int]:
    """Return the frames to look at: spread over the video, and quick to reach."""
    pixels = max(1, source.width * source.height)
    count = min(max(_PIXELS // pixels, _LEAST), _MOST)
    near = _NEAR // pixels
    found = set()
    for frame in spread(len(source), count):
        start = source.group_start(frame)
        found.add(frame if frame <= start + near else start)
    if len(found) == 1:
        found.add(min(near, len(source) - 1))
    return sorted(found)


def _samples(source: FrameSource, frames: Iterable[int]) -> Iterator[Sample]:
    """Yield the frames that can be read, without moving the source's own place in the file."""
    with source.twin() as reader:
        for frame in sorted(frames):
            try:
                image = reader.frame(frame)
            except MediaError:
                continue  # one bad frame says nothing of the others
            if frame in reader.damaged:
                continue  # another one stands in for it
            cells = cv2.resize(image, (GRID, GRID), interpolation=cv2.INTER_AREA)
            yield Sample(frame, np.ascontiguousarray(cells).tobytes(), picture_of(image))

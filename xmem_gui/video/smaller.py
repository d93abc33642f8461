"""Decoded pictures in a smaller size, without making all of their pixels into RGB first."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from xmem_gui.arrays import Size
from xmem_gui.video.container import import_av

_FORMATS = frozenset({"yuv420p", "yuv422p", "yuv444p", "yuvj420p", "yuvj422p", "yuvj444p"})
"""FFmpeg's formats whose planes are pictures of 8 bits, one value after the other."""


def halved(picture: Any, size: Size) -> npt.NDArray[np.uint8] | None:
    """Return a decoded picture as (h, w, 3) RGB, halved as often as it stays at least of a size.

    Brightness and colour are halved each for itself before they are mixed, which is half of the work of
    mixing all pixels. Colours follow the file's matrix and range, as those of the whole picture do.

    Parameters
    ----------
    picture : av.VideoFrame
        As the decoder gives it.
    size : (H, W)
        In which it is to be seen.

    Returns
    -------
    array or None
        None where it cannot be halved, or is of a format for which this is not done.
    """
    times = 0
    while picture.height >> times + 1 >= size[0] and picture.width >> times + 1 >= size[1]:
        times += 1
    if not times or picture.format.name not in _FORMATS:
        return None
    made = import_av().VideoFrame(picture.width >> times, picture.height >> times, picture.format.name)
    for source, target in zip(picture.planes, made.planes, strict=True):
        _fill(_pixels(target), _pixels(source), times)
    made.colorspace, made.color_range = picture.colorspace, picture.color_range
    rgb: npt.NDArray[np.uint8] = made.to_ndarray(format="rgb24")
    return rgb


def _pixels(plane: Any) -> npt.NDArray[np.uint8]:
    """Return the pixels of a plane, which share its memory."""
    rows = np.frombuffer(plane, np.uint8)[: plane.height * plane.line_size]
    return rows.reshape(plane.height, plane.line_size)[:, : plane.width]


def _fill(target: npt.NDArray[np.uint8], source: npt.NDArray[np.uint8], times: int) -> None:
    for _ in range(times - 1):
        half = source.shape[1] // 2, source.shape[0] // 2
        source = np.asarray(cv2.resize(source, half, interpolation=cv2.INTER_AREA), np.uint8)
    cv2.resize(source, target.shape[::-1], dst=target, interpolation=cv2.INTER_AREA)

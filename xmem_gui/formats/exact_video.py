"""Video files whose encoders keep the values they are given."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import OutputError
from xmem_gui.formats.timing import Timing
from xmem_gui.video.container import import_av, url_of

_BT709, _LIMITED = 1, 1
_TO_YUV = np.array(
    [
        [0.2126, 0.7152, 0.0722],
        [-0.2126 / 1.8556, -0.7152 / 1.8556, 0.9278 / 1.8556],
        [0.7874 / 1.5748, -0.7152 / 1.5748, -0.0722 / 1.5748],
    ]
)
"""Y', Cb and Cr (ITU-R BT.709, item 3) of R'G'B'."""
_SCALE, _OFFSET = np.array([876.0, 896.0, 896.0]), np.array([64.0, 512.0, 512.0])
"""Of 10 bits, narrow range (item 5)."""


@dataclass(frozen=True)
class Coding:
    """How a video with exact values is coded.

    Attributes
    ----------
    codec
        The name of the encoder in FFmpeg.
    stored
        Format of the stored pixels: ``gray``, ``rgb24``, ``bgra``, ``yuv444p10le`` or ``yuva444p10le``.
    alpha
        Whether frames are given as (H, W, 4) RGBA; otherwise as (H, W).
    options
        Options for the encoder, by their names in FFmpeg.
    """

    codec: str
    stored: str
    alpha: bool
    options: tuple[tuple[str, str], ...] = ()


FFV1_GREY = Coding("ffv1", "gray", False, (("level", "3"), ("slicecrc", "1")))
FFV1_ALPHA = Coding("ffv1", "bgra", True, (("level", "3"), ("slicecrc", "1")))
ANIMATION_GREY = Coding("qtrle", "rgb24", False)
PRORES_GREY = Coding("prores_ks", "yuv444p10le", False, (("profile", "4444"),))
PRORES_ALPHA = Coding("prores_ks", "yuva444p10le", True, (("profile", "4444"), ("alpha_bits", "16")))


class ExactWriter:
    """Writes frames to a video file by an encoder that keeps values.

    Pixels are laid out here and not by FFmpeg's scaler, whose threads have damaged pictures with alpha.

    Parameters
    ----------
    path
        The file to make; it is not removed on failure.
    coding
        The codec and the pixel format to write.
    size
        Size of the frames, (height, width) in pixels.
    timing
        When each frame is shown, in the video's own time base.
    comment
        What is put into the file's metadata.

    Raises
    ------
    OutputError
        If the encoder is missing, or the file cannot be written.
    """

    def __init__(
        self, path: Path, coding: Coding, size: tuple[int, int], timing: Timing, comment: str
    ) -> None:
        self._av = import_av()
        self._coding, self._timing = coding, timing
        rate = Fraction(timing.rate).limit_denominator(65535)
        self._unit = timing.time_base or 1 / rate
        self._count = 0
        try:
            self._container = self._av.open(url_of(path), "w")
            self._container.metadata["comment"] = comment
            self._stream = self._container.add_stream(coding.codec, rate=rate)
            self._stream.height, self._stream.width = size
            self._stream.pix_fmt = coding.stored
            self._stream.options = dict(coding.options)
            context = self._stream.codec_context
            context.time_base = self._stream.time_base = self._unit
            if coding.stored.startswith("yuv"):
                context.colorspace = context.color_primaries = context.color_trc = _BT709
                context.color_range = _LIMITED
        except (self._av.error.FFmpegError, ValueError) as error:
            raise OutputError(f"The video cannot be written with {coding.codec}: {error}.") from error

    def __enter__(self) -> "ExactWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._encode(None)
        finally:
            self._container.close()

    def write(self, picture: NDArray[np.uint8]) -> None:
        """Append a frame, (H, W) or (H, W, 4) RGBA uint8."""
        frame = self._frame_of(picture)
        time = self._timing.time(self._count)
        frame.pts = self._count if time is None else round(time / self._unit)
        frame.time_base = self._unit
        self._count += 1
        self._encode(frame)

    def _frame_of(self, picture: NDArray[np.uint8]) -> Any:
        if self._coding.stored == "gray":
            return self._av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="gray")
        if self._coding.stored == "rgb24":
            return self._av.VideoFrame.from_ndarray(cv2.merge([picture] * 3), format="rgb24")
        if self._coding.stored == "bgra":
            swapped = np.ascontiguousarray(picture[..., [2, 1, 0, 3]])
            return self._av.VideoFrame.from_ndarray(swapped, format="bgra")
        height, width = picture.shape[:2]
        frame = self._av.VideoFrame(width, height, self._coding.stored)
        values_of = planes_of if self._coding.alpha else grey_planes_of
        for plane, values in zip(frame.planes, values_of(picture), strict=True):
            rows = np.frombuffer(plane, np.uint16).reshape(-1, plane.line_size // 2)
            rows[:height, :width] = values
        # ProRes tells the colours of each frame by these.
        for name in ("colorspace", "color_primaries", "color_trc"):
            if hasattr(frame, name):
                setattr(frame, name, _BT709)
        frame.color_range = _LIMITED
        return frame

    def _encode(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except self._av.error.FFmpegError as error:
            raise OutputError(f"The video cannot be written: {error}.") from error


def grey_planes_of(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], ...]:
    """Return Y, Cb and Cr (narrow range) of 10 bits, each (H, W), of a grey picture."""
    luma = np.round(_OFFSET[0] + np.arange(256) * (_SCALE[0] / 255)).astype(np.uint16)[picture]
    neutral = np.full_like(luma, int(_OFFSET[1]))
    return luma, neutral, neutral


def planes_of(picture: NDArray[np.uint8]) -> tuple[NDArray[np.uint16], ...]:
    """Return Y, Cb, Cr (BT.709, narrow range) and alpha (0 to 1023) of 10 bits, each (H, W), of RGBA."""
    matrix = np.hstack((_TO_YUV * (_SCALE / 255)[:, None], _OFFSET[:, None]))
    colours = np.asarray(cv2.transform(picture[..., :3].astype(np.float32), matrix.astype(np.float32)))
    planes = np.round(colours).astype(np.uint16)
    alpha = np.round(np.arange(256) * (1023 / 255)).astype(np.uint16)[picture[..., 3]]
    return planes[..., 0], planes[..., 1], planes[..., 2], alpha

"""Writing pictures to a video file that plays everywhere."""

from __future__ import annotations

import contextlib
import logging
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import numpy.typing as npt

from xmem_gui.errors import MediaError, OutputError
from xmem_gui.files import publish, temporary_name
from xmem_gui.video.container import import_av, url_of

logger = logging.getLogger(__name__)

_BT709 = 1
_LIMITED_RANGE = 1
_COARSEST = 51
_MPEG4_FINEST = Fraction(1, 60000)
"""MPEG-4 keeps the time base in 16 bits."""


class VideoWriter:
    """Writes H.264 (or, where FFmpeg was built without it, MPEG-4) that any player shows.

    Use it as a context manager: the file appears under its name, whole, when the block ends well, and not at
    all when it ends with an exception; a file of that name from before stays until then.

    Parameters
    ----------
    path : Path or str
        The file to make; its suffix (.mp4, .mkv, .mov, .avi) tells the container.
    size : tuple of int
        (width, height) of the frames. Odd sizes are padded by repeating the last column or row.
    rate : Fraction, float or int
        Frames per second, positive.
    crf : int
        Quality of H.264, 0 (lossless) to 51; about 18 looks lossless.
    time_base : Fraction or None
        The unit of the times given to ``write``; None for frames at the constant ``rate``.
    codecs : tuple of str
        FFmpeg encoders to try, in this order.
    comment : str
        A note to keep in the file.

    Raises
    ------
    OutputError
        The quality is out of its range, the file cannot be written there, or no encoder is available.
    """

    def __init__(
        self,
        path: Path | str,
        *,
        size: tuple[int, int],
        rate: Fraction | float = 24,
        crf: int = 18,
        time_base: Fraction | None = None,
        codecs: tuple[str, ...] = ("libx264", "mpeg4"),
        comment: str = "",
    ) -> None:
        self._path = Path(path)
        self._size = size
        self._rate = Fraction(rate).limit_denominator(65535)
        if min(size) < 1 or self._rate <= 0:
            raise OutputError(f"{self._path.name} cannot be written: its frames have no size or no rate.")
        if not 0 <= crf <= _COARSEST:
            raise OutputError(
                f"{self._path.name} cannot be written: its quality is 0 to {_COARSEST}, not {crf}."
            )
        self._time_base = time_base or 1 / self._rate
        self._given_times = time_base is not None
        self._count = 0
        self._last_pts = -1
        self._finished = False
        self._av = import_av()
        self._partial = self._reserve()
        try:
            self._container = self._av.open(url_of(self._partial), "w", options=self._container_options())
            if comment:
                self._container.metadata["comment"] = comment
            self._stream = self._add_stream(codecs, crf)
        except (self._av.error.FFmpegError, ValueError) as error:
            self.abort()
            raise OutputError(f"{self._path.name} cannot be written as a video: {error}.") from error
        except BaseException:
            self.abort()
            raise

    @property
    def codec(self) -> str:
        """The encoder in use."""
        return str(self._stream.codec_context.codec.name)

    def write(self, frame: npt.NDArray[np.uint8], *, time: Fraction | None = None) -> None:
        """Append one frame.

        Parameters
        ----------
        frame : (H, W, 3) uint8 array
            RGB, of the writer's size.
        time : Fraction or None
            When the frame is shown, in seconds, later than the one before; only with a ``time_base``.

        Raises
        ------
        MediaError
            The frame has another size or type, or its time is not later than the one before.
        OutputError
            The disk is full or cannot be written.
        """
        width, height = self._size
        if frame.shape != (height, width, 3) or frame.dtype != np.uint8:
            raise MediaError(
                f"Frame {self._count} for {self._path.name} has shape {frame.shape} and type {frame.dtype}: "
                f"({height}, {width}, 3) and uint8 are needed."
            )
        pts = self._pts_of(time)
        padded = np.pad(frame, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
        picture = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
        picture = picture.reformat(
            format="yuv420p", dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
        )
        picture.pts, picture.time_base = pts, self._time_base
        self._encode(picture)
        self._count += 1
        self._last_pts = pts

    def close(self) -> Path:
        """Finish the file and put it in its place; returns where it is."""
        if self._finished:
            return self._path
        if not self._count:
            self.abort()
            raise OutputError(f"{self._path.name} is not written: it would hold no frame.")
        try:
            self._encode(None)
            self._container.close()
            publish(self._partial, self._path)
        except (self._av.error.FFmpegError, OSError) as error:
            self.abort()
            raise OutputError(f"{self._path} cannot be written: {error}.") from error
        except BaseException:
            self.abort()
            raise
        self._finished = True
        return self._path

    def abort(self) -> None:
        """Leave no trace of the unfinished file."""
        if self._finished:
            return
        self._finished = True
        container = getattr(self, "_container", None)
        if container is not None:
            with contextlib.suppress(self._av.error.FFmpegError, OSError, ValueError):
                container.close()
        self._partial.unlink(missing_ok=True)

    def __enter__(self) -> VideoWriter:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _reserve(self) -> Path:
        # FFmpeg knows the container by the ending.
        partial = temporary_name(self._path, ending=self._path.suffix)
        try:
            partial.touch(exist_ok=False)
        except OSError as error:
            raise OutputError(
                f"{self._path} cannot be written: check that the folder exists and may be written to."
            ) from error
        return partial

    def _container_options(self) -> dict[str, str]:
        return {"movflags": "faststart"} if self._path.suffix.lower() in (".mp4", ".mov", ".m4v") else {}

    def _add_stream(self, codecs: tuple[str, ...], crf: int) -> Any:
        for name in codecs:
            try:
                self._av.codec.Codec(name, "w")
            except self._av.codec.codec.UnknownCodecError:
                logger.info("FFmpeg has no encoder %s", name)
                continue
            stream = self._container.add_stream(name, rate=self._rate)
            width, height = self._size
            stream.width, stream.height = width + width % 2, height + height % 2
            stream.pix_fmt = "yuv420p"
            context = stream.codec_context
            if name == "mpeg4" and self._time_base.denominator > _MPEG4_FINEST.denominator:
                self._time_base = _MPEG4_FINEST
            context.time_base = self._time_base
            context.colorspace = context.color_primaries = context.color_trc = _BT709
            context.color_range = _LIMITED_RANGE
            # x264's crf and MPEG-4's quantiser (2 to 31) both grow as quality falls.
            stream.options = (
                {"crf": str(crf)} if name == "libx264" else {"qmin": "2", "qmax": str(max(3, crf // 2))}
            )
            return stream
        raise OutputError(f"{self._path.name} cannot be written: FFmpeg has none of the encoders {codecs}.")

    def _pts_of(self, time: Fraction | None) -> int:
        if (time is not None) != self._given_times:
            raise MediaError("Frames are written either all with times (and a time base) or all without.")
        pts = self._count if time is None else round(Fraction(time) / self._time_base)
        if pts <= self._last_pts:
            raise MediaError(
                f"Frame {self._count} for {self._path.name} is not later than the one before it."
            )
        return pts

    def _encode(self, picture: Any) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (self._av.error.FFmpegError, OSError) as error:
            raise OutputError(f"{self._path} cannot be written: {error}.") from error

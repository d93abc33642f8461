"""Exports that are videos: overlay (H.264), matte (FFV1), and pictures with alpha (FFV1, ProRes 4444)."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xmem_gui.errors import OutputError
from xmem_gui.formats.exporting import ExportPlan, Tick
from xmem_gui.formats.pictures import overlay
from xmem_gui.formats.rle import decode
from xmem_gui.formats.single_file import SingleFileExporter
from xmem_gui.formats.soft import levels, soft_warnings
from xmem_gui.formats.staging import Stage
from xmem_gui.outputs import mark
from xmem_gui.video.container import import_av, url_of
from xmem_gui.video.writer import VideoWriter


class OverlayVideoExporter(SingleFileExporter):
    """Writes the frames with the masks blended in, in the objects' colours."""

    id = "overlay"
    title = "overlay video (H.264)"
    extensions = (".mp4", ".mov", ".mkv")
    ending = "-overlay.mp4"
    needs_images = True

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
        height, width = plan.annotation.size
        with VideoWriter(
            stage.file(self.target(plan)),
            size=(width, height),
            rate=plan.annotation.rate,
            comment=mark(self.id),
        ) as writer:
            for frame in plan.frames:
                masks = ((info.colour, rle) for info, rle in plan.masks(frame))
                writer.write(overlay(plan.image(frame), masks))
                tick()


@dataclass(frozen=True)
class Coding:
    """How a video with exact values is coded.

    Attributes
    ----------
    codec
        FFmpeg's encoder.
    stored
        Format of the stored pixels.
    given
        Format of the frames as given: 'gray' (H, W) or 'rgba' (H, W, 4).
    options
        The encoder's options.
    """

    codec: str
    stored: str
    given: str
    options: tuple[tuple[str, str], ...] = ()


FFV1_GREY = Coding("ffv1", "gray", "gray", (("level", "3"), ("slicecrc", "1")))
FFV1_ALPHA = Coding("ffv1", "bgra", "rgba", (("level", "3"), ("slicecrc", "1")))
PRORES_ALPHA = Coding("prores_ks", "yuva444p10le", "rgba", (("profile", "4444"), ("alpha_bits", "16")))


class MatteVideoExporter(SingleFileExporter):
    """Writes a matte, or the frames with alpha, of the chosen objects together.

    FFV1 keeps every value; ProRes 4444 keeps alpha exactly for hard masks, and colours nearly. Colours are
    not multiplied by alpha.
    """

    def __init__(self, format_id: str, title: str, coding: Coding, extension: str) -> None:
        self.id = format_id
        self.title = title
        self.extensions = (extension,)
        self.ending = f"-{format_id}{extension}"
        self.needs_images = coding.given == "rgba"
        self._coding = coding

    def _warnings(self, plan: ExportPlan) -> tuple[str, ...]:
        together = (f"The {len(plan.objects)} objects share one matte.",) if len(plan.objects) > 1 else ()
        return (*together, *soft_warnings(plan))

    def _produce(self, plan: ExportPlan, stage: Stage, tick: Tick) -> None:
        path = stage.file(self.target(plan))
        annotation, note = plan.annotation, mark(self.id)
        with _ExactWriter(path, self._coding, annotation.size, annotation.rate, note) as writer:
            for frame in plan.frames:
                matte = matte_of(plan, frame)
                writer.write(np.dstack((plan.image(frame), matte)) if self.needs_images else matte)
                tick()


def matte_of(plan: ExportPlan, frame: int) -> NDArray[np.uint8]:
    """Return the (H, W) matte of all chosen objects: the highest of their probabilities or masks."""
    found = np.zeros(plan.annotation.size, dtype=np.uint8)
    for info, rle in plan.masks(frame):
        soft = plan.annotation.probability(frame, info.id)
        if soft is None:
            found[decode(rle)] = 255
        else:
            np.maximum(found, levels(rle, soft, np.uint8), out=found)
    return found


class _ExactWriter:
    """Writes frames to a video file by an encoder that keeps values."""

    def __init__(
        self, path: Path, coding: Coding, size: tuple[int, int], rate: Fraction, comment: str
    ) -> None:
        self._av = import_av()
        self._coding = coding
        self._path = path
        self._rate = Fraction(rate).limit_denominator(65535)
        self._count = 0
        try:
            self._container = self._av.open(url_of(path), "w")
            self._container.metadata["comment"] = comment
            self._stream = self._container.add_stream(coding.codec, rate=self._rate)
            self._stream.height, self._stream.width = size
            self._stream.pix_fmt = coding.stored
            self._stream.options = dict(coding.options)
        except (self._av.error.FFmpegError, ValueError) as error:
            raise OutputError(f"The video cannot be written with {coding.codec}: {error}.") from error

    def __enter__(self) -> "_ExactWriter":
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
        frame = self._av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format=self._coding.given)
        if self._coding.stored.startswith("yuv"):
            frame = frame.reformat(
                format=self._coding.stored,
                dst_colorspace="ITU709",
                src_color_range="JPEG",
                dst_color_range="MPEG",
            )
        elif self._coding.stored != self._coding.given:
            frame = frame.reformat(format=self._coding.stored)
        frame.pts, frame.time_base = self._count, 1 / self._rate
        self._count += 1
        self._encode(frame)

    def _encode(self, frame: Any) -> None:
        try:
            for packet in self._stream.encode(frame):
                self._container.mux(packet)
        except self._av.error.FFmpegError as error:
            raise OutputError(f"The video cannot be written: {error}.") from error

"""Clips for the tests: every frame carries its number as a bar code that survives compression."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

BITS = 10
STEPS = (1500, 3000, 3000, 4500, 9000)
"""Frame durations of the variable-rate clips, in units of 1/90000 s."""


def paint(number: int, width: int = 96, height: int = 64) -> npt.NDArray[np.uint8]:
    """Return a picture whose upper half shows ``number`` as white (1) and black (0) bars, lowest bit left."""
    image = np.full((height, width, 3), (40, 90, 140), np.uint8)
    edges = np.linspace(0, width, BITS + 1).astype(int)
    for bit in range(BITS):
        image[: height // 2, edges[bit] : edges[bit + 1]] = 255 * (number >> bit & 1)
    image[height // 2 :, : 1 + number * 7 % width] = (200, 60, 30)
    return image


def number_in(image: npt.NDArray[np.uint8]) -> int:
    """Read the number painted into a picture."""
    height, width = image.shape[:2]
    edges = np.linspace(0, width, BITS + 1).astype(int)
    row = image[height // 8 : 3 * height // 8].mean(axis=(0, 2))
    return sum(1 << bit for bit in range(BITS) if row[edges[bit] + 2 : edges[bit + 1] - 2].mean() > 127)


def numbers_in(source: object) -> list[int]:
    """Read every frame's number in order."""
    return [number_in(source.frame(i)) for i in range(len(source))]  # type: ignore[attr-defined,arg-type]


def write_clip(
    path: Path,
    *,
    frames: int = 60,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    size: tuple[int, int] = (96, 64),
    variable: bool = False,
    group: int = 12,
    b_frames: int = 3,
    options: dict[str, str] | None = None,
    container_options: dict[str, str] | None = None,
    rotation: tuple[int, bool, bool] | None = None,
    aspect: Fraction | None = None,
    first_pts: int = 0,
    pauses: Mapping[int, int] | None = None,
) -> Path:
    """Write a clip whose frame ``i`` shows the number ``i``; if variable, durations go round ``STEPS``.

    Frames in ``pauses`` are shown so many units of 1/90000 s longer.
    """
    with av.open(str(path), "w", options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=30)
        stream.width, stream.height, stream.pix_fmt = *size, pix_fmt
        context = stream.codec_context
        context.time_base = Fraction(1, 90000)
        if codec == "mpeg4":
            context.time_base = Fraction(1, 30)
        context.gop_size = group
        context.max_b_frames = b_frames
        if codec == "libx264":
            stream.options = {"threads": "1", **(options or {})}
        elif options:
            stream.options = options
        if rotation is not None:
            if not hasattr(stream, "set_display_rotation"):
                pytest.skip("this PyAV cannot write a rotation")
            stream.set_display_rotation(rotation[0], hflip=rotation[1], vflip=rotation[2])
        if aspect is not None:
            context.sample_aspect_ratio = aspect
        time = first_pts
        for number in range(frames):
            frame = av.VideoFrame.from_ndarray(paint(number, *size), format="rgb24")
            frame.pts = number if codec == "mpeg4" else time
            frame.time_base = context.time_base
            time += STEPS[number % len(STEPS)] if variable else 3000
            time += (pauses or {}).get(number, 0)
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(path: Path, share: float, name: str | None = None) -> Path:
    """Write the first ``share`` of a file's bytes beside it."""
    data = path.read_bytes()
    short = path.with_name(name or f"cut{path.suffix}")
    short.write_bytes(data[: int(len(data) * share)])
    return short

"""Clips as encoders leave them: encoded whole at a constant quality, counted in bits, and decoded again."""

import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.video import FrameSource, ImageFolder, VideoFile
from xmem_gui.video.container import url_of

_BT709 = 1
_LIMITED_RANGE = 1
_VERSION = re.compile(rb"(x264 - core [0-9]+[ -~]{0,12}|x265 \(build [0-9]+\)[ -~]{0,30})")


@dataclass(frozen=True)
class Encoder:
    """An encoder of FFmpeg with its options.

    Attributes
    ----------
    name
        What it is called here: ``x264``, ``x265`` or ``svt-av1``.
    library
        The name of the encoder in FFmpeg.
    options
        As FFmpeg has them, all but the quality.
    qualities
        Constant rate factors that are tried unless others are asked for, best first.
    """

    name: str
    library: str
    options: tuple[tuple[str, str], ...]
    qualities: tuple[int, ...]


ENCODERS = {
    encoder.name: encoder
    for encoder in (
        Encoder("x264", "libx264", (("preset", "medium"),), (23, 29, 35, 41, 47)),
        Encoder(
            "x265",
            "libx265",
            (("preset", "medium"), ("x265-params", "log-level=error")),
            (23, 29, 35, 41, 47),
        ),
        Encoder("svt-av1", "libsvtav1", (("preset", "8"), ("svtav1-params", "tune=0")), (27, 37, 47, 57, 63)),
    )
}


@dataclass(frozen=True)
class Encoded:
    """A clip after encoding and decoding.

    Attributes
    ----------
    frames
        What a decoder gives, of the clip's own size.
    bits
        Of all packets together, without the container's own bytes.
    version
        What the encoder says of itself in the stream; empty if it says nothing.
    """

    frames: FrameSource
    bits: int
    version: str


@contextmanager
def encoded(clip: FrameSource, encoder: Encoder, quality: int, rate: Fraction) -> Iterator[Encoded]:
    """Encode a clip whole, 4:2:0 in 8 bits, and yield it decoded; its file is gone afterwards.

    Parameters
    ----------
    clip
        The frames. Odd sizes are padded by repeating the last row or column, and cut again.
    encoder
        The encoder to use, one of `ENCODERS`.
    quality
        The constant rate factor: 0 is lossless, higher is smaller and worse.
    rate
        Frames per second, a positive number.

    Raises
    ------
    MediaError
        If FFmpeg was built without the encoder, or a frame cannot be read.
    """
    with tempfile.TemporaryDirectory(prefix="xmem-gui-codec-") as folder:
        path = Path(folder) / "clip.mkv"
        packets = _encode(clip, path, encoder, quality, rate)
        with VideoFile(path) as video:
            if len(video) != len(clip):
                raise MediaError(f"{encoder.name} gave {len(video)} frames for {len(clip)}.")
            frames = Cut(video, width=clip.width, height=clip.height)
            yield Encoded(frames, 8 * packets.size, packets.version)


@dataclass
class _Packets:
    size: int = 0
    version: str = ""

    def add(self, data: bytes) -> None:
        if not self.size and (match := _VERSION.search(data)):
            self.version = match[1].decode("ascii").strip()
        self.size += len(data)


def _encode(clip: FrameSource, path: Path, encoder: Encoder, quality: int, rate: Fraction) -> _Packets:
    import av

    # Else SVT-AV1 writes pages to stderr; 1 is errors only.
    os.environ.setdefault("SVT_LOG", "1")
    packets = _Packets()
    try:
        av.codec.Codec(encoder.library, "w")
    except av.codec.codec.UnknownCodecError:
        raise MediaError(
            f"This machine's FFmpeg has no encoder {encoder.library} ({encoder.name})."
        ) from None
    with av.open(url_of(path), "w") as container:
        stream: Any = container.add_stream(encoder.library, rate=rate)
        stream.width, stream.height = clip.width + clip.width % 2, clip.height + clip.height % 2
        stream.pix_fmt = "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = _BT709
        context.color_range = _LIMITED_RANGE
        stream.options = {**dict(encoder.options), "crf": str(quality)}
        for frame in range(len(clip)):
            _write(container, stream.encode(_picture(av, clip.frame(frame))), packets)
        _write(container, stream.encode(None), packets)
    return packets


def _picture(av: Any, image: RgbImage) -> Any:
    padded = np.pad(image, ((0, image.shape[0] % 2), (0, image.shape[1] % 2), (0, 0)), mode="edge")
    picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(padded), format="rgb24")
    return picture.reformat(
        format="yuv420p", dst_colorspace="ITU709", src_color_range="JPEG", dst_color_range="MPEG"
    )


def _write(container: Any, packets: Any, counted: _Packets) -> None:
    for packet in packets:
        counted.add(bytes(packet))
        container.mux(packet)


class Cut(FrameSource):
    """The upper left part of each frame of a source.

    Parameters
    ----------
    source
        The frames to be cut out of.
    width, height
        Of the part, in pixels.
    """

    def __init__(self, source: FrameSource, *, width: int, height: int) -> None:
        super().__init__(
            path=source.path, name=source.name, size=(width, height), rate=source.rate,
            timestamps=source.timestamps,
        )  # fmt: skip
        self._source = source

    def frame(self, index: int) -> RgbImage:
        """Return a frame, (H, W, 3) uint8 RGB."""
        return self._source.frame(index)[: self.height, : self.width]


class WithFirst(FrameSource):
    """A source whose first frame is another's: decoded frames after a clean one.

    Parameters
    ----------
    first
        Whose frame 0 is taken.
    rest
        Gives every frame but the first.
    """

    def __init__(self, first: FrameSource, rest: FrameSource) -> None:
        super().__init__(
            path=rest.path, name=rest.name, size=(rest.width, rest.height), rate=rest.rate,
            timestamps=rest.timestamps,
        )  # fmt: skip
        self._first, self._rest = first, rest

    def frame(self, index: int) -> RgbImage:
        """Return a frame, (H, W, 3) uint8 RGB."""
        return (self._rest if index else self._first).frame(index)


def decoded_elsewhere(folder: Path, clip: FrameSource) -> ImageFolder:
    """Return the pictures that another decoder wrote, which must be as many and as large as the clip's.

    Raises
    ------
    MediaError
        If they are not.
    """
    found = ImageFolder(folder)
    if len(found) != len(clip) or (found.width, found.height) != (clip.width, clip.height):
        raise MediaError(
            f"'{folder}' has {len(found)} pictures of {found.width} x {found.height} pixels, but the clip "
            f"has {len(clip)} of {clip.width} x {clip.height}."
        )
    return found

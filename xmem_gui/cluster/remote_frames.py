"""Frames on their way to another machine: packed without loss, and not sent again while they are there."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.project.rle import MAX_PIXELS
from xmem_gui.video.container import import_av

_CODEC, _PLANES = "magicyuv", "gbrp"
"""FFmpeg's MagicYUV: without loss, and the fastest for its size of those in every build (docs/adr/0031)."""

_ORDER = (1, 2, 0)
"""The colours in the order of FFmpeg's planes: green first."""


@dataclass(frozen=True)
class PackedFrame:
    """A frame (H, W, 3), compressed without loss.

    Attributes
    ----------
    height, width
        Height and width of the picture in pixels.
    head
        What the decoder must know beforehand.
    data
        The compressed bytes of the picture.
    """

    height: int
    width: int
    head: bytes
    data: bytes

    @property
    def bytes(self) -> int:
        """How many it takes."""
        return len(self.head) + len(self.data)


def pack(image: RgbImage) -> PackedFrame:
    """Compress a frame (H, W, 3) without loss."""
    av = import_av()
    height, width = image.shape[:2]
    context: Any = av.CodecContext.create(_CODEC, "w")
    context.width, context.height, context.pix_fmt = width, height, _PLANES
    context.time_base = Fraction(1, 25)
    frame = av.VideoFrame(width, height, _PLANES)
    for plane, channel in zip(frame.planes, _ORDER, strict=True):
        _rows(plane)[:, :width] = image[..., channel]
    frame.pts = 0
    packets = [*context.encode(frame), *context.encode(None)]
    head = context.extradata or b""
    return PackedFrame(height, width, bytes(head), b"".join(bytes(one) for one in packets))


def unpack(packed: PackedFrame) -> RgbImage:
    """Return the frame (H, W, 3), equal to what was packed, to the bit.

    Raises
    ------
    MediaError
        If it is none, or too large; nothing is decoded of one that is.
    """
    av = import_av()
    height, width = packed.height, packed.width
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise MediaError(f"A frame of {width}x{height} pixels is too large, or empty.")
    context: Any = av.CodecContext.create(_CODEC, "r")
    context.width, context.height, context.pix_fmt = width, height, _PLANES
    context.extradata = packed.head or None
    try:
        found = [*context.decode(av.Packet(packed.data)), *context.decode(None)]
    except av.error.FFmpegError:
        found = []
    if len(found) != 1 or (found[0].height, found[0].width, found[0].format.name) != (height, width, _PLANES):
        raise MediaError("A frame came damaged over the network: connect again.")
    image = np.empty((height, width, 3), np.uint8)
    for plane, channel in zip(found[0].planes, _ORDER, strict=True):
        image[..., channel] = _rows(plane)[:, :width]
    image.flags.writeable = False
    return image


def _rows(plane: Any) -> Any:
    """Return a plane's memory, (H, bytes in a line)."""
    return np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: plane.height]


class SentFrames:
    """Which frames lie on the other machine: the same on both sides, for both do the same in the same order.

    Parameters
    ----------
    budget
        Bytes of packed frames that are kept; those not used for longest go first.
    """

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[int, tuple[int, PackedFrame | None]] = OrderedDict()
        self.bytes = 0

    def note(self, frame: int) -> bool:
        """Return whether a frame is there, and remember that it was used."""
        if frame not in self._kept:
            return False
        self._kept.move_to_end(frame)
        return True

    def add(self, frame: int, packed: PackedFrame, *, keep: bool) -> None:
        """Add a frame; ``keep`` on the side where the frames are, and not where they come from."""
        self._kept[frame] = packed.bytes, packed if keep else None
        self.bytes += packed.bytes
        while self.bytes > self._budget and len(self._kept) > 1:
            _, (size, _) = self._kept.popitem(last=False)
            self.bytes -= size

    def get(self, frame: int) -> PackedFrame:
        """Return a frame that `note` has found.

        Raises
        ------
        MediaError
            If it is not here.
        """
        packed = self._kept[frame][1] if frame in self._kept else None
        if packed is None:
            raise MediaError(f"Frame {frame} did not come over the network: connect again.")
        return packed

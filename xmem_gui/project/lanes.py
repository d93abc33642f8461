"""A lane: one object's state on every frame, small enough to keep in memory and to search at once.

The masks table can hold millions of rows; the window asks of them only where they are, what kind they are
and how sure. A lane keeps that in two arrays, stored in chunks beside the masks and written in the same
transaction, so that opening a project reads a few large rows instead of all small ones.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
import numpy.typing as npt

from xmem_gui.errors import ProjectError
from xmem_gui.project.values import ORIGINS, MaskRecord

CHUNK = 1024
"""Frames a chunk."""

KNOWN, PRESENT, COMMITTED, REVIEWED = 1, 2, 4, 8
ORIGIN_SHIFT = 4
LANES_DAMAGED = "The project's table of contents is damaged."
_CHUNK_BYTES = 4 + CHUNK * 5


class Lane:
    """One object on frames 0 to ``frames - 1``.

    Attributes
    ----------
    flags : uint8 array of shape (frames,)
        Bits `KNOWN`, `PRESENT` (at least one pixel), `COMMITTED`, `REVIEWED`, and the origin above them.
    confidence : float32 array of shape (frames,)
        0 where there is no mask.
    changed : set of int
        Chunks that differ from those in the file.
    """

    def __init__(self, frames: int) -> None:
        size = -(-max(frames, 1) // CHUNK) * CHUNK
        self._flags = np.zeros(size, np.uint8)
        self._confidence = np.zeros(size, np.float32)
        self.frames = frames
        self.flags = self._flags[:frames]
        self.confidence = self._confidence[:frames]
        self.changed: set[int] = set()

    @property
    def chunks(self) -> int:
        """How many chunks there are."""
        return self._flags.size // CHUNK

    def put(self, frame: int, record: MaskRecord | None) -> None:
        """Note what is on a frame now."""
        self.flags[frame] = 0 if record is None else _flags_of(record)
        self.confidence[frame] = 0 if record is None else record.confidence
        self.changed.add(frame // CHUNK)

    def pack(self, chunk: int) -> bytes:
        """Return a chunk's bytes; empty if there is no mask in it."""
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        flags = self._flags[part]
        if not flags.any():
            return b""
        body = flags.tobytes() + self._confidence[part].astype("<f4").tobytes()
        return struct.pack("<I", zlib.crc32(body)) + body

    def unpack(self, chunk: int, data: object) -> None:
        """Read a chunk's bytes.

        Raises
        ------
        ProjectError
            If they are damaged, or lie beyond the last frame.
        """
        part = slice(chunk * CHUNK, (chunk + 1) * CHUNK)
        if (
            not isinstance(data, bytes)
            or len(data) != _CHUNK_BYTES
            or int.from_bytes(data[:4], "little") != zlib.crc32(data[4:])
            or not 0 <= part.start < self._flags.size
        ):
            raise ProjectError(LANES_DAMAGED)
        flags = np.frombuffer(data, np.uint8, CHUNK, 4)
        confidence = np.frombuffer(data, "<f4", CHUNK, 4 + CHUNK)
        possible = (flags >> ORIGIN_SHIFT < len(ORIGINS)) & ((flags & KNOWN != 0) | (flags == 0))
        if (
            not (possible & (confidence >= 0) & (confidence <= 1)).all()
            or flags[self.frames - part.start :].any()
        ):
            raise ProjectError(LANES_DAMAGED)
        self._flags[part], self._confidence[part] = flags, confidence

    def known_frames(self, frames: range | None = None) -> npt.NDArray[np.int64]:
        """Return the frames in a range that have a mask, empty ones included, in order."""
        if frames is None:
            return np.flatnonzero(self.flags)
        if frames.step < 1:
            raise ProjectError("A range of frames runs forwards.")
        step = slice(max(frames.start, 0), max(frames.stop, 0))
        found = np.flatnonzero(self.flags[step]) + step.start
        if frames.step != 1:
            found = found[(found - frames.start) % frames.step == 0]
        return found


def _flags_of(record: MaskRecord) -> int:
    present = PRESENT if record.area else 0
    flags = COMMITTED * record.committed | REVIEWED * record.reviewed
    return KNOWN | present | flags | ORIGINS.index(record.origin) << ORIGIN_SHIFT

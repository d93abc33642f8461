"""Reading all packets of a video stream once, without decoding."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import numpy as np

from xmem_gui.video.container import import_av
from xmem_gui.video.key_packets import TELLING, EntryKind, Inspector, holds_picture, inspector, is_reference
from xmem_gui.video.packet_index import NO_TIME, PacketTable

logger = logging.getLogger(__name__)

_SMALL = 256
"""Bytes of a packet that may be without a picture: a delimiter, a message, filling."""


def scan_packets(path: Path, container: Any, stream: Any) -> PacketTable:
    """Read every packet header of the stream once, and look into the key packets; decodes nothing."""
    av = import_av()
    rows: list[tuple[int, int, bool, bool]] = []
    cut = broken = False
    empty = 0
    context = stream.codec_context
    look = _PacketLook(context.codec.canonical_name, bytes(context.extradata or b""))
    try:
        for packet in container.demux(stream):
            if not packet.size:
                # The end of the stream is told by an empty packet without times.
                empty += packet.dts is not None or packet.pts is not None
                continue
            cut = packet.is_corrupt
            pts = NO_TIME if packet.pts is None else packet.pts
            dts = NO_TIME if packet.dts is None else packet.dts
            key = look.is_entry(len(rows), packet)
            rows.append((pts, dts, key, not packet.is_discard and look.is_shown(packet)))
    except av.error.FFmpegError as error:
        logger.warning("%s: reading packets stopped after %d: %s", path.name, len(rows), error)
        broken = True
    pts_, dts_, key_, shown = zip(*rows, strict=True) if rows else ((), (), (), ())
    table = PacketTable(
        np.array(pts_, np.int64),
        np.array(dts_, np.int64),
        np.array(key_, bool),
        np.array(shown, bool),
        broken,
        empty,
        look.late,
        tuple(look.shapes),
        context.codec.canonical_name in TELLING,
    )
    return table.without_last() if cut else table


class _PacketLook:
    """Looks into packets as they are read one after another, mostly into those that are marked as keys."""

    def __init__(self, codec: str, extradata: bytes) -> None:
        self._codec, self._extradata = codec, extradata
        self._inspect: Inspector = inspector(codec, extradata)
        self._open: dict[int, int] = {}
        self._shape = b""
        self.late: dict[int, int] = {}
        self.shapes: list[int] = []

    def is_entry(self, packet: int, content: Any) -> bool:
        """Return whether decoding may start at a packet."""
        if self._open:
            self._count(packet, content)
        if not content.is_keyframe:
            return False
        changed = self._new_parameters(content)
        found = self._inspect(memoryview(content))
        if packet and (changed or (found.shape and found.shape != self._shape)):
            self.shapes.append(packet)
        self._shape = found.shape or self._shape
        if found.entry is EntryKind.LATE:
            self.late[packet] = -1 if found.references else packet
            if found.references:
                self._open[packet] = found.references
        return found.entry is not EntryKind.FALSE

    def is_shown(self, content: Any) -> bool:
        """Whether a packet has a picture that a player shows."""
        if self._codec == "vp8":
            # RFC 6386, 9.1: bit 4 tells whether a frame is shown.
            return bool(memoryview(content)[0] & 0x10)
        if self._codec in ("h264", "hevc") and content.size <= _SMALL:
            return holds_picture(memoryview(content), self._codec, self._extradata)
        return True

    def _new_parameters(self, content: Any) -> bool:
        if not (hasattr(content, "has_sidedata") and content.has_sidedata("new_extradata")):
            return False
        self._extradata = bytes(content.get_sidedata("new_extradata"))
        self._inspect = inspector(self._codec, self._extradata)
        return True

    def _count(self, packet: int, content: Any) -> None:
        """Count the reference pictures after each late entry: H.264 gives the refresh's length in them."""
        if is_reference(memoryview(content), self._extradata):
            for key in tuple(self._open):
                self._open[key] -= 1
                if not self._open[key]:
                    self.late[key] = packet
                    del self._open[key]

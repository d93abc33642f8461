"""What a packet that its file calls a key really is, read from the first bytes of the packet itself.

A file's word for a key packet is only that. Recovery points of a gradual refresh (H.264, annex D.2.8) carry
the same mark as an IDR picture, but pictures decoded from there on are half built for a while; some writers
mark every packet.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

_NAL_START = b"\0\0\1"
_RECOVERY_POINT = 6
_H264_SLICES = range(1, 6)
_H264_IDR, _H264_SEI, _H264_SPS = 5, 6, 7
_HEVC_IRAP = range(16, 24)
_HEVC_SPS, _HEVC_SLICES = 33, range(32)
_HEADER_BYTES = 64
"""Enough of a slice header or of a message to read what is asked of it."""


class EntryKind(Enum):
    """What decoding from a packet on gives."""

    SOUND = auto()
    """The pictures shown from this one on, as they are when decoded from the file's start."""
    LATE = auto()
    """The same, but only from some later picture on."""
    FALSE = auto()
    """No picture that can be relied on."""


@dataclass(frozen=True)
class KeyPacket:
    """A packet that is marked as a key.

    Attributes
    ----------
    entry : Entry
        What decoding from it gives.
    references : int
        How many more reference pictures complete the refresh, where the entry is late.
    shape : bytes
        What in the packet decides the size of pictures; empty if nothing in it does, or it is not known.
    """

    entry: EntryKind = EntryKind.SOUND
    references: int = 0
    shape: bytes = b""


Inspector = Callable[[memoryview], KeyPacket]


def inspector(codec: str, extradata: bytes) -> Inspector:
    """Return what reads the key packets of a codec, by FFmpeg's name of it.

    What cannot be read is taken at the file's word: damage is for the decoder to find.
    """
    if codec in ("h264", "hevc"):
        size = _length_size(codec, extradata)
        look = _h264 if codec == "h264" else _hevc
        return lambda data: look(list(_first_units(data, size, codec)))
    return _INSPECTORS.get(codec, lambda _: KeyPacket())


def holds_picture(data: memoryview, codec: str, extradata: bytes) -> bool:
    """Whether there is a slice in a packet of H.264 or HEVC; without one it repeats the picture before."""
    slices = _H264_SLICES if codec == "h264" else _HEVC_SLICES
    units = list(_first_units(data, _length_size(codec, extradata), codec))
    # What cannot be taken apart is damaged, and for the decoder to find.
    return not units or any(_kind(unit, codec) in slices for unit in units)


def is_reference(data: memoryview, extradata: bytes) -> bool:
    """Whether other pictures may be predicted from the H.264 picture in a packet."""
    for unit in _first_units(data, _length_size("h264", extradata), "h264"):
        if unit[0] & 0x1F in _H264_SLICES:
            return bool(unit[0] & 0x60)
    return False


def _length_size(codec: str, extradata: bytes) -> int:
    """Return how many bytes tell the length of a NAL unit; 0 where start codes part them."""
    place = 4 if codec == "h264" else 21
    if len(extradata) > place and extradata[0] == 1:
        return (extradata[place] & 3) + 1
    return 0


def _first_units(data: memoryview, length_size: int, codec: str) -> Iterator[memoryview]:
    """Give the NAL units of a packet up to and with its first slice."""
    for unit in _with_lengths(data, length_size) if length_size else _with_start_codes(data):
        if len(unit) > 1:
            yield unit
            if _kind(unit, codec) in (_H264_SLICES if codec == "h264" else _HEVC_SLICES):
                return


def _kind(unit: memoryview, codec: str) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def _with_lengths(data: memoryview, size: int) -> Iterator[memoryview]:
    place = 0
    while place + size < len(data):
        length = int.from_bytes(data[place : place + size], "big")
        place += size
        if not length:
            return
        yield data[place : place + length]
        place += length


def _with_start_codes(data: memoryview) -> Iterator[memoryview]:
    content = data.tobytes()
    start = content.find(_NAL_START)
    while start >= 0:
        after = content.find(_NAL_START, start + 3)
        yield data[start + 3 : after if after >= 0 else len(content)]
        start = after


def _h264(units: list[memoryview]) -> KeyPacket:
    shape = b"".join(bytes(unit) for unit in units if unit[0] & 0x1F == _H264_SPS)
    if not units or (kind := units[-1][0] & 0x1F) not in _H264_SLICES:
        return KeyPacket(shape=shape)
    if kind == _H264_IDR:
        return KeyPacket(shape=shape)
    counts = [count for unit in units if unit[0] & 0x1F == _H264_SEI and (count := _recovery(unit)) >= 0]
    bits = _Bits(units[-1][1:_HEADER_BYTES])
    bits.golomb()
    intra = bits.golomb() % 5 in (2, 4)
    if counts and intra and counts[0] == 0:
        return KeyPacket(shape=shape)
    if intra or (counts and counts[0] > 0):
        return KeyPacket(EntryKind.LATE, counts[0] if counts else 0, shape)
    return KeyPacket(EntryKind.FALSE, shape=shape)


def _recovery(unit: memoryview) -> int:
    """Return recovery_frame_cnt of the recovery point among supplemental messages; -1 if there is none."""
    data = bytes(unit[1:]).replace(b"\0\0\3", b"\0\0")
    place = 0
    while place + 2 < len(data):
        numbers = []
        for _ in range(2):
            number = 0
            while place < len(data) and data[place] == 0xFF:
                number, place = number + 255, place + 1
            number, place = number + (data[place] if place < len(data) else 0), place + 1
            numbers.append(number)
        if numbers[0] == _RECOVERY_POINT:
            return _Bits(memoryview(data)[place : place + 8]).golomb()
        place += numbers[1]
    return -1


def _hevc(units: list[memoryview]) -> KeyPacket:
    shape = b"".join(bytes(unit) for unit in units if unit[0] >> 1 & 0x3F == _HEVC_SPS)
    kind = units[-1][0] >> 1 & 0x3F if units else -1
    if kind in _HEVC_SLICES and kind not in _HEVC_IRAP:
        return KeyPacket(EntryKind.FALSE, shape=shape)
    return KeyPacket(shape=shape)


def _mpeg2(data: memoryview) -> KeyPacket:
    """Read MPEG-1 and MPEG-2 (ISO 13818-2, 6.2): sequence header, picture_coding_type."""
    content = data.tobytes()
    sequence, picture = content.find(b"\0\0\1\xb3"), content.find(b"\0\0\1\0")
    shape = content[sequence : sequence + 7] if sequence >= 0 else b""
    if 0 <= picture < len(content) - 5 and (content[picture + 5] >> 3 & 7) in (2, 3):
        return KeyPacket(EntryKind.FALSE, shape=shape)
    return KeyPacket(shape=shape)


def _mpeg4(data: memoryview) -> KeyPacket:
    """Read MPEG-4 part 2 (ISO 14496-2, 6.2): video object layer, vop_coding_type."""
    content = data.tobytes()
    picture = content.find(b"\0\0\1\xb6")
    layer = next((at for at in range(0x20, 0x30) if b"\0\0\1" + bytes([at]) in content[:_HEADER_BYTES]), -1)
    start = content.find(b"\0\0\1" + bytes([layer])) if layer >= 0 else -1
    shape = content[start : picture if picture > start else start + 16] if start >= 0 else b""
    if 0 <= picture < len(content) - 4 and content[picture + 4] >> 6:
        return KeyPacket(EntryKind.FALSE, shape=shape)
    return KeyPacket(shape=shape)


def _vp8(data: memoryview) -> KeyPacket:
    """Read RFC 6386, 9.1."""
    if len(data) < 10:
        return KeyPacket()
    return KeyPacket(EntryKind.FALSE) if data[0] & 1 else KeyPacket(shape=bytes(data[6:10]))


def _vp9(data: memoryview) -> KeyPacket:
    """Read the uncompressed header (VP9, 6.2) of the first frame in a packet."""
    bits = _Bits(data[:_HEADER_BYTES])
    if bits.read(2) != 2:
        return KeyPacket()
    profile = bits.read(1) + 2 * bits.read(1)
    if profile == 3:
        bits.read(1)
    repeats, inter = bits.read(1), bits.read(1)
    if repeats or inter:
        return KeyPacket(EntryKind.FALSE)
    return KeyPacket(shape=bytes(data[4:10]))


def _av1(data: memoryview) -> KeyPacket:
    """Read open bitstream units (AV1, 5.3 to 5.9) up to the first frame header."""
    place, shape = 0, b""
    while place + 1 < len(data):
        head = data[place]
        kind = head >> 3 & 15
        place += 1 + (head >> 2 & 1)
        length = len(data) - place
        if head & 2:
            length, place = _leb128(data, place)
        if kind == 1:
            shape = bytes(data[place : place + length])
        elif kind in (3, 6) and place < len(data):
            bits = _Bits(data[place : place + 1])
            still = bool(shape) and bool(shape[0] & 8)
            repeats, frame_type, shown = bits.read(1), bits.read(2), bits.read(1)
            if still:
                return KeyPacket(shape=shape)
            if repeats or frame_type:
                return KeyPacket(EntryKind.FALSE, shape=shape)
            # A key that is decoded first and shown later: what is shown before may need what came before.
            return KeyPacket(EntryKind.SOUND if shown else EntryKind.LATE, shape=shape)
        place += length
    return KeyPacket(shape=shape)


def _leb128(data: memoryview, place: int) -> tuple[int, int]:
    value = 0
    for step in range(8):
        if place >= len(data):
            break
        byte = data[place]
        value, place = value | (byte & 0x7F) << 7 * step, place + 1
        if not byte & 0x80:
            break
    return value, place


def _mjpeg(data: memoryview) -> KeyPacket:
    """Read the frame header (ITU T.81, B.2.2) of a JPEG."""
    place = 2
    while place + 9 < len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in range(0xC0, 0xD0) and marker not in (0xC4, 0xC8, 0xCC):
            return KeyPacket(shape=bytes(data[place + 5 : place + 9]))
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
    return KeyPacket()


def _prores(data: memoryview) -> KeyPacket:
    return KeyPacket(shape=bytes(data[16:20])) if bytes(data[4:8]) == b"icpf" else KeyPacket()


_INSPECTORS: dict[str, Inspector] = {
    "mpeg1video": _mpeg2,
    "mpeg2video": _mpeg2,
    "mpeg4": _mpeg4,
    "vp8": _vp8,
    "vp9": _vp9,
    "av1": _av1,
    "mjpeg": _mjpeg,
    "prores": _prores,
}

TELLING = frozenset({"h264", "hevc", *_INSPECTORS})
"""Codecs in whose key packets, or in the parameters beside them, a change of size is seen."""


class _Bits:
    """Reads bits, the highest first; zeros after the end."""

    def __init__(self, data: memoryview) -> None:
        self._value = int.from_bytes(data, "big")
        self._left = 8 * len(data)

    def read(self, count: int) -> int:
        self._left -= count
        if self._left < 0:
            return 0
        return self._value >> self._left & ((1 << count) - 1)

    def golomb(self) -> int:
        """Read an unsigned Exp-Golomb number (H.264, 9.1)."""
        zeros = 0
        while zeros < 32 and self._left > 0 and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

"""What has to be known about a video file before its first frame is asked for."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from xmem_gui.errors import MediaError
from xmem_gui.video.container import open_stream
from xmem_gui.video.frame_faults import SizeChange, changes_of, look_for_changes
from xmem_gui.video.orientation import Orientation, orientation_of
from xmem_gui.video.packet_decoder import PacketDecoder, Sizes, picture_order
from xmem_gui.video.packet_index import (
    PacketIndex,
    PacketTable,
    index_by_order,
    index_by_time,
    need_frames,
)
from xmem_gui.video.packet_scan import scan_packets
from xmem_gui.video.whole_files import is_whole

logger = logging.getLogger(__name__)

_HEAD_FRAMES, _LEAST_HEAD_FRAMES = 12, 4
_HEAD_PIXELS = 32_000_000
"""Fewer frames are looked at, at first, where they are large."""
_TAIL_PIXELS = 150_000_000
"""What is decoded to check the end of a file that seems whole: about half a second's work."""
_DEFAULT_RATE = 24.0
_STREAMS = ("mpegts", "mpeg", "mpegvideo", "h264", "hevc", "m4v")
_PREDICTED = (2, 3)
"""FFmpeg's picture types P and B."""
_TS_PACKETS = (188, 192, 204)


@dataclass(frozen=True)
class StreamFacts:
    """What a video file says about itself.

    Attributes
    ----------
    index : PacketIndex
        Frame number to packet.
    size : tuple of int
        (width, height) as displayed.
    time_base : Fraction
        Seconds of one unit of ``index.time_of``.
    nominal_rate : Fraction or None
        Frames a second as the file states it.
    codec, container, pixel_format : str
        FFmpeg's names.
    b_frames : bool
        Some frames are stored in another order than they are shown in.
    orientation : Orientation
        How to turn the stored pictures.
    first_good : int
        The first frame that decodes.
    complete : bool or None
        Whether all that the file promises is there; None where it promises nothing.
    changes : tuple
        Where pictures take another size, as (first frame, (width, height) as displayed).
    warnings : tuple of str
        Sentences for a person.
    """

    index: PacketIndex
    size: tuple[int, int]
    time_base: Fraction
    nominal_rate: Fraction | None
    codec: str
    container: str
    pixel_format: str
    b_frames: bool
    orientation: Orientation
    first_good: int
    complete: bool | None
    changes: tuple[SizeChange, ...]
    warnings: tuple[str, ...]

    def rate_of(self, times: npt.NDArray[np.float64]) -> float:
        """Return the average rate; the nominal one where they agree to half a per cent (rounding)."""
        nominal = float(self.nominal_rate) if self.nominal_rate else 0.0
        if len(times) < 2 or times[-1] <= times[0]:
            return nominal or _DEFAULT_RATE
        measured = float((len(times) - 1) / (times[-1] - times[0]))
        return nominal if abs(nominal - measured) < 0.005 * measured else measured


@dataclass(frozen=True)
class _Head:
    """The first decoded picture, and which packets the first came from; which are predicted from others."""

    size: tuple[int, int]
    pixel_format: str
    orientation: Orientation
    packets: tuple[int, ...]
    predicted: frozenset[int]
    picture: Any


@dataclass(frozen=True)
class _Scan:
    """What one pass over the packets and the file's header tell."""

    table: PacketTable
    container: str
    codec: str
    complete: bool | None
    nominal_rate: Fraction | None
    time_base: Fraction
    pixel_aspect: Fraction | None
    times_are_sound: bool
    intra_only: bool

    @property
    def marks_all(self) -> bool:
        """Whether all packets are said to be keys, which the codec does not make them."""
        return not self.intra_only and len(self.table.key) > 1 and bool(self.table.key.all())


@dataclass(frozen=True)
class OpenFile:
    """A video file that has been looked into.

    Attributes
    ----------
    facts : StreamFacts
        What was found.
    decoder : PacketDecoder
        What it was found with, to be gone on with: opening the file again takes long.
    first : av.VideoFrame or None
        The picture of frame 0; None where that is not the first to decode.
    """

    facts: StreamFacts
    decoder: PacketDecoder
    first: Any


def look_into(path: Path) -> OpenFile:
    """Demux a video file once, decode its first frames, and say what it is."""
    scan, opened = _scan(path)
    index, head, sizes, decoder = _number_frames(path, scan, opened)
    with _closed_on_error(decoder):
        facts, is_first = _facts_of(path, scan, index, head, sizes, decoder)
    return OpenFile(facts, decoder, head.picture if is_first else None)


def _facts_of(
    path: Path, scan: _Scan, index: PacketIndex, head: _Head, sizes: Sizes | None, decoder: PacketDecoder
) -> tuple[StreamFacts, bool]:
    """Return the facts, and whether the head's picture is that of frame 0."""
    first = int(index.frame_of[head.packets[0]])
    # Frames before the first entry lack what they refer to: the file was cut there.
    lead = min(first, _first_entry(index, scan))
    warnings = []
    if scan.complete is None and scan.times_are_sound and (left := int(scan.table.shown.sum()) - len(index)):
        warnings.append(
            f"{path.name} seems to be cut off at its end: the last {left} frame{'s'[: left > 1]}, behind a "
            f"gap, {'are' if left > 1 else 'is'} left out."
        )
    if lead > 0:
        warnings.append(
            f"The first {lead} frame{'s'[: lead > 1]} of {path.name} cannot be decoded and "
            f"{'are' if lead > 1 else 'is'} left out."
        )
        index = index.cut_to(lead, len(index))
    changes = _size_changes(scan, index, head, sizes, decoder)
    aspect = scan.pixel_aspect
    if aspect and aspect != 1:
        warnings.append(
            f"{path.name} has non-square pixels ({aspect.numerator}:{aspect.denominator}): "
            "its frames are shown at their stored size, unstretched."
        )
    facts = StreamFacts(
        index=index,
        size=head.size,
        time_base=scan.time_base,
        nominal_rate=scan.nominal_rate,
        codec=scan.codec,
        container=scan.container,
        pixel_format=head.pixel_format,
        b_frames=bool((np.diff(index.packet_of) < 0).any()),
        orientation=head.orientation,
        first_good=first - lead,
        complete=scan.complete,
        changes=changes,
        warnings=tuple(warnings),
    )
    return facts, first == 0


def _scan(path: Path) -> tuple[_Scan, tuple[Any, Any]]:
    """Return what the packets tell, and the open file with its stream."""
    container, stream = open_stream(path)
    try:
        name = container.format.name
        codec = stream.codec_context.name
        table = scan_packets(path, container, stream)
        if name == "mpegts" and not any(path.stat().st_size % size == 0 for size in _TS_PACKETS):
            table = table.without_last()
        if not len(table.pts):
            raise MediaError(f"{path.name} holds no frame that can be decoded: it is empty or badly damaged.")
        # AVI keeps no presentation times; those FFmpeg makes up for H.264 and HEVC are in file order.
        made_up = name == "avi" and codec in ("h264", "hevc") and stream.codec_context.has_b_frames
        scan = _Scan(
            table=table,
            container=name,
            codec=codec,
            complete=_is_complete(path, table, stream.frames if "mp4" in name else 0),
            nominal_rate=stream.average_rate or stream.guessed_rate,
            time_base=Fraction(stream.time_base),
            pixel_aspect=stream.sample_aspect_ratio,
            times_are_sound=not made_up and table.has_sound_times(may_jump=name in _STREAMS),
            intra_only=bool(stream.codec_context.codec.intra_only),
        )
    except BaseException:
        container.close()
        raise
    return scan, (container, stream)


def _number_frames(
    path: Path, scan: _Scan, opened: tuple[Any, Any]
) -> tuple[PacketIndex, _Head, Sizes | None, PacketDecoder]:
    """Put the frames in order by their times; where those do not serve, by decoding all once.

    Sizes of all pictures are known in the second case only. The open file goes to the decoder.
    """
    table = scan.table
    if not scan.times_are_sound:
        opened[0].close()
    else:
        index = index_by_time(table, complete=scan.complete)
        decoder = PacketDecoder(path, index.ordinal_of_pts, opened=opened)
        with _closed_on_error(decoder):
            need_frames(path, index)
            head = _read_head(path, index, decoder, scan)
        if not _misses_many(index, head):
            if scan.marks_all and head.predicted:
                index = index_by_time(table.with_first_key_only(), complete=scan.complete)
            return index, head, None, decoder
        decoder.close()
    logger.info("%s: the times do not tell the frames apart; decoding all to number them", path.name)
    step = float(1 / ((scan.nominal_rate or Fraction(25)) * scan.time_base))
    sizes = picture_order(path, complete=scan.complete is not False)
    order = [packet for packet in sizes if packet < len(table.pts)]
    index = index_by_order(table, order, step)
    need_frames(path, index)
    decoder = PacketDecoder(path, index.ordinal_of_pts)
    with _closed_on_error(decoder):
        head = _read_head(path, index, decoder, scan)
    if scan.marks_all and head.predicted:
        index = index_by_order(table.with_first_key_only(), order, step)
    return index, head, sizes, decoder


@contextmanager
def _closed_on_error(decoder: PacketDecoder) -> Iterator[None]:
    try:
        yield
    except BaseException:
        decoder.close()
        raise


def _size_changes(
    scan: _Scan, index: PacketIndex, head: _Head, sizes: Sizes | None, decoder: PacketDecoder
) -> tuple[SizeChange, ...]:
    stored = head.size[::-1] if head.orientation.transpose else head.size
    if sizes is not None:
        known = ((int(index.frame_of[packet]), size) for packet, size in sizes.items())
        changes = changes_of(sorted(known), stored)
    else:
        changes = look_for_changes(
            index, decoder, scan.table.shapes, stored, sparse=not scan.table.tells_shapes
        )
    if not head.orientation.transpose:
        return changes
    return tuple((frame, (height, width)) for frame, (width, height) in changes)


def tail_end(index: PacketIndex, survey: Callable[[int], set[int]], *, whole: bool, pixels: int) -> int:
    """Return how many frames are left when the end that does not decode is cut off.

    Parameters
    ----------
    index : PacketIndex
        The packet of each frame, by frame number.
    survey : callable
        Returns which frames of an entry's span decode.
    whole : bool
        Nothing speaks for damage, so a last group that is slow to decode is believed.
    pixels : int
        Pixels of a frame.
    """
    place = index.entry(len(index) - 1)
    while True:
        span = index.entry_frames(place)
        if whole and len(span) * pixels > _TAIL_PIXELS:
            return len(index)
        good = survey(place)
        if good:
            return max(good) + 1
        if place < 0 or span.start == 0:
            return 0
        place -= 1


def _first_entry(index: PacketIndex, scan: _Scan) -> int:
    """Return the first frame that should decode: a stream starts anywhere, a file with its first packet.

    Either may start within a gradual refresh, as recordings do that join a running camera.
    """
    if scan.table.late.get(0, -1) >= 0:
        return len(index) - 1
    if scan.container in _STREAMS:
        return int(index.key_frames[0]) if len(index.keys) else 0
    return max(int(index.frame_of[0]), 0)


def _read_head(path: Path, index: PacketIndex, decoder: PacketDecoder, scan: _Scan) -> _Head:
    packets: list[int] = []
    predicted: set[int] = set()
    head, wanted = None, _HEAD_FRAMES
    # Where decoding may start anyway, the open file will do; else it is opened anew.
    is_entry = len(index.keys) > 0 and index.keys[0] == index.key_frames[0] == 0
    decoder.start(0, int(index.time_of[0]) if is_entry else None)
    while len(packets) < wanted and (item := decoder.read()) is not None:
        packet, picture = item
        if packet >= len(index.frame_of) or index.frame_of[packet] < 0:
            continue
        packets.append(packet)
        if int(picture.pict_type) in _PREDICTED:
            predicted.add(packet)
        if head is None:
            head = picture
            if not scan.marks_all:
                wanted = max(_LEAST_HEAD_FRAMES, min(wanted, _HEAD_PIXELS // (head.width * head.height)))
    if head is None:
        raise MediaError(f"{path.name} holds no frame that can be decoded: it is empty or badly damaged.")
    orientation = orientation_of(head)
    size = (head.height, head.width) if orientation.transpose else (head.width, head.height)
    return _Head(size, head.format.name, orientation, tuple(packets), frozenset(predicted), head)


def _misses_many(index: PacketIndex, head: _Head) -> bool:
    """Whether the first pictures leave out frames all the time, as with two packets (fields) a picture."""
    frames = [int(index.frame_of[packet]) for packet in head.packets]
    span = max(frames) - frames[0] + 1
    return frames != sorted(frames) or len(frames) < 0.75 * span


def _is_complete(path: Path, table: PacketTable, promised: int) -> bool | None:
    """Whether a file holds what it promises; None where it promises nothing (MPEG-TS, FLV, fragments).

    ``promised`` is how many samples MP4's tables list, of which some may hold nothing, and others may be cut
    off by an edit list. What other containers say of their number is often made up.
    """
    if table.cut:
        return False
    whole = is_whole(path)
    if promised and len(table.pts) + table.empty >= promised:
        # Only sound can be missing, or fragments that nobody counted.
        return True if whole is False else whole
    return False if promised and whole is None else whole

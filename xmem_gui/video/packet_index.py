"""Which packet of a video file holds which frame."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from xmem_gui.arrays import Ints
from xmem_gui.errors import MediaError

NO_TIME = np.iinfo(np.int64).min
_HOLE = 1.5
"""Frames that are so many times further apart than usual have a hole between them."""
_UNEVEN = 0.02
"""Above this share of holes, frames are unevenly spread."""
_MOST_HELD_BACK = 16
"""Pictures that are decoded later than one that is shown after them (H.264 and HEVC allow no more)."""


@dataclass(frozen=True)
class PacketTable:
    """The packets of one video stream in file (decoding) order; ``P`` of them.

    Attributes
    ----------
    pts, dts : (P,) int64
        Presentation and decoding times in units of the stream's time base; ``NO_TIME`` where not known.
    key : (P,) bool
        Decoding may start here: marked so by the file, and so by what the packet holds.
    shown : (P,) bool
        The packet gives a frame a player shows (not cut off by an edit list, not a hidden reference).
    cut : bool
        The file ended, or could not be read on, in the middle of a packet.
    empty : int
        Samples without a byte, which say that nothing new is to be shown; they are no packets here.
    late : dict
        Of the keys from which pictures come out right only later (gradual refresh): the packet that completes
        the refresh, or -1 if the file ends before.
    shapes : tuple of int
        The packets that may change the size of pictures.
    tells_shapes : bool
        Packets of this codec, or what the container says beside them, tell the size of pictures.
    """

    pts: Ints
    dts: Ints
    key: npt.NDArray[np.bool_]
    shown: npt.NDArray[np.bool_]
    cut: bool
    empty: int = 0
    late: dict[int, int] = field(default_factory=dict)
    shapes: tuple[int, ...] = ()
    tells_shapes: bool = False

    def has_sound_times(self, *, may_jump: bool) -> bool:
        """Whether every packet has a pts of its own and, where times ``may_jump``, they never step back."""
        if not len(self.pts) or (self.pts == NO_TIME).any() or len(np.unique(self.pts)) < len(self.pts):
            return False
        known = self.dts[self.dts != NO_TIME]
        return not (may_jump and bool((np.diff(known) < 0).any()))

    def with_first_key_only(self) -> PacketTable:
        """Return the table for a file that marks all packets as keys although they are not."""
        key = np.zeros_like(self.key)
        key[:1] = True
        return replace(self, key=key)

    def without_last(self) -> PacketTable:
        """Return the table without its last packet, of which only a part is there."""
        count = len(self.pts) - 1
        return replace(
            self,
            pts=self.pts[:-1],
            dts=self.dts[:-1],
            key=self.key[:-1],
            shown=self.shown[:-1],
            cut=True,
            late={key: done if done < count else -1 for key, done in self.late.items() if key < count},
            shapes=tuple(packet for packet in self.shapes if packet < count),
        )


@dataclass(frozen=True)
class PacketIndex:
    """Frame number to packet and back.

    Attributes
    ----------
    packet_of : (N,) int64
        The packet (by its place in the file) of each frame, frames in presentation order.
    frame_of : (P,) int64
        The frame of each packet, or -1.
    time_of : (N,) int64
        Presentation time of each frame in units of the stream's time base.
    keys, key_frames : (K,) int64
        The packets where decoding may start, and the first frame each gives as it is; both rising.
    ordinal_of_pts : dict or None
        The packet of a pts; None where the file's times cannot tell packets apart, so they must be counted.
    """

    packet_of: Ints
    frame_of: Ints
    time_of: Ints
    keys: Ints
    key_frames: Ints
    ordinal_of_pts: dict[int, int] | None

    def __len__(self) -> int:
        return len(self.packet_of)

    def entry(self, frame: int, *, back: int = 0) -> int:
        """Return where in ``keys`` to start so as to decode ``frame`` (-1: from the first packet)."""
        place = int(np.searchsorted(self.key_frames, frame, "right")) - 1
        while place >= 0 and self.keys[place] > self.packet_of[frame]:
            place -= 1
        return max(place - back, -1)

    def entry_packet(self, place: int) -> int:
        """Return the packet of an entry."""
        return int(self.keys[place]) if place >= 0 else 0

    def entry_frames(self, place: int) -> range:
        """Return the frames between an entry and the next one."""
        first = int(self.key_frames[place]) if place >= 0 else 0
        stop = int(self.key_frames[place + 1]) if place + 1 < len(self.key_frames) else len(self)
        return range(min(first, len(self)), min(stop, len(self)))

    def cut_to(self, start: int, stop: int) -> PacketIndex:
        """Return the index with frames ``start`` to ``stop - 1`` only, numbered from 0 again."""
        frame_of = np.where((self.frame_of >= start) & (self.frame_of < stop), self.frame_of - start, -1)
        key_frames = np.maximum(self.key_frames - start, 0)
        kept = key_frames < stop - start
        return replace(
            self,
            packet_of=self.packet_of[start:stop],
            frame_of=frame_of,
            time_of=self.time_of[start:stop],
            keys=self.keys[kept],
            key_frames=key_frames[kept],
        )


def index_by_time(table: PacketTable, *, complete: bool | None) -> PacketIndex:
    """Order the frames by their presentation times.

    In an incomplete file, frames after a hole are left out: whatever is lost is decoded, so shown, later than
    the last decoding time that is there. Where it is not known whether the file is complete (None), this is
    done if there is a hole in the times of the frames in question.
    """
    shown = table.shown.copy()
    if len(shown) and table.dts[-1] != NO_TIME:
        safe = table.pts <= table.dts[-1]
        if complete is False or (complete is None and _hole_after(table.pts[shown], int(table.dts[-1]))):
            shown &= safe
    packets = np.flatnonzero(shown)
    packet_of = packets[np.argsort(table.pts[packets], kind="stable")]
    frame_of = np.full(len(table.pts), -1, np.int64)
    frame_of[packet_of] = np.arange(len(packet_of))
    time_of = table.pts[packet_of]
    return PacketIndex(
        packet_of,
        frame_of,
        time_of,
        *_entries(
            table, lambda packet: int(np.searchsorted(time_of, table.pts[packet])), frames=len(packet_of)
        ),
        {int(pts): ordinal for ordinal, pts in enumerate(table.pts)},
    )


def _hole_after(times: Ints, start: int) -> bool:
    """Whether frames shown after ``start`` are further apart than they are before, as if some were lost.

    More than an encoder holds back cannot be lost there: a longer gap is a pause, as in recordings of a
    screen, and where frames come as they like anyway, any gap is.
    """
    times = np.sort(times)
    gaps = np.diff(times)
    is_late = times[1:] > start
    late, early = gaps[is_late], gaps[~is_late]
    if not len(late):
        return False
    usual = float(np.median(gaps))
    if len(early) and float((early > _HOLE * usual).mean()) > _UNEVEN:
        return False
    return bool(_HOLE * usual < late.max() < (_MOST_HELD_BACK + _HOLE) * usual)


def index_by_order(table: PacketTable, order: Sequence[int], step: float) -> PacketIndex:
    """Order the frames as the decoder gave them out, for files whose times cannot be relied on.

    Parameters
    ----------
    table : PacketTable
        The packets.
    order : sequence of int
        The packet of each frame, in the order in which the decoder gave the frames.
    step : float
        Time between frames, in units of the stream's time base, to make up times from if need be.
    """
    packet_of = np.array(list(dict.fromkeys(order)), np.int64)
    frame_of = np.full(len(table.pts), -1, np.int64)
    frame_of[packet_of] = np.arange(len(packet_of))
    time_of = np.round(np.arange(len(packet_of)) * step).astype(np.int64)
    for times in (table.pts[packet_of], np.sort(table.dts[packet_of])):
        if (times != NO_TIME).all() and (np.diff(times) > 0).all():
            time_of = times
            break
    entries = _entries(table, lambda packet: int(frame_of[packet]), frames=len(packet_of))
    return PacketIndex(packet_of, frame_of, time_of, *entries, ordinal_of_pts=None)


def _entries(table: PacketTable, frame_at: Callable[[int], int], *, frames: int) -> tuple[Ints, Ints]:
    """Return the packets where decoding may start, and the first frame that each gives as it is.

    A gradual refresh is believed only once the next one is complete as well: decoders that start in one lack
    what its first pictures are predicted from, and where they count from 0 (frame_num) leave holes in it.
    """
    keys = [int(key) for key in np.flatnonzero(table.key)]
    found = []
    for place, key in enumerate(keys):
        after = keys[place + 1] if place + 1 < len(keys) else -1
        first = frame_at(key)
        if key in table.late:
            done = table.late.get(after, -1)
            first = max(first, frame_at(done)) if done >= 0 and table.late[key] >= 0 else -1
        if first >= 0:
            found.append((key, first))
    kept = np.array(found, np.int64).reshape(-1, 2)
    return _rising(kept[:, 0], kept[:, 1], frames)


def _rising(keys: Ints, key_frames: Ints, frames: int) -> tuple[Ints, Ints]:
    """Leave out entries that give no frame, or a frame an earlier entry gives too."""
    kept = key_frames < frames
    if len(keys):
        highest = np.maximum.accumulate(key_frames)
        kept &= np.concatenate(([True], key_frames[1:] > highest[:-1]))
    return keys[kept].astype(np.int64), key_frames[kept]


def need_frames(path: Path, index: PacketIndex) -> None:
    """Raise MediaError when no frame is left."""
    if not len(index):
        raise MediaError(f"{path.name} holds no frame that can be decoded: it is empty or badly damaged.")

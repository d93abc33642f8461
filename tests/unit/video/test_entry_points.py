"""Frame i is the same picture however it was reached, whatever packets are marked as keys."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import numpy.typing as npt
import pytest

from xmem_gui.video import open_source
from xmem_gui.video.key_packets import EntryKind, inspector

X264 = {
    "short": "intra-refresh=1:keyint=10:bframes=0",
    # Refreshes begin where the decoder counts pictures from 0: what it makes up for missing ones has holes.
    "aligned": "intra-refresh=1:keyint=16:bframes=0",
    "reordered": "intra-refresh=1:keyint=20:bframes=3",
    "fields": "intra-refresh=1:keyint=20:bframes=2:interlaced=1",
    "open": "open-gop=1:keyint=20:bframes=3",
}


def _scene(number: int, width: int = 160, height: int = 96) -> npt.NDArray[np.uint8]:
    """Return a moving texture with a patch of noise, in which any fault of prediction is seen."""
    blocks = np.random.default_rng(7).integers(0, 255, (height // 8, width // 8, 3), dtype=np.uint8)
    image = np.roll(np.kron(blocks, np.ones((8, 8, 1), np.uint8)), 2 * number, axis=1).copy()
    image[20:60, 20:60] = np.random.default_rng(number).integers(0, 255, (40, 40, 3), dtype=np.uint8)
    return image


def _write(path: Path, codec: str, frames: int = 90, **options: str) -> Path:
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        stream.options = options
        for number in range(frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(_scene(number), format="rgb24")))
        container.mux(stream.encode())
    return path


def _remux(path: Path, goal: Path, first: int, *, mark_all: bool = False) -> Path:
    """Copy the packets from ``first`` on, their times as they are, marked as keys if wished."""
    with av.open(str(path)) as given, av.open(str(goal), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(p for p in given.demux(video=0) if p.size):
            if number >= first:
                packet.stream = stream
                packet.is_keyframe = packet.is_keyframe or mark_all
                made.mux(packet)
    return goal


def _in_order(path: Path) -> list[npt.NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "NONE"
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(stream)]


def _check(path: Path) -> None:
    """Compare jumps (back, far, near) and reading on with decoding in order."""
    true = _in_order(path)
    for order in (range(len(true)), range(len(true) - 1, -1, -3), [37 * i % len(true) for i in range(12)]):
        with open_source(path) as video:
            assert len(video) == len(true)
            assert [i for i in order if not np.array_equal(video.frame(i), true[i])] == []


@pytest.mark.parametrize(
    ("kind", "suffix"),
    [*((kind, "mp4") for kind in X264), ("aligned", "ts"), ("open", "ts"), ("reordered", "mkv")],
)
def test_gradual_refreshes_and_open_groups_are_exact(tmp_path: Path, kind: str, suffix: str) -> None:
    _check(_write(tmp_path / f"clip.{suffix}", "libx264", **{"x264-params": X264[kind]}))


@pytest.mark.parametrize(
    ("name", "codec", "options"),
    [
        ("open.mkv", "libx265", {"x265-params": "open-gop=1:keyint=20:bframes=3:log-level=none"}),
        ("open.ts", "mpeg2video", {"g": "12", "bf": "2"}),
        ("groups.avi", "mpeg4", {"g": "12", "bf": "2"}),
        ("hidden.webm", "libvpx-vp9", {"g": "20", "lag-in-frames": "16", "cpu-used": "8"}),
        ("all.avi", "h263p", {"g": "12"}),
    ],
)
def test_other_codecs_are_exact(tmp_path: Path, name: str, codec: str, options: dict[str, str]) -> None:
    _check(_write(tmp_path / name, codec, frames=60, **options))


@pytest.mark.parametrize("kind", ["aligned", "reordered"])
def test_a_file_that_starts_within_a_refresh_starts_with_the_first_whole_picture(
    tmp_path: Path, kind: str
) -> None:
    whole = _write(tmp_path / "whole.mp4", "libx264", **{"x264-params": X264[kind]})
    with av.open(str(whole)) as container:
        keys = [i for i, p in enumerate(p for p in container.demux(video=0) if p.size) if p.is_keyframe]
    joined = _remux(whole, tmp_path / "joined.mkv", keys[1])
    _check(joined)
    with open_source(joined) as video:
        assert "cannot be decoded and are left out" in video.warnings[0]


@pytest.mark.parametrize(
    ("name", "codec", "start"),
    [
        ("a.nut", "libx264", 20),
        ("a.mp4", "libx265", 20),
        ("a.mov", "mpeg4", 20),
        ("a.nut", "libvpx-vp9", 20),
        ("a.avi", "msmpeg4", 0),
    ],
)
def test_marks_on_all_packets_of_a_file_are_not_believed(
    tmp_path: Path, name: str, codec: str, start: int
) -> None:
    quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
    (tmp_path / "whole").mkdir()
    whole = _write(tmp_path / "whole" / name, codec, frames=50, g="20", bf="0", **quiet)
    marked = _remux(whole, tmp_path / name, 0, mark_all=True)
    with av.open(str(marked)) as container:
        assert all(p.is_keyframe for p in container.demux(video=0) if p.size)
    _check(marked)
    with open_source(marked) as video:
        assert video.group_start(35) == start


def test_ordinary_jumps_read_one_group(tmp_path: Path) -> None:
    with open_source(_write(tmp_path / "clip.mp4", "libx264", **{"x264-params": "keyint=20"})) as video:
        assert [video.group_start(i) for i in (19, 20, 59, 60, 89)] == [0, 20, 40, 60, 80]
        video.frame(70)
        assert video.seeks == 1  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("codec", "packet", "entry"),
    [
        ("h264", "00000001 6588", EntryKind.SOUND),  # an IDR picture
        ("h264", "000001 0605 01AA 80 000001 61 E0 00", EntryKind.FALSE),  # another message, a P slice
        ("h264", "000001 0606 01 C4 80 000001 61 B0 00", EntryKind.SOUND),  # recovery at once, an I slice
        (
            "h264",
            "000001 0606 01 2C 80 000001 61 E0 00",
            EntryKind.LATE,
        ),  # recovery after 4 pictures, a P slice
        (
            "h264",
            "000001 0606 01 C4 80 000001 61 E0 00",
            EntryKind.FALSE,
        ),  # at once, it says, with a P slice
        ("h264", "000001 61 B0 00", EntryKind.LATE),  # an I slice about which nothing is said
        ("hevc", "000001 2601 AF", EntryKind.SOUND),  # IDR_W_RADL
        ("hevc", "000001 2A01 AF", EntryKind.SOUND),  # CRA
        ("hevc", "000001 0201 AF", EntryKind.FALSE),  # a trailing picture
        ("mpeg2video", "000001 00 0008 0000", EntryKind.SOUND),
        ("mpeg2video", "000001 00 0010 0000", EntryKind.FALSE),
        ("mpeg4", "000001B6 10 00", EntryKind.SOUND),
        ("mpeg4", "000001B6 50 00", EntryKind.FALSE),
        ("vp8", "10 0000 9D012A 4001 F000", EntryKind.SOUND),
        ("vp8", "11 0000 9D012A 4001 F000", EntryKind.FALSE),
        ("vp9", "82 498342 00 0000 0000 00", EntryKind.SOUND),
        ("vp9", "86 498342 00 0000 0000 00", EntryKind.FALSE),
        ("av1", "12 00 32 02 10 00", EntryKind.SOUND),
        ("av1", "12 00 32 02 00 00", EntryKind.LATE),  # decoded now, shown later
        ("av1", "12 00 32 02 30 00", EntryKind.FALSE),
        ("theora", "00", EntryKind.SOUND),
    ],
)
def test_what_a_key_packet_is(codec: str, packet: str, entry: EntryKind) -> None:
    assert inspector(codec, b"")(memoryview(bytes.fromhex(packet))).entry is entry


@pytest.mark.parametrize(
    "codec", ["h264", "hevc", "mpeg2video", "mpeg4", "vp8", "vp9", "av1", "mjpeg", "prores"]
)
@pytest.mark.parametrize("extradata", [b"", bytes([1, 0, 0, 0, 255]) + bytes(20)])
def test_spoilt_packets_are_left_to_the_decoder(codec: str, extradata: bytes) -> None:
    inspect = inspector(codec, extradata)
    rng = np.random.default_rng(3)
    for length in (0, 1, 2, 3, 5, 9, 40, 300):
        for data in (bytes(length), b"\xff" * length, rng.bytes(length), b"\0\0\1" + rng.bytes(length)):
            assert inspect(memoryview(data)).references >= 0

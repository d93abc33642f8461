"""Pictures of another size in mid-stream are told at opening, and others stand in for them."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import number_in, numbers_in, paint

from xmem_gui.video import open_source, opening_checks, video_info


def _parts(path: Path, codec: str, sizes: list[tuple[int, int]], *, joined: bool) -> Path:
    """Write ten frames of each size: as one stream, or as recordings put one after the other."""
    data, packets = b"", []
    for part, size in enumerate(sizes):
        piece = path.with_name(f"{part}{path.suffix}")
        with av.open(str(piece), "w") as container:
            stream = container.add_stream(codec, rate=25)
            stream.width, stream.height = size
            stream.pix_fmt = "yuv420p"
            if codec == "mjpeg":
                stream.pix_fmt, stream.codec_context.color_range = "yuvj420p", 2
            stream.codec_context.max_b_frames = 0
            for number in range(10 * part, 10 * part + 10):
                frame = av.VideoFrame.from_ndarray(paint(number, *size), format="rgb24")
                frame.pts = number
                container.mux(stream.encode(frame))
            container.mux(stream.encode())
        data += piece.read_bytes()
        packets.append(piece)
    if joined:
        path.write_bytes(data)
        return path
    with av.open(str(packets[0])) as first, av.open(str(path), "w") as made:
        stream = made.add_stream_from_template(first.streams.video[0])
        for piece in packets:
            with av.open(str(piece)) as part_:
                for packet in part_.demux(video=0):
                    if packet.size:
                        packet.stream = stream
                        made.mux(packet)
    return path


SMALL, LARGE = (96, 64), (160, 128)


@pytest.mark.parametrize(
    ("name", "codec", "joined"),
    [
        ("a.ts", "libx264", True),
        ("a.ts", "libx264", False),
        ("a.h264", "libx264", True),
        ("a.mkv", "libvpx", False),
        ("a.mkv", "libvpx-vp9", False),
        ("a.mkv", "mjpeg", False),
    ],
)
def test_a_change_is_told_and_stood_in_for(tmp_path: Path, name: str, codec: str, joined: bool) -> None:
    path = _parts(tmp_path / name, codec, [SMALL, LARGE, SMALL], joined=joined)
    info = video_info(path)
    assert (info.frames, info.width, info.height) == (30, *SMALL)
    assert "From frame 10 on, a" in info.warnings[0]
    assert "160x128 pixels, not 96x64" in info.warnings[0]
    assert "From frame 20 on" in info.warnings[1]
    assert len(info.warnings) == 2
    with open_source(path) as video:
        assert video.warnings == info.warnings
        assert [number_in(video.frame(i)) for i in (25, 15, 5, 19, 10, 9, 20)] == [25, 9, 5, 9, 9, 9, 20]
        assert numbers_in(video) == [*range(10), *[9] * 10, *range(20, 30)]
        assert video.damaged == frozenset(range(10, 20))  # type: ignore[attr-defined]


def test_what_was_not_seen_at_opening_is_stood_in_for_when_it_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = _parts(tmp_path / "a.mkv", "libvpx", [SMALL, LARGE, SMALL], joined=False)
    monkeypatch.setattr(opening_checks, "look_for_changes", lambda *_, **__: ())
    for order in ([15, 19, 10, 25], [*range(30)], [29, 19, 9]):
        with open_source(path) as video:
            assert video.warnings == ()
            assert [number_in(video.frame(i)) for i in order] == [9 if 10 <= i < 20 else i for i in order]
            assert video.warnings == (
                "10 frames from 10 to 19 of a.mkv are 160x128 pixels, not 96x64: "
                "the nearest good frame is shown instead.",
            )


def test_one_size_is_nothing_to_tell(tmp_path: Path) -> None:
    path = _parts(tmp_path / "a.ts", "libx264", [SMALL, SMALL], joined=True)
    with open_source(path) as video:
        assert (video.warnings, numbers_in(video)) == ((), list(range(20)))
        assert np.array_equal(video.frame(3), video.frame(3))

"""Lengths that headers do not know, samples without a byte, and names that mean something to FFmpeg."""

from __future__ import annotations

import io
import struct
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from video_clips import cut, number_in, numbers_in, paint, write_clip

from xmem_gui.errors import MediaError
from xmem_gui.video import VideoWriter, open_source, video_info
from xmem_gui.video.whole_files import is_whole


class Pipe(io.RawIOBase):
    """A file whose writer cannot go back."""

    def __init__(self, path: Path) -> None:
        self.file = path.open("wb")

    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        return self.file.write(bytes(data))  # type: ignore[call-overload,no-any-return]


@pytest.mark.parametrize(
    ("container", "codec", "options"),
    [
        ("avi", "mpeg4", {}),
        ("avi", "libx264", {}),
        ("matroska", "libx264", {}),
        ("matroska", "libx264", {"live": "1"}),
        ("mp4", "libx264", {"movflags": "frag_keyframe+empty_moov"}),
        ("flv", "libx264", {}),
        ("mpegts", "libx264", {}),
        ("ivf", "libvpx-vp9", {}),
        ("nut", "mpeg4", {}),
        ("mpeg", "mpeg2video", {}),
        ("gif", "gif", {}),
    ],
)
def test_what_was_written_to_a_pipe_is_not_damaged(
    tmp_path: Path, container: str, codec: str, options: dict[str, str]
) -> None:
    path = tmp_path / f"clip.{container}"
    pipe = Pipe(path)
    with av.open(pipe, "w", format=container, options=options) as output:
        stream = output.add_stream(codec, rate=25)
        stream.width, stream.height = 96, 64
        stream.pix_fmt = "rgb8" if codec == "gif" else "yuv420p"
        for number in range(20):
            output.mux(stream.encode(av.VideoFrame.from_ndarray(paint(number), format="rgb24")))
        output.mux(stream.encode())
    pipe.file.close()
    with open_source(path) as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()


@pytest.mark.parametrize("size", [0, 10, 0x7FFFFFFF, 0xFFFFFFFF])
@pytest.mark.parametrize("count", [0, 19, 1_000_000, 0xFFFFFFFF])
def test_an_avi_header_is_not_believed(tmp_path: Path, size: int, count: int) -> None:
    data = bytearray(write_clip(tmp_path / "clip.avi", frames=20, codec="mpeg4", b_frames=0).read_bytes())
    data[4:8] = struct.pack("<I", size)
    for name, place in ((b"avih", 24), (b"strh", 40)):
        at = data.find(name) + place
        data[at : at + 4] = struct.pack("<I", count)
    (tmp_path / "odd.avi").write_bytes(data)
    with open_source(tmp_path / "odd.avi") as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()


@pytest.mark.parametrize("empty", [[15], [1, 2, 3], [29]])
def test_samples_without_a_byte_repeat_the_one_before(tmp_path: Path, empty: list[int]) -> None:
    data = bytearray(write_clip(tmp_path / "clip.mp4", frames=30, b_frames=0).read_bytes())
    at = data.find(b"stsz")
    count = struct.unpack(">I", data[at + 12 : at + 16])[0]
    sizes = list(struct.unpack(f">{count}I", data[at + 16 : at + 16 + 4 * count]))
    for sample in empty:
        # Their bytes go to the sample before, which a decoder takes as two pictures in one.
        sizes[min(empty) - 1] += sizes[sample]
        sizes[sample] = 0
    data[at + 16 : at + 16 + 4 * count] = struct.pack(f">{count}I", *sizes)
    (tmp_path / "empty.mp4").write_bytes(data)
    with open_source(tmp_path / "empty.mp4") as video:
        assert len(video) == 30 - len(empty)
        assert not any("damaged after" in text for text in video.warnings)


@pytest.mark.parametrize(("codec", "nothing"), [("libx264", "000000020 9F0"), ("libx265", "00000003460150")])
def test_samples_without_a_slice_repeat_the_one_before(tmp_path: Path, codec: str, nothing: str) -> None:
    options = {"x265-params": "log-level=none"} if codec == "libx265" else None
    clip = write_clip(tmp_path / "clip.mp4", codec=codec, frames=20, b_frames=0, options=options)
    with av.open(str(clip)) as given, av.open(str(tmp_path / "held.mp4"), "w") as made:
        stream = made.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(p for p in given.demux(video=0) if p.size):
            packet.pts, packet.dts, packet.stream = packet.pts * 2, packet.dts * 2, stream
            made.mux(packet)
            if number % 4 == 1:
                # An access unit delimiter and nothing else.
                repeat = av.Packet(bytes.fromhex(nothing.replace(" ", "")))
                repeat.pts, repeat.dts = packet.pts + 1000, packet.dts + 1000
                repeat.time_base, repeat.stream = packet.time_base, stream
                made.mux(repeat)
    with open_source(tmp_path / "held.mp4") as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()
    with open_source(tmp_path / "held.mp4") as video:
        assert [number_in(video.frame(i)) for i in (19, 7, 13, 1)] == [19, 7, 13, 1]


def test_empty_chunks_of_an_avi_only_hold_the_picture(tmp_path: Path) -> None:
    clip = write_clip(tmp_path / "clip.avi", frames=20, codec="mpeg4", b_frames=0, group=5)
    data = clip.read_bytes()
    start = data.find(b"movi") + 4
    place, chunks, index = start, b"", b""
    while data[place : place + 4] == b"00dc":
        size = struct.unpack("<I", data[place + 4 : place + 8])[0]
        chunk = data[place : place + 8 + size + size % 2]
        index += b"00dc" + struct.pack("<III", 0 if chunks else 16, len(chunks) + 4, size)
        index += b"00dc" + struct.pack("<III", 0, len(chunks) + len(chunk) + 4, 0)
        chunks += chunk + b"00dc" + struct.pack("<I", 0)
        place += len(chunk)
    made = bytearray(data[:start] + chunks + b"idx1" + struct.pack("<I", len(index)) + index)
    made[start - 8 : start - 4] = struct.pack("<I", 4 + len(chunks))
    made[4:8] = struct.pack("<I", len(made) - 8)
    (tmp_path / "held.avi").write_bytes(made)
    with open_source(tmp_path / "held.avi") as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()
        np.testing.assert_allclose(np.diff(video.timestamps), 2 / 30, atol=1e-3)


@pytest.mark.parametrize("tail", [b"\0" * 500, b"SEFT" * 40, b"\xff" * 64])
def test_what_is_put_after_a_video_is_no_damage(tmp_path: Path, tail: bytes) -> None:
    for name in ("clip.mp4", "clip.mkv"):
        clip = write_clip(tmp_path / name, frames=20)
        clip.write_bytes(clip.read_bytes() + tail)
        with open_source(clip) as video:
            assert (len(video), video.warnings) == (20, ())


def test_a_video_cut_by_an_edit_list_is_whole(tmp_path: Path) -> None:
    data = bytearray(write_clip(tmp_path / "clip.mp4", frames=60).read_bytes())
    at = data.find(b"elst") + 12
    length = struct.unpack(">I", data[at : at + 4])[0]
    data[at : at + 4] = struct.pack(">I", length // 2)
    (tmp_path / "short.mp4").write_bytes(data)
    with open_source(tmp_path / "short.mp4") as video:
        assert numbers_in(video) == list(range(30))
        assert video.warnings == ()


def test_sound_that_is_missing_at_the_end_costs_no_frame(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        stream, sound = container.add_stream("libx264", rate=25), container.add_stream("aac", rate=44100)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(paint(number), format="rgb24")))
        container.mux(stream.encode())
        noise = np.random.default_rng(0).normal(size=(1, 44100 * 3)).astype(np.float32)
        for start in range(0, noise.shape[1] - 1024, 1024):
            frame = av.AudioFrame.from_ndarray(noise[:, start : start + 1024], format="fltp", layout="mono")
            frame.sample_rate, frame.pts = 44100, start
            container.mux(sound.encode(frame))
        container.mux(sound.encode())
    with open_source(cut(path, 0.9)) as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()


def test_lengths_in_headers(tmp_path: Path) -> None:
    whole = {name: write_clip(tmp_path / name, frames=10) for name in ("a.mp4", "a.mov", "a.mkv", "a.avi")}
    assert {name: is_whole(path) for name, path in whole.items()} == dict.fromkeys(whole, True)
    assert {name: is_whole(cut(path, 0.5)) for name, path in whole.items()} == dict.fromkeys(whole, False)
    assert is_whole(write_clip(tmp_path / "a.ts", frames=10)) is None
    (tmp_path / "short").write_bytes(b"RIF")
    assert is_whole(tmp_path / "short") is None


NAMES = [
    "take:1", "10:22:33", "http:x", "file:x", "pipe:0", "concat:a|b", "100%", "%03d", "f%04d-%s", "-i",
    "@list", "|x", "a#b?c=d", "[0-9]*", "~x", "$HOME", "it's \"q\"", " lead", "žluť 日本", "new\nline",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_a_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    clip = write_clip(tmp_path / "plain.mp4", frames=5, b_frames=0)
    file = Path(f"{name}.mp4")
    file.write_bytes(clip.read_bytes())
    with open_source(str(file)) as video:
        assert numbers_in(video) == list(range(5))
        assert video.name == name
    assert video_info(file).frames == 5
    with VideoWriter(file, size=(96, 64)) as writer:
        writer.write(paint(3))
    with open_source(file) as video:
        assert len(video) == 1
    folder = Path(name)
    folder.mkdir()
    (folder / f"{name}.png").write_bytes(_png())
    with open_source(folder) as pictures:
        assert pictures.frame_name(0) == name


def _png() -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(paint(1)).save(buffer, format="PNG")
    return buffer.getvalue()


@pytest.mark.parametrize(
    "text", ["#EXTM3U\n#EXTINF:1,\nclip.ts\n", "ffconcat version 1.0\nfile clip.mp4\n", "<?xml?><MPD></MPD>"]
)
def test_lists_of_other_files_are_not_followed(tmp_path: Path, text: str) -> None:
    write_clip(tmp_path / "clip.ts", frames=5)
    (tmp_path / "list.m3u8").write_text(text)
    with pytest.raises(MediaError, match="list of other files"):
        open_source(tmp_path / "list.m3u8")

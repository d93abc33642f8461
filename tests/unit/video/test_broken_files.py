from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import av
import numpy as np
import pytest
from video_clips import cut, number_in, numbers_in, write_clip

from xmem_gui.errors import MediaError
from xmem_gui.video import open_source, video_info

FRONT = {"movflags": "faststart"}
TRUNCATED = {
    "clip.mp4": {"container_options": FRONT},
    "variable.mp4": {"container_options": FRONT, "variable": True},
    "clip.mkv": {"variable": True},
    "clip.avi": {"codec": "mpeg4", "b_frames": 2},
    "no_times.avi": {},
    "clip.ts": {},
}


@pytest.mark.parametrize("name", TRUNCATED)
@pytest.mark.parametrize("share", [0.99, 0.9, 0.81, 0.7])
def test_a_truncated_file_opens_up_to_its_last_good_frame(tmp_path: Path, name: str, share: float) -> None:
    whole = write_clip(tmp_path / name, frames=60, **TRUNCATED[name])
    short = cut(whole, share)
    with open_source(short) as video:
        count = len(video)
        assert 20 < count <= 60
        assert numbers_in(video) == list(range(count))
        assert video.warnings == (
            f"{short.name} is damaged after frame {count - 1}: opened the first {count} frames.",
        )
        order = random.Random(1).sample(range(count), 15)
        assert [number_in(video.frame(i)) for i in order] == order
    assert video_info(short).frames == count


FRAGMENTS = {"movflags": "frag_keyframe+empty_moov"}


@pytest.mark.parametrize(
    "pauses", [{18: 90000}, {16: 30000, 17: 45000, 18: 60000}, {3: 9000, 9: 12000, 18: 9000}]
)
@pytest.mark.parametrize("name", ["clip.mp4", "clip.ts", "clip.flv"])
def test_frames_behind_a_pause_at_the_end_are_there(
    tmp_path: Path, name: str, pauses: dict[int, int]
) -> None:
    options = FRAGMENTS if name.endswith(".mp4") else {}
    clip = write_clip(tmp_path / name, frames=20, container_options=options, pauses=pauses)
    with open_source(clip) as video:
        assert numbers_in(video) == list(range(20))
        assert video.warnings == ()


def test_frames_behind_lost_ones_at_the_end_are_left_out_and_told(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "clip.ts", frames=60)
    short = tmp_path / "short.ts"
    data = whole.read_bytes()
    told = set()
    for size in range(len(data) * 7 // 10 // 188 * 188, len(data) * 9 // 10, 188):
        short.write_bytes(data[:size])
        with open_source(short) as video:
            if any("seems to be cut off at its end" in one for one in video.warnings):
                told.update(video.warnings)
                assert numbers_in(video)[:-1] == list(range(len(video) - 1))
    behind = "short.ts seems to be cut off at its end: the last {}, behind a gap, {} left out."
    assert told & {behind.format("1 frame", "is"), behind.format("2 frames", "are")}


def _damage(path: Path, packets: range) -> Path:
    """Overwrite some packets of a clip with zeros."""
    with av.open(str(path)) as container:
        contents = [bytes(p) for p in container.demux(video=0) if p.size]
    data = path.read_bytes()
    for content in contents[packets.start : packets.stop]:
        assert data.count(content) == 1
        data = data.replace(content, bytes(len(content)))
    bad = path.with_name(f"bad{path.suffix}")
    bad.write_bytes(data)
    return bad


def test_zeros_at_the_end_are_cut_off(tmp_path: Path) -> None:
    bad = _damage(write_clip(tmp_path / "clip.mp4", frames=60, b_frames=0), range(45, 60))
    with open_source(bad) as video:
        assert numbers_in(video) == list(range(45))
        assert video.warnings == ("bad.mp4 is damaged after frame 44: opened the first 45 frames.",)


@pytest.mark.parametrize("suffix", ["mp4", "mkv"])
@pytest.mark.parametrize("first", [0, 13, 31])
def test_damage_inside_never_shifts_numbers(tmp_path: Path, suffix: str, first: int) -> None:
    whole = write_clip(tmp_path / f"clip.{suffix}", frames=60, b_frames=0, group=10, codec="mpeg4")
    bad = _damage(whole, range(first, first + 4))
    with open_source(bad) as video:
        shown = numbers_in(video)
        broken = range(first, (first // 10 + 1) * 10)
        assert len(video) == 60
        assert [i for i in range(60) if shown[i] != i and i not in broken] == []
        assert all(shown[i] <= i or first == 0 for i in broken)
        assert video.warnings
        assert "damaged" in video.warnings[-1]
    with open_source(bad) as video:
        order = [i for i in random.Random(2).sample(range(60), 60) if i not in broken]
        assert [number_in(video.frame(i)) for i in order] == order


def test_a_lost_intra_frame_is_given_as_the_one_before(tmp_path: Path) -> None:
    whole = write_clip(tmp_path / "clip.avi", frames=20, codec="mjpeg", pix_fmt="yuvj420p", b_frames=0)
    with open_source(_damage(whole, range(8, 10))) as video:
        assert numbers_in(video) == [*range(8), 7, 7, *range(10, 20)]
        assert video.damaged == {8, 9}  # type: ignore[attr-defined]
        assert len(video.warnings) == 2
        assert video.warnings[0] == "Frame 8 of bad.avi is damaged: the nearest good frame is shown instead."


def _write_sound(path: Path, *, cover: bool = False) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("aac", rate=44100)
        if cover:
            picture = container.add_stream("png", rate=1)
            picture.width, picture.height, picture.pix_fmt = 8, 8, "rgb24"
            picture.disposition = av.stream.Disposition.attached_pic.value
            container.mux(picture.encode(av.VideoFrame.from_ndarray(np.zeros((8, 8, 3), np.uint8))))
            container.mux(picture.encode())
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 4096), np.float32), format="fltp", layout="mono")
        frame.sample_rate = 44100
        container.mux(stream.encode(frame))
        container.mux(stream.encode())


def test_what_is_no_video_is_refused_plainly(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match=r"nowhere\.mp4 does not exist"):
        open_source(tmp_path / "nowhere.mp4")
    with pytest.raises(MediaError, match=r"nowhere\.mp4 does not exist"):
        video_info(tmp_path / "nowhere.mp4")
    (tmp_path / "empty.mp4").touch()
    with pytest.raises(MediaError, match=r"empty.mp4 is empty \(0 bytes\)"):
        open_source(tmp_path / "empty.mp4")
    (tmp_path / "noise.mp4").write_bytes(random.Random(0).randbytes(5000))
    with pytest.raises(MediaError, match=r"noise\.mp4 cannot be opened as a video"):
        open_source(tmp_path / "noise.mp4")
    (tmp_path / "notes.txt").write_text("not a video\n" * 50)
    with pytest.raises(MediaError, match=r"notes.txt (is not|cannot be opened as) a video"):
        open_source(tmp_path / "notes.txt")
    _write_sound(tmp_path / "song.mp4")
    with pytest.raises(MediaError, match=r"song\.mp4 has no pictures"):
        open_source(tmp_path / "song.mp4")
    _write_sound(tmp_path / "covered.mp4", cover=True)
    with pytest.raises(MediaError, match=r"covered\.mp4 has no pictures"):
        open_source(tmp_path / "covered.mp4")
    late = cut(write_clip(tmp_path / "clip.mp4", frames=20), 0.8)
    with pytest.raises(MediaError, match=r"cut.mp4 cannot be opened as a video.*table of contents"):
        open_source(late)


@pytest.mark.parametrize("share", [0.6, 0.76, 0.775, 0.785, 0.8, 0.82, 0.9])
def test_a_file_cut_within_its_table_is_not_said_to_be_sound(tmp_path: Path, share: float) -> None:
    with pytest.raises(MediaError, match="damaged"):
        open_source(cut(write_clip(tmp_path / "clip.mp4"), share))


def test_a_single_picture_is_not_a_video(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("RGB", (8, 8)).save(tmp_path / "one.png")
    with pytest.raises(MediaError, match=r"one.png is not a video"):
        open_source(tmp_path / "one.png")


@pytest.mark.parametrize("seed", range(8))
def test_random_damage_gives_frames_or_a_media_error(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    path = write_clip(tmp_path / rng.choice(["a.mp4", "a.mkv", "a.ts", "a.avi"]), frames=30)
    data = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 30)):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data)
    try:
        with open_source(path) as video:
            for i in rng.sample(range(len(video)), min(len(video), 10)):
                with suppress(MediaError):
                    assert video.frame(i).shape == (video.height, video.width, 3)
    except MediaError as error:
        message = str(error)
    else:
        message = path.name
    assert path.name in message

from __future__ import annotations

import random
import threading
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_clips import STEPS, number_in, numbers_in, paint, write_clip

from xmem_gui.errors import MediaError
from xmem_gui.video import CachedSource, VideoFile, VideoInfo, open_source, video_info

CLIPS = {
    "constant.mp4": {},
    "variable.mp4": {"variable": True},
    "variable.mkv": {"variable": True},
    "one_group.mp4": {"group": 600},
    "open_groups.mp4": {"options": {"x264-params": "open-gop=1"}},
    "refresh.mp4": {"options": {"x264-params": "intra-refresh=1"}},
    "fragments.mp4": {"container_options": {"movflags": "frag_keyframe+empty_moov"}},
    "stream.ts": {},
    "no_times.avi": {},
    "no_times.h264": {},
    "mpeg4.avi": {"codec": "mpeg4", "b_frames": 2},
    "motion_jpeg.avi": {"codec": "mjpeg", "pix_fmt": "yuvj420p", "b_frames": 0},
    "hidden_frames.webm": {
        "codec": "libvpx",
        "b_frames": 0,
        "options": {"auto-alt-ref": "1", "lag-in-frames": "16", "deadline": "good"},
    },
    "ten_bit.mov": {"codec": "prores_ks", "pix_fmt": "yuv422p10le", "b_frames": 0},
    "full_chroma.mp4": {"pix_fmt": "yuv444p"},
}


@pytest.fixture(params=CLIPS)
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_clip(tmp_path / request.param, frames=40, **CLIPS[request.param])


def test_every_frame_has_its_number_in_any_order(clip: Path) -> None:
    with open_source(clip) as video:
        assert numbers_in(video) == list(range(40))
        assert video.seeks == 1, "reading forwards must not seek"
        order = random.Random(0).sample(range(40), 40)
        assert [number_in(video.frame(i)) for i in order] == order
        assert [number_in(video.frame(i)) for i in reversed(range(40))] == list(reversed(range(40)))
        assert video.warnings == ()


def test_a_twin_reads_the_same_frames_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=40)
    with CachedSource(open_source(path)) as video:
        monkeypatch.setattr("xmem_gui.video.video_file.look_into", None)  # nothing is indexed again
        assert number_in(video.frame(30)) == 30
        twin = video.twin()
        assert (twin.path, len(twin), twin.frame_name(3)) == (path, 40, "00003")
        assert number_in(twin.frame(10)) == 10
        assert number_in(video.frame(31)) == 31
    assert numbers_in(twin) == list(range(40))
    twin.close()
    with pytest.raises(MediaError, match="closed"):
        twin.frame(0)


def test_a_source_describes_itself(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "my.clip.mp4", frames=25)
    with open_source(path) as video:
        assert (video.path, video.name, video.width, video.height, len(video)) == (
            path,
            "my.clip",
            96,
            64,
            25,
        )
        assert video.rate == 30
        assert video.frame_name(7) == "00007"
        image = video.frame(3)
        assert (image.shape, image.dtype) == ((64, 96, 3), np.uint8)
        assert image.flags.c_contiguous
        assert not image.flags.writeable


def test_variable_times_are_kept(tmp_path: Path) -> None:
    steps = np.array([STEPS[i % len(STEPS)] for i in range(39)]) / 90000
    with open_source(write_clip(tmp_path / "clip.mp4", frames=40, variable=True)) as video:
        np.testing.assert_allclose(video.timestamps, np.concatenate(([0], np.cumsum(steps))), atol=1e-6)
        assert video.rate == pytest.approx(39 / steps.sum())
        assert video.timestamps.dtype == np.float64


def test_frames_cut_off_by_an_edit_list_are_not_counted(tmp_path: Path) -> None:
    options = {"avoid_negative_ts": "disabled", "use_editlist": "1"}
    path = write_clip(tmp_path / "clip.mp4", frames=40, first_pts=-7 * 3000, container_options=options)
    with open_source(path) as video:
        assert numbers_in(video) == list(range(7, 40))
        assert number_in(video.frame(0)) == 7
        assert video.timestamps[0] == 0


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", [False, True])
def test_pictures_are_turned_as_players_turn_them(tmp_path: Path, degrees: int, mirror: bool) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=6, rotation=(degrees, mirror, False))
    upright = np.rot90(paint(5), degrees // 90)
    shown = upright[:, ::-1] if mirror else upright
    with open_source(path) as video:
        assert (video.height, video.width) == shown.shape[:2]
        assert np.abs(video.frame(5).astype(int) - shown).mean() < 6
    info = video_info(path)
    assert (info.mirrored, info.width) == (mirror, shown.shape[1])
    turned = np.rot90(paint(5)[:, ::-1] if info.mirrored else paint(5), info.rotation // 90)
    assert np.array_equal(turned, shown)


@pytest.mark.parametrize("size", [(97, 65), (33, 64), (1, 1)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = write_clip(tmp_path / "clip.mkv", frames=5, size=size, codec="ffv1", pix_fmt="bgr0")
    with open_source(path) as video:
        for i in (4, 0, 2):
            assert np.array_equal(video.frame(i), paint(i, *size))


def test_a_video_of_one_frame(tmp_path: Path) -> None:
    with open_source(write_clip(tmp_path / "clip.mp4", frames=1)) as video:
        assert (len(video), number_in(video.frame(0)), video.rate) == (1, 0, 30)
    assert video_info(tmp_path / "clip.mp4").frames == 1


def test_non_square_pixels_are_mentioned(tmp_path: Path) -> None:
    with open_source(write_clip(tmp_path / "clip.mp4", frames=3, aspect=Fraction(16, 11))) as video:
        assert (video.width, video.height) == (96, 64)
        assert "non-square pixels (16:11)" in video.warnings[0]


def test_frames_out_of_range_and_after_closing(tmp_path: Path) -> None:
    video = open_source(write_clip(tmp_path / "clip.mp4", frames=5))
    for index in (-1, 5):
        with pytest.raises(MediaError, match=f"no frame {index}: its 5 frames are numbered 0 to 4"):
            video.frame(index)
    assert number_in(video.frame(np.int64(4))) == 4  # type: ignore[arg-type]
    video.close()
    video.close()
    with pytest.raises(MediaError, match="closed"):
        video.frame(0)


def test_threads_may_share_a_video(tmp_path: Path) -> None:
    wrong: list[int] = []
    with open_source(write_clip(tmp_path / "clip.mp4", frames=40)) as video:

        def read(seed: int) -> None:
            order = random.Random(seed).sample(range(40), 25)
            wrong.extend(i for i in order if number_in(video.frame(i)) != i)

        threads = [threading.Thread(target=read, args=(seed,)) for seed in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert wrong == []


def test_group_start_is_where_decoding_begins(tmp_path: Path) -> None:
    with VideoFile(
        write_clip(tmp_path / "clip.avi", frames=20, codec="mjpeg", pix_fmt="yuvj420p", b_frames=0)
    ) as v:
        assert [v.group_start(i) for i in (0, 7, 19)] == [0, 7, 19]
    with VideoFile(
        write_clip(tmp_path / "clip.mp4", frames=20, group=600, options={"sc_threshold": "0"})
    ) as v:
        assert {v.group_start(i) for i in range(20)} == {0}


def test_info(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=30)
    assert video_info(path) == VideoInfo(
        path=path,
        container="mov,mp4,m4a,3gp,3g2,mj2",
        codec="h264",
        pixel_format="yuv420p",
        frames=30,
        width=96,
        height=64,
        rate=30.0,
        duration=pytest.approx(1.0),
        variable_rate=False,
        b_frames=True,
        rotation=0,
        mirrored=False,
        display_range=None,
        bits_per_pixel=pytest.approx(8 * path.stat().st_size / (96 * 64 * 30)),
        warnings=(),
    )
    info = video_info(write_clip(tmp_path / "clip.mkv", frames=30, variable=True, b_frames=0))
    assert (info.variable_rate, info.b_frames) == (True, False)
    assert not video_info(write_clip(tmp_path / "constant.mkv", frames=30)).variable_rate


def test_a_recording_that_starts_between_entries(tmp_path: Path) -> None:
    options = {"x265-params": "log-level=none:open-gop=1:keyint=10"}
    whole = write_clip(tmp_path / "whole.ts", frames=40, codec="libx265", options=options).read_bytes()
    middle = tmp_path / "middle.ts"
    middle.write_bytes(whole[len(whole) // 3 // 188 * 188 :])
    with open_source(middle) as video:
        numbers = numbers_in(video)
        assert 0 < numbers[0] <= 30
        assert numbers == list(range(numbers[0], 40))
        assert "cannot be decoded and are left out" in video.warnings[0]


def test_joined_recordings_whose_times_start_again(tmp_path: Path) -> None:
    part = write_clip(tmp_path / "part.ts", frames=30).read_bytes()
    joined = tmp_path / "joined.ts"
    joined.write_bytes(part + part)
    with open_source(joined) as video:
        assert numbers_in(video) == [*range(30), *range(30)]
        assert [number_in(video.frame(i)) for i in (45, 3, 59, 29, 30)] == [15, 3, 29, 29, 0]
        np.testing.assert_allclose(np.diff(video.timestamps), 1 / 30, atol=1e-4)

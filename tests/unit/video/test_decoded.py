"""Frames as the decoder gives them: the same pictures, in whatever size they are looked at."""

from __future__ import annotations

import threading
from pathlib import Path

import cv2
import numpy as np
import pytest
from video_clips import number_in, write_clip

from xmem_gui.errors import MediaError
from xmem_gui.video import CachedSource, open_source
from xmem_gui.video.decoded import DecodedFrame

KINDS = {
    "planar": {},
    "open_groups": {"options": {"x264-params": "open-gop=1"}},
    "turned": {"rotation": (90, False, False)},
    "mirrored": {"rotation": (0, True, False)},
    "full_chroma": {"pix_fmt": "yuv444p"},
}


@pytest.fixture(params=KINDS)
def clip(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    return write_clip(tmp_path / "clip.mp4", frames=30, size=(320, 192), **KINDS[request.param])


def test_every_frame_is_itself_in_a_smaller_size(clip: Path) -> None:
    with open_source(clip) as video:
        size = video.height // 2, video.width // 2
        for index in (*range(30), 3, 17, 29, 0):
            small = video.decoded(index).to_look_at(size)
            assert small.shape == (*size, 3)
            assert small.dtype == np.uint8
            assert small.flags.c_contiguous
            assert not small.flags.writeable
            whole = video.frame(index)
            expected = cv2.resize(whole, size[::-1], interpolation=cv2.INTER_AREA)
            # Colour has half of the pixels in the file: at its edges two ways to the same size differ.
            assert np.abs(small.astype(int) - expected).mean() < 3


def test_all_pixels_are_those_of_frame_whenever_they_are_asked_for(clip: Path) -> None:
    with open_source(clip) as video, video.twin() as twin:
        kept = [video.decoded(index) for index in range(30)]
        for index in reversed(range(30)):
            kept[index].to_look_at((20, 30))
            assert np.array_equal(kept[index].full(), twin.frame(index))
            assert kept[index].full() is kept[index].full()
            assert kept[index].to_look_at((20, 30)) is kept[index].full()


def test_a_decoded_frame_takes_half_of_the_memory_until_it_is_made_into_rgb(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=3, size=(640, 384))
    with open_source(path) as video:
        frame = video.decoded(1)
        assert frame.nbytes < 0.6 * 640 * 384 * 3
        frame.to_look_at((20, 30))
        assert frame.nbytes < 0.6 * 640 * 384 * 3
        frame.full()
        assert frame.nbytes == 640 * 384 * 3


def test_what_would_take_more_memory_than_rgb_is_made_into_rgb_at_once(tmp_path: Path) -> None:
    path = write_clip(
        tmp_path / "clip.mov", frames=3, size=(320, 192), codec="prores_ks", pix_fmt="yuv422p10le", b_frames=0
    )
    with open_source(path) as video:
        assert video.decoded(1).nbytes == 320 * 192 * 3


def test_a_damaged_frame_is_stood_in_for_in_every_size(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.avi", frames=20, size=(320, 192), codec="mpeg4", b_frames=0, group=1)
    with open_source(path) as video:
        assert [number_in(video.frame(index)) for index in (6, 7, 8)] == [6, 7, 8]
        video._stand_ins[7] = 6  # as if it did not decode
        assert number_in(video.decoded(7).full()) == 6
        assert number_in(video.decoded(7).to_look_at((96, 160))) == 6


def test_read_ahead_as_decoded_holds_every_frame_by_its_number(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=40, size=(320, 192))
    with CachedSource(open_source(path), budget_bytes=12 * 320 * 192 * 3) as cache:
        cache.prefetch(0, 1, 10, as_decoded=True)
        for index in range(40):
            assert number_in(cache.decoded(index).to_look_at((96, 160))) == index
            assert cache.bytes_used <= 12 * 320 * 192 * 3
        assert cache.decoded(39).nbytes < 320 * 192 * 3
        assert number_in(cache.frame(39)) == 39


def test_who_computes_gets_all_pixels_of_what_was_read_ahead_for_a_player(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=20, size=(320, 192))
    with CachedSource(open_source(path)) as cache, cache.reader() as run, open_source(path) as plain:
        cache.prefetch(0, 1, 20, as_decoded=True)
        while not all(cache.holds(index) for index in range(19)):
            threading.Event().wait(0.001)
        for index in range(19):
            cache.decoded(index).to_look_at((24, 40))
            assert np.array_equal(run.frame(index), plain.frame(index))
            assert np.array_equal(cache.frame(index), plain.frame(index))


def test_a_player_that_begins_with_the_second_frame_is_still_read_ahead_for(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=60, size=(320, 192))
    with CachedSource(open_source(path), ahead=4) as cache:
        cache.prefetch(0, 1, 40, as_decoded=True)
        cache.decoded(1)
        while not cache.holds(41):
            threading.Event().wait(0.001)
        assert cache.decoded(41).nbytes < 0.7 * 320 * 192 * 3


def test_reading_another_way_ends_reading_as_decoded(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=60, size=(320, 192))
    with CachedSource(open_source(path), ahead=4) as cache:
        cache.prefetch(0, 1, 4, as_decoded=True)
        cache.decoded(0)
        cache.frame(40)
        cache.frame(41)
        while not cache.holds(43):
            threading.Event().wait(0.001)
        assert cache.decoded(43).nbytes == 320 * 192 * 3


def test_threads_that_ask_for_one_frame_in_several_sizes_all_get_it(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=8, size=(320, 192))
    with open_source(path) as video:
        frames = [video.decoded(index) for index in range(8)]
        wrong: list[object] = []

        def look(seed: int) -> None:
            rng = np.random.default_rng(seed)
            for _ in range(100):
                index = int(rng.integers(8))
                size = int(rng.integers(48, 96)), int(rng.integers(80, 160))
                pixels = frames[index].full() if rng.random() < 0.02 else frames[index].to_look_at(size)
                if number_in(pixels) != index:
                    wrong.append((index, size))

        threads = [threading.Thread(target=look, args=(seed,)) for seed in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert wrong == []


def test_a_closed_video_gives_no_more_frames_but_those_given_stay(tmp_path: Path) -> None:
    path = write_clip(tmp_path / "clip.mp4", frames=8, size=(320, 192))
    video = open_source(path)
    kept = video.decoded(5)
    video.close()
    assert number_in(kept.to_look_at((96, 160))) == number_in(kept.full()) == 5
    with pytest.raises(MediaError, match="closed"):
        video.decoded(5)


def test_pixels_that_are_there_are_given_as_they_are() -> None:
    image = np.zeros((4, 6, 3), np.uint8)
    frame = DecodedFrame.of(image)
    assert frame.full() is image
    assert frame.to_look_at((2, 3)) is image
    assert frame.nbytes == image.nbytes

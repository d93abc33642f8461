"""Exported videos keep the times of the frames, and ProRes every alpha value."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from xmem_gui.formats import ExportRequest, FrameSelection, MemoryAnnotation, ObjectInfo, export
from xmem_gui.formats.exact_video import planes_of
from xmem_gui.formats.timing import Timing, timed
from xmem_gui.video import open_source

SIZE = (48, 64)
VIDEOS = {"overlay": ".mp4", "matte": ".mkv", "alpha-ffv1": ".mkv", "alpha-prores": ".mov"}
UNEVEN = [0.04 * number + (0.4 if number >= 9 else 0) + (0.013 if number % 3 else 0) for number in range(20)]


def _clip(times: list[float] | None, frames: int = 20, rate: Fraction | int = 25) -> MemoryAnnotation:
    clip = MemoryAnnotation(SIZE, frames, objects=[ObjectInfo(1, "a", (255, 0, 0))], rate=rate, times=times)
    rng = np.random.default_rng(1)
    for frame in range(frames):
        mask = np.zeros(SIZE, bool)
        mask[8:40, frame : frame + 24] = True
        clip.set(frame, 1, mask)
        clip.set_image(frame, rng.integers(0, 256, (*SIZE, 3), np.uint8))
    return clip


@pytest.mark.parametrize("format_id", VIDEOS)
@pytest.mark.parametrize(
    ("selection", "frames"),
    [({}, range(20)), ({"start": 5, "stop": 15}, range(5, 15)), ({"step": 3}, range(0, 20, 3))],
)
def test_frames_keep_their_times(
    tmp_path: Path, format_id: str, selection: dict[str, int], frames: range
) -> None:
    request = ExportRequest(frames=FrameSelection(**selection), images=True)
    (path,) = export(_clip(UNEVEN), format_id, tmp_path / f"out{VIDEOS[format_id]}", request)
    wanted = [UNEVEN[frame] - UNEVEN[frames.start] for frame in frames]
    # Matroska keeps whole milliseconds.
    exact = 0.0006 if path.suffix == ".mkv" else 2e-5
    with open_source(path) as video:
        np.testing.assert_allclose(video.timestamps, wanted, atol=exact)


@pytest.mark.parametrize("rate", [25, 24, Fraction(30000, 1001), 10])
@pytest.mark.parametrize("format_id", VIDEOS)
def test_a_constant_rate_stays_one(tmp_path: Path, format_id: str, rate: Fraction | int) -> None:
    # As Matroska rounds them.
    times = [round(1000 * number / rate) / 1000 for number in range(20)]
    request = ExportRequest(images=True)
    (path,) = export(_clip(times, rate=rate), format_id, tmp_path / f"a{VIDEOS[format_id]}", request)
    with open_source(path) as video:
        assert video.rate == pytest.approx(float(rate), rel=1e-3)
        np.testing.assert_allclose(video.timestamps, np.arange(20) / float(rate), atol=0.0006)


def test_a_preview_shows_each_picture_as_long_as_the_video_does(tmp_path: Path) -> None:
    (path,) = export(_clip(UNEVEN), "preview", tmp_path / "a.webp", ExportRequest(images=True))
    shown = []
    with Image.open(path) as image:
        for frame in range(image.n_frames):  # type: ignore[attr-defined]
            image.seek(frame)
            image.load()
            shown.append(image.info["duration"])
    starts = np.concatenate(([0], np.cumsum(shown[:-1]))) / 1000
    np.testing.assert_allclose(starts, UNEVEN, atol=0.0011)


def test_frames_that_do_not_follow_each_other_are_told() -> None:
    assert timed([3, 4, 9], Fraction(25), UNEVEN) == Timing(Fraction(25), apart=True)
    assert timed([3], Fraction(25), UNEVEN) == Timing(Fraction(25))
    assert timed([], Fraction(25), UNEVEN) == Timing(Fraction(25))
    assert timed([0, 2, 4], Fraction(25), None) == Timing(Fraction(25, 2))


@given(
    st.lists(st.floats(0, 10), min_size=2, max_size=40),
    st.sampled_from([Fraction(25), Fraction(24000, 1001)]),
)
def test_times_always_rise(gaps: list[float], rate: Fraction) -> None:
    times = np.cumsum(gaps).tolist()
    timing = timed(range(len(times)), rate, times)
    if timing.times is not None:
        assert all(later > sooner for sooner, later in zip(timing.times, timing.times[1:], strict=False))
        assert timing.times[0] == 0
        # Frames of one time are a unit apart; otherwise they are where they were.
        assert max(abs(float(a) - (b - times[0])) for a, b in zip(timing.times, times, strict=True)) < 1e-3


@pytest.mark.parametrize("size", [(48, 64), (50, 71), (33, 18)])
def test_prores_keeps_every_alpha_value(tmp_path: Path, size: tuple[int, int]) -> None:
    rng = np.random.default_rng(2)
    frames = 60
    clip = MemoryAnnotation(size, frames, objects=[ObjectInfo(1, "a", (255, 0, 0))])
    for frame in range(frames):
        clip.set(frame, 1, rng.random(size) < 0.5)
        clip.set_image(frame, rng.integers(0, 256, (*size, 3), np.uint8))
    (path,) = export(clip, "alpha-prores", tmp_path / "a.mov", ExportRequest(images=True))
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.color_primaries, context.color_trc, context.colorspace) == (1, 1, 1)
        for number, frame in enumerate(container.decode(stream)):
            plane = frame.planes[3]
            alpha = np.frombuffer(plane, np.uint16).reshape(-1, plane.line_size // 2)[: size[0], : size[1]]
            kept = clip.mask(number, 1)
            assert kept is not None
            assert np.array_equal(alpha >= alpha.max() // 2 + 1, kept), number
            assert set(np.unique(alpha)) <= {0, alpha.max()}
    assert number == frames - 1
    assert b"colr" in path.read_bytes()


def test_colours_of_prores_are_those_of_the_picture() -> None:
    picture = np.array(
        [[[255, 255, 255, 255], [0, 0, 0, 0], [255, 0, 0, 255], [0, 255, 0, 128], [0, 0, 255, 1]]], np.uint8
    )
    y, cb, cr, alpha = (plane[0].tolist() for plane in planes_of(picture))
    assert (y[:2], cb[:2], cr[:2]) == ([940, 64], [512, 512], [512, 512])
    # ITU-R BT.709: red, green and blue at full level, 10 bits.
    assert (y[2:], cb[4], cr[2]) == ([250, 691, 127], 960, 960)
    assert alpha == [1023, 0, 1023, 514, 4]

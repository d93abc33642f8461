from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from video_clips import numbers_in, paint

from xmem_gui.errors import MediaError, OutputError
from xmem_gui.video import VideoWriter, open_source, video_info


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    with VideoWriter(path, size=(96, 64), rate=Fraction(30000, 1001)) as writer:
        assert writer.codec == "libx264"
        for number in range(40):
            writer.write(paint(number))
        assert not path.exists()
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]
    info = video_info(path)
    assert (info.codec, info.pixel_format, info.frames) == ("h264", "yuv420p", 40)
    assert info.rate == pytest.approx(30000 / 1001)
    with open_source(path) as video:
        assert numbers_in(video) == list(range(40))


@pytest.mark.parametrize("colour", [(255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255), (20, 20, 20)])
def test_colours_survive(tmp_path: Path, colour: tuple[int, int, int]) -> None:
    frame = np.full((64, 96, 3), colour, np.uint8)
    with VideoWriter(tmp_path / "out.mp4", size=(96, 64), crf=5) as writer:
        writer.write(frame)
    with open_source(tmp_path / "out.mp4") as video:
        assert np.abs(video.frame(0).astype(int) - frame).max() <= 4


def test_odd_sizes_are_padded_by_repeating_the_edge(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mkv", size=(97, 65), crf=5) as writer:
        writer.write(paint(3, 97, 65))
    with open_source(tmp_path / "out.mkv") as video:
        assert (video.width, video.height) == (98, 66)
        assert np.abs(video.frame(0)[:65, :97].astype(int) - paint(3, 97, 65)).mean() < 4
        assert np.abs(video.frame(0)[65].astype(int) - video.frame(0)[64]).mean() < 4


@pytest.mark.parametrize("codec", ["libx264", "mpeg4"])
def test_times_may_be_given(tmp_path: Path, codec: str) -> None:
    times = [Fraction(n * n, 100) for n in range(10)]
    base = Fraction(1, 90000)
    with VideoWriter(tmp_path / "out.mp4", size=(96, 64), time_base=base, codecs=(codec,)) as writer:
        for number, time in enumerate(times):
            writer.write(paint(number), time=time)
        with pytest.raises(MediaError, match="later"):
            writer.write(paint(0), time=Fraction(0))
        with pytest.raises(MediaError, match="times"):
            writer.write(paint(0))
    with open_source(tmp_path / "out.mp4") as video:
        np.testing.assert_allclose(video.timestamps, [float(t) for t in times], atol=1e-4)


def test_without_x264_it_falls_back(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "out.mp4", size=(96, 64), codecs=("no_such_encoder", "mpeg4")) as writer:
        for number in range(5):
            writer.write(paint(number))
        assert writer.codec == "mpeg4"
    with open_source(tmp_path / "out.mp4") as video:
        assert numbers_in(video) == list(range(5))
    with pytest.raises(OutputError, match="none of the encoders"):
        VideoWriter(tmp_path / "other.mp4", size=(96, 64), codecs=("no_such_encoder",))
    assert not list(tmp_path.glob("*other*"))


def test_a_failure_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    path = tmp_path / "out.mp4"
    path.write_text("from before")
    with pytest.raises(RuntimeError), VideoWriter(path, size=(96, 64)) as writer:  # noqa: PT012
        writer.write(paint(0))
        raise RuntimeError
    with pytest.raises(OutputError, match="no frame"), VideoWriter(path, size=(96, 64)):
        pass
    assert [p.read_text() for p in tmp_path.iterdir()] == ["from before"]


def test_what_cannot_be_written_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="folder exists"):
        VideoWriter(tmp_path / "nowhere" / "out.mp4", size=(96, 64))
    with pytest.raises(OutputError, match=r"out\.xyz cannot be written"):
        VideoWriter(tmp_path / "out.xyz", size=(96, 64))
    with pytest.raises(OutputError, match="no size"):
        VideoWriter(tmp_path / "out.mp4", size=(0, 64))
    with VideoWriter(tmp_path / "out.mp4", size=(96, 64)) as writer:
        writer.write(paint(0))
        with pytest.raises(MediaError, match=r"shape \(32, 96, 3\)"):
            writer.write(paint(0, 96, 32))
    assert [p.name for p in tmp_path.iterdir()] == ["out.mp4"]

from pathlib import Path

import numpy as np
from PIL import Image
from video_clips import write_clip

from xmem_gui.video import bits_per_pixel, compression_sentence, open_source, video_info


class Sized:
    """A source of which only size and length matter."""

    def __init__(self, path: Path, *, frames: int, width: int, height: int) -> None:
        self.path, self.width, self.height, self._frames = path, width, height, frames

    def __len__(self) -> int:
        return self._frames


def test_bits_are_those_of_the_file_over_all_pixels(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(1000))
    assert bits_per_pixel(Sized(path, frames=10, width=40, height=20)) == 1.0  # type: ignore[arg-type]
    assert bits_per_pixel(Sized(tmp_path / "gone.mp4", frames=10, width=4, height=2)) is None  # type: ignore[arg-type]


def test_heavy_compression_says_what_it_costs(tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    path.write_bytes(bytes(100_000))

    def said(bits: float) -> str:
        frames = round(800_000 / bits / (100 * 100))
        return compression_sentence(Sized(path, frames=frames, width=100, height=100))  # type: ignore[arg-type]

    assert said(0.1) == said(0.025) == ""
    assert "about 4 points" in said(0.015)
    assert "about 15 points" in said(0.008)
    assert said(0.008).startswith("clip.mp4 is heavily compressed (0.008 bits per pixel).")


def test_info_has_them(tmp_path: Path) -> None:
    video = write_clip(tmp_path / "clip.mp4")
    info = video_info(video)
    with open_source(video) as source:
        assert info.bits_per_pixel == bits_per_pixel(source)
    folder = tmp_path / "folder"
    folder.mkdir()
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(folder / "0.png")
    assert video_info(folder).bits_per_pixel is None

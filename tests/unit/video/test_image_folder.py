from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from video_clips import paint

from xmem_gui.errors import MediaError
from xmem_gui.video import ImageFolder, open_source, video_info
from xmem_gui.video.pictures import read_values, to_rgb


def read_rgb(path: Path) -> npt.NDArray[np.uint8]:
    return to_rgb(read_values(path), None)


def _save(path: Path, number: int = 0, size: tuple[int, int] = (96, 64)) -> None:
    Image.fromarray(paint(number, *size)).save(path)


def test_images_come_in_natural_order_by_any_suffix(tmp_path: Path) -> None:
    names = ["1.png", "2.PNG", "9.bmp", "10.tif", "11.TIFF", "0100.Png"]
    for number, name in enumerate(names):
        _save(tmp_path / name, number)
    for ignored in (".3.png", "notes.txt", "4.png.part"):
        (tmp_path / ignored).write_text("not a frame")
    (tmp_path / "5.png").mkdir()
    with open_source(tmp_path) as folder:
        assert [folder.frame_name(i) for i in range(len(folder))] == ["1", "2", "9", "10", "11", "0100"]
        for number in (3, 0, 5, 1, 4, 2):
            assert np.array_equal(folder.frame(number), paint(number))
        assert (folder.name, folder.path) == (tmp_path.name, tmp_path)
        assert (folder.width, folder.height, folder.rate) == (96, 64, 24.0)
        np.testing.assert_allclose(folder.timestamps, np.arange(6) / 24)
        assert folder.group_start(4) == 4
        assert not folder.frame(0).flags.writeable


def test_pictures_that_are_renamed_while_it_is_open_are_told_once(tmp_path: Path) -> None:
    """Shifted by one, every name leads to another picture."""
    folder = tmp_path / "clip"
    folder.mkdir()
    for number in range(4):
        Image.new("RGB", (8, 6), (number * 40, 0, 0)).save(folder / f"{number}.png")
    source = ImageFolder(folder)
    said: list[str] = []
    source.warned.connect(said.append)
    (folder / "notes.txt").touch()
    source.frame(1)
    assert not said
    for number in reversed(range(4)):
        (folder / f"{number}.png").rename(folder / f"{number + 1}.png")
    for number in (1, 2, 3):
        source.frame(number)
    assert [text for text in said if "were renamed" in text] == [
        "Pictures have come into clip, or were renamed, since it was opened (4.png): open it again, or "
        "frames may show other pictures than their masks are of."
    ]
    assert said[0] in source.warnings
    assert not ImageFolder(folder).warnings


def test_the_rate_may_be_given(tmp_path: Path) -> None:
    _save(tmp_path / "0.png")
    _save(tmp_path / "1.png")
    assert ImageFolder(tmp_path, rate=10).timestamps.tolist() == [0, 0.1]
    with pytest.raises(MediaError, match="frame rate"):
        ImageFolder(tmp_path, rate=0)


@pytest.mark.parametrize("suffix", ["jpg", "JPEG", "webp"])
def test_lossy_images_are_decoded_as_pillow_does(tmp_path: Path, suffix: str) -> None:
    _save(tmp_path / f"00000.{suffix}", 77)
    stored = Image.open(tmp_path / f"00000.{suffix}")
    assert np.array_equal(ImageFolder(tmp_path).frame(0), np.asarray(stored.convert("RGB")))


def test_grey_palette_transparent_and_deep_images_become_rgb(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    grey = rng.integers(0, 256, (5, 7), np.uint8)
    Image.fromarray(grey).save(tmp_path / "grey.png")
    assert np.array_equal(read_rgb(tmp_path / "grey.png"), np.dstack([grey] * 3))

    palette = Image.fromarray(grey // 64)
    palette.putpalette([0, 0, 0, 255, 0, 0, 0, 255, 0, 9, 8, 7])
    colours = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [9, 8, 7]], np.uint8)
    palette.save(tmp_path / "palette.png")
    assert np.array_equal(read_rgb(tmp_path / "palette.png"), colours[grey // 64])
    palette.save(tmp_path / "clear.png", transparency=2)
    assert np.array_equal(read_rgb(tmp_path / "clear.png"), colours[grey // 64])

    rgba = rng.integers(0, 256, (5, 7, 4), np.uint8)
    Image.fromarray(rgba).save(tmp_path / "rgba.png")
    assert np.array_equal(read_rgb(tmp_path / "rgba.png"), rgba[..., :3])

    deep = rng.integers(0, 65536, (5, 7, 3)).astype(np.uint16)
    for suffix in ("png", "tif"):
        cv2.imwrite(str(tmp_path / f"deep.{suffix}"), deep)
        assert np.array_equal(read_rgb(tmp_path / f"deep.{suffix}"), deep[..., ::-1] >> 8)
        cv2.imwrite(str(tmp_path / f"deep_grey.{suffix}"), deep[..., 0])
        assert np.array_equal(read_rgb(tmp_path / f"deep_grey.{suffix}")[..., 2], deep[..., 0] >> 8)

    bits = grey > 127
    Image.fromarray(bits).save(tmp_path / "bits.png")
    assert np.array_equal(read_rgb(tmp_path / "bits.png")[..., 1], bits * np.uint8(255))


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(paint(5)).save(tmp_path / "0.png", exif=exif)
    with open_source(tmp_path) as folder:
        assert (folder.width, folder.height) == (64, 96)
        assert np.array_equal(folder.frame(0), np.rot90(paint(5), -1))


def test_a_folder_without_images(tmp_path: Path) -> None:
    with pytest.raises(MediaError, match="holds no images"):
        open_source(tmp_path)
    with pytest.raises(MediaError, match="not a folder"):
        ImageFolder(tmp_path / "nowhere")


def test_info_of_a_folder(tmp_path: Path) -> None:
    for number in range(3):
        _save(tmp_path / f"{number}.png", number)
    info = video_info(tmp_path)
    assert (info.container, info.codec, info.frames, info.width) == ("image folder", "png", 3, 96)
    assert info.duration == pytest.approx(3 / 24)

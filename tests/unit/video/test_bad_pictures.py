"""One bad picture of a folder behaves as one bad frame of a video does: stood in for, marked and told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image
from video_clips import number_in, numbers_in, paint

from xmem_gui.errors import MediaError
from xmem_gui.video import CachedSource, ImageFolder, open_source, pictures, video_info


def _folder(place: Path, count: int = 6, suffix: str = "png") -> Path:
    place.mkdir(exist_ok=True)
    for number in range(count):
        Image.fromarray(paint(number)).save(place / f"{number:05d}.{suffix}")
    return place


def _empty(file: Path) -> None:
    file.write_bytes(b"")


def _half(file: Path) -> None:
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])


def _text(file: Path) -> None:
    file.write_text("no picture at all")


def _zeros(file: Path) -> None:
    file.write_bytes(bytes(len(file.read_bytes())))


def _lost(file: Path) -> None:
    file.unlink()
    file.symlink_to(file.with_name("nowhere.png"))


def _larger(file: Path) -> None:
    Image.fromarray(paint(3, 192, 128)).save(file)


SPOILT: dict[str, tuple[Callable[[Path], None], str]] = {
    "empty": (_empty, "is empty (0 bytes)"),
    "cut off": (_half, "cannot be read as an image: it is damaged or of another kind"),
    "text": (_text, "cannot be read as an image"),
    "zeros": (_zeros, "cannot be read as an image"),
    "lost": (_lost, "does not exist: it was moved or deleted"),
    "larger": (_larger, "is 192x128 pixels, not 96x64"),
}


@pytest.mark.parametrize("what", SPOILT)
@pytest.mark.parametrize("suffix", ["png", "jpg", "webp", "tif", "bmp"])
def test_the_nearest_earlier_good_one_stands_in(tmp_path: Path, what: str, suffix: str) -> None:
    place = _folder(tmp_path / "seq", suffix=suffix)
    spoil, said = SPOILT[what]
    spoil(place / f"00003.{suffix}")
    text = f"Frame 3 of seq (00003.{suffix}) "
    info = video_info(place)
    assert info.frames == 6
    assert len(info.warnings) == 1
    assert info.warnings[0].startswith(text)
    assert said in info.warnings[0]
    assert info.warnings[0].endswith("The nearest good frame is shown instead.")
    with open_source(place) as folder:
        assert folder.warnings == info.warnings
        assert folder.damaged == {3}  # type: ignore[attr-defined]
        assert numbers_in(folder) == [0, 1, 2, 2, 4, 5]
        assert folder.frame_name(3) == "00003"


def test_at_the_start_the_first_good_one_stands_in(tmp_path: Path) -> None:
    place = _folder(tmp_path / "seq")
    for number in (0, 1, 4, 5):
        _empty(place / f"{number:05d}.png")
    with open_source(place) as folder:
        assert numbers_in(folder) == [2, 2, 2, 3, 3, 3]
        assert folder.warnings == (
            "2 frames from 0 to 1 of seq (00000.png, 00001.png) are empty (0 bytes). "
            "The nearest good frame is shown instead.",
            "2 frames from 4 to 5 of seq (00004.png, 00005.png) are empty (0 bytes). "
            "The nearest good frame is shown instead.",
        )


def test_many_bad_ones_are_told_in_a_few_sentences(tmp_path: Path) -> None:
    place = _folder(tmp_path / "seq", count=60)
    for number in range(1, 60, 2):
        _empty(place / f"{number:05d}.png")
    with open_source(place) as folder:
        assert len(folder.warnings) == 9
        assert folder.warnings[-1] == "22 more of the 60 frames of seq are bad."


def test_a_picture_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = _folder(tmp_path / "seq")
    usual = Image.open

    def refused(path: Path) -> Image.Image:
        if path.name == "00003.png":
            raise PermissionError(13, "Permission denied", str(path))
        return usual(path)

    monkeypatch.setattr(pictures.Image, "open", refused)
    assert "may not be read: check its permissions" in video_info(place).warnings[0]


def test_what_only_decoding_tells_is_marked_when_it_is_met(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = _folder(tmp_path / "seq")
    data = bytearray((place / "00003.png").read_bytes())
    data[60:90] = bytes(30)
    (place / "00003.png").write_bytes(data)
    with CachedSource(open_source(place)) as folder:
        heard: list[str] = []
        folder.warned.connect(heard.append)
        assert folder.warnings == ()
        assert numbers_in(folder) == [0, 1, 2, 2, 4, 5]
        assert heard == list(folder.warnings)
        assert "00003.png" in heard[0]

    def refused(path: Path) -> npt.NDArray[np.generic]:
        raise PermissionError(13, "no", str(path))

    with open_source(place) as folder:
        monkeypatch.setattr(pictures.Image, "open", refused)
        with pytest.raises(MediaError, match="No picture of seq can be read any more"):
            folder.frame(0)


def test_one_file_that_goes_is_stood_in_for_and_all_of_them_is_an_error(tmp_path: Path) -> None:
    place = _folder(tmp_path / "seq")
    with open_source(place) as folder:
        (place / "00002.png").unlink()
        assert number_in(folder.frame(2)) == 1
        place.rename(tmp_path / "elsewhere")
        with pytest.raises(MediaError, match="not there any more"):
            folder.frame(4)
        (tmp_path / "elsewhere").rename(place)
        assert number_in(folder.frame(4)) == 4
        with pytest.raises(MediaError, match="no frame 6"):
            folder.frame(6)
    with pytest.raises(MediaError, match="closed"):
        folder.frame(0)


def test_a_folder_of_nothing_good(tmp_path: Path) -> None:
    place = _folder(tmp_path / "seq", count=3)
    for file in place.iterdir():
        _empty(file)
    with pytest.raises(MediaError, match=r"No picture in seq can be read. The first: 00000\.png is empty"):
        open_source(place)


def test_several_sizes_are_told_at_opening(tmp_path: Path) -> None:
    place = _folder(tmp_path / "seq", count=3)
    Image.fromarray(paint(3, 128, 96)).save(place / "00003.png")
    Image.fromarray(paint(4, 128, 96)).save(place / "00004.png")
    assert video_info(place).warnings == (
        "2 frames from 3 to 4 of seq (00003.png, 00004.png) are 128x96 pixels, not 96x64. "
        "The nearest good frame is shown instead.",
    )


def test_an_orientation_changes_no_size(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    for suffix in ("png", "jpg", "tif", "webp"):
        place = tmp_path / suffix
        place.mkdir()
        for number in range(3):
            Image.fromarray(paint(number)).save(place / f"{number}.{suffix}", exif=exif)
        info = video_info(place)
        assert (info.width, info.height, info.warnings) == (64, 96, ())


def test_odd_kinds_of_pictures_are_frames_as_others(tmp_path: Path) -> None:
    image = Image.fromarray(paint(5))
    for number, mode in enumerate(("RGB", "L", "P", "1", "CMYK", "RGBA", "LA", "YCbCr", "I;16", "F")):
        picture = image.convert("L").convert(mode) if mode in ("I;16", "F") else image.convert(mode)
        picture.save(tmp_path / f"{number}.{'jpg' if mode == 'YCbCr' else 'tif'}")
    with ImageFolder(tmp_path) as folder:
        assert (len(folder), folder.warnings) == (10, ())
        assert {folder.frame(i).shape for i in range(10)} == {(64, 96, 3)}

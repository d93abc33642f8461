"""A folder of pictures that gains, loses or renames some: masks go with the pictures."""

from __future__ import annotations

import numpy as np
import pytest
from annotated_videos import SIZE, annotate, folder, mask, opened, picture
from PIL import Image

from xmem_gui.annotator import Annotator, VideoNotFoundError, relink
from xmem_gui.errors import ProjectError


def test_masks_follow_the_names_of_pictures(tmp_path):
    pictures = folder(tmp_path / "seq", 5, first=1)
    place = annotate(pictures, 0, 2, 4)
    Image.fromarray(picture(0)).save(pictures / "00000.png")
    (pictures / "00003.png").rename(tmp_path / "aside.png")
    for path in (pictures, place):
        with pytest.raises(VideoNotFoundError) as caught:
            Annotator.open(path)
        assert caught.value.location.what == (
            "1 picture came into it (00000.png)", "1 picture is gone (00003.png)",
        )  # fmt: skip
    with pytest.raises(ProjectError, match="00003"):
        relink(place, pictures)
    said = relink(place, pictures, accept_changes=True)
    assert "1 mask of pictures that are gone (00003.png) is kept" in " ".join(said)
    with Annotator.open(place) as annotator:
        known = {frame for frame in range(5) if annotator.project.mask(frame, 1) is not None}
        assert {annotator.video.frame_name(frame) for frame in known} == {"00001", "00005"}
        assert np.array_equal(annotator.project.mask(4, 1), mask(4))
        assert annotator.project.kept == {"00003.png": 1}
    (tmp_path / "aside.png").rename(pictures / "00003.png")
    assert "are back" in " ".join(relink(place, pictures, accept_changes=True))
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(3, 1), mask(2))
        assert annotator.project.kept == {}


def test_a_renamed_picture_takes_its_mask_along(tmp_path):
    pictures = tmp_path / "seq"
    pictures.mkdir()
    rng = np.random.default_rng(0)
    for frame in range(4):
        noise = rng.integers(0, 256, (SIZE[0] * (frame + 1) // 4, SIZE[1], 3), np.uint8)
        image = np.zeros((*SIZE, 3), np.uint8)
        image[: len(noise)] = noise
        Image.fromarray(image).save(pictures / f"{frame}.png")
    place = annotate(pictures, 1)
    (pictures / "1.png").rename(pictures / "9.png")
    relink(place, pictures, accept_changes=True)
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(3, 1), mask(1))


def test_a_folder_whose_pictures_have_all_other_names_asks(tmp_path):
    pictures = folder(tmp_path / "seq")
    place = annotate(pictures, 2)
    for file in sorted(pictures.iterdir()):
        Image.open(file).save(pictures / f"shot_{file.name}", compress_level=1)
        file.unlink()
    with pytest.raises(VideoNotFoundError, match="other names"):
        Annotator.open(pictures)
    relink(place, pictures, accept_changes=True)
    with Annotator.open(pictures) as annotator:
        assert np.array_equal(annotator.project.mask(2, 1), mask(2))


def test_a_folder_converted_to_another_kind_of_picture_is_the_same(tmp_path):
    pictures = folder(tmp_path / "seq")
    annotate(pictures)
    for file in sorted(pictures.iterdir()):
        Image.open(file).save(file.with_suffix(".bmp"))
        file.unlink()
    assert opened(pictures)[2] == ["rabbit"]

"""Masks of another size than the video: left out by default, scaled on request, in every format."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from odd_files import NAMES, SIZE, masks_of, opened, picture, png_text
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportTarget
from xmem_gui.formats.scaling import check_size, scaled_mask, stated_size
from xmem_gui.project.rle import Rle

DOUBLE = (2 * SIZE[0], 2 * SIZE[1])
FLAT = [10, 8, 30, 8, 30, 24, 10, 24]
PAIRS = [[10, 8], [30, 8], [30, 24], [10, 24]]
POINTS = ";".join(f"{x},{y}" for x, y in PAIRS)


def small() -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[4:12, 5:15] = True
    return mask


def large() -> np.ndarray:
    return small().repeat(2, 0).repeat(2, 1)


def write(path: Path, document: object) -> Path:
    path.write_text(document if isinstance(document, str) else json.dumps(document))
    return path


def coco(root: Path, segmentation: object) -> Path:
    image = {"id": 1, "file_name": "00001.jpg", "height": DOUBLE[0], "width": DOUBLE[1]}
    mask = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": segmentation}
    return write(root / "a.json", {"images": [image], "annotations": [mask], "categories": []})


def youtube_vis(root: Path) -> Path:
    video = {"id": 1, "height": DOUBLE[0], "width": DOUBLE[1], "file_names": [f"seq/{n}.jpg" for n in NAMES]}
    mask = {
        "id": 1,
        "video_id": 1,
        "category_id": 1,
        "segmentations": [None, Rle.from_mask(large()).to_coco(), None],
    }
    return write(root / "a.json", {"videos": [video], "annotations": [mask], "categories": []})


def sav(root: Path) -> Path:
    rows = [[None], [Rle.from_mask(large()).to_coco()], [None]]
    return write(root / "a_manual.json", {"masklet": rows, "masklet_id": [1], "video_frame_count": 3})


def labelme(root: Path) -> Path:
    stamp = {
        "label": "b",
        "points": [[10, 8], [29, 23]],
        "shape_type": "mask",
        "mask": png_text(np.ones((16, 20))),
    }
    shapes = [{"label": "a", "points": PAIRS}, stamp]
    (root / "seq").mkdir()
    write(root / "seq" / "00001.json", {"shapes": shapes, "imageHeight": DOUBLE[0], "imageWidth": DOUBLE[1]})
    return root / "seq"


def cvat_video(root: Path) -> Path:
    size = f"<original_size><width>{DOUBLE[1]}</width><height>{DOUBLE[0]}</height></original_size>"
    box = 'left="10" top="8" width="20" height="16"'
    return write(
        root / "a.xml",
        f'<annotations><meta><task>{size}</task></meta><track id="0" label="a">'
        f'<polygon frame="1" points="{POINTS}"/></track><track id="1" label="b">'
        f'<mask frame="1" rle="0, 320" {box}/></track></annotations>',
    )


def cvat_images(root: Path) -> Path:
    image = f'<image id="1" name="00001.jpg" width="{DOUBLE[1]}" height="{DOUBLE[0]}">'
    shape = f'<polygon label="a" points="{POINTS}"/>'
    return write(root / "a.xml", f"<annotations>{image}{shape}</image></annotations>")


def index_png(root: Path) -> Path:
    picture(root / "seq" / "00001.png", large() * 3)
    return root / "seq"


def binary_png(root: Path) -> Path:
    (root / "seq" / "003").mkdir(parents=True)
    Image.fromarray(large()).save(root / "seq" / "003" / "00001.png")
    return root / "seq"


def voc(root: Path) -> Path:
    picture(root / "SegmentationObject" / "00001.png", large() * 1)
    return root


FORMATS = (
    lambda root: coco(root, [FLAT]),
    lambda root: coco(root, Rle.from_mask(large()).to_coco()),
    youtube_vis,
    sav,
    labelme,
    cvat_video,
    cvat_images,
    index_png,
    binary_png,
    voc,
)


@pytest.mark.parametrize("make", FORMATS, ids=range(len(FORMATS)))
def test_every_format(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path)
    with pytest.raises(
        FormatError, match=f"{DOUBLE[1]} x {DOUBLE[0]} pixels, but the video has 30 x 20.*--scale"
    ):
        opened(path)
    plan = opened(path, scale=True)
    found = masks_of(plan)
    assert plan.masks == len(found) >= 1
    for (frame, _), mask in found.items():
        assert frame == 1
        np.testing.assert_array_equal(mask, small())


def test_one_picture_of_another_size_is_left_out_and_the_rest_stays(tmp_path: Path) -> None:
    folder = index_png(tmp_path)
    picture(folder / "00000.png", small() * 3)
    plan = opened(folder)
    assert plan.frames == (0,)
    assert "00001.png" in plan.left_out[0]
    assert opened(folder, scale=True).frames == (0, 1)


def test_sizes_that_are_not_stated_or_written_otherwise() -> None:
    target = ImportTarget(SIZE, tuple(NAMES))
    for height, width in (
        (20, 30),
        (20.0, 30.0),
        (None, None),
        (None, 30),
        (20, None),
        ("20", "30"),
        (0, 0.0),
    ):
        assert stated_size(height, width, target, "it is of") == SIZE
    for height, width in ((21, 30), ("a", "b"), (True, 30), ([], {}), (float("nan"), 30), (-20, -30)):
        with pytest.raises(FormatError, match="pixels, but the video has 30 x 20"):
            stated_size(height, width, target, "it is of")


@pytest.mark.parametrize("size", [(0, 0), (-20, 30), (10**6, 10**6), (20, 30 * 1000), (1, 1)])
def test_sizes_that_cannot_be_scaled_are_refused(size: tuple[int, int]) -> None:
    with pytest.raises(FormatError, match=r"cannot be scaled|but the video has"):
        check_size(size, ImportTarget((200, 300), tuple(NAMES), scale=True), "it is of")


def test_a_pixel_is_inside_if_half_of_it_is() -> None:
    mask = np.zeros((4, 4), dtype=bool)
    mask[:2, :2] = True
    mask[2, 3] = True
    np.testing.assert_array_equal(scaled_mask(mask, (2, 2)), [[True, False], [False, False]])
    np.testing.assert_array_equal(scaled_mask(np.ones((3, 5), bool), (7, 2)), np.ones((7, 2), bool))
    assert scaled_mask(mask, (4, 4)) is mask

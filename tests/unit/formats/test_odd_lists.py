"""Lists of images and rows that contradict themselves, and what Ultralytics puts behind corners."""

import json
from pathlib import Path
from typing import Any

import pytest
from odd_files import FLAT, NAMES, SIZE, coco, masks_of, opened, rle, square, youtube_vis

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan


def changed(path: Path, **members: Any) -> Path:
    path.write_text(json.dumps(json.loads(path.read_text()) | members))
    return path


def frames_of(plan: ImportPlan) -> list[int]:
    return sorted({frame for frame, _ in masks_of(plan)})


def image(number: int, name: str) -> dict[str, Any]:
    return {"id": number, "file_name": name, "height": SIZE[0], "width": SIZE[1]}


def test_two_coco_images_of_one_id_are_neither(tmp_path: Path) -> None:
    images = [image(0, "00000.jpg"), image(0, "00002.jpg"), image(1, "00001.jpg")]
    plan = opened(changed(coco(tmp_path / "a.json"), images=images))
    assert frames_of(plan) == [1]
    assert any("2 images are left out (id 0): another has its id" in one for one in plan.left_out)
    assert any("1 annotation is left out (annotation 1)" in one for one in plan.left_out)


def test_two_coco_images_of_one_name_are_left_out(tmp_path: Path) -> None:
    images = [image(0, "00000.jpg"), image(2, "00000.png"), image(1, "00001.jpg")]
    plan = opened(changed(coco(tmp_path / "a.json"), images=images))
    assert frames_of(plan) == [1]
    assert any("2 images are left out" in one for one in plan.left_out)


def test_two_youtube_vis_pictures_of_one_name_are_left_out(tmp_path: Path) -> None:
    path = youtube_vis(tmp_path / "a.json", rle())
    video = json.loads(path.read_text())["videos"][0]
    names = ["seq/00000.jpg", "seq/00001.jpg", "seq/00001.jpg"]
    plan = opened(changed(path, videos=[video | {"file_names": names}]))
    assert frames_of(plan) == [0]
    assert any("2 images are left out (seq/00001.jpg)" in one for one in plan.left_out)


CVAT_IMAGE = (
    '<image id="{}" name="{}" width="30" height="20">'
    '<polygon label="dog" points="5,4;15,4;15,12;5,12"/></image>'
)


def cvat(path: Path, *names: str) -> Path:
    images = "".join(CVAT_IMAGE.format(n, name) for n, name in enumerate(names))
    path.write_text(f"<annotations><version>1.1</version>{images}</annotations>")
    return path


def test_ids_of_cvat_do_not_stand_in_for_names_of_several_videos(tmp_path: Path) -> None:
    path = cvat(tmp_path / "a.xml", "a/00001.png", "b/00001.png", "b/00002.png")
    with pytest.raises(FormatError, match="images of 2 videos, and none is named 'seq'"):
        opened(path)
    assert frames_of(opened(path, name="b")) == [1, 2]


def test_two_cvat_images_of_one_name_are_left_out(tmp_path: Path) -> None:
    plan = opened(cvat(tmp_path / "a.xml", "00001.png", "00001.jpg", "00002.png"))
    assert frames_of(plan) == [2]
    assert any("another has its name" in one for one in plan.left_out)


def sav(path: Path, rows: int, frames: object) -> Path:
    document = {"masklet_id": [1], "masklet": [[rle()]] * rows, "video_frame_count": frames}
    path.write_text(json.dumps(document))
    return path


@pytest.mark.parametrize(
    ("rows", "stated", "frames"),
    [
        (24, 24, list(range(24))),
        (24, 96, list(range(24))),
        (6, 24, list(range(0, 24, 4))),
        (6, 23, list(range(0, 24, 4))),
        (6, "24", list(range(0, 24, 4))),
        (6, None, list(range(0, 24, 4))),
        (6, 0, list(range(0, 24, 4))),
        (23, 24, list(range(23))),
        (25, 24, list(range(24))),
    ],
)
def test_rows_of_sav_are_evenly_spread(rows: int, stated: object, frames: list[int], tmp_path: Path) -> None:
    names = [f"{i:05d}" for i in range(24)]
    assert frames_of(opened(sav(tmp_path / "a_manual.json", rows, stated), frame_names=names)) == frames


@pytest.mark.parametrize("rows", [16, 18, 20])
def test_rows_of_sav_that_are_no_share_of_the_frames_are_refused(rows: int, tmp_path: Path) -> None:
    names = [f"{i:05d}" for i in range(24)]
    with pytest.raises(FormatError, match=f"masks for {rows} of 24 frames"):
        opened(sav(tmp_path / "a_manual.json", rows, 24), frame_names=names)


LINE = " ".join(f"{v / (SIZE[1], SIZE[0])[n % 2]:.6f}" for n, v in enumerate(FLAT))


def labels(folder: Path, *lines: str) -> Path:
    folder.mkdir()
    for name, text in zip(NAMES, lines, strict=False):
        (folder / f"{name}.txt").write_text(text)
    return folder


@pytest.mark.parametrize(
    ("behind", "objects"),
    [
        (["0.91", "0.87", "1"], 1),
        (["1", "2", "2"], 2),
        (["0.91 1", "0.5 2", "0.87 2"], 2),
        (["0.91 7", "0.5 7", "0.87 7"], 1),
    ],
)
def test_what_ultralytics_puts_behind_corners(behind: list[str], objects: int, tmp_path: Path) -> None:
    plan = opened(labels(tmp_path / "labels", *(f"0 {LINE} {tail}\n" for tail in behind)))
    found = masks_of(plan)
    assert len(found) == 3
    assert all((mask == square()).all() for mask in found.values())
    assert len(plan.objects) == objects
    assert any("Behind the corners" in one for one in plan.warnings)


def test_tracked_boxes_are_no_triangles(tmp_path: Path) -> None:
    lines = [f"0 0.5 0.5 0.2 0.2 0.9 {track}\n" for track in (1, 2, 3)]
    with pytest.raises(FormatError, match="a box is no mask"):
        opened(labels(tmp_path / "labels", *lines))


def test_a_corner_on_the_edge_is_no_track(tmp_path: Path) -> None:
    plan = opened(labels(tmp_path / "labels", *("0 0 0.5 0.5 0.5 0.5 1 0 1\n" for _ in NAMES)))
    assert all(mask[10:, :15].all() and mask.sum() == 150 for mask in masks_of(plan).values())


@pytest.mark.parametrize("number", ["0", "0.0", "0.000000e+00"])
@pytest.mark.parametrize(
    ("yaml", "name"),
    [
        ("names: [dog]", "dog"),
        ("names: {'0': dog}", "dog"),
        ("names: [dog", "class 0"),
        ("a: &a b\nc: *a", ""),
    ],
)
def test_class_names_that_cannot_be_read_do_not_sink_the_masks(
    number: str, yaml: str, name: str, tmp_path: Path
) -> None:
    folder = labels(tmp_path / "labels", *(f"{number} {LINE}\n" for _ in NAMES))
    (tmp_path / "data.yaml").write_text(yaml)
    plan = opened(folder)
    assert len(masks_of(plan)) == 3
    assert [info.name for info in plan.objects] == [name or "class 0"]
    assert any("data.yaml" in one for one in plan.warnings) == (name != "dog")


def test_a_list_of_ours_without_a_name_gives_none(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json")
    own = {"objects": [{"id": 7, "name": None}]}
    assert [info.name for info in opened(changed(path, xmem_gui=own, categories=[])).objects] == ["object 7"]


@pytest.mark.parametrize(
    "label", ["masklet", "masklet_id", 'a"masklet":', "images", "videos", "<annotations"]
)
def test_a_label_does_not_make_a_file_another_tools(label: str, tmp_path: Path) -> None:
    corners = [[5, 4], [15, 4], [15, 12], [5, 12]]
    named = [label, "annotations", "file_names"]
    shapes = [{"label": name, "points": corners, "shape_type": "polygon"} for name in named]
    for name in NAMES:
        (tmp_path / f"{name}.json").write_text(json.dumps({"shapes": shapes}))
    plan = opened(tmp_path)
    assert plan.format_id == "labelme"
    assert [info.name for info in plan.objects] == named


def test_cvat_images_of_another_video_beside_ours_are_not_ours(tmp_path: Path) -> None:
    path = cvat(tmp_path / "a.xml", "other/00000.png", "Seq/00001.png", "Seq/00002.png")
    assert frames_of(opened(path)) == [1, 2]

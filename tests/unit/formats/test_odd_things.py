"""One odd annotation, shape, line or picture never sinks the rest, and the plan names it beforehand."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from odd_files import (
    CORNERS,
    FLAT,
    SIZE,
    binary_png,
    coco,
    cvat,
    cvat_images,
    index_png,
    labelme,
    masks_of,
    opened,
    picture,
    png_text,
    rle,
    sav,
    shape,
    square,
    yolo,
    youtube_vis,
)
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan

BOX = {"id": 50, "image_id": 2, "category_id": 1, "track_id": 7, "bbox": [5, 4, 10, 8]}
POINTS = ";".join(f"{x},{y}" for x, y in CORNERS)


def assert_good(plan: ImportPlan) -> dict[tuple[int, int], np.ndarray]:
    """Assert that the good square is read in frames 0 and 1, and that the plan promises what is given."""
    found = masks_of(plan)
    one = next(info.id for info in plan.objects if info.id == 7 or len(plan.objects) == 1)
    for frame in (0, 1):
        np.testing.assert_array_equal(found[frame, one], square())
    assert len(found) == plan.masks
    assert {(f, n) for n, frames in plan.coverage.items() for f in frames} == set(found)
    return found


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (BOX, "no segmentation"),
        (BOX | {"segmentation": None}, "no segmentation"),
        (BOX | {"segmentation": []}, "no segmentation"),
        (BOX | {"segmentation": [[]]}, "no segmentation"),
        (BOX | {"segmentation": {}}, "no segmentation"),
        (BOX | {"segmentation": [[1, 1, 2, 2]]}, "three corners"),
        (BOX | {"segmentation": [[1, 1, 2, float("nan"), 5, 5]]}, "no place in a picture"),
        (BOX | {"segmentation": [[1, 1, 2, float("inf"), 5, 5]]}, "no place in a picture"),
        (BOX | {"segmentation": [[1, 1, 2, 10**400, 5, 5]]}, "no place in a picture"),
        (BOX | {"segmentation": [["1", 1, 2, 2, 5, 5]]}, "not numbers"),
        (BOX | {"segmentation": [[-50, -50, -40, -50, -40, -40]]}, "no pixel of the picture"),
        (BOX | {"segmentation": {"size": [99, 30], "counts": [2970]}}, "99 pixels, but the video has"),
        (BOX | {"segmentation": {"size": list(SIZE), "counts": "PPPPo9"}}, "damaged"),
        (BOX | {"segmentation": {"size": list(SIZE), "counts": [1, 2]}}, "does not fill"),
        (BOX | {"segmentation": "polygon"}, "neither an RLE"),
        (BOX | {"segmentation": rle(), "image_id": 99}, "does not list its image"),
        ({"id": 50, "segmentation": rle()}, "no proper 'image_id'"),
        (BOX | {"segmentation": rle(), "category_id": [1]}, "no proper 'category_id'"),
        ([1, 2], "not a JSON object"),
        (None, "not a JSON object"),
    ],
)
def test_coco(odd: Any, said: str, tmp_path: Path) -> None:
    plan = opened(coco(tmp_path / "a.json", odd))
    assert_good(plan)
    assert plan.masks == 2
    (sentence,) = plan.left_out
    assert said in sentence
    assert ("annotation 50" if isinstance(odd, dict) else "annotation 2") in sentence
    assert sentence in plan.describe()


def test_coco_keeps_the_good_polygons_of_an_annotation(tmp_path: Path) -> None:
    plan = opened(coco(tmp_path / "a.json", BOX | {"segmentation": [FLAT, [1, 1, 2, 2]]}))
    np.testing.assert_array_equal(assert_good(plan)[2, 7], square())
    assert plan.left_out == (
        "1 polygon is left out (annotation 50): it is not a list of three corners or more.",
    )


@pytest.mark.parametrize("size", [[20.0, 30.0], ["20", "30"], ["20.0", "30.0"]])
def test_coco_sizes_that_are_written_as_no_whole_numbers(size: list[Any], tmp_path: Path) -> None:
    odd = BOX | {"segmentation": rle() | {"size": size}, "area": float("nan"), "score": float("-inf")}
    np.testing.assert_array_equal(assert_good(opened(coco(tmp_path / "a.json", odd)))[2, 7], square())


def test_coco_images_that_cannot_be_used(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json")
    document = json.loads(path.read_text())
    document["images"] += [None, {"id": 5}, *({"id": 9, "file_name": f"0000{n}.jpg"} for n in (6, 7))]
    document["categories"] += [None, {"name": "x"}, {"id": 3, "name": None}]
    path.write_text(json.dumps(document))
    assert_good(plan := opened(path))
    assert len(plan.left_out) == 5


@pytest.mark.parametrize(
    ("third", "count"),
    [(None, 0), ([], 0), ({"size": [9, 9], "counts": "51"}, 1), (5, 1), ([[1, 1, 2, 2]], 1)],
)
def test_youtube_vis(third: Any, count: int, tmp_path: Path) -> None:
    plan = opened(youtube_vis(tmp_path / "a.json", third))
    assert len(masks_of(plan)) == plan.masks == 2
    assert len(plan.left_out) == count
    assert all("annotation 7, seq/00002.jpg" in sentence for sentence in plan.left_out)


def test_youtube_vis_annotations_that_cannot_be_used(tmp_path: Path) -> None:
    short = {"id": 8, "video_id": 1, "category_id": 1, "segmentations": [rle()]}
    bare = {"id": 9, "video_id": 1, "category_id": [1]}
    plan = opened(youtube_vis(tmp_path / "a.json", None, short, bare, None, 5))
    assert len(plan.objects) == 1
    assert len(masks_of(plan)) == plan.masks == 2
    assert len(plan.left_out) == 3


@pytest.mark.parametrize("third", [[None], [rle() | {"size": [9, 9]}], [rle(), rle()], None, 7])
def test_sav(third: Any, tmp_path: Path) -> None:
    plan = opened(sav(tmp_path / "a_manual.json", third))
    assert_good(plan)
    assert plan.masks == 2
    assert len(plan.left_out) == (third != [None])


@pytest.mark.parametrize(
    ("odd", "said"),
    [
        (shape(points=[[1, 1], [2, 2]]), "three corners"),
        (shape(points=[[1, 1]]), "two corners"),
        (shape(points="no"), "two corners"),
        (shape(points=[[1, 1], [2, float("nan")], [5, 5]]), "no place"),
        (shape(points=[[-9, -9], [-5, -9], [-5, -5]]), "no pixel"),
        (shape(points=[[1, 1], [2, 2], [3, 3]], kind="rectangle"), "two corners or four"),
        (shape(points=[[1, 1], [2, 2]], kind="rotation"), "four corners"),
        (shape(points=[[1, 1]] * 8, kind="cuboid"), "a cuboid is no mask"),
        (shape(points=[[1, 1], [2, 2]], kind="line"), "a line is no mask"),
        (shape(points=[[1, 1]], kind="point"), "a point is no mask"),
        (shape(kind="blob"), "a blob is no mask"),
        (shape(kind=["x"]), "may be damaged"),
        (shape(points=[[1, 1], [4, 4]], kind="mask", mask="%%%"), "base 64"),
        (shape(points=[[1, 1], [4, 4]], kind="mask", mask="AAAA"), "no PNG"),
        (shape(points=[[1, 1], [4, 4]], kind="mask", mask=None), "no picture"),
        (
            shape(points=[[25, 15], [40, 40]], kind="mask", mask=png_text(np.ones((9, 9)))),
            "fits in its frame",
        ),
        (shape(points=[[1, 1], [4, 4]], kind="mask", mask=png_text(np.ones((3, 3)))[:60]), "damaged"),
        ("shape", "not a JSON object"),
        (None, "not a JSON object"),
    ],
)
def test_labelme(odd: Any, said: str, tmp_path: Path) -> None:
    plan = opened(labelme(tmp_path / "seq", odd))
    assert_good(plan)
    assert plan.masks == 2
    (sentence,) = plan.left_out
    assert "(00001.json, shape 1)" in sentence
    assert said in sentence


@pytest.mark.parametrize(
    "odd",
    [
        shape(points=[[5, 4], [15, 4], [15, 12], [5, 12]], kind="rectangle", difficult=True),
        shape(points=[[5, 4], [15, 12]], kind="rectangle"),
        shape(points=[[15, 12], [5, 4]], kind="rectangle", flags={}, attributes={}),
        shape(points=[[5, 4], [15, 4], [15, 12], [5, 12]], kind="rotation", direction=0.0),
        shape(points=[[5, 4], [14, 11]], kind="mask", mask=png_text(np.ones((8, 10)))),
        shape(kind=None),
    ],
)
def test_labelme_shapes_of_other_tools_are_read(odd: Any, tmp_path: Path) -> None:
    plan = opened(labelme(tmp_path / "seq", odd | {"label": "cat", "group_id": None}))
    found = masks_of(plan)
    assert plan.left_out == ()
    assert [info.name for info in plan.objects] == ["cat", "dog"]
    np.testing.assert_array_equal(found[1, 1], square())


@pytest.mark.parametrize(("label", "name"), [(5, "5"), (2.5, "2.5"), (None, "object 1"), ("", "object 1")])
def test_labelme_labels_that_are_no_names(label: Any, name: str, tmp_path: Path) -> None:
    plan = opened(labelme(tmp_path / "seq", shape(label=label, group_id=None)))
    assert [info.name for info in plan.objects] == [name, "dog"]


def test_a_labelme_file_that_is_no_json_is_named(tmp_path: Path) -> None:
    folder = labelme(tmp_path / "seq")
    (folder / "00002.json").write_text("{")
    assert_good(plan := opened(folder))
    assert "1 file is left out (00002.json)" in plan.left_out[0]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("0 0.5 0.5 0.1 0.1", "a box is no mask"),
        ("0 0.5 0.5 0.1 0.1 0.9", "a box is no mask"),
        ("0 0.1 0.1", "corners of a polygon"),
        ("dog 0.1 0.1 0.5 0.1 0.5 0.5", "begin with the number of a class"),
        ("-1 0.1 0.1 0.5 0.1 0.5 0.5", "number of a class"),
        ("0 0.1 0.1 nan 0.1 0.5 0.5", "no place"),
        ("0 0.1 0.1 x 0.1 0.5 0.5", "may be damaged"),
        ("0 5 5 6 5 6 6", "no pixel"),
    ],
)
def test_yolo(line: str, said: str, tmp_path: Path) -> None:
    plan = opened(yolo(tmp_path / "seq", line))
    assert_good(plan)
    assert plan.masks == 2
    (sentence,) = plan.left_out
    assert "00001.txt, line 2" in sentence
    assert said in sentence


@pytest.mark.parametrize(
    "element",
    [
        '<polygon frame="2" outside="0" points="1,1;2,2"/>',
        '<polygon frame="2" outside="0" points="x"/>',
        '<polygon frame="2" outside="0"/>',
        '<polygon outside="0" points="1,1;9,1;9,9"/>',
        '<polygon frame="-1" outside="0" points="1,1;9,1;9,9"/>',
        '<polygon frame="2" outside="0" points="90,90;99,90;99,99"/>',
        '<polygon frame="2" outside="0" points="nan,1;9,1;9,9"/>',
        '<mask frame="2" rle="0, 99" left="0" top="0" width="2" height="2"/>',
        '<mask frame="2" rle="0, 4" left="29" top="0" width="2" height="2"/>',
        '<mask frame="2" rle="0, 4" left="-1" top="0" width="2" height="2"/>',
        '<mask frame="2" rle="x" left="0" top="0" width="2" height="2"/>',
        '<box frame="2" xtl="0" ytl="0" xbr="5" ybr="5"/>',
    ],
)
def test_cvat(element: str, tmp_path: Path) -> None:
    plan = opened(cvat(tmp_path / "a.xml", f'<track id="8" label="cat">{element}</track>'))
    found = masks_of(plan)
    assert len(found) == plan.masks == 2
    assert len(plan.left_out) == 1
    assert "box" in element or "track 8" in plan.left_out[0]


@pytest.mark.parametrize(
    "element",
    [
        f'<polygon label="cat" points="{POINTS[:7]}"/>',
        '<polygon label="cat" points="-9,-9;-5,-9;-5,-5"/>',
        '<mask label="cat" rle="0, 9" left="0" top="0" width="2" height="2"/>',
        '<cuboid label="cat" xtl1="0"/>',
        '<ellipse label="cat" cx="0"/>',
    ],
)
def test_cvat_images(element: str, tmp_path: Path) -> None:
    plan = opened(cvat_images(tmp_path / "a.xml", element))
    assert_good(plan)
    assert plan.masks == 2
    assert len(plan.left_out) == 1


def truncated(path: Path) -> None:
    picture(path, square() * 7)
    path.write_bytes(path.read_bytes()[:60])


def of_other_size(path: Path) -> None:
    picture(path, np.ones((5, 6)))


def no_picture(path: Path) -> None:
    path.write_text("masks")


@pytest.mark.parametrize("spoil", [truncated, of_other_size, no_picture])
@pytest.mark.parametrize("make", [index_png, binary_png])
def test_pictures(make: Callable[[Path], Path], spoil: Callable[[Path], None], tmp_path: Path) -> None:
    folder = make(tmp_path / "seq")
    spoil((folder / "007" if make is binary_png else folder) / "00002.png")
    plan = opened(folder)
    assert_good(plan)
    assert plan.masks == 2
    (sentence,) = plan.left_out
    assert "00002.png" in sentence
    assert sentence in plan.describe()


@pytest.mark.parametrize("make", [index_png, binary_png])
def test_a_list_of_objects_that_is_damaged(make: Callable[[Path], Path], tmp_path: Path) -> None:
    folder = make(tmp_path / "seq")
    (tmp_path / "seq.objects.json").write_text('{"objects": [{"id": "x"}]}')
    plan = opened(folder)
    assert_good(plan)
    assert "seq.objects.json" in plan.describe()


def test_what_holds_nothing_but_odd_things_is_refused(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json")
    document = json.loads(path.read_text()) | {"annotations": [BOX, BOX | {"id": 51}]}
    path.write_text(json.dumps(document))
    with pytest.raises(
        FormatError, match=r"Nothing in .* 2 annotations are left out \(annotation 50, annotation 51\)"
    ):
        opened(path)


def test_coco_images_without_a_size_or_a_name(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json", height=0, width=0)
    document = json.loads(path.read_text())
    document["annotations"][0]["category_id"] = None
    document["images"][2]["file_name"] = ""
    path.write_text(json.dumps(document))
    plan = opened(path)
    assert sorted(frame for frame, _ in masks_of(plan)) == [0, 1]
    assert "it has no 'file_name'" in plan.left_out[0]
    for image in document["images"]:
        image["file_name"] = ""
    path.write_text(json.dumps(document))
    with pytest.raises(FormatError, match="No image of the file can be used"):
        opened(path)


def test_annotations_of_no_video_in_youtube_vis_are_counted(tmp_path: Path) -> None:
    stray = {"id": 9, "video_id": "1", "category_id": 1, "segmentations": [rle(), None, None]}
    plan = opened(youtube_vis(tmp_path / "a.json", None, stray, {**stray, "video_id": [1]}))
    assert plan.masks == 2
    assert "2 annotations are left out: the file does not list its video." in plan.left_out


def test_classes_whose_names_yaml_takes_for_something_else(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    lines = [f"{n} 0.1 0.1 0.5 0.1 0.5 0.5\n" for n in range(4)]
    (tmp_path / "labels" / "00000.txt").write_text("".join(lines))
    (tmp_path / "data.yaml").write_text("names: {0: no, 1: off, 2: 1.10, 3: }\n")
    assert [info.name for info in opened(tmp_path).objects] == ["no", "off", "1.10", "class 3"]


def test_a_label_file_that_begins_with_something_odd_is_read_on(tmp_path: Path) -> None:
    good = "0 0.1 0.1 0.5 0.1 0.5 0.5\n"
    (tmp_path / "00000.txt").write_text(good)
    (tmp_path / "00001.txt").write_text(f"dog 0.1 0.1 0.5 0.1 0.5 0.5\n{good}")
    (tmp_path / "notes.txt").write_text("drawn on Monday\n")
    plan = opened(tmp_path)
    assert sorted({frame for frame, _ in masks_of(plan)}) == [0, 1]
    assert "1 line is left out (00001.txt, line 1)" in plan.left_out[0]


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
def test_a_cut_out_is_where_it_is_not_transparent(mode: str, tmp_path: Path) -> None:
    for number, shade in ((1, 0), (2, 255)):
        picture = Image.new(mode, SIZE[::-1], (shade, 0) if mode == "LA" else (shade, shade, shade, 0))
        picture.putalpha(Image.fromarray(square().astype(np.uint8) * 255))
        (tmp_path / str(number)).mkdir()
        picture.save(tmp_path / str(number) / "00000.png")
    found = masks_of(opened(tmp_path, format_id="binary-png"))
    assert sorted(found) == [(0, 1), (0, 2)]
    for mask in found.values():
        np.testing.assert_array_equal(mask, square())


def test_panoptic_coco_is_not_taken_for_coco(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json")
    segments = {"image_id": 0, "file_name": "0.png", "segments_info": [{"id": 1, "category_id": 1}]}
    path.write_text(json.dumps(json.loads(path.read_text()) | {"annotations": [segments]}))
    with pytest.raises(FormatError, match="is panoptic COCO"):
        opened(path)


def test_a_mask_that_is_empty_says_that_the_object_is_not_there(tmp_path: Path) -> None:
    nothing = {"size": list(SIZE), "counts": [SIZE[0] * SIZE[1]]}
    for plan in (
        opened(coco(tmp_path / "a.json", BOX | {"segmentation": nothing})),
        opened(youtube_vis(tmp_path / "b.json", nothing)),
        opened(sav(tmp_path / "c_manual.json", [nothing])),
    ):
        found = masks_of(plan)
        assert (plan.masks, plan.absences) == (3, 1)
        assert not next(mask for (frame, _), mask in found.items() if frame == 2).any()
        assert "1 mask is empty" in plan.describe()
    folder = binary_png(tmp_path / "seq")
    Image.fromarray(np.zeros(SIZE, np.uint8)).save(folder / "007" / "00002.png")
    assert opened(folder).absences == 1


def test_a_track_of_polygons_that_is_outside_is_not_there(tmp_path: Path) -> None:
    gone = f'<track id="8" label="cat"><polygon frame="0" outside="0" points="{POINTS}"/>'
    gone += f'<polygon frame="2" outside="1" points="{POINTS}"/></track>'
    plan = opened(cvat(tmp_path / "a.xml", gone))
    assert plan.absences == 1
    assert not masks_of(plan)[2, 2].any()

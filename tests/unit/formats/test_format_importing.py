import base64
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_cases import READ_BACK, WRITABLE, make_mask
from PIL import Image

from xmem_gui.errors import Cancelled, FormatError, XmemGuiError
from xmem_gui.formats import (
    READ_BY,
    ExportRequest,
    ImportPlan,
    MemoryAnnotation,
    ObjectInfo,
    export,
    into_memory,
    open_import,
)
from xmem_gui.formats.palette import DAVIS_PALETTE
from xmem_gui.project.rle import Rle

SIZE = (20, 30)
NAMES = [f"{i:05d}" for i in range(8)]


def opened(path: Path, format_id: str | None = None, name: str = "", **options: Any) -> ImportPlan:
    return open_import(path, format_id, size=SIZE, frame_names=NAMES, name=name, **options)


def masks_of(plan: ImportPlan, **options: Any) -> dict[tuple[int, int], np.ndarray]:
    return {(mask.frame, mask.object_id): mask.mask() for mask in plan.read(**options)}


def save(path: Path, values: np.ndarray, palette: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = Image.fromarray(values)
    if palette:
        image.putpalette(DAVIS_PALETTE)
    image.save(path)


def square(value: int = 1, dtype: Any = np.uint8) -> np.ndarray:
    values = np.zeros(SIZE, dtype=dtype)
    values[4:12, 5:15] = value
    return values


def test_a_plan_describes_what_will_be_read(tmp_path: Path) -> None:
    for frame in range(3):
        save(tmp_path / f"{frame:05d}.png", square(2), palette=True)
    plan = opened(tmp_path)
    assert plan.format_id == "index-png"
    assert plan.objects == (ObjectInfo(2, "object 2", (0, 128, 0)),)
    assert plan.frames == (0, 1, 2)
    assert plan.masks == 3
    assert plan.describe() == "3 masks of 1 object (object 2) in 3 of 8 frames, 30 x 20 pixels."


def test_black_and_white_masks_are_object_1(tmp_path: Path) -> None:
    save(tmp_path / "00000.png", square(255))
    plan = opened(tmp_path)
    assert [info.id for info in plan.objects] == [1]
    np.testing.assert_array_equal(masks_of(plan)[0, 1], square() == 1)


def blended() -> np.ndarray:
    values = square(80)
    values[3, 5:15] = values[12, 5:15] = 40
    values[4:12, 4] = values[4:12, 15] = 23
    return values


def test_blended_edges_need_a_decision(tmp_path: Path) -> None:
    save(tmp_path / "00000.png", square(80))
    save(tmp_path / "00001.png", blended())
    plan = opened(tmp_path)
    assert [info.id for info in plan.objects] == [80]
    assert "36 pixels in 1 masks" in plan.repairs[0].sentence
    with pytest.raises(FormatError, match="repair"):
        list(plan.read())
    repaired = masks_of(plan, unexpected="repair")
    assert set(repaired) == {(0, 80), (1, 80)}
    assert repaired[1, 80].sum() >= 80
    kept = masks_of(plan, unexpected="keep")
    assert {key for key in kept if key[0] == 1} == {(1, 23), (1, 40), (1, 80)}
    assert {info.id for info in plan.kept_objects} == {23, 40}
    assert into_memory(plan, plan.read(unexpected="keep")).objects_at(1) == [23, 40, 80]


def test_grey_binary_masks_are_repaired_at_half(tmp_path: Path) -> None:
    values = square(255)
    values[3, 5:15] = 200
    values[12, 5:15] = 90
    save(tmp_path / "001" / "00000.png", values)
    plan = opened(tmp_path)
    assert plan.format_id == "binary-png"
    assert plan.repairs[0].kind == "grey masks"
    np.testing.assert_array_equal(masks_of(plan, unexpected="repair")[0, 1], values >= 128)


@pytest.mark.parametrize(
    ("stems", "frames"),
    [
        (["00000", "00005"], (0, 5)),
        (["mask_0", "mask_5"], (0, 5)),
        ([str(i) for i in range(1, 9)], tuple(range(8))),
        (["a", "b", "c", "d", "e", "f", "g", "h"], tuple(range(8))),
        (["00000", "00077"], (0,)),
    ],
)
def test_files_find_their_frames(stems: list[str], frames: tuple[int, ...], tmp_path: Path) -> None:
    for stem in stems:
        save(tmp_path / f"{stem}.png", square(), palette=True)
    assert opened(tmp_path).frames == frames


def test_files_that_fit_no_frame_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "a.png", square(), palette=True)
    with pytest.raises(FormatError, match="fit no frame"):
        opened(tmp_path)


def test_masks_of_another_size_are_refused(tmp_path: Path) -> None:
    save(tmp_path / "00000.png", np.zeros((10, 10), dtype=np.uint8), palette=True)
    with pytest.raises(FormatError, match="10 x 10 pixels, but the video has 30 x 20"):
        opened(tmp_path)


def test_a_sequence_is_found_by_name_in_a_data_set(tmp_path: Path) -> None:
    for name, value in (("bear", 1), ("cat", 2)):
        save(tmp_path / "Annotations" / "480p" / name / "00000.png", square(value), palette=True)
    assert [info.id for info in opened(tmp_path, name="cat").objects] == [2]
    with pytest.raises(FormatError, match="480p/bear, Annotations/480p/cat"):
        opened(tmp_path, name="dog")


def test_the_categories_of_youtube_vos_are_names(tmp_path: Path) -> None:
    save(tmp_path / "Annotations" / "0a1b" / "00000.png", square(), palette=True)
    listed = {"videos": {"0a1b": {"objects": {"1": {"category": "zebra", "frames": ["00000"]}}}}}
    (tmp_path / "meta.json").write_text(json.dumps(listed))
    assert [info.name for info in opened(tmp_path, name="0a1b").objects] == ["zebra"]


def coco_file(path: Path, segmentations: list[Any], **extra: Any) -> Path:
    document = {
        "images": [{"id": 9, "file_name": "seq/00002.jpg", "height": SIZE[0], "width": SIZE[1]}],
        "categories": [{"id": 4, "name": "cell"}],
        "annotations": [
            {"id": n, "image_id": 9, "category_id": 4, "segmentation": s, **extra}
            for n, s in enumerate(segmentations)
        ],
    }
    path.write_text(json.dumps(document))
    return path


def test_foreign_coco_with_polygons_and_plain_run_lengths(tmp_path: Path) -> None:
    polygon = [5, 4, 15, 4, 15, 12, 5, 12]
    plain = {"size": list(SIZE), "counts": [20 * 5 + 4, 8, 20 * 25 - 12]}
    plan = opened(coco_file(tmp_path / "a.json", [[polygon], plain]), first_number=0)
    assert plan.format_id == "coco"
    assert [info.name for info in plan.objects] == ["cell", "cell 2"]
    found = masks_of(plan)
    np.testing.assert_array_equal(found[2, 1], square() == 1)
    assert found[2, 2].sum() == 8
    assert any("track_id" in warning for warning in plan.warnings)


def test_two_masks_of_one_object_in_a_frame_are_joined_and_said_to_be(tmp_path: Path) -> None:
    other = np.zeros(SIZE, dtype=np.uint8)
    other[10:18, 20:28] = 1
    both = [Rle.from_mask(mask).to_coco() for mask in (square(), other)]
    plan = opened(coco_file(tmp_path / "a.json", both, track_id=1), first_number=0)
    assert any("several masks in a frame" in warning for warning in plan.warnings)
    found = masks_of(plan)
    assert plan.masks == len(found) == 1
    np.testing.assert_array_equal(found[2, 1], (square() | other) == 1)


def test_masklets_of_sa_v_are_every_fourth_frame(tmp_path: Path) -> None:
    rle = Rle.from_mask(square()).to_coco()
    document = {"video_frame_count": 8.0, "masklet": [[rle, rle], [rle, rle]], "masklet_id": [0, 1]}
    (tmp_path / "sav_000001_auto.json").write_text(json.dumps(document))
    plan = opened(tmp_path / "sav_000001_auto.json")
    assert plan.format_id == "sav-json"
    assert plan.frames == (0, 4)
    assert [info.id for info in plan.objects] == [1, 2]


def test_youtube_vis_of_several_videos(tmp_path: Path) -> None:
    rle = Rle.from_mask(square()).to_coco()
    video = {"height": SIZE[0], "width": SIZE[1], "length": 2}
    document = {
        "videos": [
            {**video, "id": n, "file_names": [f"{name}/00000.jpg", f"{name}/00005.jpg"]}
            for n, name in enumerate(("one", "two"), 1)
        ],
        "categories": [{"id": 1, "name": "fish"}],
        "annotations": [
            {"id": 70 + n, "video_id": n, "category_id": 1, "segmentations": [None, rle]} for n in (1, 2)
        ],
    }
    (tmp_path / "valid.json").write_text(json.dumps(document))
    plan = opened(tmp_path / "valid.json", name="two")
    assert (plan.frames, plan.masks, plan.objects[0].name) == ((0, 5), 1, "fish")
    np.testing.assert_array_equal(masks_of(plan)[5, 1], square() == 1)


def test_labelme_rectangles_circles_and_masks(tmp_path: Path) -> None:
    part = io.BytesIO()
    Image.fromarray(np.full((3, 4), 255, dtype=np.uint8)).save(part, format="PNG")
    shapes = [
        {"label": "box", "points": [[5, 4], [15, 12]], "shape_type": "rectangle"},
        {"label": "disc", "points": [[10, 10], [14, 10]], "shape_type": "circle"},
        {
            "label": "stamp",
            "points": [[2, 1], [5, 3]],
            "shape_type": "mask",
            "mask": base64.b64encode(part.getvalue()).decode(),
        },
        {"label": "path", "points": [[2, 1], [5, 3]], "shape_type": "line"},
    ]
    (tmp_path / "00001.json").write_text(json.dumps({"shapes": shapes, "imageHeight": 20, "imageWidth": 30}))
    plan = opened(tmp_path, first_number=0)
    assert plan.format_id == "labelme"
    assert [info.name for info in plan.objects] == ["box", "disc", "stamp"]
    found = masks_of(plan)
    np.testing.assert_array_equal(found[1, 1], square() == 1)
    assert abs(found[1, 2].sum() - np.pi * 16) < 5
    assert found[1, 3][1:4, 2:6].all()
    assert found[1, 3].sum() == 12
    assert "1 shape is left out (00001.json, shape 3): a line is no mask." in plan.warnings


def test_yolo_without_names(tmp_path: Path) -> None:
    (tmp_path / "00001.txt").write_text("3 0.1666667 0.2 0.5 0.2 0.5 0.6 0.1666667 0.6\n")
    plan = opened(tmp_path, first_number=0, outline=False)
    assert plan.format_id == "yolo-seg"
    assert [info.name for info in plan.objects] == ["class 3"]
    np.testing.assert_array_equal(masks_of(plan)[1, 1], square() == 1)


def test_yolo_names_by_the_yaml_file(tmp_path: Path) -> None:
    (tmp_path / "labels" / "train").mkdir(parents=True)
    (tmp_path / "labels" / "train" / "00001.txt").write_text(
        "1 0.1 0.2 0.5 0.2 0.5 0.6\n1 0.6 0.6 0.7 0.6 0.7 0.9\n"
    )
    (tmp_path / "data.yaml").write_text("nc: 2\nnames: [cat, 'dog # 2']\n")
    assert [info.name for info in opened(tmp_path / "data.yaml").objects] == ["dog # 2", "dog # 2 2"]


def test_cvat_for_images(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text(
        '<?xml version="1.0"?><annotations><image id="2" name="x.jpg" width="30" height="20">'
        '<polygon label="car" points="5,4;15,4;15,12;5,12"/>'
        '<box label="car" xtl="0" ytl="0" xbr="1" ybr="1"/>'
        '<mask label="car" rle="0, 4" left="0" top="0" width="2" height="2"/></image></annotations>'
    )
    plan = opened(tmp_path / "a.xml")
    assert plan.format_id == "cvat"
    found = masks_of(plan)
    np.testing.assert_array_equal(found[2, 1], square() == 1)
    assert found[2, 2][:2, :2].all()
    assert "1 shape is left out: boxes, points and lines are no masks." in plan.warnings


def test_nothing_known_is_said_with_what_there_is(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no masks of a format that is known"):
        opened(tmp_path)
    with pytest.raises(FormatError, match="There is no file"):
        opened(tmp_path / "none")
    with pytest.raises(FormatError, match="no format 'gif'"):
        opened(tmp_path, "gif")


def test_an_import_can_be_cancelled(tmp_path: Path) -> None:
    for frame in range(4):
        save(tmp_path / f"{frame:05d}.png", square(), palette=True)
    with pytest.raises(Cancelled):
        opened(tmp_path, cancelled=lambda: True)
    seen: list[tuple[int, int]] = []
    plan = opened(tmp_path, progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (4, 4)
    with pytest.raises(Cancelled):
        list(plan.read(cancelled=lambda: True))


def test_a_file_changed_after_the_plan_is_an_error(tmp_path: Path) -> None:
    save(tmp_path / "00000.png", square(), palette=True)
    plan = opened(tmp_path)
    save(tmp_path / "00000.png", square(7), palette=True)
    with pytest.raises(XmemGuiError, match="changed"):
        list(plan.read())


def test_objects_of_one_name_stay_apart_in_formats_with_numbers(tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, NAMES, objects=[ObjectInfo(i, "twin", (i, i, i)) for i in (4, 6)])
    clip.set(1, 6, make_mask("blob", *SIZE, 1))
    for format_id in ("coco", "cvat", "labelme"):
        (path, *_) = export(clip, format_id, tmp_path / format_id, ExportRequest())
        plan = opened(path if path.is_file() else tmp_path / format_id)
        assert set(masks_of(plan)) == {(1, 6)}


@pytest.mark.parametrize("format_id", sorted(READ_BY.keys() & set(WRITABLE)))
def test_what_was_written_is_read_by_the_name_it_was_written_by(format_id: str, tmp_path: Path) -> None:
    clip = MemoryAnnotation((9, 12), 2, objects=[ObjectInfo(3, "fox", (9, 8, 7))], name="clip")
    clip.set(0, 3, np.eye(9, 12, dtype=bool))
    targets = export(clip, format_id, tmp_path)
    path = targets[0] if len(targets) == 1 and targets[0].is_file() else tmp_path
    plan = open_import(path, format_id, size=clip.size, frame_names=["00000", "00001"], name="clip")
    np.testing.assert_array_equal(next(iter(plan.read())).mask(), clip.mask(0, 3))


def test_whatever_comes_back_has_a_name_to_be_read_by() -> None:
    assert set(READ_BACK) <= set(READ_BY)

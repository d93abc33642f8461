"""What annotation tools hand out, as it comes: folders, files and zips of them, with byte-order marks."""

import gc
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_cases import READ_BACK
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, MemoryAnnotation, ObjectInfo, export, open_import
from xmem_gui.formats.palette import DAVIS_PALETTE

SIZE = (48, 64)
BOX = [[5, 5], [20, 5], [20, 20], [5, 20]]
SHAPE = {"label": "car", "points": BOX, "group_id": None, "shape_type": "polygon", "flags": {}}
LABELME = json.dumps({"shapes": [SHAPE], "imageHeight": 48, "imageWidth": 64})
LINE = "0 " + " ".join(f"{x / 64:.6f} {y / 48:.6f}" for x, y in BOX) + "\n"
CORNERS = ";".join(f"{x},{y}" for x, y in BOX)
TRACK = f'<track id="0" label="car"><polygon frame="0" outside="0" points="{CORNERS}"/></track>'
XML = f'<?xml version="1.0" encoding="utf-8"?><annotations><version>1.1</version>{TRACK}</annotations>'
NAMES = "train: ../train/images\nnames: [car]\n"


def coco(*files: str, first: int = 0) -> str:
    images = [{"id": n, "file_name": file, "width": 64, "height": 48} for n, file in enumerate(files, first)]
    polygon = [float(v) for corner in BOX for v in corner]
    annotations = [
        {"id": n, "image_id": image["id"], "category_id": 7, "segmentation": [polygon]}
        for n, image in enumerate(images, first)
    ]
    categories = [{"id": 7, "name": "car"}]
    return json.dumps({"images": images, "annotations": annotations, "categories": categories})


def hashed(number: int) -> str:
    return f"clip_mp4-{number:04d}_jpg.rf.{number:02d}ab3f9c0d1e"


def png(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    mask = np.zeros(SIZE, np.uint8)
    mask[5:20, 5:20] = 1
    image = Image.fromarray(mask)
    image.putpalette(DAVIS_PALETTE)
    image.save(path)


ROBOFLOW = {"train": [0, 3], "valid": [1], "test": [2]}
TREES: dict[str, tuple[str, dict[str, str | None], tuple[int, ...]]] = {
    "CVAT": ("cvat", {"annotations.xml": XML}, (0,)),
    "CVAT's COCO": ("coco", {"annotations/instances_default.json": coco("frame_000000.png")}, (0,)),
    "LabelMe with others' JSON": (
        "labelme",
        {"00000.json": LABELME, ".project.json": "{}", "settings.json": '{"a": 3}', "00001.json": LABELME},
        (0, 1),
    ),
    "COCO of two parts": (
        "coco",
        {"instances_train.json": coco("0.jpg", "2.jpg"), "instances_val.json": coco("1.jpg")},
        (0, 1, 2),
    ),
    "Roboflow's COCO": (
        "coco",
        {
            f"{part}/_annotations.coco.json": coco(*(f"{hashed(n)}.jpg" for n in numbers))
            for part, numbers in ROBOFLOW.items()
        }
        | {"README.dataset.txt": "# cars\nhttps://example.org", "README.roboflow.txt": "\ncars - v1"},
        (0, 1, 2, 3),
    ),
    "Roboflow's YOLO": (
        "yolo-seg",
        {f"{part}/labels/{hashed(n)}.txt": LINE for part, numbers in ROBOFLOW.items() for n in numbers}
        | {"data.yaml": NAMES, "README.roboflow.txt": "\ncars - v1"},
        (0, 1, 2, 3),
    ),
    "Ultralytics' tree": (
        "yolo-seg",
        {"labels/train/0.txt": LINE, "labels/train/1.txt": "", "labels/val/2.txt": LINE, "cars.yaml": NAMES},
        (0, 1, 2),
    ),
    "YOLO among other texts": (
        "yolo-seg",
        {"labels/0.txt": LINE, "labels/notes.txt": "seen by A.", "classes.txt": "car\n", "data.yaml": NAMES},
        (0,),
    ),
    "masks beside pictures": (
        "index-png",
        {"images/a.png": None, "masks/0.png": None, "masks/1.png": None},
        (0, 1),
    ),
    "masks of two parts": ("index-png", {"train/masks/0.png": None, "val/masks/1.png": None}, (0, 1)),
}  # fmt: skip


def make(root: Path, tree: dict[str, str | None]) -> Path:
    for name, content in tree.items():
        if content is None:
            png(root / name)
        else:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(content, encoding="utf-8")
    return root


def opened(path: Path, count: int = 4, **options: Any) -> ImportPlan:
    return open_import(
        path, size=SIZE, frame_names=[f"{i:05d}" for i in range(count)], name="clip", **options
    )


def assert_read(plan: ImportPlan, format_id: str, frames: tuple[int, ...]) -> None:
    assert (plan.format_id, plan.question) == (format_id, None)
    assert plan.frames == frames
    masks = [mask.mask() for mask in plan.read()]
    assert masks
    side = 16 if format_id in ("yolo-seg", "labelme") else 15  # these tools fill the outline as well
    assert all(mask[5 : 5 + side, 5 : 5 + side].all() and mask.sum() == side**2 for mask in masks)
    assert format_id == "index-png" or [info.name for info in plan.objects] == ["car"]


@pytest.mark.parametrize("tool", TREES)
def test_a_folder_as_it_comes(tool: str, tmp_path: Path) -> None:
    format_id, tree, frames = TREES[tool]
    assert_read(opened(make(tmp_path / "out", tree)), format_id, frames)


@pytest.mark.parametrize("top", [False, True])
@pytest.mark.parametrize("tool", TREES)
def test_a_zip_of_it(tool: str, top: bool, tmp_path: Path) -> None:
    format_id, tree, frames = TREES[tool]
    make(tmp_path / "in" / "export", tree)
    path = shutil.make_archive(str(tmp_path / "task"), "zip", tmp_path / "in" / ("." if top else "export"))
    plan = opened(Path(path))
    gc.collect()
    assert plan.path == Path(path)
    assert_read(plan, format_id, frames)


@pytest.mark.parametrize("coding", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("tool", TREES)
def test_texts_with_a_byte_order_mark(tool: str, coding: str, tmp_path: Path) -> None:
    format_id, tree, frames = TREES[tool]
    root = make(tmp_path / "out", tree)
    for name, content in tree.items():
        if content is not None:
            content = content.replace('encoding="utf-8"', f'encoding="{coding.removesuffix("-sig")}"')
            (root / name).write_bytes(content.replace("\n", "\r\n").encode(coding))
    assert_read(opened(root), format_id, frames)


def test_a_single_labelme_file(tmp_path: Path) -> None:
    make(tmp_path, {"00000.json": LABELME, "00001.json": LABELME})
    assert_read(opened(tmp_path / "00000.json"), "labelme", (0,))


def test_a_class_list_of_another_name_is_found(tmp_path: Path) -> None:
    format_id, tree, frames = TREES["Ultralytics' tree"]
    assert_read(opened(make(tmp_path, tree) / "cars.yaml"), format_id, frames)


def test_what_cannot_be_read_from_a_zip_is_named_by_the_zip(tmp_path: Path) -> None:
    make(tmp_path / "in", {"a.xml": "<other/>"})
    path = shutil.make_archive(str(tmp_path / "task"), "zip", tmp_path / "in")
    with pytest.raises(FormatError, match=r"'.*task\.zip' holds no masks of a format that is known"):
        opened(Path(path))


def test_two_labels_of_one_name_in_two_parts_are_refused(tmp_path: Path) -> None:
    make(tmp_path, {"train/labels/0.txt": LINE, "valid/labels/0.txt": LINE})
    with pytest.raises(FormatError, match="have one name"):
        opened(tmp_path)


def test_cvat_images_go_by_name_before_id(tmp_path: Path) -> None:
    shape = f'<polygon label="car" points="{CORNERS}"/>'
    images = "".join(
        f'<image id="{i}" name="job/frame_{n:06d}.png" width="64" height="48">{shape}</image>'
        for i, n in enumerate((3, 1, 4, 2))
    )
    (tmp_path / "a.xml").write_text(f"<annotations>{images}</annotations>")
    plan = opened(tmp_path / "a.xml")
    assert plan.frames == (0, 1, 2, 3)
    assert "'frame_000001' is frame 0" in plan.warnings[0]
    one = f'<image id="2" name="frame_000003.png" width="64" height="48">{shape}</image>'
    (tmp_path / "b.xml").write_text(f"<annotations>{one}</annotations>")
    assert opened(tmp_path / "b.xml").frames == (2,)
    counted = one.replace('id="2"', 'id="0"')
    (tmp_path / "c.xml").write_text(f"<annotations>{counted}</annotations>")
    assert opened(tmp_path / "c.xml").question is not None


def test_coco_images_go_by_name_before_any_number(tmp_path: Path) -> None:
    document = json.loads(coco(*(f"{n}.png" for n in (4, 3, 2, 1))))
    for number, image in enumerate(document["images"]):
        image |= {"frame_id": number, "frame_index": number, "id": number}
    for number, item in enumerate(document["annotations"]):
        item["image_id"] = number
        item["segmentation"] = [[0, 0, number + 1, 0, number + 1, 4, 0, 4]]
    (tmp_path / "a.json").write_text(json.dumps(document))
    plan = opened(tmp_path / "a.json")
    assert {mask.frame: mask.rle.area for mask in plan.read()} == {3: 4, 2: 8, 1: 12, 0: 16}


@pytest.mark.parametrize("format_id", READ_BACK)
def test_the_folder_of_an_export_of_ours_is_found(format_id: str, tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, 3, objects=[ObjectInfo(1, "car", (9, 9, 9))], name="clip")
    mask = np.zeros(SIZE, dtype=bool)
    mask[5:20, 5:20] = True
    clip.set(1, 1, mask)
    export(clip, format_id, tmp_path / "out")
    plan = opened(tmp_path / "out", 3)
    found = {(one.frame, one.object_id): one.mask() for one in plan.read()}
    np.testing.assert_array_equal(found.pop((1, 1)), mask)
    assert not any(other.any() for other in found.values())

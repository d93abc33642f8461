"""Exports in the folders and files that CVAT, Roboflow, datumaro and LabelMe take."""

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from pycocotools import mask as coco_mask

from xmem_gui.formats import (
    ExportRequest,
    MemoryAnnotation,
    ObjectInfo,
    export,
    open_import,
    plan_export,
)
from xmem_gui.formats.palette import DAVIS_PALETTE

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
SIZE = (20, 30)
NAMES = [f"{i:05d}" for i in range(3)]


def clip() -> MemoryAnnotation:
    infos = [ObjectInfo(n, label, (9, 8, 7)) for n, label in ((1, "dog"), (2, "cat"), (4, "dog"))]
    annotation = MemoryAnnotation(SIZE, NAMES, objects=infos, name="pets")
    for frame in range(3):
        annotation.set_image(frame, np.full((*SIZE, 3), 99, np.uint8))
        for place, info in enumerate(infos):
            mask = np.zeros(SIZE, dtype=bool)
            mask[frame + 2 : frame + 9, 8 * place + 1 : 8 * place + 6] = True
            annotation.set(frame, info.id, mask)
    return annotation


def test_a_coco_data_set_has_its_pictures_where_they_are_looked_for(tmp_path: Path) -> None:
    export(clip(), "coco-dataset", tmp_path, ExportRequest(images=True))
    document = json.loads((tmp_path / "annotations" / "instances_pets.json").read_text())
    for image in document["images"]:
        assert (tmp_path / "images" / "pets" / image["file_name"]).is_file()
    for item in document["annotations"]:
        frame = next(i["frame_index"] for i in document["images"] if i["id"] == item["image_id"])
        wanted = clip().mask(frame, item["track_id"])
        np.testing.assert_array_equal(coco_mask.decode(item["segmentation"]).astype(bool), wanted)


def test_a_coco_data_set_of_two_videos_gives_each(tmp_path: Path) -> None:
    one, other = clip(), MemoryAnnotation(SIZE, NAMES, objects=[ObjectInfo(1, "fox", (1, 1, 1))], name="wild")
    other.set(0, 1, np.ones(SIZE, dtype=bool))
    export(one, "coco-dataset", tmp_path)
    export(other, "coco-dataset", tmp_path)
    plan = open_import(
        tmp_path / "annotations" / "instances_wild.json", size=SIZE, frame_names=NAMES, name="wild"
    )
    assert [info.name for info in plan.objects] == ["fox"]


def test_the_plan_of_a_coco_data_set_says_that_tools_want_pictures(tmp_path: Path) -> None:
    assert any("--images" in sentence for sentence in plan_export(clip(), "coco-dataset", tmp_path).warnings)


def test_voc_has_colours_of_objects_and_of_classes(tmp_path: Path) -> None:
    export(clip(), "voc", tmp_path, ExportRequest(images=True))
    labels = [line for line in (tmp_path / "labelmap.txt").read_text().splitlines() if line[0] != "#"]
    assert labels == ["background:0,0,0::", "dog:128,0,0::", "cat:0,128,0::"]
    assert (tmp_path / "ImageSets" / "Segmentation" / "default.txt").read_text().split() == NAMES
    assert (tmp_path / "JPEGImages" / "00000.jpg").is_file()
    objects = np.asarray(Image.open(tmp_path / "SegmentationObject" / "00001.png").convert("RGB"))
    classes = np.asarray(Image.open(tmp_path / "SegmentationClass" / "00001.png").convert("RGB"))
    for number, kind in ((1, 1), (2, 2), (4, 1)):
        mask = clip().mask(1, number)
        assert (objects[mask] == list(DAVIS_PALETTE[3 * number : 3 * number + 3])).all()
        assert (classes[mask] == list(DAVIS_PALETTE[3 * kind : 3 * kind + 3])).all()


def test_voc_without_our_list_is_read_by_overlap_and_class(tmp_path: Path) -> None:
    export(clip(), "voc", tmp_path)
    (tmp_path / "SegmentationObject.objects.json").unlink()
    plan = open_import(tmp_path, size=SIZE, frame_names=NAMES, name="pets")
    assert [info.name for info in plan.objects] == ["dog", "cat", "dog"]
    found = {(mask.frame, mask.object_id): mask.mask() for mask in plan.read()}
    for frame in range(3):
        for number, own in ((1, 1), (2, 2), (3, 4)):
            np.testing.assert_array_equal(found[frame, number], clip().mask(frame, own))


def test_voc_is_replaced_only_where_it_is_ours(tmp_path: Path) -> None:
    export(clip(), "voc", tmp_path)
    assert plan_export(clip(), "voc", tmp_path, ExportRequest(overwrite=True)).refusals == ()
    (tmp_path / "labelmap.txt").write_text("background:0,0,0::\n")
    (sentence,) = plan_export(clip(), "voc", tmp_path, ExportRequest(overwrite=True)).refusals
    assert "labelmap.txt" in sentence


def test_labelme_pastes_the_picture_of_a_mask_where_it_was(tmp_path: Path) -> None:
    export(clip(), "labelme-masks", tmp_path)
    document = json.loads((tmp_path / "pets" / "00002.json").read_text())
    assert len(document["shapes"]) == 3
    for shape in document["shapes"]:
        assert shape["shape_type"] == "mask"
        found = np.zeros(SIZE, dtype=bool)
        (x0, y0), (x1, y1) = np.array(shape["points"]).astype(int)
        part = np.array(Image.open(io.BytesIO(base64.b64decode(shape["mask"]))))
        found[y0 : y1 + 1, x0 : x1 + 1] = part.astype(bool)
        np.testing.assert_array_equal(found, clip().mask(2, shape["group_id"]))

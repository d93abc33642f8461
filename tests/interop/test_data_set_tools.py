"""pycocotools, datumaro, supervision, cvat-sdk and LabelMe open exports, and what they write is imported."""

import json
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from interop_checks import assert_imported, layered, masks_at

from xmem_gui.formats import ExportRequest, MemoryAnnotation, export

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of the tools' own
]


def test_pycocotools_opens_coco(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    (path,) = export(clip, "coco", tmp_path)
    found = coco.COCO(str(path))
    for image in found.dataset["images"]:
        masks = [found.annToMask(one) for one in found.loadAnns(found.getAnnIds([image["id"]]))]
        wanted = [mask for _, mask in masks_at(clip, image["frame_index"])]
        np.testing.assert_array_equal(masks, wanted)
    note("pycocotools", opened="`coco` exact")


@pytest.mark.parametrize("format_id", ["youtube-vis", "sav-json"])
def test_pycocotools_decodes_run_lengths(
    format_id: str, clip: MemoryAnnotation, tmp_path: Path, note: Any
) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    (path,) = export(clip, format_id, tmp_path)
    document = json.loads(path.read_text())
    if format_id == "sav-json":
        rows, numbers = document["masklet"], document["masklet_id"]
    else:
        numbers = [info.id for info in clip.objects]
        rows = list(zip(*(one["segmentations"] for one in document["annotations"]), strict=True))
    for frame, row in enumerate(rows):
        for number, value in zip(numbers, row, strict=True):
            mask = clip.mask(frame, number)
            wanted = np.zeros(clip.size, bool) if mask is None else mask
            found = np.zeros(clip.size, bool) if value is None else coco.decode(value)
            np.testing.assert_array_equal(found, wanted)
    note("pycocotools", opened=f"`{format_id}` exact")


def test_what_pycocotools_encodes_is_imported(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    coco = pytest.importorskip("pycocotools.mask")
    height, width = clip.size
    images, annotations = [], []
    for frame in range(clip.frames):
        images.append({"id": frame, "file_name": f"{frame:05d}.jpg", "height": height, "width": width})
        for info in clip.objects:
            if (mask := clip.mask(frame, info.id)) is not None:
                rle = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
                rle["counts"] = rle["counts"].decode()
                annotations.append(
                    {"id": len(annotations), "image_id": frame, "category_id": 1, "track_id": info.id,
                     "segmentation": rle}
                )  # fmt: skip
    document = {"images": images, "annotations": annotations, "categories": [{"id": 1, "name": "pet"}]}
    (tmp_path / "made.json").write_text(json.dumps(document))
    assert_imported(clip, tmp_path / "made.json")
    note("pycocotools", imported="COCO run lengths exact")


SMALL = (1, 2, 7)
"""The objects of the small project."""
LAYOUTS = {
    "coco": ("coco_instances", "annotations/instances_clip.json"),
    "datumaro": ("datumaro", "annotations/clip.json"),
    "cvat-images": ("cvat", "clip.xml"),
}


@pytest.mark.parametrize("format_id", LAYOUTS)
def test_datumaro_opens(
    format_id: str, clip: MemoryAnnotation, pictures: Path, tmp_path: Path, note: Any
) -> None:
    dataset = pytest.importorskip("datumaro.components.dataset")
    name, place = LAYOUTS[format_id]
    folder = tmp_path / "data"
    path = folder / place
    path.parent.mkdir(parents=True)
    pictures.rename(folder / "images")
    export(clip, format_id, path)
    items = list(dataset.Dataset.import_from(str(folder), name))
    assert len(items) == clip.frames
    for item in items:
        found = [np.asarray(one.image, bool) for one in item.annotations if one.type.name == "mask"]
        wanted = [mask for _, mask in masks_at(clip, int(Path(item.id).name))]
        # Its own order is another.
        np.testing.assert_array_equal(sorted(found, key=bytes), sorted(wanted, key=bytes))
    note("datumaro", opened=f"`{format_id}` exact")


@pytest.mark.parametrize("name", ["coco_instances", "cvat", "voc_segmentation"])
def test_what_datumaro_writes_is_imported(
    name: str, clip: MemoryAnnotation, pictures: Path, tmp_path: Path, note: Any
) -> None:
    dataset = pytest.importorskip("datumaro.components.dataset")
    if name == "voc_segmentation" and len(clip.objects) > len(SMALL):
        return  # numbers begin anew in each picture: who is who among many that move can only be guessed
    export(clip, "datumaro", tmp_path / "data" / "annotations" / "clip.json")
    found = dataset.Dataset.import_from(str(tmp_path / "data"), "datumaro")
    found.export(str(tmp_path / "out"), name, save_media=False)
    assert_imported(clip, tmp_path / "out", flat=name == "voc_segmentation")
    note("datumaro", imported=f"`{name}` exact")


def test_supervision_opens_coco(clip: MemoryAnnotation, pictures: Path, tmp_path: Path, note: Any) -> None:
    supervision = pytest.importorskip("supervision")
    (path,) = export(clip, "coco", tmp_path / "out")
    found = supervision.DetectionDataset.from_coco(str(pictures), str(path), force_masks=True)
    assert len(found) == clip.frames
    for image, _, detections in found:
        wanted = masks_at(clip, int(Path(image).stem))
        np.testing.assert_array_equal(detections.mask, [mask for _, mask in wanted])
        assert [found.classes[number] for number in detections.class_id] == [name for name, _ in wanted]
    note("supervision", opened="`coco` exact")


def test_cvat_sdk_has_the_same_run_lengths(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    masks = pytest.importorskip("cvat_sdk.masks")
    (path,) = export(clip, "cvat-images", tmp_path)
    for image in ElementTree.parse(path).iter("image"):
        wanted = masks_at(clip, int(image.attrib["id"]))
        for element, (_, mask) in zip(image.iter("mask"), wanted, strict=True):
            left, top, width, height = (int(element.attrib[k]) for k in ("left", "top", "width", "height"))
            runs = [int(run) for run in element.attrib["rle"].split(",")]
            shape = [*runs, left, top, left + width - 1, top + height - 1]
            decoded = masks.decode_mask(shape, image_width=clip.size[1], image_height=clip.size[0])
            np.testing.assert_array_equal(decoded, mask)
            assert masks.encode_mask(mask) == shape
    note("cvat-sdk", opened="`cvat-images` exact", imported="its run lengths are ours")


def test_labelme_loads_and_what_it_saves_is_imported(
    clip: MemoryAnnotation, tmp_path: Path, note: Any
) -> None:
    labelme = pytest.importorskip("labelme._label_file")
    export(clip, "labelme", tmp_path, ExportRequest(images=True))
    (tmp_path / "saved").mkdir()
    for file in sorted((tmp_path / "clip").glob("*.json")):
        found = labelme.LabelFile(str(file))
        assert found.image_data
        stated = json.loads(file.read_text())["shapes"]
        assert [shape["points"] for shape in found.shapes] == [shape["points"] for shape in stated]
        labelme.LabelFile().save(
            filename=str(tmp_path / "saved" / file.name), shapes=found.shapes, image_path=found.image_path,
            image_height=clip.size[0], image_width=clip.size[1], image_data=found.image_data,
            other_data=found.other_data, flags=found.flags,
        )  # fmt: skip
    assert_imported(clip, tmp_path / "saved")
    note("labelme", opened="`labelme` every corner", imported="what it saves exact")


def _by_bytes(masks: list[np.ndarray]) -> list[bytes]:
    return sorted(np.asarray(mask, bool).tobytes() for mask in masks)


FLAT = {
    "mots-png": ("mots", "train"),
    "voc": ("voc_segmentation", ""),
    "panoptic": ("coco_panoptic", "annotations"),
}


@pytest.mark.parametrize("format_id", FLAT)
def test_datumaro_opens_flat_layouts(
    format_id: str, clip: MemoryAnnotation, pictures: Path, tmp_path: Path, note: Any
) -> None:
    dataset = pytest.importorskip("datumaro.components.dataset")
    name, place = FLAT[format_id]
    folder = tmp_path / "data"
    export(clip, format_id, folder / place)
    pictures.rename(folder / "images")
    items = list(dataset.Dataset.import_from(str(folder), name))
    assert len(items) == clip.frames, [item.id for item in items]
    for item in items:
        frame = int(Path(item.id).name)
        shown = layered(clip, frame)
        wanted = [shown == number for number in np.unique(shown) if number]
        found = [one.image for one in item.annotations if one.type.name == "mask"]
        assert _by_bytes(found) == _by_bytes(wanted), f"frame {frame}"
    note("datumaro", opened=f"`{format_id}` exact")


def test_panoptic_pictures_that_datumaro_writes_are_imported(
    clip: MemoryAnnotation, tmp_path: Path, note: Any
) -> None:
    dataset = pytest.importorskip("datumaro.components.dataset")
    if len(clip.objects) > len(SMALL):
        return  # datumaro's own writer fails above 255 segments
    export(clip, "datumaro", tmp_path / "data" / "annotations" / "clip.json")
    found = dataset.Dataset.import_from(str(tmp_path / "data"), "datumaro")
    found.export(str(tmp_path / "out"), "coco_panoptic", save_media=False)
    assert_imported(clip, tmp_path / "out", flat=True)
    note("datumaro", imported="`coco_panoptic` exact")


def test_labelme_loads_masks(clip: MemoryAnnotation, tmp_path: Path, note: Any) -> None:
    labelme = pytest.importorskip("labelme._label_file")
    export(clip, "labelme-masks", tmp_path, ExportRequest(images=True))
    for frame, file in enumerate(sorted((tmp_path / "clip").glob("*.json"))):
        shapes = labelme.LabelFile(str(file)).shapes
        assert {shape["shape_type"] for shape in shapes} == {"mask"}
        found = []
        for shape in shapes:
            mask = np.zeros(clip.size, bool)
            (left, top), (right, bottom) = (map(int, corner) for corner in shape["points"])
            mask[top : bottom + 1, left : right + 1] = shape["mask"]
            found.append(mask)
        assert _by_bytes(found) == _by_bytes([mask for _, mask in masks_at(clip, frame)])
    note("labelme", opened="`labelme-masks` exact")

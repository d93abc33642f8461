"""What V7 Darwin and Supervisely hand out, in pictures and as videos."""

import base64
import io
import json
import zlib
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_cases import make_mask
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, into_memory, open_import

SIZE = (12, 16)
DOG, CAT = make_mask("blob", *SIZE, 3), make_mask("column", *SIZE, 4)


def dense(values: np.ndarray) -> list[int]:
    return [int(v) for value, run in groupby(values.ravel().tolist()) for v in (value, len(list(run)))]


def layer(**masks: np.ndarray) -> dict[str, Any]:
    values, mapping = np.zeros(SIZE, int), {}
    for number, (name, mask) in enumerate(masks.items(), 1):
        values[mask], mapping[name] = number, number
    return {"dense_rle": dense(values), "mask_annotation_ids_mapping": mapping, "total_pixels": values.size}


def darwin(name: str, annotations: list[Any]) -> dict[str, Any]:
    slot = {"slot_name": "0", "height": SIZE[0], "width": SIZE[1]}
    return {"version": "2.0", "item": {"name": name, "slots": [slot]}, "annotations": annotations}


def supervisely(**more: Any) -> dict[str, Any]:
    return {"description": "", "tags": [], "size": {"height": SIZE[0], "width": SIZE[1]}, **more}


def bitmap(mask: np.ndarray, mode: str = "P") -> dict[str, Any]:
    """As Supervisely packs a mask: the part inside its box, as a PNG."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    part = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].astype(np.uint8)
    buffer = io.BytesIO()
    if mode == "P":
        image = Image.fromarray(part)
        image.putpalette([0, 0, 0, 255, 255, 255])
        image.save(buffer, "PNG", transparency=0, optimize=0)
    else:
        Image.fromarray(part * np.uint8(255)).convert(mode).save(buffer, "PNG")
    data = base64.b64encode(zlib.compress(buffer.getvalue())).decode()
    return {"bitmap": {"origin": [int(columns[0]), int(rows[0])], "data": data}}


def reopened(path: Path, **more: Any) -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=[f"{i:05d}" for i in range(4)], name="clip", **more)


def check(plan: ImportPlan, format_id: str, wanted: dict[tuple[int, str], np.ndarray]) -> None:
    assert plan.format_id == format_id
    ids = {info.name: info.id for info in plan.objects}
    found = into_memory(plan, plan.read())
    for (frame, name), mask in wanted.items():
        np.testing.assert_array_equal(found.mask(frame, ids[name]), mask)
    assert plan.masks == len(wanted)


def test_a_video_of_darwin(tmp_path: Path) -> None:
    annotations = [
        {"id": "u1", "name": "dog", "frames": {"0": {"mask": {}, "keyframe": True}}, "ranges": [[0, 3]]},
        {"id": "u2", "name": "dog", "frames": {"2": {"mask": {}}}},
        {"id": "u3", "name": "box", "frames": {"0": {"bounding_box": {}}}},
        {
            "id": "u4",
            "name": "__raster_layer__",
            "frames": {
                "0": {"raster_layer": layer(u1=DOG)},
                "2": {"raster_layer": layer(u1=DOG, u2=CAT & ~DOG)},
                "9": {"raster_layer": layer(u1=DOG)},
                "1": {"raster_layer": {**layer(u1=DOG), "dense_rle": [0, 3]}},
            },
        },
    ]
    (tmp_path / "clip.json").write_text(json.dumps(darwin("clip.mp4", annotations)))
    plan = reopened(tmp_path)
    assert sorted(info.name for info in plan.objects) == ["dog", "dog"]
    assert plan.coverage == {1: (0, 2), 2: (2,)}
    found = into_memory(plan, plan.read())
    np.testing.assert_array_equal(found.mask(2, 1), DOG)
    np.testing.assert_array_equal(found.mask(2, 2), CAT & ~DOG)
    left = " ".join(plan.left_out)
    assert "not in 0 to 3" in left
    assert "do not fill" in left
    assert "no mask" in left


def test_pictures_of_darwin(tmp_path: Path) -> None:
    for frame, masks in ((0, {"a": DOG}), (3, {"b": DOG & ~CAT, "c": CAT})):
        listed = [{"id": number, "name": "dog", "mask": {}} for number in masks]
        listed.append({"id": "r", "name": "__raster_layer__", "raster_layer": layer(**masks)})
        document = darwin(f"{frame:05d}.jpg", listed)
        (tmp_path / f"export-{frame}.json").write_text(json.dumps(document))
    check(reopened(tmp_path), "darwin", {(0, "dog"): DOG, (3, "dog"): DOG & ~CAT, (3, "dog 2"): CAT})


@pytest.mark.parametrize("mode", ["P", "L", "LA", "RGBA"])
def test_pictures_of_supervisely(mode: str, tmp_path: Path) -> None:
    folder = tmp_path / "ds" / "ann"
    folder.mkdir(parents=True)
    full = np.ones(SIZE, bool) if mode in ("LA", "RGBA") else DOG
    polygon = {"exterior": [[0, 0], [8, 0], [8, 8], [0, 8]], "interior": [[[2, 2], [4, 2], [4, 4], [2, 4]]]}
    ring = np.zeros(SIZE, bool)
    ring[:8, :8] = True
    ring[2:4, 2:4] = False
    objects = [
        {"classTitle": "dog", "geometryType": "bitmap", **bitmap(full, mode)},
        {"classTitle": "cat", "geometryType": "polygon", "points": polygon},
        {"classTitle": "cat", "geometryType": "rectangle", "points": polygon},
    ]
    (folder / "00002.png.json").write_text(json.dumps(supervisely(objects=objects)))
    plan = reopened(tmp_path, first_number=0)
    check(plan, "supervisely", {(2, "dog"): full, (2, "cat"): ring})
    assert "no mask (rectangle)" in plan.left_out[0]


def test_a_video_of_supervisely(tmp_path: Path) -> None:
    frames = [
        {"index": 1, "figures": [{"objectKey": "k1", "geometryType": "bitmap", "geometry": bitmap(DOG)}]},
        {"index": 3, "figures": [{"objectKey": "k2", "geometryType": "bitmap", "geometry": bitmap(CAT)},
                                 {"objectKey": "k1", "geometryType": "bitmap", "geometry": bitmap(CAT)},
                                 {"objectKey": "no", "geometryType": "bitmap", "geometry": bitmap(CAT)}]},
        {"index": 7, "figures": []},
    ]  # fmt: skip
    objects = [{"key": "k1", "classTitle": "dog"}, {"key": "k2", "classTitle": "cat"}]
    (tmp_path / "clip.mp4.json").write_text(json.dumps(supervisely(objects=objects, frames=frames)))
    plan = reopened(tmp_path)
    check(plan, "supervisely", {(1, "dog"): DOG, (3, "cat"): CAT, (3, "dog"): CAT})
    assert len(plan.left_out) == 2


def test_packed_data_that_mean_harm_are_left_out(tmp_path: Path) -> None:
    bomb = base64.b64encode(zlib.compress(b"\0" * 2**24)).decode()
    far = {"bitmap": {"origin": [9, 9], "data": bitmap(np.ones(SIZE, bool))["bitmap"]["data"]}}
    odd = [
        {"bitmap": {"origin": [0, 0], "data": data}} for data in (bomb, "!", base64.b64encode(b"x").decode())
    ]
    objects = [{"classTitle": "dog", "geometryType": "bitmap", **one} for one in (*odd, far)]
    (tmp_path / "00002.png.json").write_text(json.dumps(supervisely(objects=objects)))
    with pytest.raises(FormatError, match=r"larger than any mask"):
        reopened(tmp_path)


def test_pictures_of_one_name_in_two_folders_of_darwin(tmp_path: Path) -> None:
    for place, (folder, mask) in enumerate((("/clip", DOG), ("/other", CAT))):
        listed = [
            {"id": "a", "name": "dog", "mask": {}},
            {"id": "r", "name": "__raster_layer__", "raster_layer": layer(a=mask)},
        ]
        document = darwin("00001.jpg", listed)
        document["item"]["path"] = folder
        (tmp_path / f"export-{place}.json").write_text(json.dumps(document))
    check(reopened(tmp_path, first_number=0), "darwin", {(1, "dog"): DOG})
    document["item"]["path"] = "/clip"
    (tmp_path / "export-1.json").write_text(json.dumps(document))
    with pytest.raises(FormatError, match="2 images are left out"):
        reopened(tmp_path, first_number=0)


def test_dots_in_names_of_supervisely(tmp_path: Path) -> None:
    for frame, mask in enumerate((DOG, CAT)):
        objects = [{"classTitle": "dog", "geometryType": "bitmap", **bitmap(mask)}]
        (tmp_path / f"clip.{frame:04d}.json").write_text(json.dumps(supervisely(objects=objects)))
    check(reopened(tmp_path), "supervisely", {(0, "dog"): DOG, (1, "dog"): CAT})

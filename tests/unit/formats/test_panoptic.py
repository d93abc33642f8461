import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, MemoryAnnotation, ObjectInfo, export, open_import

SIZE = (20, 30)
NAMES = [f"{i:05d}" for i in range(3)]


def clip() -> MemoryAnnotation:
    infos = [ObjectInfo(n, label, (9, 8, 7)) for n, label in ((1, "dog"), (300, "cat"), (4, "dog"))]
    annotation = MemoryAnnotation(SIZE, NAMES, objects=infos, name="pets")
    for frame in range(3):
        for place, info in enumerate(infos):
            mask = np.zeros(SIZE, dtype=bool)
            mask[frame + 2 : frame + 9, 8 * place + 1 : 8 * place + 6] = True
            annotation.set(frame, info.id, mask)
    return annotation


def opened(path: Path) -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=NAMES, name="pets")


def document(root: Path) -> Any:
    return json.loads((root / "panoptic_pets.json").read_text())


def test_colours_are_the_ids_of_segments(tmp_path: Path) -> None:
    export(clip(), "panoptic", tmp_path)
    found = document(tmp_path)
    names = {item["id"]: item["name"] for item in found["categories"]}
    for frame, item in enumerate(found["annotations"]):
        rgb = np.asarray(Image.open(tmp_path / "panoptic_pets" / item["file_name"])).astype(int)
        ids = rgb[..., 0] + 256 * rgb[..., 1] + 65536 * rgb[..., 2]
        assert {segment["id"] for segment in item["segments_info"]} == set(np.unique(ids)) - {0}
        for segment in item["segments_info"]:
            mask = clip().mask(frame, segment["id"])
            np.testing.assert_array_equal(ids == segment["id"], mask)
            assert segment["area"] == mask.sum()
            y, x = np.nonzero(mask)
            assert segment["bbox"] == [x.min(), y.min(), np.ptp(x) + 1, np.ptp(y) + 1]
            assert names[segment["category_id"]] == {1: "dog", 4: "dog", 300: "cat"}[segment["id"]]


def strangers(root: Path, *, video: bool) -> None:
    """Make of our export one of another tool: of images, with new ids in each, or of videos as VIPSeg."""
    export(clip(), "panoptic", root)
    found = document(root)
    del found["xmem_gui"]
    if video:
        (root / "panomasksRGB").mkdir()
        (root / "panoptic_pets").rename(root / "panomasksRGB" / "pets")
        found["videos"] = [{"video_id": name, "images": []} for name in ("other", "pets")]
        found["annotations"] = [
            {"video_id": "other", "annotations": []},
            {"video_id": "pets", "annotations": found["annotations"]},
        ]
    else:
        for frame, item in enumerate(found["annotations"]):
            path = root / "panoptic_pets" / item["file_name"]
            rgb = np.array(Image.open(path))
            rgb[..., 2][rgb.any(axis=2)] = frame + 1
            Image.fromarray(rgb).save(path)
            for segment in item["segments_info"]:
                segment["id"] += 65536 * (frame + 1)
    (root / "panoptic_pets.json").write_text(json.dumps(found))


@pytest.mark.parametrize("video", [True, False])
def test_segments_of_other_tools(video: bool, tmp_path: Path) -> None:
    strangers(tmp_path, video=video)
    plan = opened(tmp_path)
    assert plan.format_id == "panoptic"
    assert sorted(info.name for info in plan.objects) == ["cat", "dog", "dog"]
    assert any("followed by their overlap" in sentence for sentence in plan.warnings) == (not video)
    found = {(mask.frame, mask.object_id): mask.mask() for mask in plan.read()}
    for info in plan.objects:
        (own,) = (n for n in (1, 4, 300) if np.array_equal(clip().mask(0, n), found[0, info.id]))
        for frame in range(3):
            np.testing.assert_array_equal(found[frame, info.id], clip().mask(frame, own))


def test_segments_that_the_list_does_not_have_are_none(tmp_path: Path) -> None:
    strangers(tmp_path, video=True)
    found = document(tmp_path)
    for item in found["annotations"][1]["annotations"]:
        item["segments_info"] = item["segments_info"][:1]
    (tmp_path / "panoptic_pets.json").write_text(json.dumps(found))
    assert len(opened(tmp_path).objects) == 1


def test_a_list_without_its_pictures_is_refused(tmp_path: Path) -> None:
    export(clip(), "panoptic", tmp_path / "a")
    (tmp_path / "b").mkdir()
    (tmp_path / "a" / "panoptic_pets.json").rename(tmp_path / "b" / "panoptic_pets.json")
    with pytest.raises(FormatError, match="not beside it"):
        opened(tmp_path / "b" / "panoptic_pets.json")


def test_pictures_of_several_videos_in_one_list(tmp_path: Path) -> None:
    strangers(tmp_path, video=False)
    found = document(tmp_path)
    ours = found["annotations"]
    others = [{**item, "file_name": f"other/{item['file_name']}", "segments_info": []} for item in ours]
    named = [{**item, "file_name": f"pets/{item['file_name']}"} for item in ours]
    alone = opened(tmp_path)
    (tmp_path / "panoptic_pets.json").write_text(json.dumps({**found, "annotations": [*named, *others]}))
    plan = opened(tmp_path)
    assert plan.masks == alone.masks > 0
    (tmp_path / "panoptic_pets.json").write_text(json.dumps({**found, "annotations": [*ours, *ours[:1]]}))
    assert "2 images are left out" in opened(tmp_path).left_out[0]

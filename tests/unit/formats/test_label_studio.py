import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from format_cases import KINDS, make_mask
from hypothesis import given, settings
from hypothesis import strategies as st

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, into_memory, open_import
from xmem_gui.formats.brush_rle import pack_brush, unpack_brush

SIZE = (6, 8)


def bits(text: str) -> list[int]:
    text = text.replace(" ", "")
    text += "0" * (-len(text) % 8)
    return [int(text[at : at + 8], 2) for at in range(0, len(text), 8)]


def region(mask: np.ndarray, label: str, **more: Any) -> dict[str, Any]:
    value = {"format": "rle", "rle": pack_brush(mask), "brushlabels": [label]}
    size = {"original_height": mask.shape[0], "original_width": mask.shape[1]}
    return {"id": "a1b2", "type": "brushlabels", "value": value, **size, **more}


def task(image: str, *regions: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"id": 1, "data": {"image": image}, "annotations": [{"result": list(regions), **more}]}


def reopened(path: Path, tasks: list[Any]) -> ImportPlan:
    path.write_text(json.dumps(tasks))
    return open_import(path, size=SIZE, frame_names=[f"{i:05d}" for i in range(3)], name="clip")


@given(
    kind=st.sampled_from(KINDS), height=st.integers(1, 40), width=st.integers(1, 40), seed=st.integers(0, 99)
)
@settings(max_examples=60, deadline=None)
def test_what_is_packed_is_unpacked(kind: str, height: int, width: int, seed: int) -> None:
    mask = make_mask(kind, height, width, seed)
    np.testing.assert_array_equal(unpack_brush(pack_brush(mask), height, width), mask)


def test_runs_above_the_longest_count() -> None:
    mask = np.zeros((200, 400), bool)
    mask[10:150] = True
    np.testing.assert_array_equal(unpack_brush(pack_brush(mask), 200, 400), mask)


def test_single_values_of_other_lengths() -> None:
    # 8 values of 8 bits, lengths 1, 2, 3, 4: two given one by one, one given, five repeated.
    runs = "0 00 1 00000000 00000000" + "0 01 00 00000000" + "1 10 100 10000000"
    found = unpack_brush(bits(f"{8:032b} 00111 0000 0001 0010 0011" + runs), 1, 2)
    assert found.tolist() == [[True, True]]


@pytest.mark.parametrize(
    "values",
    [
        None,
        [],
        [1, 2],
        ["a"],
        [256] * 20,
        [True] * 20,
        pack_brush(np.ones(SIZE, bool))[:-3],
        pack_brush(np.ones((3, 3), bool)),
    ],
)
def test_damaged_run_lengths_are_refused(values: object) -> None:
    with pytest.raises(FormatError):
        unpack_brush(values, *SIZE)


def test_regions_as_label_studio_exports_them(tmp_path: Path) -> None:
    first, second = make_mask("blob", *SIZE, 1), make_mask("column", *SIZE, 2)
    square = [[25, 50], [75, 50], [75, 100], [25, 100]]
    size = {"original_height": SIZE[0], "original_width": SIZE[1]}
    polygon = {
        "id": "p",
        "type": "polygonlabels",
        "value": {"points": square, "polygonlabels": ["cat"]},
        **size,
    }
    brush = region(second, "dog")
    brush |= {"id": "twin", "type": "brush", "value": {"format": "rle", "rle": pack_brush(second)}}
    label = {"id": "twin", "type": "labels", "value": {"labels": ["dog"]}, **size}
    plan = reopened(
        tmp_path / "tasks.json",
        [
            task("/data/upload/3/0a1b2c3d-00002.jpg", region(first, "dog"), brush, label, polygon),
            task("/data/local-files/?d=clip%2F00000.jpg", region(first, "dog"), was_cancelled=True),
            task("s3://x/00001.png", region(second, "dog")),
        ],
    )
    assert plan.format_id == "label-studio"
    names = {info.name: info.id for info in plan.objects}
    assert set(names) == {"dog", "dog 2", "cat"}
    found = into_memory(plan, plan.read())
    np.testing.assert_array_equal(found.mask(2, names["dog"]), first)
    np.testing.assert_array_equal(found.mask(2, names["dog 2"]), second)
    np.testing.assert_array_equal(found.mask(1, names["dog"]), second)
    assert found.mask(0, names["dog"]) is None
    wanted = np.zeros(SIZE, bool)
    wanted[3:, 2:6] = True
    np.testing.assert_array_equal(found.mask(2, names["cat"]), wanted)


def test_odd_regions_are_left_out(tmp_path: Path) -> None:
    mask = make_mask("blob", *SIZE, 1)
    box = {"id": "b", "type": "rectanglelabels", "value": {"x": 1, "y": 1, "width": 5, "height": 5}}
    odd = [box, region(mask, "dog", image_rotation=90), region(np.ones((3, 3), bool), "dog"), 7, {"value": 3}]
    plan = reopened(tmp_path / "a.json", [task("00000.jpg", *odd, region(mask, "dog")), {"data": {}}, 5])
    assert plan.masks == 1
    left = " ".join(plan.left_out)
    assert all(why in left for why in ("neither a brush", "turned", "3 x 3", "no region", "names no picture"))


def test_tasks_of_another_videos_pictures_are_not_ours(tmp_path: Path) -> None:
    ours, others = make_mask("blob", *SIZE, 1), make_mask("column", *SIZE, 2)
    tasks = [
        task(f"/data/local-files/?d={folder}/0000{frame}.jpg", region(mask, "dog"))
        for folder, mask in (("other", others), ("clip", ours))
        for frame in range(2)
    ]
    plan = reopened(tmp_path / "a.json", tasks)
    found = into_memory(plan, plan.read())
    assert plan.frames == (0, 1)
    for frame in range(2):
        np.testing.assert_array_equal(found.mask(frame, 1), ours)


def test_of_two_tasks_of_one_picture_neither_is_taken(tmp_path: Path) -> None:
    mask, other = make_mask("blob", *SIZE, 1), make_mask("column", *SIZE, 2)
    upload = "/data/upload/3/{}-{}.jpg"
    tasks = [
        task(upload.format("0a1b2c3d", "00000"), region(mask, "dog")),
        task(upload.format("ffffffff", "00000"), region(other, "dog")),
        task(upload.format("0a1b2c3d", "00001"), region(mask, "dog")),
        task(upload.format("ffffffff", "00001")),
    ]
    plan = reopened(tmp_path / "a.json", tasks)
    assert plan.frames == (1,)
    assert "2 images are left out" in plan.left_out[0]

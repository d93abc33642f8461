"""Which object an imported thing is: kinds of keys are number spaces, and no two objects become one."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from odd_files import (
    SIZE,
    coco,
    cvat,
    cvat_images,
    masks_of,
    opened,
    rle,
    shape,
    square,
    youtube_vis,
)

from xmem_gui.formats import MemoryAnnotation, ObjectInfo, export, palette_colour
from xmem_gui.formats.identity import ObjectTable

FORMATS = (
    "coco",
    "youtube-vis",
    "sav-json",
    "cvat",
    "cvat-polygons",
    "labelme",
    "yolo-seg",
    "davis",
    "binary-png",
)
KEYS = st.tuples(
    st.sampled_from(["track", "group", "order"]), st.integers(0, 9), st.sampled_from(["", "a", "b"])
)


@given(
    met=st.lists(st.tuples(KEYS, st.one_of(st.none(), st.integers(0, 20)))),
    known=st.sets(st.integers(1, 12)),
)
def test_every_key_is_an_object_of_its_own(
    met: list[tuple[tuple[str, int, str], int | None]], known: set[int]
) -> None:
    table = ObjectTable({number: ObjectInfo(number, f"own {number}", (1, 2, 3)) for number in known})
    for key, number in met:
        table.meet(key, key[2], number)
    found = table.decide()
    assert (
        len({info.id for info in found.values()}) == len(found) == len({key for key, _ in met}) + len(known)
    )
    for number in known:
        assert found["own", number].name == f"own {number}"
    if not known:
        firsts: dict[Any, int | None] = {}
        for key, number in met:
            firsts.setdefault(key, number)
        given_numbers = [n for n in firsts.values() if n is not None]
        for key, number in firsts.items():
            if number and given_numbers.count(number) == 1 and 0 not in given_numbers:
                assert found[key].id == number  # a good number is kept, whatever was met before it


def labelled(folder: Path, *pictures: list[dict[str, Any]]) -> Path:
    folder.mkdir(parents=True)
    for frame, shapes in enumerate(pictures):
        (folder / f"{frame:05d}.json").write_text(json.dumps({"shapes": shapes}))
    return folder


def at(left: int, label: str = "car", group: Any = None) -> dict[str, Any]:
    corners = [[left, 4], [left + 6, 4], [left + 6, 10], [left, 10]]
    return shape(label=label, points=corners, group_id=group)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("car", 0), ("car", 1)),
        (("car", 1), ("dog", 1)),
        (("car", None), ("car", 1)),
        (("car", None), ("dog", 1)),
        (("car", None), ("car", None)),
        (("car", "a"), ("car", "b")),
        (("car", -1), ("car", 1)),
        (("car", 1), ("car", "1")),
    ],
)
def test_labelme_shapes_of_two_objects(one: Any, other: Any, tmp_path: Path) -> None:
    for number, order in enumerate(((one, other), (other, one))):
        shapes = [at(1, *order[0]), at(12, *order[1])]
        plan = opened(labelled(tmp_path / str(number) / "seq", shapes, shapes))
        assert (len(plan.objects), plan.masks) == (2, 4)


def test_labelme_shapes_of_one_label_and_group_are_one_object(tmp_path: Path) -> None:
    plan = opened(labelled(tmp_path / "seq", [at(1, group=3), at(12, group=3)], [at(12, group=3)]))
    assert [(info.id, info.name) for info in plan.objects] == [(3, "car")]
    assert [int(mask.sum()) for mask in masks_of(plan).values()] == [72, 36]


def test_tracks_of_one_name_and_group_are_two_objects_in_cvat(tmp_path: Path) -> None:
    track = '<track id="{}" label="dog" group_id="1"><polygon frame="{}" outside="0" points="{}"/></track>'
    other = track.format(8, 0, "20,1;25,1;25,5") + track.format(9, 2, "20,1;25,1;25,5")
    plan = opened(cvat(tmp_path / "a.xml", other))
    assert [info.name for info in plan.objects] == ["dog", "dog", "dog"]
    assert plan.masks == 4


def test_masks_of_one_label_and_group_are_one_object_in_cvat_unless_in_one_frame(tmp_path: Path) -> None:
    mask = (
        '<track id="{}" label="cat" group_id="1"><mask frame="{}" outside="0" {} left="{}" top="0"/></track>'
    )
    box = 'rle="0, 4" width="2" height="2"'
    apart = "".join(mask.format(n, n, box, n) for n in range(3))
    assert [info.name for info in opened(cvat(tmp_path / "a.xml", apart)).objects] == ["cat", "dog"]
    together = apart + mask.format(9, 1, box, 9)
    found = opened(cvat(tmp_path / "b.xml", together))
    assert sorted(info.name for info in found.objects) == ["cat", "cat 2", "dog"]
    assert found.masks == 6


def test_shapes_of_cvats_images(tmp_path: Path) -> None:
    points = 'points="20,1;25,1;25,5"'
    plan = opened(
        cvat_images(
            tmp_path / "a.xml",
            f'<polygon label="dog" group_id="1" {points}/>',
            f'<polygon label="cat" group_id="1" {points}/>',
            f'<polygon label="dog" {points}/>',
        )
    )
    assert sorted(info.name for info in plan.objects) == ["cat", "dog", "dog", "dog 2"]
    assert plan.masks == 5


def test_tracks_and_the_rest_are_apart_in_coco(tmp_path: Path) -> None:
    other = {"image_id": 0, "category_id": 1, "segmentation": rle(12)}
    for more in (
        other,  # without a track: another number space
        other | {"track_id": -1},
        other | {"track_id": "7"},
        other | {"track_id": 7, "category_id": 2},
        other | {"attributes": {"track_id": 8}},
    ):
        plan = opened(coco(tmp_path / "a.json", more | {"id": 9}))
        assert (len(plan.objects), plan.masks) == (2, 3)


def test_annotations_of_one_number_stay_two_in_youtube_vis(tmp_path: Path) -> None:
    twin = {"id": 7, "video_id": 1, "category_id": 1, "segmentations": [rle(12), None, None]}
    plan = opened(youtube_vis(tmp_path / "a.json", None, twin))
    assert (len(plan.objects), plan.masks) == (2, 3)


def test_masklets_of_one_number_stay_two(tmp_path: Path) -> None:
    path = tmp_path / "a_manual.json"
    path.write_text(json.dumps({"masklet": [[rle(), rle(12), rle(18)]] * 3, "masklet_id": [4, 4, None]}))
    plan = opened(path)
    assert (len(plan.objects), plan.masks) == (3, 9)


def own(folder: Path, format_id: str, names: tuple[str, ...] = ("dog", "cat")) -> Path:
    objects = [ObjectInfo(n, name, palette_colour(n), n, f"{n:032x}") for n, name in enumerate(names, 5)]
    annotation = MemoryAnnotation(SIZE, 3, objects=objects, name="seq")
    for info in objects:
        annotation.set(1, info.id, square(info.id))
    targets = export(annotation, format_id, folder)
    return targets[0] if targets[0].is_file() else folder


@pytest.mark.parametrize("format_id", FORMATS)
def test_identities_come_back(format_id: str, tmp_path: Path) -> None:
    plan = opened(own(tmp_path, format_id))
    assert {info.id: info.uid for info in plan.objects} == {5: f"{5:032x}", 6: f"{6:032x}"}


def test_an_object_that_is_called_otherwise_now_is_another(tmp_path: Path) -> None:
    path = own(tmp_path, "coco")
    document = json.loads(path.read_text())
    for category in document["categories"]:
        category["name"] = {"dog": "fox"}.get(category["name"], category["name"])
    path.write_text(json.dumps(document))
    plan = opened(path)
    assert {info.name for info in plan.objects if plan.coverage.get(info.id)} == {"fox", "cat"}
    assert next(info for info in plan.objects if info.name == "fox").uid == ""


def test_empty_masks_are_written_down_and_come_back(tmp_path: Path) -> None:
    info = ObjectInfo(2, "dog", (1, 2, 3))
    annotation = MemoryAnnotation(SIZE, 6, objects=[info], name="seq")
    for frame in (0, 1, 2, 4):
        annotation.set(frame, 2, square() if frame == 1 else np.zeros(SIZE, bool))
    for format_id in FORMATS:
        targets = export(annotation, format_id, tmp_path / format_id)
        path = targets[0] if targets[0].is_file() else tmp_path / format_id
        plan = opened(path, frame_names=[f"{n:05d}" for n in range(6)], first_number=None)
        found = masks_of(plan)
        assert {frame: bool(mask.any()) for (frame, _), mask in found.items()} == {
            0: False, 1: True, 2: False, 4: False,
        }, format_id  # fmt: skip
        assert plan.absences == 3

from pathlib import Path

import cv2
import numpy as np
import pytest
from pycocotools import mask as coco

from xmem_gui.errors import OutputError
from xmem_gui.formats import (
    ExportRequest,
    ImportPlan,
    MemoryAnnotation,
    ObjectInfo,
    export,
    open_import,
    plan_export,
)
from xmem_gui.formats.grey_png import write_grey

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)
SIZE = (20, 30)
NAMES = [f"{i:06d}" for i in range(3)]


def clip(*named: tuple[int, str], name: str = "0002") -> MemoryAnnotation:
    infos = [ObjectInfo(number, label, (9, 8, 7)) for number, label in named]
    annotation = MemoryAnnotation(SIZE, NAMES, objects=infos, name=name)
    for place, (number, _) in enumerate(named):
        for frame in range(3):
            mask = np.zeros(SIZE, dtype=bool)
            mask[frame : frame + 9, 4 * place : 4 * place + 3] = True
            annotation.set(frame, number, mask)
    return annotation


def opened(path: Path, name: str = "0002") -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=NAMES, name=name)


def test_pictures_have_class_times_1000_and_number(tmp_path: Path) -> None:
    export(clip((3, "car"), (4, "pedestrian"), (7, "dog"), (5000, "car")), "mots-png", tmp_path)
    found = cv2.imread(str(tmp_path / "instances" / "0002" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert (found.dtype, set(np.unique(found))) == (np.uint16, {0, 1003, 2004, 3007, 1001})
    labels = (tmp_path / "instances" / "labels.txt").read_text().splitlines()
    assert labels == ["background", "car", "pedestrian", "dog"]


def test_a_second_video_keeps_the_classes_of_the_first(tmp_path: Path) -> None:
    export(clip((1, "dog")), "mots-png", tmp_path)
    export(clip((1, "cat"), (2, "dog"), name="0003"), "mots-png", tmp_path)
    labels = (tmp_path / "instances" / "labels.txt").read_text().splitlines()
    assert labels == ["background", "car", "pedestrian", "dog", "cat"]
    found = cv2.imread(str(tmp_path / "instances" / "0003" / "000000.png"), cv2.IMREAD_UNCHANGED)
    assert set(np.unique(found)) == {0, 4001, 3002}


@pytest.mark.parametrize("format_id", ["mots-png", "mots-txt"])
def test_without_our_list_values_are_objects_of_their_class(format_id: str, tmp_path: Path) -> None:
    annotation = clip((3, "car"), (4, "pedestrian"))
    export(annotation, format_id, tmp_path)
    (tmp_path / "0002.objects.json").unlink()
    plan = opened(tmp_path)
    assert plan.format_id == format_id
    assert [(info.id, info.name) for info in plan.objects] == [(1003, "car 3"), (2004, "pedestrian 4")]
    for mask in plan.read():
        np.testing.assert_array_equal(mask.mask(), annotation.mask(mask.frame, mask.object_id % 1000))


def test_regions_to_be_ignored_are_no_objects(tmp_path: Path) -> None:
    values = np.zeros(SIZE, np.uint16)
    values[:5], values[8:12] = 10_000, 2001
    (tmp_path / "instances" / "0002").mkdir(parents=True)
    write_grey(tmp_path / "instances" / "0002" / "000000.png", values, "x")
    plan = opened(tmp_path)
    assert [info.name for info in plan.objects] == ["pedestrian 1"]
    assert any("regions to be ignored" in sentence for sentence in plan.warnings)


def test_lines_are_as_the_official_reader_wants_them(tmp_path: Path) -> None:
    annotation = clip((3, "car"), (4, "pedestrian"))
    annotation.set(0, 4, np.ones(SIZE, dtype=bool))
    export(annotation, "mots-txt", tmp_path)
    lines = (tmp_path / "instances_txt" / "0002.txt").read_text().splitlines()
    union: dict[int, np.ndarray] = {}
    for line in lines:
        frame, value, number, height, width, counts = line.split(" ")
        assert int(value) // 1000 == int(number)
        assert (int(height), int(width)) == SIZE
        mask = coco.decode({"size": list(SIZE), "counts": counts.encode()})
        assert mask.any()
        union[int(frame)] = union.get(int(frame), np.zeros(SIZE, int)) + mask
    assert all(total.max() == 1 for total in union.values())
    assert sorted(union) == [0, 1, 2]


def test_odd_lines_are_left_out_and_the_rest_is_read(tmp_path: Path) -> None:
    export(clip((3, "car")), "mots-txt", tmp_path)
    path = tmp_path / "instances_txt" / "0002.txt"
    with path.open("a") as file:
        file.write("0 1005 1 20 30\n1 1005 1 20 31 abc\n99 1005 1 20 30 X\n")
    plan = opened(tmp_path)
    assert [info.id for info in plan.objects] == [3]
    assert len(plan.left_out) == 2
    assert any("1 lines are of frames" in sentence for sentence in plan.warnings)


def test_a_text_that_was_changed_is_not_overwritten(tmp_path: Path) -> None:
    export(clip((3, "car")), "mots-txt", tmp_path)
    again = ExportRequest(overwrite=True)
    export(clip((3, "car")), "mots-txt", tmp_path, again)
    with (tmp_path / "instances_txt" / "0002.txt").open("a") as file:
        file.write("\n")
    with pytest.raises(OutputError, match="did not write"):
        export(clip((3, "car")), "mots-txt", tmp_path, again)


def test_too_many_classes_are_refused(tmp_path: Path) -> None:
    annotation = clip(*((number, f"thing {number}") for number in range(1, 70)))
    for format_id in ("mots-png", "mots-txt"):
        (sentence,) = plan_export(annotation, format_id, tmp_path).refusals
        assert "64 classes" in sentence


def test_lines_of_yolo_are_not_taken_for_mots(tmp_path: Path) -> None:
    (tmp_path / "000000.txt").write_text("0 1 1 0 0 1\n0 0 0 1 0 1 1 0 1\n")
    assert opened(tmp_path).format_id == "yolo-seg"

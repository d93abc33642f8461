"""Classes of objects in formats that have categories: written as such, and read back with the names."""

import json
from pathlib import Path

import numpy as np
import pytest

from xmem_gui.formats import (
    READ_BY,
    ExportRequest,
    MemoryAnnotation,
    ObjectInfo,
    export,
    open_import,
)

SIZE, FRAMES = (30, 40), 3
OBJECTS = (
    ObjectInfo(1, "Anna", (200, 0, 0), 0, "a" * 32, "person"),
    ObjectInfo(2, "Ben", (0, 200, 0), 1, "b" * 32, "person"),
    ObjectInfo(3, "ball", (0, 0, 200), 2, "c" * 32),
)
LABELLED = (
    "coco", "coco-dataset", "youtube-vis", "panoptic", "voc", "yolo-seg", "datumaro", "labelme",
    "labelme-masks", "cvat", "cvat-polygons", "cvat-images", "label-studio", "mots-png", "youtube-vos",
)  # fmt: skip
"""The formats that write categories, classes or labels."""
READABLE = tuple(name for name in LABELLED if name in READ_BY)


def make_clip(objects: tuple[ObjectInfo, ...] = OBJECTS) -> MemoryAnnotation:
    clip = MemoryAnnotation(SIZE, FRAMES, objects=objects, name="clip")
    for frame in range(FRAMES):
        for place, info in enumerate(objects):
            mask = np.zeros(SIZE, bool)
            mask[2 + frame : 12 + frame, 2 + 12 * place : 12 + 12 * place] = True
            clip.set(frame, info.id, mask)
    return clip


def texts(folder: Path) -> str:
    """Return all that an export says in words, without what it says of itself."""
    kinds = (".json", ".xml", ".txt", ".yaml")
    found = [path for path in sorted(folder.rglob("*")) if path.suffix in kinds]
    return "\n".join(path.read_text() for path in found if not path.name.endswith(".objects.json"))


def own_objects(value: object) -> list[dict[str, object]]:
    """Return the objects that JSON lists as ours, wherever they stand in it."""
    if isinstance(value, list):
        return [found for one in value for found in own_objects(one)]
    if not isinstance(value, dict):
        return []
    if {"id", "name", "colour"} <= value.keys():
        return [value]
    return [found for one in value.values() for found in own_objects(one)]


def reopened(path: Path):
    names = [f"{frame:05d}" for frame in range(FRAMES)]
    return open_import(path, size=SIZE, frame_names=names, name="clip")


@pytest.mark.parametrize("format_id", READABLE)
def test_names_and_classes_come_back(format_id: str, tmp_path: Path) -> None:
    (first, *_) = export(make_clip(), format_id, tmp_path / "out")
    plan = reopened(first if first.is_file() and first.suffix != ".txt" else tmp_path / "out")
    found = {info.id: (info.name, info.category, info.uid) for info in plan.objects}
    assert found == {info.id: (info.name, info.category, info.uid) for info in OBJECTS}
    assert plan.masks == FRAMES * len(OBJECTS)


@pytest.mark.parametrize("format_id", LABELLED)
def test_the_class_is_written_and_the_name_where_there_is_none(format_id: str, tmp_path: Path) -> None:
    export(make_clip(), format_id, tmp_path / "out")
    said = texts(tmp_path / "out")
    assert "person" in said
    assert "ball" in said
    # Names of objects with a class stand only in what the export says of itself.
    if "xmem_gui" not in said:
        assert "Anna" not in said


def test_objects_of_one_class_are_one_category(tmp_path: Path) -> None:
    (path,) = export(make_clip(), "coco", tmp_path / "coco.json")
    document = json.loads(path.read_text())
    assert [(one["id"], one["name"]) for one in document["categories"]] == [(1, "person"), (3, "ball")]
    of_track = {one["track_id"]: one["category_id"] for one in document["annotations"]}
    assert of_track == {1: 1, 2: 1, 3: 3}
    export(make_clip(), "yolo-seg", tmp_path / "yolo")
    assert "  0: 'person'\n  1: 'ball'\n" in (tmp_path / "yolo" / "clip.yaml").read_text().replace('"', "'")
    labels = tmp_path / "yolo" / "labels" / "clip" / "00000.txt"
    assert [line.split()[0] for line in labels.read_text().splitlines()] == ["0", "0", "1"]
    export(make_clip(), "voc", tmp_path / "voc")
    lines = (tmp_path / "voc" / "labelmap.txt").read_text().splitlines()
    assert [line.split(":")[0] for line in lines[2:]] == ["background", "person", "ball"]


@pytest.mark.parametrize("format_id", ["coco", "davis", "voc", "label-studio", "npz"])
def test_what_an_export_says_of_itself_has_a_class_only_where_there_is_one(
    format_id: str, tmp_path: Path
) -> None:
    plain = tuple(ObjectInfo(info.id, info.name, info.colour, info.priority) for info in OBJECTS)
    for place, objects in {"plain": plain, "classes": OBJECTS}.items():
        export(make_clip(objects), format_id, tmp_path / place)
        files = [*(tmp_path / place).rglob("*.json")]
        listed = [one for path in files for one in own_objects(json.loads(path.read_text()))]
        assert len(listed) == (0 if format_id == "npz" else 3)
        expected = [{"category": info.category} if info.category else {} for info in objects]
        found = [{key: one[key] for key in one if key == "category"} for one in listed]
        assert found == (expected if listed else [])


def test_an_object_that_is_of_another_class_in_the_file_now_is_another(tmp_path: Path) -> None:
    (path,) = export(make_clip(), "coco", tmp_path / "coco.json")
    document = json.loads(path.read_text())
    for one in document["annotations"]:
        if one["track_id"] == 2:
            one["category_id"] = 3
    path.write_text(json.dumps(document))
    found = [(info.name, info.category) for info in reopened(path).objects if info.uid != "b" * 32]
    assert sorted(found) == [("Anna", "person"), ("ball", ""), ("ball", "")]


def test_an_odd_class_in_what_a_file_says_of_itself_is_none(tmp_path: Path) -> None:
    (path,) = export(make_clip(), "coco", tmp_path / "coco.json")
    document = json.loads(path.read_text())
    for item, odd in zip(document["xmem_gui"]["objects"], (["x"], 3, None), strict=True):
        item["category"] = odd
    document["categories"] = [{"id": 1, "name": "Anna"}, {"id": 3, "name": "ball"}]
    path.write_text(json.dumps(document))
    assert {info.category for info in reopened(path).objects} == {""}


def test_few_objects_of_a_class_that_many_share_are_no_trouble(tmp_path: Path) -> None:
    export(make_clip(), "mots-png", tmp_path / "mots", ExportRequest(objects=(1, 3)))
    (labels,) = (tmp_path / "mots").rglob("labels.txt")
    assert "person" in labels.read_text()
    assert "Anna" not in labels.read_text()

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from format_cases import KINDS, annotations, assert_same, make_mask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, MemoryAnnotation, ObjectInfo, export, open_import
from xmem_gui.formats.outlines import covered, settled_corners, unsettled, with_outline
from xmem_gui.formats.polygons import join, keyhole, trace

SIZE = (40, 60)


def rectangle() -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[10:22, 20:36] = True
    return mask


def blob(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    noise = cv2.GaussianBlur(rng.random(SIZE).astype(np.float32), (0, 0), 4)
    return noise > np.quantile(noise, 0.7)


def traced(mask: np.ndarray) -> list[np.ndarray]:
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    return [ring.reshape(-1, 2) for ring in found]


def yolo(folder: Path, rings: list[np.ndarray]) -> Path:
    lines = [" ".join(f"{v:.6g}" for v in (ring / SIZE[::-1]).ravel()) for ring in rings]
    folder.mkdir(parents=True)
    (folder / "00000.txt").write_text("".join(f"0 {line}\n" for line in lines))
    return folder


def labelme(folder: Path, rings: list[np.ndarray]) -> Path:
    shapes = [{"label": "a", "group_id": 1, "points": ring.tolist()} for ring in rings]
    folder.mkdir(parents=True)
    document = {"shapes": shapes, "imageHeight": SIZE[0], "imageWidth": SIZE[1]}
    (folder / "00000.json").write_text(json.dumps(document))
    return folder


def coco(folder: Path, rings: list[np.ndarray]) -> Path:
    item = {"id": 1, "image_id": 1, "category_id": 1, "segmentation": [r.ravel().tolist() for r in rings]}
    image = {"id": 1, "file_name": "00000.jpg", "height": SIZE[0], "width": SIZE[1]}
    folder.mkdir(parents=True)
    (folder / "a.json").write_text(json.dumps({"images": [image], "annotations": [item], "categories": []}))
    return folder


def cvat(folder: Path, rings: list[np.ndarray]) -> Path:
    (ring,) = rings
    points = ";".join(f"{x},{y}" for x, y in ring)
    folder.mkdir(parents=True)
    (folder / "a.xml").write_text(
        f'<annotations><track id="0" label="a"><polygon frame="0" outside="0" points="{points}"/></track>'
        "</annotations>"
    )
    return folder


def opened(path: Path, size: tuple[int, int] = SIZE, **options: Any) -> ImportPlan:
    return open_import(path, size=size, frame_names=["00000"], name="clip", first_number=0, **options)


def area(plan: ImportPlan) -> int:
    return sum(int(mask.mask().sum()) for mask in plan.read())


@pytest.mark.parametrize(("make", "default"), [(yolo, 192), (labelme, 192), (coco, 165), (cvat, 165)])
def test_a_traced_rectangle(make: Any, default: int, tmp_path: Path) -> None:
    path = make(tmp_path / "a", traced(rectangle()))
    assert area(opened(path)) == default
    assert area(opened(path, outline=False)) == 165
    (mask,) = opened(path, outline=True).read()
    np.testing.assert_array_equal(mask.mask(), rectangle())


@pytest.mark.parametrize("make", [yolo, labelme, coco])
@pytest.mark.parametrize("seed", range(6))
def test_shapes_that_opencv_traced_come_back_as_it_fills_them(make: Any, seed: int, tmp_path: Path) -> None:
    mask = blob(seed)
    rings = [ring for ring in traced(mask) if len(ring) > 2]
    plan = opened(make(tmp_path / "a", rings), outline=True, by_class=True)
    (found,) = plan.read()
    wanted = np.zeros(SIZE, dtype=np.uint8)
    for ring in rings:
        cv2.fillPoly(wanted, [ring], 1)
    np.testing.assert_array_equal(found.mask(), wanted.astype(bool))


@given(seed=st.integers(0, 9999), corners=st.integers(3, 9))
@settings(max_examples=60, deadline=None)
def test_any_polygon_is_filled_as_by_opencv_but_for_its_slanted_edges(seed: int, corners: int) -> None:
    ring = np.random.default_rng(seed).integers(0, 40, (corners, 2)).astype(np.float64)
    picture = np.zeros((40, 40), dtype=np.uint8)
    cv2.fillPoly(picture, [ring.astype(np.int32)], 1)
    found = with_outline([ring], (40, 40))
    near = cv2.dilate(picture, np.ones((3, 3), np.uint8)).astype(bool)
    assert (found & ~near).sum() == 0
    assert (
        picture.astype(bool) & ~cv2.dilate(found.astype(np.uint8), np.ones((3, 3))).astype(bool)
    ).sum() == 0


def test_lines_far_outside_cost_nothing_and_those_across_are_drawn() -> None:
    ring = np.array([[-2.0e9, 5.0], [2.0e9, 5.0], [2.0e9, -2.0e9]])
    found = with_outline([ring], (10, 10))
    assert found[5].all()
    assert not found[6:].any()
    with pytest.raises(FormatError, match="no place"):
        with_outline([np.array([[0.0, 0.0], [np.inf, 1.0], [2.0, 2.0]])], (9, 9))


def rings_of(mask: np.ndarray) -> Iterator[np.ndarray]:
    parts = trace(mask)
    yield from (keyhole(part) for part in parts)
    if parts:
        yield join([keyhole(part) for part in parts])


@given(kind=st.sampled_from(KINDS), seed=st.integers(0, 999))
@settings(max_examples=60, deadline=None)
def test_own_corners_are_known_by_their_fractions(kind: str, seed: int) -> None:
    for ring in rings_of(make_mask(kind, 23, 31, seed)):
        found = unsettled(settled_corners(ring))
        assert found is not None
        np.testing.assert_array_equal(found, ring)
        np.testing.assert_array_equal(np.floor(settled_corners(ring)), np.floor(ring))
        np.testing.assert_array_equal(np.round(settled_corners(ring)), np.floor(ring))
        np.testing.assert_array_equal(
            covered([settled_corners(ring)], (23, 31), (23, 31), outline=True),
            covered([ring], (23, 31), (23, 31), outline=False),
        )


@pytest.mark.parametrize("format_id", ["yolo-seg", "labelme", "cvat-polygons"])
@pytest.mark.parametrize("outline", [None, True, False])
@pytest.mark.parametrize("listed", [True, False])
@given(annotation=annotations())
@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
def test_own_exports_come_back_exactly_by_either_rule(
    format_id: str, outline: bool | None, listed: bool, annotation: MemoryAnnotation
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        targets = export(annotation, format_id, folder)
        single = len(targets) == 1
        names = [annotation.frame_name(frame) for frame in range(annotation.frames)]
        video = {"size": annotation.size, "frame_names": names, "name": annotation.name, "outline": outline}
        if listed or single:
            path = targets[0] if single else Path(folder)
            assert_same(annotation, open_import(path, **video), flat=False)
            return
        pixels = sum(
            int(mask.sum())
            for frame in range(annotation.frames)
            for info in annotation.objects
            if (mask := annotation.mask(frame, info.id)) is not None
        )
        next(Path(folder).glob("*.objects.json")).unlink()
        if pixels:
            assert area(open_import(folder, first_number=0, **video)) == pixels


def test_readers_that_round_or_cut_corners_draw_what_was_exported(tmp_path: Path) -> None:
    """What Ultralytics (cut) and supervision (rounded) make of our labels; corners at 7/8 grew by a row."""
    infos = [ObjectInfo(1, "a", (1, 1, 1))]
    clip = MemoryAnnotation((270, 480), 1, objects=infos, name="clip")
    y, x = np.mgrid[:270, :480]
    mask = np.hypot(y - 130, x - 235) < 60.5
    clip.set(0, 1, mask)
    export(clip, "yolo-seg", tmp_path)
    line = (tmp_path / "labels" / "clip" / "00000.txt").read_text()
    ring = np.array(line.split()[1:], dtype=float).reshape(-1, 2) * (480, 270)
    for corners in (ring.astype(np.int32), np.round(ring).astype(np.int32)):
        picture = np.zeros(mask.shape, dtype=np.uint8)
        cv2.fillPoly(picture, [corners], 1)
        np.testing.assert_array_equal(picture.astype(bool), mask)


def test_labels_of_another_size_are_scaled_without_their_seams(tmp_path: Path) -> None:
    clip = MemoryAnnotation((40, 60), 1, objects=[ObjectInfo(1, "a", (1, 1, 1))], name="clip")
    mask = np.zeros((40, 60), dtype=bool)
    mask[4:9, 5:15] = mask[20:30, 40:50] = True
    clip.set(0, 1, mask)
    export(clip, "yolo-seg", tmp_path)
    (found,) = opened(tmp_path, (120, 180), scale=True).read()
    np.testing.assert_array_equal(found.mask(), np.kron(mask, np.ones((3, 3), dtype=bool)))


@pytest.mark.parametrize("make", [coco, labelme])
def test_a_traced_shape_of_a_smaller_picture_keeps_whole_pixels(make: Any, tmp_path: Path) -> None:
    path = make(tmp_path / "a", traced(rectangle()))
    (found,) = opened(path, (80, 120), scale=True, outline=True).read()
    np.testing.assert_array_equal(found.mask(), np.kron(rectangle(), np.ones((2, 2), dtype=bool)))


@pytest.mark.parametrize("by_class", [True, False])
def test_one_object_of_each_class(by_class: bool, tmp_path: Path) -> None:
    one, other = rectangle(), np.roll(rectangle(), -15, axis=1)
    plan = opened(yolo(tmp_path / "a", [*traced(one), *traced(other)]), by_class=by_class)
    assert len(plan.objects) == (1 if by_class else 2)
    assert any("--by-class" in sentence for sentence in plan.warnings) == (not by_class)
    if by_class:
        (found,) = plan.read()
        np.testing.assert_array_equal(found.mask(), one | other)


def test_own_objects_of_one_class_stay_apart(tmp_path: Path) -> None:
    infos = [ObjectInfo(number, "twin", (1, 1, 1)) for number in (1, 2)]
    clip = MemoryAnnotation(SIZE, 1, objects=infos, name="clip")
    clip.set(0, 1, rectangle())
    clip.set(0, 2, np.roll(rectangle(), -15, axis=1))
    export(clip, "yolo-seg", tmp_path)
    assert_same(clip, opened(tmp_path, by_class=True), flat=False)


def test_the_yaml_file_finds_its_pictures_wherever_it_lies(tmp_path: Path) -> None:
    clip = MemoryAnnotation(SIZE, 1, objects=[ObjectInfo(1, "a", (1, 1, 1))], name="clip")
    export(clip, "yolo-seg", tmp_path)
    assert "path:" not in (tmp_path / "clip.yaml").read_text()


def test_labels_for_training_and_validation_are_read_together(tmp_path: Path) -> None:
    for part, frame in (("train", 0), ("val", 1)):
        folder = yolo(tmp_path / "labels" / part, traced(rectangle()))
        (folder / "00000.txt").rename(folder / f"{frame:05d}.txt")
    for path in (tmp_path, tmp_path / "labels"):
        plan = open_import(path, size=SIZE, frame_names=["00000", "00001"], name="clip")
        assert plan.frames == (0, 1)

import tempfile
from pathlib import Path

import numpy as np
import pytest
from format_cases import BINARY, INDEX, POLYGONS, READ_BACK, RUN_LENGTHS, annotations, assert_same, make_mask
from hypothesis import HealthCheck, given, settings

from xmem_gui.formats import (
    EXPORTERS,
    ExportRequest,
    FrameSelection,
    ImportPlan,
    MemoryAnnotation,
    Naming,
    ObjectInfo,
    export,
    open_import,
    palette_colour,
)

ALL_KINDS = (*BINARY, *RUN_LENGTHS, *POLYGONS)
QUICK = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


def reopened(
    annotation: MemoryAnnotation, format_id: str, folder: Path, request: ExportRequest
) -> ImportPlan:
    """Export, and open the folder or the one file that has appeared; the format is guessed."""
    targets = export(annotation, format_id, folder, request)
    path = targets[0] if len(targets) == 1 and targets[0].is_file() else folder
    names = [annotation.frame_name(frame) for frame in range(annotation.frames)]
    return open_import(path, size=annotation.size, frame_names=names, name=annotation.name)


@pytest.mark.parametrize("format_id", INDEX)
@given(annotation=annotations(largest_id=300))
@QUICK
def test_index_masks_keep_what_is_on_top(format_id: str, annotation: MemoryAnnotation) -> None:
    with tempfile.TemporaryDirectory() as folder:
        plan = reopened(annotation, format_id, Path(folder), ExportRequest())
        assert plan.frames == tuple(range(annotation.frames))
        assert_same(annotation, plan, flat=True)


@pytest.mark.parametrize("format_id", ALL_KINDS)
@given(annotation=annotations(largest_id=2**20))
@QUICK
def test_masks_objects_and_names_come_back_exactly(format_id: str, annotation: MemoryAnnotation) -> None:
    with tempfile.TemporaryDirectory() as folder:
        targets = export(annotation, format_id, folder)
        path = targets[0] if len(targets) == 1 and targets[0].is_file() else Path(folder)
        names = [annotation.frame_name(frame) for frame in range(annotation.frames)]
        if format_id in BINARY and not any(annotation.objects_at(f) for f in range(annotation.frames)):
            return  # no mask, no file
        plan = open_import(path, size=annotation.size, frame_names=names, name=annotation.name)
        assert_same(annotation, plan, flat=False)


@pytest.mark.parametrize("format_id", READ_BACK)
@pytest.mark.parametrize("count", ["one", "many"])
def test_one_object_and_many(format_id: str, count: str, tmp_path: Path) -> None:
    most = {"mots-png": 60, "mots-txt": 60, "voc": 254}.get(format_id, 255 if format_id in INDEX else 300)
    number = 1 if count == "one" else most
    objects = [ObjectInfo(i, f"thing {i}", palette_colour(i), i % 7) for i in range(1, number + 1)]
    annotation = MemoryAnnotation((40, 31), 2, objects=objects, name="crowd")
    for info in objects:
        mask = np.zeros((40, 31), dtype=bool)
        at = (info.id * 3) % 1200
        mask.reshape(-1)[at : at + 7] = True
        annotation.set(info.id % 2, info.id, mask)
    plan = reopened(annotation, format_id, tmp_path, ExportRequest())
    assert_same(annotation, plan, flat=format_id in INDEX)


@pytest.mark.parametrize("format_id", ALL_KINDS)
def test_large_real_shapes(format_id: str, tmp_path: Path) -> None:
    objects = [ObjectInfo(i, f"shape {i}", palette_colour(i)) for i in range(1, 6)]
    annotation = MemoryAnnotation((271, 481), 1, objects=objects)
    for info, kind in zip(objects, ("blob", "ring", "full", "diagonal", "empty"), strict=True):
        annotation.set(0, info.id, make_mask(kind, 271, 481, info.id))
    assert_same(annotation, reopened(annotation, format_id, tmp_path, ExportRequest()), flat=False)


@pytest.mark.parametrize("format_id", READ_BACK)
def test_every_nth_frame_of_a_range_keeps_its_place(format_id: str, tmp_path: Path) -> None:
    info = ObjectInfo(3, "fox", (9, 8, 7))
    annotation = MemoryAnnotation((9, 12), 20, objects=[info], name="clip")
    for frame in range(20):
        annotation.set(frame, 3, make_mask("noise", 9, 12, frame))
    request = ExportRequest(frames=FrameSelection(start=4, stop=18, step=5), naming=Naming("f_%04d", start=0))
    plan = reopened(annotation, format_id, tmp_path, request)
    assert plan.frames == (4, 9, 14)
    for mask in plan.read():
        np.testing.assert_array_equal(mask.mask(), annotation.mask(mask.frame, 3))


def test_the_objects_own_colours_can_be_the_palette(tmp_path: Path) -> None:
    info = ObjectInfo(3, "fox", (9, 8, 7))
    annotation = MemoryAnnotation((9, 12), 1, objects=[info], name="clip")
    annotation.set(0, 3, np.ones((9, 12), dtype=bool))
    export(annotation, "index-png", tmp_path, ExportRequest(palette="objects"))
    (tmp_path / "clip.objects.json").unlink()
    plan = open_import(tmp_path, size=(9, 12), frame_names=["00000"])
    assert plan.objects[0].colour == (9, 8, 7)


def test_every_format_is_tried() -> None:
    soft = {"soft-8", "soft-16", "cutout", "matte-png", "exr"}
    videos = {
        "overlay", "matte", "matte-animation", "matte-prores", "alpha-ffv1", "alpha-prores", "preview",
    }  # fmt: skip
    assert set(EXPORTERS) == {*READ_BACK, *soft, *videos, "datumaro"}

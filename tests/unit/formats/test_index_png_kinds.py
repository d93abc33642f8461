import tempfile
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import (
    ExportRequest,
    FrameSelection,
    MemoryAnnotation,
    ObjectInfo,
    export,
    open_import,
    plan_export,
)
from xmem_gui.formats.grey_png import read_wide, write_grey

SIZE = (20, 30)


def clip(*objects: int, frames: int = 3, name: str = "clip") -> MemoryAnnotation:
    """Return objects of 4 columns each that do not overlap, in all frames."""
    infos = [ObjectInfo(number, f"thing {number}", (9, 8, 7)) for number in objects]
    annotation = MemoryAnnotation(SIZE, frames, objects=infos, name=name)
    for place, number in enumerate(objects):
        mask = np.zeros(SIZE, dtype=bool)
        mask[5:15, 4 * place : 4 * place + 4] = True
        for frame in range(frames):
            annotation.set(frame, number, mask)
    return annotation


@pytest.mark.parametrize(
    ("format_id", "most", "kind"), [("index-grey-8", 255, np.uint8), ("index-grey-16", 65535, np.uint16)]
)
def test_grey_masks_are_numbers_in_opencv_and_pillow(
    format_id: str, most: int, kind: type, tmp_path: Path
) -> None:
    export(clip(1, 3, most), format_id, tmp_path)
    path = tmp_path / "clip" / "00000.png"
    found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert (found.shape, found.dtype) == (SIZE, kind)
    assert set(np.unique(found)) == {0, 1, 3, most}
    np.testing.assert_array_equal(np.asarray(Image.open(path)), found)


def test_objects_above_255_come_back_without_a_list(tmp_path: Path) -> None:
    annotation = clip(3, 300, 60_000)
    export(annotation, "index-grey-16", tmp_path)
    (tmp_path / "clip.objects.json").unlink()
    plan = open_import(tmp_path, size=SIZE, frame_names=["00000", "00001", "00002"], name="clip")
    assert [info.id for info in plan.objects] == [3, 300, 60_000]
    for mask in plan.read():
        np.testing.assert_array_equal(mask.mask(), annotation.mask(mask.frame, mask.object_id))


@given(st.integers(1, 30), st.integers(1, 30), st.sampled_from([np.uint8, np.uint16]), st.integers(0, 999))
@settings(max_examples=40, deadline=None)
def test_any_grey_picture_is_read_as_written(height: int, width: int, kind: type, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, np.iinfo(kind).max + 1, (height, width)).astype(kind)
    with tempfile.TemporaryDirectory() as folder:
        write_grey(path := Path(folder) / "a.png", values, "index-mask")
        np.testing.assert_array_equal(cv2.imread(str(path), cv2.IMREAD_UNCHANGED), values)
        if kind is np.uint16:
            np.testing.assert_array_equal(read_wide(path), values)


def test_a_picture_of_no_objects_is_left_out(tmp_path: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 65536, (40, 60)).astype(np.uint16)
    (tmp_path / "clip").mkdir()
    write_grey(tmp_path / "clip" / "00000.png", noise, "index-mask")
    with pytest.raises(FormatError, match="too many numbers"):
        open_import(tmp_path, size=(40, 60), frame_names=["00000"], name="clip")


def test_davis_lists_its_videos_for_the_official_evaluation(tmp_path: Path) -> None:
    export(clip(1), "davis", tmp_path)
    listed = tmp_path / "ImageSets" / "2017" / "val.txt"
    assert listed.read_text() == "clip\n"
    second = clip(1, name="other")
    assert any("is added to" in sentence for sentence in plan_export(second, "davis", tmp_path).warnings)
    export(second, "davis", tmp_path)
    assert listed.read_text() == "clip\nother\n"
    export(clip(1, 2), "davis", tmp_path, ExportRequest(overwrite=True))
    assert listed.read_text() == "clip\nother\n"
    plan = open_import(tmp_path, size=SIZE, frame_names=["00000", "00001", "00002"], name="clip")
    assert plan.format_id == "index-png"


@pytest.mark.parametrize("format_id", ["index-png", "index-grey-16", "davis"])
def test_what_overlaps_lose_is_said_by_the_plan(format_id: str, tmp_path: Path) -> None:
    annotation = clip(1, 2, 3)
    assert not any(
        "overlap" in sentence for sentence in plan_export(annotation, format_id, tmp_path).warnings
    )
    annotation.set(1, 2, np.ones(SIZE, dtype=bool))
    (sentence,) = (s for s in plan_export(annotation, format_id, tmp_path).warnings if "overlap" in s)
    assert sentence.startswith("In 1 frame objects overlap")
    assert "thing 1 (object 1), thing 2 (object 2) would lose pixels" in sentence
    others = ExportRequest(frames=FrameSelection(explicit=(0, 2)))
    assert not any("overlap" in s for s in plan_export(annotation, format_id, tmp_path, others).warnings)

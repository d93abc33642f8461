import io
import zipfile
from pathlib import Path

import numpy as np
import pytest
from numpy.lib import format as npy

from xmem_gui.errors import FormatError
from xmem_gui.formats import ImportPlan, MemoryAnnotation, ObjectInfo, export, open_import, plan_export

SIZE = (12, 15)
NAMES = [f"{i:05d}" for i in range(4)]


def volume() -> np.ndarray:
    found = np.zeros((4, *SIZE), dtype=np.uint8)
    for frame in range(4):
        found[frame, 2:6, frame : frame + 4] = 1
        found[frame, 8:11, 3:9] = 7
    return found


def opened(path: Path, **options: object) -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=NAMES, name="clip", **options)


def assert_read(plan: ImportPlan, wanted: np.ndarray, numbers: dict[int, int]) -> None:
    found = {(mask.frame, mask.object_id): mask.mask() for mask in plan.read()}
    assert set(found) == {(frame, own) for frame in range(len(wanted)) for own in numbers}
    for (frame, own), mask in found.items():
        np.testing.assert_array_equal(mask, wanted[frame] == numbers[own])


@pytest.mark.parametrize("last", [7, 300])
def test_numpy_reads_what_is_written(last: int, tmp_path: Path) -> None:
    clip = MemoryAnnotation(
        SIZE, NAMES, objects=[ObjectInfo(n, f"o{n}", (1, 1, 1)) for n in (1, last)], name="a"
    )
    for frame, picture in enumerate(volume()):
        clip.set(frame, 1, picture == 1)
        clip.set(frame, last, picture == 7)
    (path,) = export(clip, "npz", tmp_path)
    with np.load(path, allow_pickle=False) as arrays:
        masks = arrays["masks"]
        assert masks.dtype == (np.uint8 if last < 256 else np.uint16)
        np.testing.assert_array_equal(masks, np.where(volume() == 7, last, volume().astype(int)))
        assert arrays["frames"].tolist() == [0, 1, 2, 3]
        assert arrays["object_ids"].tolist() == [1, last]
        assert arrays["object_names"].tolist() == ["o1", f"o{last}"]


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
@pytest.mark.parametrize("kind", [np.uint8, np.int64, np.float32])
@pytest.mark.parametrize("name", ["masks", "arr_0", "anything"])
def test_arrays_of_others(save: object, kind: type, name: str, tmp_path: Path) -> None:
    save(tmp_path / "a.npz", **{name: volume().astype(kind), "scores": np.ones(4)})
    plan = opened(tmp_path / "a.npz")
    assert plan.format_id == "npz"
    assert_read(plan, volume(), {1: 1, 7: 7})


def test_masks_of_several_objects_may_overlap(tmp_path: Path) -> None:
    masks = np.stack([volume() == 1, volume() > 0], axis=1)
    np.savez(tmp_path / "a.npz", masks=masks)
    found = {(mask.frame, mask.object_id): mask.mask() for mask in opened(tmp_path / "a.npz").read()}
    for frame in range(4):
        np.testing.assert_array_equal(found[frame, 1], masks[frame, 0])
        np.testing.assert_array_equal(found[frame, 2], masks[frame, 1])


def test_frames_say_where_masks_belong(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", masks=volume()[:2], frames=np.array([0, 3]))
    assert opened(tmp_path / "a.npz").frames == (0, 3)


def test_arrays_of_python_objects_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", masks=np.array([{"x": 1}], dtype=object))
    with pytest.raises(FormatError, match="array"):
        opened(tmp_path / "a.npz")


@pytest.mark.parametrize(
    ("masks", "said"),
    [
        (np.zeros((4, 5, 6), np.uint8), "pixels, but the video has"),
        (np.zeros((4, *SIZE), np.float32) + 0.5, "not whole"),
        (np.zeros((4, *SIZE), np.int32) - 1, "below 0"),
        (np.zeros(SIZE, np.uint8), "by frame, height and width"),
    ],
)
def test_arrays_that_are_no_masks(masks: np.ndarray, said: str, tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", masks=masks)
    with pytest.raises(FormatError, match=said):
        opened(tmp_path / "a.npz")


def test_a_huge_header_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    head = io.BytesIO()
    npy.write_array_header_1_0(head, {"descr": "<f8", "fortran_order": False, "shape": (2, 10**6, *SIZE)})
    with zipfile.ZipFile(tmp_path / "a.npz", "w") as archive:
        archive.writestr("masks.npy", head.getvalue())
    with pytest.raises(FormatError, match="more than any video has"):
        opened(tmp_path / "a.npz")


def test_too_many_objects_are_refused(tmp_path: Path) -> None:
    clip = MemoryAnnotation(
        SIZE, 1, objects=[ObjectInfo(n, "a", (1, 1, 1)) for n in range(1, 65537)], name="a"
    )
    clip.set(0, 1, np.ones(SIZE, dtype=bool))
    assert "at most 65535" in plan_export(clip, "npz", tmp_path).refusals[0]

"""Label pictures of biologists: TIFF stacks, and the Cell Tracking Challenge."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from xmem_gui.errors import FormatError
from xmem_gui.formats import (
    ExportRequest,
    FrameSelection,
    ImportPlan,
    MemoryAnnotation,
    Naming,
    ObjectInfo,
    export,
    into_memory,
    open_import,
    plan_export,
)

SIZE = (20, 30)


def square(left: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[4:10, left : left + 5] = True
    return mask


def make_clip(numbers: tuple[int, ...] = (3, 70_000)) -> MemoryAnnotation:
    """The first object is gone in frames 2 and 3; the second comes in frame 1."""
    objects = [ObjectInfo(number, f"cell {number}", (9, number % 200, 0)) for number in numbers]
    clip = MemoryAnnotation(SIZE, 6, objects=objects, name="clip")
    for frame in (0, 1, 4, 5):
        clip.set(frame, numbers[0], square(frame))
    for frame in range(1, 6):
        clip.set(frame, numbers[1], square(10 + frame))
    return clip


def reopened(path: Path, frames: int = 6, **more: object) -> ImportPlan:
    return open_import(path, size=SIZE, frame_names=[f"{i:05d}" for i in range(frames)], name="clip", **more)


def save_stack(path: Path, pages: list[np.ndarray]) -> None:
    first, *rest = (Image.fromarray(page) for page in pages)
    first.save(path, save_all=True, append_images=rest)


def numbers_and_frames(plan: ImportPlan) -> dict[int, tuple[int, ...]]:
    return dict(plan.coverage)


def test_a_stack_holds_the_numbers(tmp_path: Path) -> None:
    (path,) = export(make_clip(), "label-tiff", tmp_path)
    with Image.open(path) as image:
        assert image.n_frames == 6
        assert 65557 not in image.tag_v2
        assert str(image.tag_v2[270]).startswith("ImageJ=")
        assert "images=6\nframes=6\n" in str(image.tag_v2[270])
        image.seek(4)
        assert image.mode == "I;16"
        page = np.array(image)
    # 70,000 does not fit 16 bits, and has a free number.
    assert {number: int((page == number).sum()) for number in (1, 3)} == {1: 30, 3: 30}
    np.testing.assert_array_equal(page == 3, square(4))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.int32, np.float32])
def test_a_foreign_stack(dtype: type, tmp_path: Path) -> None:
    pages = [square(0) * 2 + square(8) * 5, np.zeros(SIZE), square(20) * 5]
    save_stack(tmp_path / "any.tif", [page.astype(dtype) for page in pages])
    plan = reopened(tmp_path / "any.tif")
    assert numbers_and_frames(plan) == {2: (0,), 5: (0, 2)}
    assert any("page 1 of 3" in note for note in plan.notes)
    np.testing.assert_array_equal(into_memory(plan, plan.read()).mask(2, 5), square(20))
    plan = reopened(tmp_path / "any.tif", first_number=2)
    assert numbers_and_frames(plan) == {5: (0,)}


def test_pages_that_are_no_labels_are_left_out(tmp_path: Path) -> None:
    page = square(0).astype(np.uint16)
    images = [Image.fromarray(page), Image.new("RGB", SIZE[::-1]), Image.new("I;16", (7, 5))]
    images.append(Image.fromarray(square(0).astype(np.float32) * 0.5))
    images.append(Image.fromarray(-square(0).astype(np.int32)))
    images[0].save(tmp_path / "odd.tif", save_all=True, append_images=images[1:])
    plan = reopened(tmp_path / "odd.tif")
    assert numbers_and_frames(plan) == {1: (0,)}
    left = " ".join(plan.left_out)
    assert all(why in left for why in ("colour picture", "7 x 5", "not whole", "below 0"))


def test_a_file_that_is_no_stack_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.tif").write_bytes(b"II*\0nothing")
    with pytest.raises(FormatError, match=r"a\.tif"):
        reopened(tmp_path / "a.tif")


def test_a_thousand_cells_are_read_at_once(tmp_path: Path) -> None:
    page = np.kron(np.arange(1, 1001, dtype=np.uint16).reshape(25, 40), np.ones((3, 3), np.uint16))
    save_stack(tmp_path / "many.tif", [page])
    plan = open_import(tmp_path / "many.tif", size=page.shape, frame_names=["0"])
    for mask in plan.read():
        np.testing.assert_array_equal(mask.mask(), page == mask.object_id)


def test_tracks_have_no_gaps_and_objects_are_one_again(tmp_path: Path) -> None:
    clip = make_clip((3, 5))
    export(clip, "ctc", tmp_path)
    folder = tmp_path / "clip_GT" / "TRA"
    assert (folder / "man_track.txt").read_text() == "3 0 1 0\n5 1 5 0\n6 4 5 3\n"
    assert len(list(folder.glob("man_track00?.tif"))) == 6
    with Image.open(folder / "man_track005.tif") as image:
        assert sorted(np.unique(np.array(image)).tolist()) == [0, 5, 6]
    for sidecar in (True, False):
        if not sidecar:
            (tmp_path / "TRA.objects.json").unlink()
        plan = reopened(tmp_path)
        assert plan.format_id == "ctc"
        assert numbers_and_frames(plan) == {3: (0, 1, 4, 5), 5: (1, 2, 3, 4, 5)}
        found = into_memory(plan, plan.read())
        for frame in range(6):
            for number in (3, 5):
                wanted = clip.mask(frame, number)
                got = found.mask(frame, number)
                assert (got is None) == (wanted is None)
                np.testing.assert_array_equal(got, wanted)


def test_a_cell_that_divides_becomes_two(tmp_path: Path) -> None:
    folder = tmp_path / "01_RES"
    folder.mkdir()
    for frame, labels in enumerate([{1: 0}, {2: 0, 3: 10}, {2: 0, 4: 12}]):
        page = sum(square(left).astype(np.uint16) * np.uint16(label) for label, left in labels.items())
        Image.fromarray(np.asarray(page, np.uint16)).save(folder / f"mask{frame:03d}.tif")
    (folder / "res_track.txt").write_text("1 0 0 0\n2 1 2 1\n3 1 1 1\n4 2 2 3\n5 x\n")
    plan = reopened(tmp_path, frames=3)
    # 4 goes on from 3; 2 and 3 are what 1 has become.
    assert numbers_and_frames(plan) == {1: (0,), 2: (1, 2), 3: (1, 2)}
    assert any("divide" in note for note in plan.notes)
    assert any("res_track.txt, line 5" in note for note in plan.left_out)


def test_parents_in_a_circle_end(tmp_path: Path) -> None:
    for frame in range(2):
        Image.fromarray(square(0).astype(np.uint16) * np.uint16(frame + 1)).save(
            tmp_path / f"mask{frame:03d}.tif"
        )
    (tmp_path / "res_track.txt").write_text("1 0 0 2\n2 1 1 1\n")
    assert reopened(tmp_path, frames=2).masks == 2


def test_the_layout_has_its_own_names_also_of_chosen_frames(tmp_path: Path) -> None:
    clip = make_clip()
    request = ExportRequest(frames=FrameSelection(start=1, step=2), naming=Naming("x_%d"))
    assert any("name pattern" in warning for warning in plan_export(clip, "ctc", tmp_path, request).warnings)
    export(clip, "ctc", tmp_path, request)
    folder = tmp_path / "clip_GT" / "TRA"
    assert sorted(path.name for path in folder.glob("*.tif")) == [f"man_track00{i}.tif" for i in (1, 3, 5)]
    assert reopened(tmp_path).frames == (1, 3, 5)

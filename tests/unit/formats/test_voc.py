"""Masks whose numbers begin anew in each picture: objects are followed by their overlap."""

from pathlib import Path

import numpy as np
from odd_files import NAMES, SIZE, opened, picture
from PIL import Image

from xmem_gui.formats.rle import encode
from xmem_gui.formats.voc import Linker


def box(left: int, top: int = 2, side: int = 6) -> np.ndarray:
    mask = np.zeros(SIZE, dtype=bool)
    mask[top : top + side, left : left + side] = True
    return mask


def voc(root: Path, *pictures: dict[int, np.ndarray]) -> Path:
    for name, masks in zip(NAMES, pictures, strict=False):
        values = np.zeros(SIZE, np.uint8)
        for number, mask in masks.items():
            values[mask] = number
        picture(root / "SegmentationObject" / f"{name}.png", values)
    return root


def tracks(root: Path) -> dict[str, list[int]]:
    """Return by object (its name and number) the left edge of its mask in each frame."""
    plan = opened(root)
    assert plan.format_id == "voc"
    assert len(plan.coverage) == len(plan.objects)
    named = {info.id: f"{info.name} {info.id}" for info in plan.objects}
    found: dict[str, list[int]] = {name: [] for name in named.values()}
    for mask in plan.read():
        found[named[mask.object_id]].append(int(np.flatnonzero(mask.mask().any(axis=0))[0]))
    return found


def test_numbers_that_change_places_are_followed(tmp_path: Path) -> None:
    voc(tmp_path, {1: box(2), 2: box(15)}, {1: box(16), 2: box(3)}, {1: box(17), 2: box(4), 3: box(24, 10)})
    assert list(tracks(tmp_path).values()) == [[2, 3, 4], [15, 16, 17], [24]]
    assert any("begin anew" in note for note in opened(tmp_path / "SegmentationObject").warnings)


def test_two_masks_never_go_on_with_one_object(tmp_path: Path) -> None:
    voc(tmp_path, {1: box(2, side=10)}, {1: box(2, side=5), 2: box(7, side=5)})
    assert list(tracks(tmp_path).values()) == [[2, 2], [7]]


def test_the_border_is_of_no_object(tmp_path: Path) -> None:
    border = box(1, 1, 8) & ~box(2)
    assert list(tracks(voc(tmp_path, {1: box(2), 255: border})).values()) == [[2]]


def test_classes_name_objects_and_keep_them_apart(tmp_path: Path) -> None:
    voc(tmp_path, {1: box(2)}, {1: box(3)})
    (tmp_path / "labelmap.txt").write_text(
        "# label:color_rgb:parts:actions\nbackground:0,0,0::\ndog:9,8,7::\ncat:1,2,3::\n"
    )
    for name, colour in zip(NAMES, ((9, 8, 7), (1, 2, 3)), strict=False):
        place = tmp_path / "SegmentationClass" / f"{name}.png"
        place.parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((*SIZE, 3), colour, np.uint8)).save(place)
    assert tracks(tmp_path) == {"dog 1": [2], "cat 2": [3]}


def test_an_object_that_was_away_for_some_pictures_comes_back() -> None:
    linker = Linker()
    assert linker.follow([("", encode(box(2))), ("", encode(box(15)))]) == [1, 2]
    for _ in range(5):
        assert linker.follow([("", encode(box(15)))]) == [2]
    assert linker.follow([("", encode(box(15))), ("", encode(box(3)))]) == [2, 1]
    for _ in range(20):
        assert linker.follow([]) == []
    assert linker.follow([("", encode(box(2)))]) == [3]

"""A small file never takes long: work is bounded over the whole file, and masks can be stopped inside."""

import json
import struct
import tracemalloc
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image

from xmem_gui.errors import Cancelled, FormatError, MaskError
from xmem_gui.formats import open_import
from xmem_gui.formats.budget import Budget
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.formats.filling import fill_rings, union_rings
from xmem_gui.formats.left_out import TooMuchError

SIZE = (1080, 1920)
FULL = [0, 0, 1920, 0, 1920, 1080, 0, 1080]


def coco(path: Path, segmentations: list[Any], *, one: bool = False, size: tuple[int, int] = SIZE) -> Path:
    document = {
        "images": [{"id": 1, "file_name": "00000.png", "height": size[0], "width": size[1]}],
        "categories": [{"id": 1, "name": "c"}],
        "annotations": [
            {"id": n, "image_id": 1, "category_id": 1, "track_id": 1 if one else n + 1, "segmentation": s}
            for n, s in enumerate(segmentations)
        ],
    }
    path.write_text(json.dumps(document))
    return path


def opened(path: Path, size: tuple[int, int] = SIZE, **options: Any) -> Any:
    return open_import(path, size=size, frame_names=["00000"], first_number=0, **options)


def test_one_object_of_very_many_outlines_is_refused(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json", [[FULL] * 10_000])
    with pytest.raises(FormatError, match="outlines in the file are longer than"):
        opened(path)


def test_very_many_masks_of_one_picture_are_refused(tmp_path: Path) -> None:
    size, full = (256, 256), [0, 0, 256, 0, 256, 256, 0, 256]
    with pytest.raises(FormatError, match="cover more pixels than"):
        opened(coco(tmp_path / "a.json", [[full]] * 400, size=size), size)
    run = {"size": list(size), "counts": [0, size[0] * size[1]]}
    with pytest.raises(FormatError, match="cover more pixels than"):
        opened(coco(tmp_path / "a.json", [run] * 400, one=True, size=size), size)
    assert opened(coco(tmp_path / "a.json", [[full]] * 300, size=size), size).masks == 300


def test_as_many_masks_as_annotations_have_are_read(tmp_path: Path) -> None:
    small = [[n, n, n + 9, n, n + 9, n + 9] for n in range(1000)]
    plan = opened(coco(tmp_path / "a.json", [[ring] for ring in small] + [small]))
    assert plan.masks == 1001


def test_stopping_is_asked_for_inside_one_mask(tmp_path: Path) -> None:
    path = coco(tmp_path / "a.json", [[[n, n, n + 9, n, n + 9, n + 9] for n in range(1000)]])
    asked: list[None] = []

    def cancelled() -> bool:
        asked.append(None)
        return len(asked) > 100

    with pytest.raises(Cancelled):
        opened(path, cancelled=cancelled)
    assert len(asked) == 101


def test_a_budget_is_of_all_frames() -> None:
    few, many = Budget((10, 10), 1), Budget((10, 10), 1000)
    many.pixels(2**24)
    many.crossings(2**27)
    few.pixels(2**24)
    with pytest.raises(TooMuchError):
        few.pixels(2**23)
    with pytest.raises(TooMuchError):
        few.crossings(2**27)


def naive(ring: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Fill by the even-odd rule, pixel centre by pixel centre."""
    inside = np.zeros(size, dtype=bool)
    for y in range(size[0]):
        for x in range(size[1]):
            crossings = 0
            for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, axis=0), strict=True):
                if (y0 <= y + 0.5) != (y1 <= y + 0.5):
                    at = x0 + (y + 0.5 - y0) / (y1 - y0) * (x1 - x0)
                    # A slanted edge through the very centre: on which side that is, is rounding.
                    assume(x0 == x1 or abs(at - x - 0.5) > 1e-9)
                    crossings += at <= x + 0.5
            inside[y, x] = crossings % 2
    return inside


RINGS = st.lists(
    arrays(
        np.float64,
        st.tuples(st.integers(3, 7), st.just(2)),
        elements=st.integers(-8, 40).map(lambda n: n / 4),
    ),
    max_size=4,
)


@given(rings=RINGS, size=st.tuples(st.integers(1, 9), st.integers(1, 9)))
def test_filling_is_by_the_centres_of_pixels(rings: list[np.ndarray], size: tuple[int, int]) -> None:
    found = [naive(ring, size) for ring in rings]
    budget = Budget(size, 1)
    np.testing.assert_array_equal(
        union_rings(rings, size, budget), np.logical_or.reduce([np.zeros(size, bool), *found])
    )
    np.testing.assert_array_equal(
        fill_rings(rings, size, budget), np.logical_xor.reduce([np.zeros(size, bool), *found])
    )


def test_outlines_without_an_end_are_left_out_or_refused() -> None:
    good = np.array([[0.0, 0.0], [9.0, 0.0], [9.0, 9.0], [0.0, 9.0]])
    bad = np.array([[0.0, 0.0], [np.inf, 0.0], [9.0, np.nan]])
    assert union_rings([good, bad], (9, 9)).all()
    assert not union_rings([bad], (9, 9)).any()
    with pytest.raises(FormatError, match="no place in a picture"):
        fill_rings([good, bad], (9, 9))
    with pytest.raises(FormatError, match="no place in a picture"):
        union_rings([good * 1e12], (9, 9))


def _png(width: int, height: int) -> bytes:
    out = b"\x89PNG\r\n\x1a\n"
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(2**20))), (b"IEND", b"")):
        out += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return out


@pytest.mark.parametrize("side", [12_000, 20_000, 60_000, 2**31 - 1])
@pytest.mark.parametrize("size", [None, (48, 64)])
def test_the_size_of_a_mask_is_known_before_it_is_unpacked(
    side: int, size: tuple[int, int] | None, tmp_path: Path
) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(_png(side, side))
    if size is None and side == 12_000:
        size = (1, 1)  # a mask may be as large as this
    tracemalloc.start()
    try:
        with pytest.raises(MaskError, match=f"{side} x {side}"):
            read_index_mask(path, size=size)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_bomb_of_another_kind_of_picture_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "bomb.bmp"
    Image.fromarray(np.zeros((4, 4), np.uint8)).save(path)
    data = bytearray(path.read_bytes())
    data[18:26] = struct.pack("<ii", 50_000, 50_000)
    path.write_bytes(bytes(data))
    with pytest.raises(MaskError, match=r"larger than any mask|more than any mask"):
        read_index_mask(path)

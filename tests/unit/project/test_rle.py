import json
import warnings

import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from pycocotools import mask as coco

from xmem_gui.errors import MaskError
from xmem_gui.project import Rle

shapes = st.tuples(st.integers(1, 40), st.integers(1, 40))
masks = shapes.flatmap(lambda shape: hnp.arrays(np.bool_, shape))


def decoded_by_pycocotools(counts, shape):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # pycocotools with NumPy 2
        return coco.decode({"size": list(shape), "counts": counts})


@given(masks)
def test_decoding_gives_back_every_pixel(mask):
    rle = Rle.from_mask(mask)
    assert np.array_equal(rle.to_mask(), mask)
    assert rle.area == mask.sum()


@given(masks)
def test_pycocotools_reads_and_writes_the_same_string(mask):
    theirs = coco.encode(np.asfortranarray(mask.astype(np.uint8)))
    assert Rle.from_mask(mask).counts == theirs["counts"]
    assert np.array_equal(decoded_by_pycocotools(theirs["counts"], mask.shape), mask)


@pytest.mark.parametrize("shape", [(1, 1), (1, 999), (999, 1), (1080, 1920), (37, 53)])
@pytest.mark.parametrize("kind", ["empty", "full", "first pixel", "last pixel", "left half", "chessboard"])
def test_special_masks(shape, kind):
    mask = np.zeros(shape, bool)
    if kind == "full":
        mask[:] = True
    elif kind == "first pixel":
        mask[0, 0] = True
    elif kind == "last pixel":
        mask[-1, -1] = True
    elif kind == "left half":
        mask[:, : shape[1] // 2] = True
    elif kind == "chessboard":
        mask = (np.indices(shape).sum(0) % 2).astype(bool)
    rle = Rle.from_mask(mask)
    assert np.array_equal(rle.to_mask(), mask)
    assert rle.counts == coco.encode(np.asfortranarray(mask.astype(np.uint8)))["counts"]


def test_any_number_type_and_memory_order_encodes():
    mask = np.zeros((5, 8), np.int32)
    mask[1:3, 2:6] = 7
    expected = Rle.from_mask(mask > 0)
    assert Rle.from_mask(mask) == Rle.from_mask(np.asfortranarray(mask)) == expected
    assert Rle.from_mask(mask[::-1]) == Rle.from_mask((mask > 0)[::-1])


@given(masks, masks)
def test_union_is_or(first, second):
    if first.shape == second.shape:
        union = Rle.from_mask(first).union(Rle.from_mask(second))
        assert np.array_equal(union.to_mask(), first | second)
    else:
        with pytest.raises(MaskError):
            Rle.from_mask(first).union(Rle.from_mask(second))


def test_bounds():
    mask = np.zeros((20, 30), bool)
    assert Rle.from_mask(mask).bounds == (0, 0, 0, 0)
    mask[4:9, 11:13] = True
    assert Rle.from_mask(mask).bounds == (11, 4, 2, 5)


@given(masks)
def test_coco_dictionaries_go_through_json(mask):
    rle = Rle.from_mask(mask)
    assert Rle.from_coco(json.loads(json.dumps(rle.to_coco()))) == rle


def test_plain_counts_are_read():
    assert Rle.from_coco({"size": [2, 3], "counts": [1, 2, 3]}).to_mask().tolist() == [
        [False, True, False],
        [True, False, False],
    ]


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"size": [2, 3]},
        {"size": [2], "counts": "06"},
        {"size": [True, 3], "counts": [3]},
        {"size": [2, 3], "counts": [1, 2]},
        {"size": [2, 3], "counts": [1, -2, 7]},
        {"size": [2, 3], "counts": [1.5, 4.5]},
        {"size": [2, 3], "counts": [0] * 1000 + [6]},
        {"size": [2, 3], "counts": "é6"},
        {"size": [2, 3], "counts": ""},
        {"size": [2, 3], "counts": "P"},
        {"size": [2, 3], "counts": "ooooooooooooooooooo0"},
        {"size": [2, 3], "counts": "0" * 10_000},
        {"size": [0, 3], "counts": "0"},
        {"size": [-2, 3], "counts": "0"},
        {"size": [10**9, 10**9], "counts": "0"},
    ],
)
def test_hostile_values_are_refused(value):
    with pytest.raises(MaskError):
        Rle.from_coco(value)


@given(st.binary(max_size=60), shapes)
@example(b"PPPPPP1", (3, 3))
@example(b"o0o0o0o0", (3, 3))
def test_any_bytes_decode_to_a_mask_or_an_error(counts, shape):
    try:
        mask = Rle(counts, *shape).to_mask()
    except MaskError:
        return
    assert mask.shape == shape
    assert np.array_equal(mask, decoded_by_pycocotools(counts, shape))


def test_a_mask_with_three_axes_is_refused():
    with pytest.raises(MaskError, match="two axes"):
        Rle.from_mask(np.zeros((2, 2, 3), bool))


@given(masks, st.data())
def test_a_sampled_mask_has_the_pixels_that_opencv_takes(mask, data):
    height, width = (data.draw(st.integers(1, side)) for side in mask.shape)
    expected = cv2.resize(mask.view(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
    sampled = Rle.from_mask(mask).sampled(height, width)
    assert sampled.dtype == np.bool_
    assert np.array_equal(sampled, expected.astype(bool))


@pytest.mark.parametrize("size", [(2160, 3840), (1080, 1920), (711, 1264), (603, 1071), (1, 1), (2160, 1)])
def test_a_large_mask_is_sampled_as_opencv_does(size):
    mask = np.random.default_rng(0).random((2160, 3840)) < 0.001
    mask[300:1500, 700:2500] = True
    expected = cv2.resize(mask.view(np.uint8), size[::-1], interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(Rle.from_mask(mask).sampled(*size), expected.astype(bool))


def test_a_damaged_mask_is_not_sampled():
    with pytest.raises(MaskError):
        Rle(b"PPPPPP1", 300, 300).sampled(30, 30)

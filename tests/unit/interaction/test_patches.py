import numpy as np
import pytest
from edit_cases import few, masks
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xmem_gui.arrays import as_mask, as_rgb
from xmem_gui.errors import MaskError
from xmem_gui.interaction import Patch


@few
@given(masks, st.integers(-20, 20), st.integers(-20, 20), hnp.arrays(np.bool_, (5, 4)))
def test_a_patch_anywhere_changes_what_it_covers(mask, x, y, pixels):
    patch = Patch(x, y, pixels)
    covered = np.zeros(mask.shape, bool)
    for row, column in np.argwhere(pixels):
        if 0 <= row + y < mask.shape[0] and 0 <= column + x < mask.shape[1]:
            covered[row + y, column + x] = True
    assert np.array_equal(patch.to_mask(mask.shape), covered)
    assert np.array_equal(patch.add_to(mask), mask | covered)
    assert np.array_equal(patch.erase_from(mask), mask & ~covered)


@few
@given(masks)
def test_a_mask_is_its_patch(mask):
    assert np.array_equal(Patch.of(mask).to_mask(mask.shape), mask)


def test_masks_of_other_numbers_and_wrong_shapes():
    assert as_mask(np.array([[0, 7], [0.5, 0]])).tolist() == [[False, True], [True, False]]
    with pytest.raises(MaskError, match="two axes"):
        as_mask(np.zeros((1, 2, 3)))
    with pytest.raises(MaskError, match="3 x 2"):
        as_mask(np.zeros((2, 3)), size=(4, 4))


@pytest.mark.parametrize(
    ("image", "expected"),
    [
        (np.full((2, 3), 9, np.uint8), (9, 9, 9)),
        (np.full((2, 3, 1), 9, np.uint8), (9, 9, 9)),
        (np.full((2, 3, 2), 9, np.uint8), (9, 9, 9)),
        (np.tile(np.array([1, 2, 3, 4], np.uint8), (2, 3, 1)), (1, 2, 3)),
        (np.full((2, 3, 3), 0x1234, np.uint16), (0x12, 0x12, 0x12)),
        (np.full((2, 3), 0.5, np.float32), (128, 128, 128)),
        (np.full((2, 3), np.nan), (0, 0, 0)),
        (np.full((2, 3), 7.0), (255, 255, 255)),
        (np.ones((2, 3), bool), (255, 255, 255)),
    ],
)
def test_any_image_becomes_rgb(image, expected):
    rgb = as_rgb(image)
    assert rgb.shape == (2, 3, 3)
    assert rgb.dtype == np.uint8
    assert (rgb == expected).all()


@pytest.mark.parametrize("image", [np.zeros(3), np.zeros((2, 2, 5)), np.zeros((2, 2), np.int64)])
def test_what_is_no_image_is_refused(image):
    with pytest.raises(ValueError, match="image"):
        as_rgb(image)

import numpy as np
import pytest
from edit_cases import few, masks, near, radii
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.interaction import grow, shrink, smooth_edge

TOOLS = (grow, shrink, smooth_edge)


@few
@given(masks, radii)
def test_growing_is_all_that_is_near(mask, radius):
    assert np.array_equal(grow(mask, radius), near(mask, radius))


@few
@given(masks, radii)
def test_shrinking_is_growing_the_background(mask, radius):
    assert np.array_equal(shrink(mask, radius), ~grow(~mask, radius))


@few
@given(masks, radii)
def test_growing_and_shrinking_keeps_the_mask_and_the_other_way_round_adds_nothing(mask, radius):
    assert (shrink(grow(mask, radius), radius) >= mask).all()
    assert (grow(shrink(mask, radius), radius) <= mask).all()


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (6, 7), (0, 0), (0, 3)])
@pytest.mark.parametrize("value", [False, True])
@pytest.mark.parametrize("radius", [0, 1, 4.5, 1e9, np.inf])
def test_empty_and_full_masks_stay(tool, size, value, radius):
    mask = np.full(size, value)
    assert np.array_equal(tool(mask, radius), mask)


@pytest.mark.parametrize("tool", TOOLS)
@pytest.mark.parametrize("radius", [0, -3, np.nan, -np.inf])
def test_no_radius_changes_nothing(tool, radius):
    mask = np.eye(5, dtype=np.uint8)
    result = tool(mask, radius)
    assert result.dtype == np.bool_
    assert np.array_equal(result, mask == 1)


@few
@given(masks, st.sampled_from([1, 2, 4.5]))
def test_tools_leave_their_argument_alone(mask, radius):
    before = mask.copy()
    mask.setflags(write=False)
    for tool in TOOLS:
        assert tool(mask, radius).flags.writeable
    assert np.array_equal(mask, before)


def test_a_large_radius_is_exact():
    mask = np.zeros((700, 40), bool)
    mask[0, 0] = True
    rows, columns = np.indices(mask.shape)
    assert np.array_equal(grow(mask, 600), rows**2 + columns**2 <= 600**2)


def test_smoothing_takes_spikes_and_fills_notches_but_keeps_straight_edges():
    mask = np.zeros((40, 60), bool)
    mask[10:, 5:55] = True
    ragged = mask.copy()
    ragged[6:10, 20] = True
    ragged[10:14, 40] = False
    smooth = smooth_edge(ragged, 5)
    assert not smooth[:9, 20].any()
    assert smooth[12:, 40].all()
    assert np.array_equal(smooth[:, 27:33], mask[:, 27:33])
    assert smooth[39, 25:35].all()


def test_a_mask_too_small_to_be_smoothed_stays():
    mask = np.zeros((30, 30), bool)
    mask[15, 15] = True
    assert np.array_equal(smooth_edge(mask, 12), mask)


def test_the_object_is_not_eaten_at_the_image_border():
    mask = np.zeros((20, 20), bool)
    mask[:, 10:] = True
    assert np.array_equal(shrink(mask, 3), np.broadcast_to(np.arange(20) >= 13, mask.shape))
    assert np.array_equal(smooth_edge(mask, 6), mask)

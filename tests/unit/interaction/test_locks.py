import numpy as np
import pytest
from edit_cases import few
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xmem_gui.errors import MaskError
from xmem_gui.interaction import Overlap, respect

ME = 3
small = hnp.arrays(np.bool_, (4, 5))
others = st.dictionaries(st.sampled_from([1, 2, 4, 5]), small, max_size=4)
locked = st.sets(st.sampled_from([1, 2, 4, 5, 9]))
priority = st.dictionaries(st.sampled_from([1, 2, 3, 4, 5]), st.integers(-2, 2))


@few
@given(small, small, others, locked, priority, st.sampled_from(Overlap))
def test_a_locked_object_keeps_every_pixel(new, old, others, locked, priority, overlap):
    result = respect(new, old, others, locked, painted=ME, priority=priority, overlap=overlap)
    assert not locked & result.others.keys()
    for one in locked & others.keys():
        assert not (result.mask & ~old & others[one]).any()
    assert result.refused == (new & ~result.mask).sum()


@few
@given(small, small, others, locked, st.sampled_from(Overlap))
def test_erasing_is_never_refused_and_nothing_unasked_is_added(new, old, others, locked, overlap):
    result = respect(new, old, others, locked, painted=ME, overlap=overlap)
    assert not (result.mask & ~new).any()
    assert (result.mask >= (old & new)).all()


@few
@given(small, small, others, locked)
def test_taking_leaves_no_painted_pixel_with_two_owners(new, old, others, locked):
    result = respect(new, old, others, locked, painted=ME)
    added = result.mask & ~old
    for one, mask in others.items():
        after = result.others.get(one, mask)
        assert not (after & added).any()
        assert np.array_equal(after | (mask & added), mask)


@few
@given(small, small, others, locked, priority)
def test_uncovering_makes_every_painted_pixel_seen(new, old, others, locked, priority):
    result = respect(new, old, others, locked, painted=ME, priority=priority, overlap=Overlap.UNCOVER)
    for one, mask in others.items():
        after = result.others.get(one, mask)
        if (priority.get(one, 0), one) > (priority.get(ME, 0), ME):
            assert not (after & result.mask & ~old).any()
        else:
            assert np.array_equal(after, mask)


@few
@given(small, small, others, locked)
def test_sharing_changes_nobody_else(new, old, others, locked):
    assert respect(new, old, others, locked, painted=ME, overlap=Overlap.SHARE).others == {}


def test_only_those_that_lose_pixels_are_named():
    old, new = np.zeros((1, 4), bool), np.array([[1, 1, 1, 0]])
    near, far = np.array([[0, 1, 0, 1]]), np.array([[0, 0, 0, 1]])
    kept = np.array([[1, 0, 0, 0]])
    result = respect(new, old, {1: near, 2: far, 4: kept, ME: new}, [4], painted=ME)
    assert result.mask.tolist() == [[False, True, True, False]]
    assert {one: mask.tolist() for one, mask in result.others.items()} == {1: [[False, False, False, True]]}
    assert result.refused == 1


def test_a_locked_object_cannot_be_painted():
    old = np.eye(3, dtype=bool)
    result = respect(~old, old, {1: np.ones((3, 3))}, [ME], painted=ME)
    assert np.array_equal(result.mask, old)
    assert result.others == {}


def test_masks_of_different_sizes_are_refused():
    with pytest.raises(MaskError):
        respect(np.zeros((2, 2)), np.zeros((2, 3)), {}, [], painted=ME)
    with pytest.raises(MaskError):
        respect(np.zeros((2, 3)), np.zeros((2, 3)), {1: np.zeros((3, 2))}, [], painted=ME)

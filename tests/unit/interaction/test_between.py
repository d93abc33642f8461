import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xmem_gui.errors import MaskError
from xmem_gui.interaction import Between

SIZE = (60, 90)
places = st.floats(0, 1)
masks = arrays(np.bool_, (9, 11))


def disc(x: float, y: float, radius: float) -> np.ndarray:
    rows, columns = np.indices(SIZE)
    return np.hypot(columns - x, rows - y) <= radius


def overlap(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / (one | other).sum()


@given(masks, masks)
def test_the_ends_are_the_masks_themselves(first: np.ndarray, last: np.ndarray):
    between = Between(first, last)
    assert (between.at(0) == first).all()
    assert (between.at(1) == last).all()
    assert between.confidence(0) == between.confidence(1) == 1
    assert 0 <= between.agreement <= 1


@given(masks, places)
def test_what_does_not_change_stays_as_it_is(mask: np.ndarray, place: float):
    between = Between(mask, mask)
    assert (between.at(place) == mask).all()
    assert between.agreement == 1


@given(arrays(np.bool_, (8, 8)), st.integers(-10, 10), st.integers(-10, 10), st.sampled_from([1, 2, 3]))
def test_what_only_moves_keeps_its_shape(shape: np.ndarray, right: int, down: int, quarters: int):
    def moved(times: int) -> np.ndarray:
        mask = np.zeros(SIZE, bool)
        x, y = 41 + (times - 2) * right, 26 + (times - 2) * down
        mask[y : y + 8, x : x + 8] = shape
        return mask

    assert (Between(moved(0), moved(4)).at(quarters / 4) == moved(quarters)).all()


@given(
    st.floats(20, 70), st.floats(20, 40), st.floats(4, 15), st.floats(20, 70), st.floats(20, 40),
    st.floats(4, 15), st.floats(0.05, 0.95),
)  # fmt: skip
def test_a_disc_stays_a_disc_on_the_line_between(
    x: float, y: float, radius: float, to_x: float, to_y: float, to_radius: float, place: float
):
    found = Between(disc(x, y, radius), disc(to_x, to_y, to_radius)).at(place)

    def mix(one: float, other: float) -> float:
        return (1 - place) * one + place * other

    wanted = mix(radius, to_radius)
    rows, columns = np.nonzero(found)
    assert columns.mean() == pytest.approx(mix(x, to_x), abs=0.6)
    assert rows.mean() == pytest.approx(mix(y, to_y), abs=0.6)
    assert np.sqrt(found.sum() / np.pi) == pytest.approx(wanted, abs=0.5)
    away = np.hypot(columns - columns.mean(), rows - rows.mean())
    assert away.max() <= wanted + 1.5


@given(masks, masks, st.floats(0.01, 0.99))
def test_what_is_seen_at_both_ends_never_vanishes(first: np.ndarray, last: np.ndarray, place: float):
    big, large = (np.pad(mask, 12) for mask in (first, last))
    between = Between(big, large)
    found = between.at(place)
    if first.any() and last.any():
        assert found.any()
    elif not first.any() and not last.any():
        assert not found.any()
        assert between.agreement == 1
    else:
        assert (found == (big | large)).all()
        assert between.agreement == 0


def test_a_grown_shape_is_known_to_be_the_same():
    small, large = np.zeros(SIZE, bool), np.zeros(SIZE, bool)
    small[10:20, 10:16] = small[16:20, 10:26] = True
    large[10:40, 30:48] = large[28:40, 30:78] = True
    between = Between(small, large)
    assert between.agreement > 0.9
    middle = between.at(0.5)
    wanted = np.zeros(SIZE, bool)
    wanted[10:30, 20:32] = wanted[22:30, 20:52] = True
    assert overlap(middle, wanted) > 0.85


def test_one_that_leaves_the_picture_is_cut_there():
    found = Between(disc(10, 30, 12), disc(-6, 30, 12)).at(0.5)
    assert found[:, 0].any()
    assert found.shape == SIZE


def test_thin_and_unlike_shapes_take_no_room():
    line, square = np.zeros((400, 400), bool), np.ones((400, 400), bool)
    line[200, :] = True
    middle = Between(line, square).at(0.5)
    assert line.sum() < middle.sum() < square.sum()


def test_masks_of_two_sizes_and_places_outside_are_refused():
    with pytest.raises(MaskError):
        Between(np.zeros((3, 4), bool), np.zeros((4, 3), bool))
    with pytest.raises(MaskError):
        Between(np.zeros(3, bool), np.zeros(3, bool))
    between = Between(np.ones((3, 4)), np.ones((3, 4)))
    for place in (-0.1, 1.1, float("nan")):
        with pytest.raises(ValueError, match="0 to 1"):
            between.at(place)

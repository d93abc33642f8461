import numpy as np
import pytest
from edit_cases import few, masks, two_colours
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xmem_gui.errors import MaskError
from xmem_gui.interaction import fill_holes, flood_fill, keep_largest, keep_part_at, remove_islands


def parts(mask, *, corners):
    """Return the sets of pixels that hold together, found step by step."""
    left, found = {tuple(place) for place in np.argwhere(mask)}, []
    while left:
        part, edge = set(), [left.pop()]
        while edge:
            row, column = edge.pop()
            part.add((row, column))
            for dr, dc in np.ndindex(3, 3):
                place = row + dr - 1, column + dc - 1
                if place in left and (corners or 1 in (dr, dc)):
                    left.remove(place)
                    edge.append(place)
        found.append(part)
    return found


def drawn(chosen, size):
    mask = np.zeros(size, bool)
    for part in chosen:
        for place in part:
            mask[place] = True
    return mask


@few
@given(masks, st.sampled_from([1, 3, np.inf]))
def test_holes_are_background_that_does_not_reach_the_border(mask, max_area):
    height, width = mask.shape
    holes = [
        part
        for part in parts(~mask, corners=False)
        if not any(r in (0, height - 1) or c in (0, width - 1) for r, c in part) and len(part) <= max_area
    ]
    filled = fill_holes(mask, max_area=max_area)
    assert np.array_equal(filled, mask | drawn(holes, mask.shape))


@few
@given(masks)
def test_filling_holes_twice_is_filling_them_once(mask):
    filled = fill_holes(mask)
    assert np.array_equal(fill_holes(filled), filled)


@few
@given(masks, st.integers(-1, 6))
def test_islands_below_the_area_go(mask, min_area):
    kept = [part for part in parts(mask, corners=True) if len(part) >= min_area]
    assert np.array_equal(remove_islands(mask, min_area=min_area), drawn(kept, mask.shape))


@few
@given(masks)
def test_the_largest_part_stays(mask):
    found = parts(mask, corners=True)
    result = keep_largest(mask)
    assert result.sum() == max(map(len, found), default=0)
    assert any(np.array_equal(result, drawn([part], mask.shape)) for part in found) or not found


@few
@given(masks, st.floats(-2, 16), st.floats(-2, 16))
def test_the_part_under_a_point_stays(mask, x, y):
    place = int(np.floor(y)), int(np.floor(x))
    hit = [part for part in parts(mask, corners=True) if place in part]
    expected = drawn(hit, mask.shape) if hit else mask
    assert np.array_equal(keep_part_at(mask, x, y), expected)


@few
@given(
    st.tuples(st.integers(1, 9), st.integers(1, 9)).flatmap(
        lambda size: st.tuples(hnp.arrays(np.uint8, size, elements=st.integers(0, 6)), hnp.arrays(bool, size))
    ),
    st.sampled_from([0, 1, 2.5]),
    st.sampled_from([4, 8]),
    st.data(),
)
def test_a_fill_is_the_part_of_like_colour_around_the_seed(picture, tolerance, connectivity, data):
    grey, region = picture
    row = data.draw(st.integers(0, grey.shape[0] - 1))
    column = data.draw(st.integers(0, grey.shape[1] - 1))
    like = (np.abs(grey.astype(int) - int(grey[row, column])) <= tolerance) & region
    expected = [part for part in parts(like, corners=connectivity == 8) if (row, column) in part]
    patch = flood_fill(
        grey, column + 0.5, row + 0.9, tolerance=tolerance, connectivity=connectivity, region=region
    )
    assert np.array_equal(patch.to_mask(grey.shape), drawn(expected, grey.shape))


def test_a_fill_needs_every_channel_to_be_alike():
    image = np.zeros((2, 3, 4), np.uint8)
    image[:, 1:, 2] = 20
    image[..., 3] = np.arange(3)  # Alpha does not count.
    image.setflags(write=False)
    assert flood_fill(image, 0, 0, tolerance=19).to_mask((2, 3)).sum() == 2
    assert flood_fill(image, 0, 0, tolerance=20).to_mask((2, 3)).sum() == 6


def test_a_fill_stops_at_the_object():
    inside = np.zeros((12, 12), bool)
    inside[3:8, 4:10] = True
    image = two_colours(inside, noise=3)
    patch = flood_fill(image, 6, 5, tolerance=40)
    assert (patch.x, patch.y, patch.pixels.shape) == (4, 3, (5, 6))
    assert patch.pixels.all()


@pytest.mark.parametrize(("x", "y"), [(-0.1, 0), (0, 5), (4, 0), (np.nan, 0), (np.inf, 1)])
def test_a_seed_outside_fills_nothing(x, y):
    assert flood_fill(np.zeros((5, 4)), x, y).is_empty
    assert keep_part_at(np.ones((5, 4)), x, y).all()


def test_odd_fills():
    assert flood_fill(np.zeros((1, 1)), 0.5, 0.5).to_mask((1, 1)).all()
    assert flood_fill(np.eye(3), 0, 0, tolerance=np.nan, connectivity=8).to_mask((3, 3)).sum() == 3
    assert flood_fill(np.eye(3), 0, 0, tolerance=1e9).to_mask((3, 3)).all()
    assert flood_fill(np.eye(3), 0, 0, region=np.zeros((3, 3))).is_empty
    with pytest.raises(MaskError):
        flood_fill(np.eye(3), 0, 0, region=np.zeros((3, 4)))
    with pytest.raises(ValueError, match="connectivity"):
        flood_fill(np.eye(3), 0, 0, connectivity=6)

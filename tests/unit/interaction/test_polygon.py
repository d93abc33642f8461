import numpy as np
import pytest
from edit_cases import coordinates, few, paths
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.interaction import FillRule, fill_polygon

SIZE = (16, 20)
STAR = [(10, 0), (16, 15.9), (0.5, 6), (19.5, 6), (4, 15.9)]


def windings(points, size):
    """Return how often the polygon goes around each centre, by the angle that it turns through."""
    rows, columns = np.indices(size) + 0.5
    total = np.zeros(size)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        ax, ay, bx, by = x0 - columns, y0 - rows, x1 - columns, y1 - rows
        total += np.arctan2(ax * by - ay * bx, ax * bx + ay * by)
    return np.rint(total / (2 * np.pi)).astype(int)


def margin(points, size):
    """Return the distance of each centre from the outline."""
    rows, columns = np.indices(size) + 0.5
    least = np.full(size, np.inf)
    for (x0, y0), (x1, y1) in zip(points, [*points[1:], points[0]], strict=True):
        length = (x1 - x0) ** 2 + (y1 - y0) ** 2
        t = ((columns - x0) * (x1 - x0) + (rows - y0) * (y1 - y0)) / (length or 1)
        t = np.clip(t, 0, 1)
        least = np.minimum(least, np.hypot(columns - x0 - t * (x1 - x0), rows - y0 - t * (y1 - y0)))
    return least


@few
@given(paths.filter(lambda path: len(path) >= 3))
def test_filling_is_what_going_around_each_pixel_says(path):
    sure = margin(path, SIZE) > 1e-6
    around = windings(path, SIZE)
    non_zero = fill_polygon(path, SIZE).to_mask(SIZE)
    even_odd = fill_polygon(path, SIZE, rule=FillRule.EVEN_ODD).to_mask(SIZE)
    assert np.array_equal(non_zero[sure], (around != 0)[sure])
    assert np.array_equal(even_odd[sure], (around % 2 != 0)[sure])


@few
@given(coordinates, coordinates)
def test_polygons_that_meet_neither_overlap_nor_leave_a_gap(x, y):
    corners = [(-30, -30), (60, -30), (60, 60), (-30, 60)]
    if not (-30 < x < 60 and -30 < y < 60):
        return
    total = np.zeros(SIZE, int)
    for one, other in zip(corners, [*corners[1:], corners[0]], strict=True):
        total += fill_polygon([one, other, (x, y)], SIZE).to_mask(SIZE)
    assert (total == 1).all()


def test_whole_pixels_make_an_exact_rectangle():
    patch = fill_polygon([(3, 5), (9, 5), (9, 8), (3, 8)], SIZE)
    assert (patch.x, patch.y, patch.pixels.shape) == (3, 5, (3, 6))
    assert patch.pixels.all()


def test_a_star_has_a_hole_by_the_even_odd_rule_only():
    assert fill_polygon(STAR, SIZE).to_mask(SIZE)[8, 10]
    assert not fill_polygon(STAR, SIZE, rule=FillRule.EVEN_ODD).to_mask(SIZE)[8, 10]


def test_a_loop_drawn_twice_stays_filled():
    loop = [(2, 2), (15, 2), (15, 12), (2, 12)]
    twice = fill_polygon(loop * 2, SIZE)
    assert np.array_equal(twice.to_mask(SIZE), fill_polygon(loop, SIZE).to_mask(SIZE))


def test_a_polygon_around_the_image_fills_it():
    far = [(-1e9, -1e9), (1e9, -1e9), (1e9, 1e9), (-1e9, 1e9)]
    assert fill_polygon(far, SIZE).to_mask(SIZE).all()
    assert fill_polygon(far, (1, 1)).to_mask((1, 1)).all()


@few
@given(st.lists(st.tuples(coordinates, coordinates), max_size=2))
def test_fewer_than_three_corners_have_no_inside(path):
    assert fill_polygon(path, SIZE).is_empty


@pytest.mark.parametrize(
    "path",
    [
        [(-9, 3), (-2, 8), (-5, 12)],
        [(3, 90), (8, 95), (1, 99)],
        [(1, 1), (5, 5), (9, 9)],
        [(np.nan, 1), (1, 2), (3, np.inf)],
    ],
)
def test_polygons_with_no_pixel(path):
    assert fill_polygon(path, SIZE).is_empty


def test_adding_and_subtracting():
    old = np.zeros(SIZE, bool)
    old[2:10, 2:10] = True
    patch = fill_polygon([(6, 0), (20, 0), (20, 16), (6, 16)], SIZE)
    assert np.array_equal(patch.add_to(old), old | (np.arange(20) >= 6))
    assert np.array_equal(patch.erase_from(old), old & (np.arange(20) < 6))
    assert old.sum() == 64

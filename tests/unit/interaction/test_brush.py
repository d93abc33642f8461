from itertools import pairwise

import numpy as np
import pytest
from edit_cases import coordinates, disc, few, paths
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.interaction import brush_stroke

SIZE = (16, 20)


def moving(path):
    return bool(path) and all(one != other for one, other in pairwise(path))


def clearance(path, radii, size):
    """Return how far each pixel's centre is outside the moving disc, by trying 100 places on the way."""
    rows, columns = np.indices(size) + 0.5
    least = np.full(size, np.inf)
    pairs = [(0, 0)] if len(path) == 1 else [(i, i + 1) for i in range(len(path) - 1)]
    for i, j in pairs:
        t = np.linspace(0, 1, 100)[:, None, None]
        x, y = (path[i][axis] * (1 - t) + path[j][axis] * t for axis in (0, 1))
        away = np.hypot(columns - x, rows - y) - (radii[i] * (1 - t) + radii[j] * t)
        least = np.minimum(least, away.min(axis=0))
    return least


@few
@given(paths.filter(moving), st.data())
def test_a_stroke_covers_what_brute_force_says(path, data):
    radii = data.draw(st.lists(st.floats(0.75, 9), min_size=len(path), max_size=len(path)))
    mask = brush_stroke(path, radii, SIZE, smooth=False).to_mask(SIZE)
    outside = clearance(path, radii, SIZE)
    # Trying places finds a distance that is a little too large: at most by a fraction of a step.
    longest = max([0.0, *np.abs(np.diff(path, axis=0)).sum(axis=1), *np.abs(np.diff(radii))])
    slack = 1e-6 + longest / 50
    assert mask[outside <= -1e-6].all()
    assert not mask[outside > slack].any()


@few
@given(coordinates, coordinates, st.floats(0, 12))
def test_a_click_paints_a_disc_and_the_pixel_under_it(x, y, radius):
    mask = brush_stroke([(x, y)], radius, SIZE).to_mask(SIZE)
    expected = disc(SIZE, x, y, radius)
    sure = disc(SIZE, x, y, radius + 1e-6) == disc(SIZE, x, y, max(radius - 1e-6, 0))
    if 0 <= x < SIZE[1] and 0 <= y < SIZE[0]:
        expected[int(y), int(x)] = True
    assert np.array_equal(mask[sure], expected[sure])


@few
@given(paths.filter(bool), st.floats(0, 3), st.booleans())
def test_every_pixel_under_the_pointer_is_painted(path, radius, smooth):
    mask = brush_stroke(path, radius, SIZE, smooth=smooth).to_mask(SIZE)
    for x, y in path:
        if 0 <= x < SIZE[1] and 0 <= y < SIZE[0]:
            assert mask[int(y), int(x)]


@few
@given(paths)
def test_the_patch_is_as_small_as_can_be_and_inside_the_image(path):
    patch = brush_stroke(path, 2.5, SIZE)
    height, width = patch.pixels.shape
    assert patch.pixels.dtype == np.bool_
    if patch.is_empty:
        assert patch.pixels.size == 0
    else:
        assert 0 <= patch.x <= patch.x + width <= SIZE[1]
        assert 0 <= patch.y <= patch.y + height <= SIZE[0]
        assert patch.pixels.any(axis=0)[[0, -1]].all()
        assert patch.pixels.any(axis=1)[[0, -1]].all()


def test_the_thinnest_line_has_no_gaps():
    mask = brush_stroke([(0.5, 0.5), (19.5, 7.5)], 0, SIZE).to_mask(SIZE)
    assert mask.any(axis=0).all()
    assert mask[0, 0]
    assert mask[7, 19]
    assert mask.sum() == 20 + 7  # Into a new column 19 times and into a new row 7 times.


def test_a_smooth_stroke_goes_through_the_points_along_an_arc():
    size, centre, radius = (120, 120), 60, 45
    angles = np.linspace(0, np.pi, 7)
    arc = np.stack([centre + radius * np.cos(angles), centre + radius * np.sin(angles)], axis=1)
    rows, columns = np.indices(size) + 0.5
    off = np.abs(np.hypot(columns - centre, rows - centre) - radius)
    smooth = brush_stroke(arc, 1, size).to_mask(size)
    straight = brush_stroke(arc, 1, size, smooth=False).to_mask(size)
    assert off[smooth].max() < 2
    assert off[straight].max() > 2


def test_a_straight_stroke_stays_straight_when_smoothed():
    line = [(2, 3), (4, 4), (10, 7), (12, 8), (18, 11)]
    smooth = brush_stroke(line, 1.3, SIZE).to_mask(SIZE)
    straight = brush_stroke([line[0], line[-1]], 1.3, SIZE).to_mask(SIZE)
    assert np.array_equal(smooth, straight)


def test_pressure_makes_the_stroke_wider():
    mask = brush_stroke([(2, 8), (18, 8)], [1, 6], SIZE).to_mask(SIZE)
    assert mask[:, 2].sum() < mask[:, 10].sum() < mask[:, 17].sum()


def test_a_brush_is_symmetric():
    mask = brush_stroke([(10, 8)], 5.0, SIZE).to_mask(SIZE)
    assert np.array_equal(mask, mask[::-1])
    assert np.array_equal(mask, mask[:, ::-1])


@pytest.mark.parametrize(
    ("points", "radius"),
    [
        ([], 3),
        ([(np.nan, 1), (3, np.inf)], 3),
        ([(-500, -500), (-400, 900)], 3),
        (np.zeros((0, 2)), np.zeros(0)),
    ],
)
def test_what_touches_nothing_paints_nothing(points, radius):
    assert brush_stroke(points, radius, SIZE).is_empty


def test_odd_numbers_do_no_harm():
    assert brush_stroke([(3, 3), (np.nan, 0), (3, 3), (1e300, 3)], [2, 2, np.nan, -1], SIZE).pixels.any()
    assert brush_stroke([(0.2, 0.3)], np.inf, (1, 1)).to_mask((1, 1)).all()
    assert brush_stroke([(5, 5)], 1e12, SIZE).to_mask(SIZE).all()
    assert brush_stroke([(5, 5)], 2, (0, 0)).is_empty


def test_a_local_stroke_in_an_8k_image_is_a_small_patch():
    patch = brush_stroke([(7000, 4000), (7040, 4020)], 20, (4320, 7680))
    assert patch.pixels.shape < (70, 90)


def test_points_that_are_no_pairs_are_refused():
    with pytest.raises(ValueError, match=r"\(N, 2\)"):
        brush_stroke([1, 2, 3], 1, SIZE)
    with pytest.raises(ValueError, match="shape"):
        brush_stroke([(1, 2), (3, 4), (5, 6)], [1, 2], SIZE)

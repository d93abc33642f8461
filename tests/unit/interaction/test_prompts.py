import numpy as np
import pytest
from edit_cases import coordinates, few, paths, sizes
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.errors import PromptError
from xmem_gui.interaction import Box, Point, Prompts, Stroke

SIZE = (16, 20)
points = st.builds(Point, coordinates, coordinates, st.booleans())
strokes = st.builds(Stroke, paths, st.sampled_from([0, 1, 2.5]), st.booleans())
boxes = st.builds(Box, coordinates, coordinates, coordinates, coordinates)
prompts = st.builds(
    Prompts,
    st.lists(points, max_size=4).map(tuple),
    st.lists(strokes, max_size=3).map(tuple),
    st.none() | boxes,
)


@few
@given(prompts, sizes)
def test_no_pixel_is_both_positive_and_negative(prompts, size):
    positive, negative = prompts.positive_mask(size), prompts.negative_mask(size)
    assert positive.shape == negative.shape == size
    assert not (positive & negative).any()
    for point in prompts.points[-1:]:
        if point.inside(size):
            assert (positive if point.positive else negative)[int(point.y), int(point.x)]


@few
@given(prompts, sizes)
def test_what_clipping_leaves_out_says_nothing(prompts, size):
    clipped = prompts.clipped(size)
    assert np.array_equal(clipped.labels(size), prompts.labels(size))
    assert clipped.clipped(size) == clipped
    assert all(point.inside(size) for point in clipped.points)
    assert not any(stroke.patch(size).is_empty for stroke in clipped.strokes)
    if clipped.box is not None:
        box = clipped.box
        assert 0 <= box.x0 < box.x1 <= size[1]
        assert 0 <= box.y0 < box.y1 <= size[0]


@few
@given(prompts)
def test_strokes_are_obeyed_and_nothing_else_changes(prompts):
    probability = np.random.default_rng(0).uniform(0.01, 0.99, SIZE).astype(np.float32)
    before = probability.copy()
    obeyed = prompts.obeyed(probability)
    labels = Prompts(strokes=prompts.strokes).labels(SIZE)
    assert obeyed.dtype == np.float32
    assert (obeyed[labels == 1] == 1).all()
    assert (obeyed[labels == -1] == 0).all()
    assert np.array_equal(obeyed[labels == 0], before[labels == 0])
    assert np.array_equal(probability, before)


def test_the_later_wins_and_points_win_over_strokes():
    line = [(2, 3.5), (10, 3.5)]
    said = Prompts(
        points=(Point(4.5, 3.5, False), Point(6.5, 3.5, False), Point(6.2, 3.9, True)),
        strokes=(Stroke(line, 2, False), Stroke(line, 0, True)),
    )
    labels = said.labels(SIZE)
    assert labels[3, [3, 4, 6]].tolist() == [1, -1, 1]
    assert labels[2, 5] == -1
    assert labels[8, 8] == 0


def test_a_box_takes_its_corners_in_any_order():
    assert Box(9, 8, 1, 2) == Box(1, 2, 9, 8)
    assert (Box(9, 8, 1, 2).x0, Box(9, 8, 1, 2).y1) == (1, 8)
    assert Box(3, 1, 3, 9).is_empty


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(-5, -5, 50, 50), Box(0, 0, 20, 16)),
        (Box(18.5, 2, 30, 4), Box(18.5, 2, 20, 4)),
        (Box(20, 2, 30, 4), None),
        (Box(-9, 2, 0, 4), None),
        (Box(3, 3, 3, 9), None),
    ],
)
def test_a_box_is_cut_to_the_image(box, expected):
    assert box.clipped(SIZE) == expected


def test_points_on_the_border():
    assert Point(0, 0).inside(SIZE)
    assert Point(19.99, 15.99).inside(SIZE)
    assert not Point(20, 3).inside(SIZE)
    assert not Point(3, 16).inside(SIZE)
    assert not Point(-0.01, 3).inside(SIZE)


@pytest.mark.parametrize("empty", [Prompts(), Prompts(strokes=(Stroke([]),)), Prompts(box=Box(2, 2, 2, 5))])
def test_saying_nothing(empty):
    assert empty.is_empty
    assert not empty.labels((1, 1)).any()


def test_prompts_grow_by_one_and_have_one_box():
    said = Prompts().plus(Point(1, 2)).plus(Stroke([(1, 2)])).plus(Box(0, 0, 2, 2)).plus(Box(0, 0, 3, 3))
    assert said == Prompts((Point(1, 2),), (Stroke([(1, 2)]),), Box(0, 0, 3, 3))
    assert not said.is_empty
    assert not said.clipped((1, 1)).points
    assert Prompts().is_empty


def test_strokes_are_values():
    given_points = np.array([[1.0, 2.0], [3.0, 4.0]])
    stroke = Stroke(given_points, 2)
    given_points[:] = 0
    assert stroke == Stroke([(1, 2), (3, 4)], 2.0)
    assert hash(stroke) == hash(Stroke([(1, 2), (3, 4)], 2.0))
    assert stroke != Stroke([(1, 2), (3, 4)], 2, False)
    assert stroke != "stroke"
    with pytest.raises(ValueError, match="read-only"):
        stroke.points[0, 0] = 5


@pytest.mark.parametrize(
    "make",
    [
        lambda: Point(np.nan, 0),
        lambda: Point(0, np.inf),
        lambda: Box(0, 0, np.nan, 2),
        lambda: Box(0, -np.inf, 1, 2),
        lambda: Stroke([(0, np.nan)]),
        lambda: Stroke([(0, 1)], -1),
        lambda: Stroke([(0, 1)], np.nan),
        lambda: Stroke([1, 2, 3]),
        lambda: Stroke([(1, 2, 3)]),
    ],
)
def test_what_is_no_place_is_refused(make):
    with pytest.raises(PromptError):
        make()

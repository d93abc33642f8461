import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.interaction import Point
from xmem_gui.interaction.pulling import pulled

SIZE = (40, 60)


@given(
    st.floats(0, 1, width=32),
    st.floats(0, SIZE[1] - 0.01),
    st.floats(0, SIZE[0] - 0.01),
    st.booleans(),
)
def test_what_a_point_says_holds_there(sure: float, x: float, y: float, positive: bool) -> None:
    probability = np.full(SIZE, sure, np.float32)
    result = pulled(probability, [Point(x, y, positive)], radius=3.0)
    assert result.dtype == np.float32
    assert (result[int(y), int(x)] >= 0.5) == positive
    assert ((result >= 0) & (result <= 1)).all()
    assert (probability == np.float32(sure)).all()


def test_only_what_lies_around_a_contradicted_point_changes() -> None:
    probability = np.full(SIZE, 0.9, np.float32)
    result = pulled(probability, [Point(10, 10, True), Point(30.5, 20.5, False)], radius=3.0)
    changed = result < 0.5
    rows, columns = np.nonzero(changed)
    assert changed[20, 30]
    away = np.hypot(rows - 20, columns - 30)
    assert 1.4 < away.max() <= 3.0
    assert np.array_equal(result[:, :20], probability[:, :20])


def test_the_later_of_two_wins() -> None:
    probability = np.full(SIZE, 0.2, np.float32)
    points = [Point(30, 20, True), Point(30, 20, False)]
    assert pulled(probability, points, radius=3.0)[20, 30] < 0.5
    assert pulled(probability, points[::-1], radius=3.0)[20, 30] >= 0.5


@pytest.mark.parametrize("radius", [1.0, 100.0])
def test_a_corner_is_a_place_like_any_other(radius: float) -> None:
    probability = np.zeros(SIZE, np.float32)
    assert pulled(probability, [Point(0, 0)], radius=radius)[0, 0] >= 0.5
    assert pulled(probability, [Point(59.9, 39.9)], radius=radius)[-1, -1] >= 0.5

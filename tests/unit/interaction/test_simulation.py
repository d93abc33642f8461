import numpy as np
import pytest

from xmem_gui.interaction.simulation import largest_error, needless_clicks, next_click, next_stroke

EMPTY = np.zeros((60, 80), bool)


def block(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = EMPTY.copy()
    mask[y0:y1, x0:x1] = True
    return mask


def test_no_error_asks_for_nothing() -> None:
    mask = block(10, 30, 10, 30)
    assert largest_error(mask, mask) is None
    assert next_click(mask, mask) is None
    assert next_stroke(mask, mask) is None


def test_the_click_is_at_the_centre_of_the_largest_error() -> None:
    truth = block(10, 31, 10, 31)
    click = next_click(EMPTY, truth)
    assert click is not None
    assert (click.x, click.y, click.positive) == (20.5, 20.5, True)
    too_much = truth | block(30, 59, 40, 79)
    click = next_click(too_much, truth)
    assert click is not None
    assert not click.positive
    assert too_much[int(click.y), int(click.x)]


def test_the_image_edge_is_an_edge() -> None:
    click = next_click(EMPTY, np.ones_like(EMPTY))
    assert click is not None
    assert abs(click.y - 30) <= 1


@pytest.mark.parametrize("seed", range(5))
def test_random_prompts_stay_inside_the_error(seed: int) -> None:
    rng = np.random.default_rng(seed)
    truth = block(10, 40, 10, 60) & ~block(20, 40, 30, 40)
    for _ in range(5):
        click = next_click(EMPTY, truth, spread=1.0, rng=rng)
        assert click is not None
        assert truth[int(click.y), int(click.x)]
        stroke = next_stroke(EMPTY, truth, rng=rng)
        assert stroke is not None
        patch = stroke.patch(truth.shape)
        rows, columns = patch.pixels.shape
        under = truth[patch.y : patch.y + rows, patch.x : patch.x + columns]
        assert under[patch.pixels].all()


def test_a_stroke_runs_along_the_error() -> None:
    stroke = next_stroke(EMPTY, block(20, 30, 5, 75))
    assert stroke is not None
    assert np.ptp(stroke.points[:, 0]) > 50
    assert np.abs(stroke.points[1:-1, 1] - 25).max() <= 1.5


def test_an_error_of_one_pixel_can_be_prompted() -> None:
    truth = block(7, 8, 9, 10)
    for prompt in (next_click(EMPTY, truth), next_stroke(EMPTY, truth)):
        assert prompt is not None
        assert prompt.positive


@pytest.mark.parametrize("positive", [True, False])
def test_needless_clicks_say_what_is_so_already(positive: bool) -> None:
    mask, truth = block(15, 45, 20, 50), block(20, 45, 25, 60)
    clicks = needless_clicks(mask, truth, positive=positive, count=40, rng=np.random.default_rng(1))
    assert len(set(clicks)) == 40
    for click in clicks:
        row, column = int(click.y), int(click.x)
        assert click.positive == positive
        assert mask[row, column] == truth[row, column] == positive
        if not positive:
            near = (mask | truth)[max(row - 8, 0) : row + 9, max(column - 8, 0) : column + 9]
            assert near.any()


def test_there_may_be_no_place_for_a_needless_click() -> None:
    whole = np.ones_like(EMPTY)
    assert needless_clicks(whole, whole, positive=False, count=3, rng=np.random.default_rng(0)) == []
    assert needless_clicks(EMPTY, whole, positive=True, count=3, rng=np.random.default_rng(0)) == []

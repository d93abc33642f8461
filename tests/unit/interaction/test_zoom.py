import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.zoom import LEAST_SIDE, Crop, choose_crop

SIZE = (1000, 1600)


def mask_of(y0: int, y1: int, x0: int, x1: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[y0:y1, x0:x1] = True
    return mask


def test_nothing_known_is_the_whole_picture() -> None:
    assert choose_crop(mask_of(0, 0, 0, 0), Prompts()) == Crop.whole(SIZE)
    away = Prompts(points=(Point(30, 40, positive=False),))
    assert choose_crop(mask_of(0, 0, 0, 0), away) == Crop.whole(SIZE)


def test_a_small_object_is_looked_at_closely() -> None:
    crop = choose_crop(mask_of(400, 600, 700, 900), Prompts())
    assert crop == Crop(650, 350, 950, 650)


def test_a_tiny_object_is_not_looked_at_too_closely() -> None:
    crop = choose_crop(mask_of(500, 503, 0, 2), Prompts())
    assert crop.size == (LEAST_SIDE, LEAST_SIDE)
    assert crop.x0 == 0


def test_a_large_object_needs_no_crop() -> None:
    assert choose_crop(mask_of(50, 950, 100, 1500), Prompts()) == Crop.whole(SIZE)


@pytest.mark.parametrize(
    "prompts",
    [
        Prompts(points=(Point(1200.5, 800.5),)),
        Prompts(strokes=(Stroke([(1100, 700), (1200.5, 800.5)]),)),
        Prompts(box=Box(300, 300, 1201, 801)),
    ],
)
def test_the_crop_holds_what_is_pointed_at(prompts: Prompts) -> None:
    assert choose_crop(mask_of(400, 450, 400, 450), prompts).holds(Crop(400, 400, 1201, 801))


def test_a_prompt_outside_the_picture_changes_nothing() -> None:
    mask = mask_of(400, 450, 400, 450)
    outside = Prompts(points=(Point(-50, 20), Point(5000, 20)), box=Box(-10, -10, -5, -5))
    assert choose_crop(mask, outside) == choose_crop(mask, Prompts())


def test_the_crop_stays_while_the_object_fits() -> None:
    first = choose_crop(mask_of(400, 600, 700, 900), Prompts())
    assert choose_crop(mask_of(390, 610, 690, 890), Prompts(), kept=first) == first
    beyond = choose_crop(mask_of(390, 700, 690, 890), Prompts(), kept=first)
    assert beyond != first
    assert beyond.holds(Crop(690, 390, 890, 700))
    at_the_edge = mask_of(390, first.y1, 690, 890)
    assert choose_crop(at_the_edge, Prompts(), kept=first) != first
    lost_in_it = choose_crop(mask_of(500, 530, 800, 830), Prompts(), kept=first)
    assert lost_in_it.area < first.area


@given(
    height=st.integers(1, 300),
    width=st.integers(1, 300),
    x=st.floats(-400, 400),
    y=st.floats(-400, 400),
    seed=st.integers(0, 99),
)
def test_a_crop_is_in_the_picture_and_holds_the_mask(
    height: int, width: int, x: float, y: float, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    mask = np.zeros((height, width), bool)
    y0, x0 = int(rng.integers(height)), int(rng.integers(width))
    mask[y0 : y0 + int(rng.integers(0, 90)), x0 : x0 + int(rng.integers(0, 90))] = True
    crop = choose_crop(mask, Prompts(points=(Point(x, y),)))
    assert 0 <= crop.x0 < crop.x1 <= width
    assert 0 <= crop.y0 < crop.y1 <= height
    assert mask[crop.pixels].sum() == mask.sum()

import numpy as np

from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.prompt_maps import POINT_RADIUS, STROKE_RADIUS, prompt_maps


def test_a_click_is_a_disk_around_its_pixel() -> None:
    positive, negative, box = prompt_maps(
        Prompts(points=(Point(20.5, 30.5), Point(50.5, 10.5, False))), (60, 70)
    )
    rows, columns = np.nonzero(positive)
    assert (rows.min(), rows.max()) == (30 - POINT_RADIUS, 30 + POINT_RADIUS)
    assert (columns.min(), columns.max()) == (20 - POINT_RADIUS, 20 + POINT_RADIUS)
    assert negative[10, 50] == 1
    assert negative[30, 20] == 0
    assert not box.any()


def test_maps_show_the_part_asked_for() -> None:
    prompts = Prompts(points=(Point(110, 220),), box=Box(100, 200, 120, 230))
    positive, _, box = prompt_maps(prompts, (64, 64), origin=(100, 200), scale=(2, 1))
    rows, columns = np.nonzero(positive)
    assert abs(rows.mean() - 20) <= 1
    assert abs(columns.mean() - 20) <= 1
    assert box[:30, :40].all()
    assert box.sum() == 30 * 40


def test_points_win_over_strokes_and_later_ones_over_earlier() -> None:
    prompts = Prompts(
        points=(Point(20, 20, True), Point(20, 20, False)), strokes=(Stroke([(5, 20), (40, 20)], 3, True),)
    )
    positive, negative, _ = prompt_maps(prompts, (40, 50))
    assert negative[20, 20] == 1
    assert positive[20, 35] == 1
    assert not (positive * negative).any()


def test_a_thin_stroke_can_be_seen() -> None:
    positive, _, _ = prompt_maps(Prompts(strokes=(Stroke([(5, 20), (40, 20)]),)), (40, 50))
    assert positive[:, 20].sum() >= 2 * STROKE_RADIUS + 1


def test_prompts_outside_are_not_drawn() -> None:
    prompts = Prompts(
        points=(Point(-1e9, 3), Point(1e12, 1e12)), strokes=(Stroke([]),), box=Box(-50, -50, -20, -20)
    )
    assert not prompt_maps(prompts, (40, 50)).any()

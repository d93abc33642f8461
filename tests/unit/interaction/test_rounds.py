"""A prompt changes a mask only in connection with itself, whatever the network says of the rest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from xmem_gui.interaction import Box, Point, Prompts, Stroke
from xmem_gui.interaction.local_change import asks_for_nothing, connected_part, merged, touch
from xmem_gui.interaction.rounds import Round

SIZE = (40, 60)
OBJECT = np.zeros(SIZE, bool)
OBJECT[5:35, 5:40] = True


class Saying:
    """A network that says the same whatever it is asked, and remembers what that was."""

    nbytes = 0

    def __init__(self, mask: np.ndarray) -> None:
        self.answer = mask.astype(np.float32)
        self.asked: list[tuple[Prompts, np.ndarray | None]] = []

    def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
        self.asked.append((prompts, previous_mask))
        return self.answer.copy()


def changed(mask: np.ndarray, *blocks: tuple[slice, slice]) -> np.ndarray:
    """Turn some blocks of a mask around."""
    mask = mask.copy()
    for block in blocks:
        mask[block] = ~mask[block]
    return mask


def found(mask: np.ndarray = OBJECT) -> Round:
    return Round.of(mask)


EAR, FOOT, ISLAND = np.s_[5:9, 40:44], np.s_[30:34, 10:14], np.s_[36:39, 50:55]


def test_only_the_connected_part_changes() -> None:
    image = Saying(changed(OBJECT, EAR, FOOT, ISLAND))
    after = found().next(image, Point(41.5, 6.5))
    assert (after.mask(SIZE) == changed(OBJECT, EAR)).all()
    after = after.next(image, Point(12.5, 31.5, positive=False))
    assert (after.mask(SIZE) == changed(OBJECT, EAR, FOOT)).all()
    assert len(after.prompts.points) == 2


def test_a_change_a_few_pixels_away_counts_as_connected() -> None:
    image = Saying(changed(OBJECT, EAR))
    assert found().next(image, Point(45.5, 6.5)).mask(SIZE)[EAR].all()
    assert not found().next(image, Point(50.5, 6.5)).mask(SIZE)[EAR].any()


def test_a_click_that_the_network_ignores_is_obeyed_where_it_is() -> None:
    after = found().next(Saying(OBJECT), Point(50.5, 20.5)).mask(SIZE)
    assert after[20, 50]
    assert (after != OBJECT).sum() < 40


@pytest.mark.parametrize(
    "prompt", [Point(50.5, 20.5, False), Point(20.5, 20.5), Stroke([(15, 20), (30, 22)], 1)]
)
def test_what_is_so_already_changes_nothing(prompt) -> None:
    image = Saying(~OBJECT)
    after = found().next(image, prompt)
    assert after.probability is not None
    assert (after.mask(SIZE) == OBJECT).all()
    assert not image.asked
    assert after.prompts == Prompts().plus(prompt)


@pytest.mark.parametrize("prompt", [Point(-1, 5), Point(60, 5), Stroke([(-9, -9), (-5, -5)], 1)])
def test_prompts_outside_the_picture_say_nothing(prompt) -> None:
    image = Saying(~OBJECT)
    assert (found().next(image, prompt).mask(SIZE) == OBJECT).all()
    assert not image.asked


def test_a_first_click_a_box_and_asking_anew_are_whole_answers() -> None:
    image = Saying(changed(OBJECT, EAR, FOOT, ISLAND))
    for after in (
        Round().next(image, Point(20.5, 20.5)),
        found().next(image, Box(5, 5, 44, 35)),
        found().next(image, Point(41.5, 6.5)).anew(image),
    ):
        assert (after.mask(SIZE) == image.answer).all()


def test_answers_are_whole_until_one_leaves_the_rest_as_it_is() -> None:
    last = Round().next(Saying(OBJECT), Point(20.5, 20.5))
    restless = changed(OBJECT, EAR, np.s_[30:35, 10:30])
    last = last.next(Saying(restless), Point(41.5, 6.5))
    assert (last.mask(SIZE) == restless).all()
    quiet = changed(restless, EAR, ISLAND)
    last = last.next(Saying(quiet), Point(41.5, 6.5, positive=False))
    assert (last.mask(SIZE) == changed(restless, EAR)).all()
    # Once it is found, it stays so, however much an answer would turn elsewhere.
    hat = np.s_[1:4, 48:52]
    last = last.next(Saying(changed(OBJECT, hat)), Point(50.5, 2.5))
    assert (last.mask(SIZE) == changed(restless, EAR, hat)).all()


WING, HALF = np.s_[5:35, 40:45], np.s_[5:35, 40:60]


def test_a_large_change_finds_the_object_anew() -> None:
    clicked = Round(probability=OBJECT.astype(np.float32), found=True)
    for start, large in ((clicked, WING), (found(), HALF)):
        image = Saying(changed(OBJECT, large, FOOT))
        after = start.next(image, Point(43.5, 10.5))
        assert (after.mask(SIZE) == image.answer).all()
        assert not after.found
    # A mask that was tracked or painted is not given up so easily.
    image = Saying(changed(OBJECT, WING, FOOT))
    assert (found().next(image, Point(43.5, 10.5)).mask(SIZE) == changed(OBJECT, WING)).all()


def test_what_a_prompt_has_settled_stays_unless_it_is_touched() -> None:
    with_ear = found().next(Saying(changed(OBJECT, EAR)), Point(42.5, 6.5))
    # The network would take the ear away together with what is beside it.
    without = Saying(changed(OBJECT, np.s_[5:9, 34:40]))
    after = with_ear.next(without, Point(34.5, 7.5, positive=False))
    assert after.mask(SIZE)[EAR].all()
    assert not after.mask(SIZE)[7, 35]
    after = with_ear.next(without, Point(42.5, 7.5, positive=False))
    assert not after.mask(SIZE)[EAR].any()


@pytest.mark.parametrize("is_found", [True, False])
def test_painted_pixels_stay_unless_they_are_touched(is_found: bool) -> None:
    painted = np.zeros(SIZE, bool)
    painted[EAR] = True
    start = Round(probability=changed(OBJECT, EAR).astype(np.float32), found=is_found)
    arm = Saying(changed(OBJECT, np.s_[5:9, 30:40]))
    after = start.next(arm, Point(31.5, 7.5, positive=False), painted=painted).mask(SIZE)
    assert after[EAR].all()
    assert not after[7, 35]
    for whole in (start.next(arm, Box(0, 0, 40, 40), painted=painted), start.anew(arm, painted=painted)):
        assert (whole.mask(SIZE) == changed(OBJECT, EAR, np.s_[5:9, 30:40])).all()
    after = start.next(arm, Point(42.5, 7.5, positive=False), painted=painted).mask(SIZE)
    assert not after[EAR].any()
    # Pixels that were painted to be outside stay so too.
    nothing = Round(found=is_found).next(Saying(OBJECT | painted), Point(20.5, 20.5), painted=painted)
    assert not nothing.mask(SIZE)[EAR].any()


MASKS = arrays.arrays(np.bool_, SIZE, elements=st.booleans(), fill=st.booleans())
SOFT = arrays.arrays(np.float32, SIZE, elements=st.floats(0, 1, width=32), fill=st.floats(0, 1, width=32))
PROMPTS = st.one_of(
    st.builds(Point, st.floats(0, 59.9), st.floats(0, 39.9), st.booleans()),
    st.builds(
        Stroke,
        st.lists(st.tuples(st.floats(0, 59.9), st.floats(0, 39.9)), min_size=1, max_size=4),
        st.floats(0, 4),
        st.booleans(),
    ),
)


@given(SOFT, SOFT, PROMPTS, MASKS)
def test_pixels_away_from_the_connected_change_are_untouched(before, answer, prompt, fixed) -> None:
    near = touch(prompt, SIZE)
    after = merged(answer, before, prompt, near=near, fixed=[fixed])
    old, new = before >= 0.5, after.probability >= 0.5
    turned = old != new
    blocked = fixed & ~connected_part(fixed, near)
    assert (after.probability[blocked] == before[blocked]).all()
    if not after.found:
        assert (after.probability[~blocked] == answer[~blocked]).all()
        return
    assert (turned == after.own).all()
    assert (turned == connected_part(turned, near)).all()
    assert (new[turned] == prompt.positive).all()
    rows, columns = np.nonzero(turned)
    for row, column in zip(*np.nonzero(after.probability != before), strict=True):
        assert (np.maximum(abs(rows - row), abs(columns - column)) <= 2).any()


@given(st.lists(PROMPTS, max_size=6), MASKS, MASKS, MASKS)
def test_painted_pixels_outlast_all_prompts_that_do_not_touch_them(prompts, start, answer, painted) -> None:
    kept = painted & ~np.logical_or.reduce([np.zeros(SIZE, bool), *(_reached(p, painted) for p in prompts)])
    after = Round.of(start).replayed(Saying(answer), prompts, painted=painted).mask(SIZE)
    assert (after[kept] == start[kept]).all()


def _reached(prompt, painted):
    return connected_part(painted, touch(prompt, SIZE))


@given(MASKS, PROMPTS)
def test_a_prompt_that_asks_for_nothing_is_never_asked(start, prompt) -> None:
    image = Saying(~start)
    after = Round.of(start).next(image, prompt)
    if start.any() and asks_for_nothing(start, prompt):
        assert not image.asked
        assert (after.mask(SIZE) == start).all()
    else:
        assert len(image.asked) == 1


class Stubborn(Saying):
    """Keeps the mask it is given, but for a pixel at a negative click; without a mask it sees the object."""

    def predict(self, prompts: Prompts, previous_mask: np.ndarray | None = None) -> np.ndarray:
        self.asked.append((prompts, previous_mask))
        if previous_mask is None:
            return self.answer.copy()
        result = (previous_mask >= 0.5).astype(np.float32)
        point = prompts.points[-1]
        if not point.positive:
            result[int(point.y), int(point.x)] = 0
        return result


def test_where_a_negative_click_makes_only_a_spot_the_network_is_asked_without_the_mask() -> None:
    rock = np.s_[10:30, 40:55]
    image = Stubborn(OBJECT)
    start = Round(Prompts((Point(20, 20),)), changed(OBJECT, rock).astype(np.float32))
    after = start.next(image, Point(48.5, 20.5, positive=False))
    assert (after.mask(SIZE) == OBJECT).all()
    assert image.asked[-1][1] is None
    assert not after.found
    # What a person has painted stays all the same, and a tracked mask is not found anew for a spot.
    painted = changed(OBJECT, rock) & ~OBJECT
    painted[:, :50] = False
    kept = start.next(image, Point(44.5, 20.5, positive=False), painted=painted).mask(SIZE)
    assert kept[painted].all()
    assert not kept[12, 42]
    tracked = Round.of(changed(OBJECT, rock)).next(image, Point(48.5, 20.5, positive=False)).mask(SIZE)
    assert tracked[12, 42]


def test_a_mask_of_many_prompts_is_not_found_anew_for_a_spot() -> None:
    rock = np.s_[10:30, 40:55]
    many = Prompts((Point(20, 20), Point(10, 10), Point(30, 30)))
    start = Round(many, changed(OBJECT, rock).astype(np.float32))
    assert start.next(Stubborn(OBJECT), Point(48.5, 20.5, positive=False)).mask(SIZE)[12, 42]
    # Nor if what is found then is another object.
    start = Round(Prompts((Point(20, 20),)), changed(OBJECT, rock).astype(np.float32))
    other = np.zeros(SIZE, bool)
    other[15:25, 15:25] = True
    assert start.next(Stubborn(other), Point(48.5, 20.5, positive=False)).mask(SIZE)[12, 42]


def test_an_answer_without_the_mask_counts_only_if_it_obeys_all_clicks() -> None:
    image = Stubborn(changed(OBJECT, np.s_[15:25, 15:25]))
    start = Round(Prompts((Point(20, 20),)), OBJECT.astype(np.float32))
    after = start.next(image, Point(30.5, 20.5, positive=False)).mask(SIZE)
    assert after[20, 20]
    assert not after[20, 30]

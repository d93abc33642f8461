import pytest

from xmem_gui.annotator.propagation.legs import Role, plan_legs
from xmem_gui.errors import XmemGuiError


def planned(*args, **options) -> list[tuple[range, str]]:
    return [(leg.frames, leg.role.value) for leg in plan_legs(*args, **options)]


def test_one_direction_is_one_leg():
    assert planned({2, 7}, 0, 9, "forward") == [(range(2, 10), "only")]
    assert planned({2, 7}, 0, 9, "backward") == [(range(7, -1, -1), "only")]
    assert planned({2, 7}, 0, 9, "forward", start=7) == [(range(7, 10), "only")]


def test_both_ways_go_over_every_stretch_between_key_frames_twice():
    assert planned({2, 6}, 0, 9, "both") == [
        (range(2, -1, -1), "only"),
        (range(2, 6), "first"),
        (range(6, 2, -1), "second"),
        (range(6, 10), "only"),
    ]


def test_the_stretches_next_to_the_start_come_first():
    legs = planned({2, 6}, 0, 9, "both", start=6)
    assert legs[:2] == [(range(2, 6), "first"), (range(6, 2, -1), "second")]
    assert legs[-1] == (range(2, -1, -1), "only")


def test_until_the_next_key_frame_leaves_the_rest_alone():
    assert planned({1, 4, 8}, 0, 9, "forward", start=1, until="next_key_frame") == [(range(1, 5), "only")]
    assert planned({1, 4, 8}, 0, 9, "backward", start=4, until="next_key_frame") == [
        (range(4, 0, -1), "only")
    ]
    frames = {
        frame for leg, _ in planned({1, 4, 8}, 0, 9, "both", start=4, until="next_key_frame") for frame in leg
    }
    assert frames == set(range(1, 9))


@pytest.mark.parametrize("keys", [{0}, {9}, {3}, {2, 6}, {0, 9}, {4, 5}, {0, 3, 4, 9}])
@pytest.mark.parametrize("full", [None, set()])
def test_both_ways_reach_every_frame(keys, full):
    legs = plan_legs(keys, 0, 9, "both", full=full)
    assert {frame for leg in legs for frame in leg.frames} | (keys if full is None else set()) == set(
        range(10)
    )
    between = set(range(min(keys) + 1, max(keys))) - (keys if full is None else set())
    for role in (Role.FIRST, Role.SECOND):
        assert {f for leg in legs if leg.role is role for f in leg.frames} >= between


def test_a_frame_where_only_some_objects_are_committed_does_not_end_a_stretch():
    legs = planned({0, 4, 9}, 0, 9, "both", full={0, 9})
    assert legs == [(range(9), "first"), (range(9, 0, -1), "second")]


def test_the_range_and_the_start_must_hold_a_key_frame():
    with pytest.raises(XmemGuiError, match="None of the masks lies in the range 3:5"):
        plan_legs({1}, 3, 5, "forward")
    with pytest.raises(XmemGuiError, match="Frame 2 has no committed mask"):
        plan_legs({1}, 0, 5, "forward", start=2)

import pytest

from xmem_gui.annotator import plan_passes
from xmem_gui.errors import XmemGuiError
from xmem_gui.propagation import Direction


@pytest.mark.parametrize(
    ("given", "directions", "expected"),
    [
        ({0}, "forward", [range(10)]),
        ({4}, "forward", [range(4, 10)]),
        ({4}, "backward", [range(4, -1, -1)]),
        ({2, 7}, "backward", [range(7, -1, -1)]),
        ({4, 8}, "both", [range(4, 10), range(4, -1, -1)]),
        ({0}, "both", [range(10)]),
    ],
)
def test_passes_start_at_a_mask(given, directions, expected):
    assert [run.frames for run in plan_passes(given, 0, 9, directions)] == expected


@pytest.mark.parametrize("given", [{0}, {3}, {9}, {2, 5}])
def test_both_directions_give_every_frame_once(given):
    runs = plan_passes(given, 0, 9, "both")
    frames = [frame for run in runs for frame in run.frames[len(run.frames) - run.results :]]
    assert sorted(frames) == list(range(10))
    assert {run.direction for run in runs} <= {Direction.FORWARD, Direction.BACKWARD}


def test_a_range_limits_both_ends_and_the_masks():
    assert [run.frames for run in plan_passes({1, 5}, 3, 7, "both")] == [range(5, 8), range(5, 2, -1)]
    with pytest.raises(XmemGuiError, match="None of the masks lies in the range 6:8"):
        plan_passes({1, 5}, 6, 8, "forward")

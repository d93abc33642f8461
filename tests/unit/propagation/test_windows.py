import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from xmem_gui.model.aggregate import aggregate, aggregate_parts
from xmem_gui.propagation.tracks import Tracks, WindowConfig
from xmem_gui.propagation.windows import CELL, Window, around, batches, whole_window

GRID = (30, 54)
FRAME = (CELL * GRID[0], CELL * GRID[1])


@st.composite
def boxes(draw: st.DrawFn) -> tuple[float, float, float, float]:
    top, bottom = sorted(draw(st.tuples(*2 * [st.floats(-50, FRAME[0] + 50)])))
    left, right = sorted(draw(st.tuples(*2 * [st.floats(-50, FRAME[1] + 50)])))
    return top, left, bottom, right


def within(window: Window) -> bool:
    ends = window.top + window.height <= GRID[0] and window.left + window.width <= GRID[1]
    return window.top >= 0 and window.left >= 0 and ends


@given(boxes(), st.floats(0, 100))
def test_a_window_lies_in_the_frame_and_holds_what_of_its_box_does(box: tuple, margin: float):
    window = around(box, margin, GRID)
    assert within(window)
    assert window.cells > 0
    for low, high, first, length, size in (
        (box[0], box[2], window.top, window.height, FRAME[0]),
        (box[1], box[3], window.left, window.width, FRAME[1]),
    ):
        if high - margin > 0 and low + margin < size:
            assert CELL * first <= max(low - margin, 0)
            assert CELL * (first + length) >= min(high + margin, size)


@given(st.lists(boxes(), max_size=20), st.integers(1, 8))
def test_batches_hold_every_window_once_grown_to_one_size(found: list, most: int):
    windows = {name: around(box, 20, GRID) for name, box in enumerate(found)}
    seen: dict[int, Window] = {}
    for batch in batches(windows, GRID, most):
        assert 0 < len(batch) <= most
        assert len({(one.height, one.width) for one in batch.values()}) == 1
        assert not seen.keys() & batch.keys()
        seen |= batch
    assert seen.keys() == windows.keys()
    for name, one in windows.items():
        other = seen[name]
        assert within(other)
        assert other.top <= one.top
        assert other.left <= one.left
        assert other.top + other.height >= one.top + one.height
        assert other.left + other.width >= one.left + one.width


def test_windows_pass_together_where_that_costs_less_than_two_calls():
    tiny, small, large = Window(0, 0, 4, 4), Window(10, 10, 8, 8), Window(4, 20, 20, 24)
    assert [set(one) for one in batches({1: tiny, 2: small}, GRID, 8)] == [{1, 2}]
    assert [set(one) for one in batches({1: tiny, 2: large, 3: small}, GRID, 8)] == [{2}, {1, 3}]
    # Alike in share, but what the smaller would grow by is more than a call.
    assert [set(one) for one in batches({1: Window(0, 0, 20, 16), 2: large}, GRID, 8)] == [{2}, {1}]


@settings(max_examples=30)
@given(st.integers(0, 2**31), st.integers(1, 5))
def test_parts_aggregate_to_what_whole_maps_do(seed: int, objects: int):
    rng = np.random.default_rng(seed)
    maps = torch.zeros(objects, 20, 30)
    parts = []
    for of_one in maps:
        (top, bottom), (left, right) = np.sort(rng.integers(0, 20, 2)), np.sort(rng.integers(0, 30, 2))
        soft = torch.from_numpy(rng.random((bottom - top, right - left), np.float32))
        of_one[top:bottom, left:right] = soft
        parts.append((int(top), int(left), soft))
    torch.testing.assert_close(aggregate_parts(parts, (20, 30)), aggregate(maps), atol=2e-6, rtol=1e-4)


def disc(row: float, column: float, radius: float = 40) -> torch.Tensor:
    rows, columns = torch.arange(FRAME[0])[:, None], torch.arange(FRAME[1])
    return ((rows - row) ** 2 + (columns - column) ** 2 < radius**2).float()


def looked_for(
    tracks: Tracks, config: WindowConfig | None = None, *, remembered: bool = False
) -> Window | None:
    found = tracks.windows([1], GRID, config or WindowConfig(), remembered=remembered)
    return None if found is None else found[1]


def test_an_object_that_was_never_seen_is_looked_for_everywhere():
    assert looked_for(Tracks()) is None


def test_a_window_is_around_the_mask_and_moves_with_it():
    tracks = Tracks()
    seen = []
    for frame in range(4):
        tracks.see(1, disc(200, 200 + 30 * frame), whole_window(GRID))
        window = looked_for(tracks)
        assert window is not None
        seen.append(window)
        right = (window.left + window.width) * CELL
        assert right >= 200 + 30 * frame + 40 + 32
    assert seen[0].cells < 150
    # It reaches further where the object is heading than it does around one that stands.
    assert (seen[3].left + seen[3].width) * CELL >= 290 + 40 + 32 + 30


def test_what_was_the_objects_of_late_is_encoded_anew():
    tracks = Tracks()
    for column in (200, 240, 280, 320, 360, 400):
        tracks.see(1, disc(200, column), whole_window(GRID))
    window = tracks.drawn(1, GRID, WindowConfig())
    assert window.left * CELL <= 200
    assert (window.left + window.width) * CELL >= 440 + 32


def test_what_was_hidden_is_looked_for_where_it_was():
    tracks = Tracks()
    tracks.see(1, disc(200, 300, 100), whole_window(GRID))
    half = disc(200, 300, 100)
    half[:, 280:] = 0
    for _ in range(6):
        tracks.see(1, half, whole_window(GRID))
    window = looked_for(tracks, WindowConfig(every=100))
    assert window is not None
    assert (window.left + window.width) * CELL > 370


def test_specks_do_not_widen_a_window():
    plain, specked = Tracks(), Tracks()
    plain.see(1, disc(200, 300), whole_window(GRID))
    soft = disc(200, 300)
    soft[400:403, 700:703] = 1
    specked.see(1, soft, whole_window(GRID))
    assert looked_for(plain) == looked_for(specked)


def test_a_fall_of_confidence_is_a_look_at_the_whole_frame():
    tracks = Tracks()
    for _ in range(3):
        tracks.see(1, disc(200, 300), whole_window(GRID))
    assert looked_for(tracks) is not None
    tracks.see(1, 0.6 * disc(200, 300), whole_window(GRID))
    assert looked_for(tracks) is None


def test_every_so_often_and_in_small_frames_the_whole_frame_is_looked_at():
    config, tracks = WindowConfig(every=4), Tracks()
    whole_looks = []
    for frame in range(1, 20):
        tracks.see(1, disc(200, 300), whole_window(GRID))
        if looked_for(tracks, config, remembered=frame % 5 == 0) is None:
            whole_looks.append(frame)
    assert whole_looks == [5, 10, 15]
    tracks.see(1, disc(200, 300), whole_window(GRID))
    assert tracks.windows([1], (10, 20), config, remembered=False) is None


def test_one_that_is_not_to_be_seen_is_looked_for_everywhere_and_after_a_while_now_and_then():
    tracks, config = Tracks(), WindowConfig(every=1000)
    for name in (1, 2):
        tracks.see(name, disc(200, 300), whole_window(GRID))
    kinds = []
    for _ in range(160):
        tracks.see(1, torch.zeros(FRAME), whole_window(GRID))
        found = tracks.windows([1, 2], GRID, config, remembered=False)
        assert found is not None
        kinds.append(found[1].cells)
    assert set(kinds[:150]) == {GRID[0] * GRID[1]}
    assert set(kinds[150:]) == {0, GRID[0] * GRID[1]}
    # What was not looked at is no news.
    tracks.see(1, torch.zeros(0, 0), Window(0, 0, 0, 0))


def test_tracks_are_restored_to_the_bit():
    tracks, other = Tracks(), Tracks()
    for frame in range(5):
        tracks.see(7, disc(100 + 11 * frame, 300), whole_window(GRID))
        tracks.see(3, torch.zeros(FRAME), whole_window(GRID))
        tracks.windows([7, 3], GRID, WindowConfig(), remembered=False)
    other.restore(tracks.state())
    for frame in range(5, 8):
        for one in (tracks, other):
            one.see(7, disc(100 + 11 * frame, 300), whole_window(GRID))
        found = [one.windows([7, 3], GRID, WindowConfig(), remembered=False) for one in (tracks, other)]
        assert found[0] == found[1]
    tracks.restore({})
    assert tracks.windows([7], GRID, WindowConfig(), remembered=False) is None


@pytest.mark.parametrize("wrong", ["rows", "infinite", "negative", "missing"])
def test_tracks_that_cannot_be_are_refused(wrong: str):
    tracks = Tracks()
    tracks.see(7, disc(100, 300), whole_window(GRID))
    state = tracks.state()
    if wrong == "rows":
        state["tracks"] = state["tracks"][:, :-1]
    elif wrong == "infinite":
        state["tracks"][0, 0] = math.inf
    elif wrong == "negative":
        state["tracks"][0, -1] = -1
    else:
        del state["since_whole"]
    with pytest.raises(ValueError, match="tracks"):
        Tracks().restore(state)

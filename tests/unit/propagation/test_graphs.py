"""Recorded calls: what is recorded, what is let go, and when plain calls take over."""

import logging
from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from xmem_gui.propagation.graphs import GraphRunner, PlainRecorder, alike

Work = Callable[[], None]


class Wrong(PlainRecorder):
    """Replays that leave something else in the buffers, from some replay on."""

    def __init__(self, runner: "list[GraphRunner]", right: int = 0) -> None:
        self._runner, self._right = runner, right

    def record(self, work: Work) -> Work:
        def replay() -> None:
            work()
            self._right -= 1
            if self._right < 0:
                for recording in self._runner[0]._recordings.values():
                    recording.outputs[0].mul_(2)

        return replay


class Failing(PlainRecorder):
    """Recording fails, from some recording on."""

    def __init__(self, message: str, good: int = 0) -> None:
        self._message, self._good = message, good

    def record(self, work: Work) -> Work:
        self._good -= 1
        if self._good < 0:
            raise RuntimeError(self._message)
        return work


class Heavy(PlainRecorder):
    """Every recording holds 100 bytes beside its buffers."""

    bytes = 0

    def record(self, work: Work) -> Work:
        self.bytes += 100
        return work

    def held(self) -> int:
        return self.bytes

    def clear(self) -> None:
        self.bytes = 0


def double(x: Tensor) -> tuple[Tensor, ...]:
    return (2 * x,)


def test_results_are_the_functions_and_lie_where_they_lay() -> None:
    runner = GraphRunner(PlainRecorder())
    first = runner.run("double", double, [torch.arange(3.0)])[0]
    assert first.tolist() == [0, 2, 4]
    for _ in range(3):
        again = runner.run("double", double, [torch.ones(3)])[0]
        assert again is first
    assert first.tolist() == [2, 2, 2]
    assert len(runner) == 1


def test_other_names_sizes_kinds_and_layouts_have_other_recordings() -> None:
    runner = GraphRunner(PlainRecorder())
    for given in (torch.ones(3), torch.ones(4), torch.ones(3, dtype=torch.float64), torch.ones(6)[::2]):
        assert torch.equal(runner.run("double", double, [given])[0], 2 * given)
    runner.run("treble", lambda x: (3 * x,), [torch.ones(3)])
    assert len(runner) == 5


def test_a_result_is_taken_by_the_next_function_without_a_copy() -> None:
    runner = GraphRunner(PlainRecorder())
    for number in range(4):
        between = runner.run("double", double, [torch.full((3,), float(number))])[0]
        out = runner.run("more", lambda x: (x + 1,), [between])[0]
        assert out.tolist() == [2 * number + 1] * 3
        # One that comes from elsewhere is copied to where the other lies.
        assert runner.run("more", lambda x: (x + 1,), [torch.zeros(3)])[0].tolist() == [1, 1, 1]


def test_what_is_held_is_read_where_it_is_and_recorded_anew_when_it_has_moved() -> None:
    runner = GraphRunner(PlainRecorder())
    held = torch.ones(2)
    for number in range(4):
        held.fill_(number)
        assert (
            runner.run("sum", lambda x, y: (x + y,), [torch.ones(2)], [held])[0].tolist() == [number + 1] * 2
        )
    moved = torch.full((2,), 9.0)
    assert runner.run("sum", lambda x, y: (x + y,), [torch.ones(2)], [moved])[0].tolist() == [10, 10]
    assert len(runner) == 1


def test_recordings_do_not_keep_what_has_moved_in_memory() -> None:
    runner = GraphRunner(PlainRecorder())
    held = torch.ones(8)
    for size in (2, 4, 8):
        runner.run("sum", lambda x, y: (x + y,), [torch.ones(size)], [held[:size]])
    runner.run("double", double, [torch.ones(2)])
    assert len(runner) == 4
    moved = held.clone()
    runner.run("sum", lambda x, y: (x + y,), [torch.ones(4)], [moved[:4]])
    assert len(runner) == 2


def test_the_least_lately_used_recording_leaves_first() -> None:
    made: list[int] = []

    class Counting(PlainRecorder):
        def record(self, work: Work) -> Work:
            made.append(1)
            return work

    runner = GraphRunner(Counting(), most=2)
    for size in (1, 1, 1, 2, 2, 2, 1, 3):
        runner.run("double", double, [torch.ones(size)])
        assert len(runner) <= 2
    assert len(made) == 3
    runner.run("double", double, [torch.ones(1)])
    assert len(made) == 3
    runner.run("double", double, [torch.ones(2)])
    assert len(made) == 4


def test_recordings_stay_within_the_memory_they_may_take() -> None:
    recorder = Heavy()
    runner = GraphRunner(recorder, most_bytes=250)
    for _ in range(5):
        for size in (1, 2, 3):
            given = torch.full((size,), 3.0)
            assert torch.equal(runner.run("double", double, [given])[0], 2 * given)
            assert recorder.held() <= 200
    # The one that was too much is not tried again; the others have their recordings.
    assert len(runner) == 2
    assert runner.on


@pytest.mark.parametrize("right", [0, 1])
def test_a_replay_that_differs_ends_recording(right: int, caplog: pytest.LogCaptureFixture) -> None:
    runners: list[GraphRunner] = []
    runners.append(GraphRunner(Wrong(runners, right)))
    runner = runners[0]
    with caplog.at_level(logging.WARNING):
        for number in range(1, 6):
            given = torch.full((3,), float(number))
            assert runner.run("double", double, [given])[0].tolist() == [2 * number] * 3
            runner.run("other", double, [torch.ones(2)])
    assert not runner.on
    assert len(runner) == 0
    assert len(caplog.records) == 1
    assert "differs" in caplog.text


@pytest.mark.parametrize("good", [0, 1])
def test_an_error_while_recording_ends_it(good: int, caplog: pytest.LogCaptureFixture) -> None:
    runner = GraphRunner(Failing("operation not permitted when stream is capturing", good))
    with caplog.at_level(logging.WARNING):
        for number in range(1, 5):
            for size in (2, 3):
                given = torch.full((size,), float(number))
                assert torch.equal(runner.run("double", double, [given])[0], 2 * given)
    assert not runner.on
    assert len(caplog.records) == 1
    assert "not permitted" in caplog.text


def test_where_memory_runs_out_recordings_go_and_the_call_is_made_again() -> None:
    runner = GraphRunner(PlainRecorder())
    runner.run("double", double, [torch.ones(3)])
    tries: list[int] = []

    def hungry(x: Tensor) -> tuple[Tensor, ...]:
        tries.append(len(runner))
        if len(runner):
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return (x + 1,)

    assert runner.run("hungry", hungry, [torch.ones(2)])[0].tolist() == [2, 2]
    assert tries == [1, 0]
    assert not runner.on
    assert runner.run("double", double, [torch.ones(3)])[0].tolist() == [2, 2, 2]


def test_memory_that_runs_out_without_recordings_is_an_error() -> None:
    def hungry(x: Tensor) -> tuple[Tensor, ...]:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    runner = GraphRunner(PlainRecorder())
    with pytest.raises(RuntimeError, match="out of memory"):
        runner.run("hungry", hungry, [torch.ones(2)])
    assert runner.on


def test_an_error_of_the_function_itself_is_raised() -> None:
    runner = GraphRunner(PlainRecorder())
    runner.run("double", double, [torch.ones(3)])
    with pytest.raises(RuntimeError, match="size"):
        runner.run("sum", lambda x, y: (x + y,), [torch.ones(2), torch.ones(3)])
    assert runner.on
    assert len(runner) == 1


def test_rounding_is_no_difference_and_more_is() -> None:
    generator = torch.Generator().manual_seed(0)
    plain = torch.randn(4000, generator=generator)
    assert alike(plain * 1.005, plain)
    assert alike(torch.where(torch.arange(4000) < 3, 5.0, plain), plain)
    assert not alike(torch.where(torch.arange(4000) < 40, 5.0, plain), plain)
    assert not alike(plain.roll(1), plain)
    assert not alike(torch.full((3,), float("nan")), torch.ones(3))
    assert alike(torch.full((3,), float("nan")), torch.full((3,), float("nan")))
    assert not alike(torch.tensor([1, 2]), torch.tensor([1, 3]))
    assert alike(torch.empty(0), torch.empty(0))

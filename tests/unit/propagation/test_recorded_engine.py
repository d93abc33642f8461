"""The engine with recorded calls: plainly on the processor, and on a pretended device that replays."""

import functools
import logging
from collections.abc import Callable, Iterator
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from pretend_device import DEVICE, PretendDevice

from xmem_gui.assets import asset
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.memory import MemoryConfig
from xmem_gui.model import XMem, find_model, load_network
from xmem_gui.propagation import Engine, FrameResult
from xmem_gui.propagation.graphs import GraphRunner, PlainRecorder
from xmem_gui.propagation.passes import RecordedPasses
from xmem_gui.video import open_source

FRAMES = 14
MEMORY = MemoryConfig(
    max_working_frames=3, min_working_frames=2, prototypes=16, max_long_term_tokens=40, memory_every=2,
    permanent_read=2,
)  # fmt: skip
Masks = dict[int, np.ndarray]


@functools.cache
def network() -> XMem:
    return load_network(find_model("compact"))


@functools.cache
def clip() -> tuple[list[np.ndarray], Masks]:
    index = read_index_mask(asset("sample/sample.png"))
    with open_source(asset("sample/sample.mp4")) as video:
        images = [np.ascontiguousarray(video.frame(frame)) for frame in range(FRAMES)]
    return images, {1: index == 1, 2: index == 2}


def engine(recorder: object = None, *, device: object = "cpu", **options: object) -> Engine:
    runner = None if recorder is None else lambda: GraphRunner(recorder)  # type: ignore[arg-type]
    return Engine(
        network(), memory=MEMORY, size=64, precision=torch.float32, device=device, runner=runner, **options
    )  # type: ignore[arg-type]


def runner_of(engine: Engine) -> GraphRunner:
    assert isinstance(engine._passes, RecordedPasses)
    return engine._passes.runner


def steps(engine: Engine, frames: range) -> Iterator[FrameResult]:
    """Step over frames: objects join in 0 and 5; in 9 the first leaves, and is given again in 11."""
    images, masks = clip()
    given = {0: {1: masks[1]}, 5: {2: masks[2]}, 11: {1: masks[1]}}
    for frame in frames:
        if frame == 9:
            engine.remove([1])
        yield engine.step(frame, images[frame], given.get(frame))


def walk(engine: Engine) -> list[FrameResult]:
    engine.start()
    return list(steps(engine, range(FRAMES)))


@functools.cache
def plain() -> list[FrameResult]:
    return walk(engine())


@functools.cache
def replayed() -> tuple[list[FrameResult], list[torch.Tensor]]:
    """Return a walk on the pretended device, and its probabilities as they were when each frame was done."""
    with PretendDevice() as device:
        recorded = engine(device, device=DEVICE)
        recorded.start()
        results, then = [], []
        for result in steps(recorded, range(FRAMES)):
            results.append(result)
            then.append(result.soft.cpu().clone())
        assert runner_of(recorded).on
    return results, then


def assert_as_plain(results: list[FrameResult]) -> None:
    for found, expected in zip(results, plain(), strict=True):
        assert found.objects == expected.objects
        # Rows are padded, so that products are summed in another order, and of two tokens that tie, the other
        # may be read.
        different = np.abs(found.probabilities() - expected.probabilities()) > 1e-3
        assert different.mean() < 2e-3
        assert (found.index_mask() != expected.index_mask()).mean() < 1e-3
        for name, sure in expected.confidence().items():
            assert found.confidence()[name] == pytest.approx(sure, abs=0.01)


def test_objects_join_and_leave_as_without_recordings() -> None:
    recorded = engine(PlainRecorder())
    assert_as_plain(walk(recorded))
    assert runner_of(recorded).on
    assert len(runner_of(recorded)) > 6


def test_tiers_are_those_without_recordings() -> None:
    recorded, other = engine(PlainRecorder()), engine()
    for _ in zip(steps(recorded, range(FRAMES)), steps(other, range(FRAMES)), strict=True):
        assert recorded.memory.sizes == other.memory.sizes
        assert recorded.memory.objects == other.memory.objects
    assert recorded.memory.sizes.long_term > 0


def test_replays_on_a_device_give_the_same() -> None:
    with PretendDevice():
        assert_as_plain(replayed()[0])


def test_results_are_not_overwritten_by_later_frames() -> None:
    with PretendDevice():
        for result, then in zip(*replayed(), strict=True):
            assert torch.equal(result.soft.cpu(), then)


def test_a_frame_is_a_few_calls_and_waits_for_nothing() -> None:
    images, masks = clip()
    usual, remembered, unrecorded = [], [], []
    with PretendDevice() as device:
        for recorder, counts in ((device, usual), (None, unrecorded)):
            tracked = engine(recorder, device=DEVICE)
            for frame in range(12):
                device.waits.clear()
                device.calls = 0
                result = tracked.step(frame, images[frame], masks if frame == 0 else None)
                if frame > 5 and frame % 2 and recorder is not None:
                    # One after a memory frame; the read is of the same rows as ever.
                    assert device.waits == []
                (counts if frame % 2 else remembered).append(device.calls)
                device.waits.clear()
                result.index_mask()
                result.confidence()
                # The result is fetched as two things: the masks and the confidence.
                assert len(device.waits) <= 2
    assert max(usual[3:]) <= 20
    assert min(unrecorded[3:]) > 150


def test_a_result_arrives_without_waiting_for_the_frame_after_it() -> None:
    images, masks = clip()

    def fetch(tensor: torch.Tensor) -> Callable[[], torch.Tensor]:
        copy = tensor.held.clone()  # type: ignore[attr-defined]
        return lambda: copy

    with PretendDevice() as device:
        tracked = engine(device, device=DEVICE)
        for frame in range(8):
            result = tracked.step(frame, images[frame], masks if frame == 0 else None)
            expected = result.index_mask(), result.confidence(), result.descriptor.cpu()
            device.waits.clear()
            arrived = result.arriving(fetch)
            assert device.waits == []
            result.soft.zero_()  # as if the device had gone on
            there = arrived()
            assert np.array_equal(there.index_mask(), expected[0])
            there.index_mask()[:] = -1
            assert np.array_equal(there.index_mask(), expected[0])
            assert there.confidence() == expected[1]
            assert torch.equal(there.descriptor, expected[2])
            assert device.waits == []


def test_many_commits_do_not_make_a_frame_wait() -> None:
    images, masks = clip()
    with PretendDevice() as device:
        recorded = engine(device, device=DEVICE)
        for frame in (0, 4, 8, 12):
            recorded.commit(frame, images[frame], masks)
        recorded.start()
        for frame in range(6):
            device.waits.clear()
            result = recorded.step(frame, images[frame], masks if frame == 0 else None)
        assert device.waits == []
        expected = engine()
        for frame in (0, 4, 8, 12):
            expected.commit(frame, images[frame], masks)
        expected.start()
        for frame in range(6):
            other = expected.step(frame, images[frame], masks if frame == 0 else None)
        assert (result.index_mask() != other.index_mask()).mean() < 1e-3


def test_commits_are_settled_and_replaced_on_a_device() -> None:
    images, masks = clip()
    found = []
    for recorded in (False, True):
        with PretendDevice() as device:
            tracked = engine(device if recorded else None, device=DEVICE)
            for frame in (0, 4, 8):
                tracked.commit(frame, images[frame], masks if frame else {1: masks[1]})
            list(steps(tracked, range(4)))
            tracked.settle([0, 8])
            tracked.commit(8, images[8], masks)
            assert tracked.memory.permanent_frames() == [0, 8]
            tracked.start()
            found.append(tracked.step(9, images[9]).index_mask())
    assert (found[0] != found[1]).mean() < 1e-3
    assert set(np.unique(found[0])) == {0, 1, 2}


def test_the_device_without_recordings_gives_what_the_processor_gives() -> None:
    with PretendDevice():
        for found, expected in zip(walk(engine(device=DEVICE)), plain(), strict=True):
            assert (found.index_mask() != expected.index_mask()).mean() < 1e-3


@pytest.mark.parametrize("pretended", [False, True])
def test_an_interrupted_run_goes_on_bit_for_bit(pretended: bool) -> None:
    with PretendDevice() if pretended else nullcontext(PlainRecorder()) as recorder:
        device = DEVICE if pretended else "cpu"
        whole = (
            replayed()[1] if pretended else [result.soft for result in walk(engine(recorder, device=device))]
        )
        begun = engine(recorder, device=device)
        begun.start()
        done = [result.soft.cpu() for result in steps(begun, range(7))]
        other = engine(recorder, device=device)
        other.restore(begun.state())
        done += [result.soft.cpu() for result in steps(other, range(7, FRAMES))]
    assert all(torch.equal(one, two) for one, two in zip(whole, done, strict=True))


def test_a_table_that_grows_is_recorded_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("table", "padded"):
        monkeypatch.setattr(f"xmem_gui.memory.{module}.GROWTH", 64)
    with PretendDevice() as device:
        recorded = engine(device, device=DEVICE)
        assert_as_plain(walk(recorded))
        assert runner_of(recorded).on
        widths = {key[-2][0][0] for key in runner_of(recorded)._recordings if key[0][0] == "read"}
        assert len(widths) > 1


def test_hidden_maps_are_not_overwritten_by_later_calls() -> None:
    recorded = engine(PlainRecorder())
    results = list(steps(recorded, range(4)))
    passes, images = recorded._passes, clip()[0]
    with torch.no_grad():
        tensor = passes.image(results[0].geometry, images[4])
        features = passes.encode_key(tensor)
        hidden, soft = recorded._stacked_hidden(features), torch.rand(1, *tensor.shape[-2:])

        def predicted(before: torch.Tensor) -> torch.Tensor:
            return passes.predict(recorded.memory, features, [1], before, update_hidden=True, most=16)[1]

        def encoded(before: torch.Tensor) -> torch.Tensor:
            return passes.encode_value(tensor, features, before, soft, deep=True, most=16)[1]

        for call in (predicted, encoded):
            kept = call(hidden)
            then = kept.clone()
            assert not torch.equal(call(hidden + 1), then)
            assert torch.equal(kept, then)


def test_features_that_are_kept_are_not_overwritten() -> None:
    with PretendDevice() as device:
        recorded = engine(device, device=DEVICE, key_cache=1 << 28)
        first = [result.soft.cpu() for result in walk(recorded)]
        calls = device.calls
        recorded.remove(recorded.objects)
        again = [result.soft.cpu() for result in walk(recorded)]
        assert device.calls - calls < calls
    assert all(torch.equal(one, two) for one, two in zip(first, again, strict=True))


@pytest.mark.parametrize("good", [0, 3, 8])
def test_when_recording_fails_the_run_goes_on(good: int, caplog: pytest.LogCaptureFixture) -> None:
    class Failing(PlainRecorder):
        left = good

        def record(self, work: Callable[[], None]) -> Callable[[], None]:
            self.left -= 1
            if self.left < 0:
                raise RuntimeError("operation not permitted when stream is capturing")
            return work

    recorded = engine(Failing())
    with caplog.at_level(logging.WARNING):
        assert_as_plain(walk(recorded))
    assert not runner_of(recorded).on
    assert len(caplog.records) == 1


def test_when_a_replay_is_wrong_the_run_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    class Stale(PlainRecorder):
        """Replays that do nothing, as of a recording that reads what nobody writes."""

        def record(self, work: Callable[[], None]) -> Callable[[], None]:
            work()
            return lambda: None

    recorded = engine(Stale())
    with caplog.at_level(logging.WARNING):
        assert_as_plain(walk(recorded))
    assert not runner_of(recorded).on
    assert "differs" in caplog.text


@pytest.mark.parametrize("part", ["decode", "encode_value", "encode_key"])
def test_when_memory_runs_out_the_run_goes_on_without_recordings(
    part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorded = engine(PlainRecorder())
    runner = runner_of(recorded)
    part_of_network = getattr(recorded._network, part)

    def hungry(*given: object, **options: object) -> object:
        if len(runner) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return part_of_network(*given, **options)

    monkeypatch.setattr(recorded._network, part, hungry)
    assert_as_plain(walk(recorded))
    assert not runner.on


def test_when_the_table_cannot_grow_recordings_go(monkeypatch: pytest.MonkeyPatch) -> None:
    recorded = engine(PlainRecorder())
    runner = runner_of(recorded)
    from xmem_gui.memory import table

    grown = table._grown

    def hungry(*given: object) -> object:
        if len(runner) > 2:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return grown(*given)  # type: ignore[arg-type]

    for module in ("table", "padded"):
        monkeypatch.setattr(f"xmem_gui.memory.{module}.GROWTH", 64)
    monkeypatch.setattr(table, "_grown", hungry)
    assert_as_plain(walk(recorded))
    assert not runner.on


def test_memory_that_runs_out_elsewhere_ends_the_step_and_frees_recordings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    recorded = engine(PlainRecorder())
    images, masks = clip()
    recorded.step(0, images[0], masks)
    assert len(runner_of(recorded))

    def hungry(*_: object, **__: object) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB")

    with monkeypatch.context() as patch:
        patch.setattr(recorded.memory, "set_sensory", hungry)
        with pytest.raises(RuntimeError, match="out of memory"):
            recorded.step(1, images[1])
    assert not len(runner_of(recorded))
    recorded.start()
    assert_as_plain(walk(recorded))


def test_two_engines_of_one_network_do_not_disturb_each_other() -> None:
    with PretendDevice() as device:
        one = engine(device, device=DEVICE)
        others = (one, one.sibling(size=64))
        for each in others:
            each.start()
        together = list(zip(*(steps(each, range(8)) for each in others), strict=True))
        for results, expected in zip(together, replayed()[1][:8], strict=True):
            assert all(torch.equal(result.soft.cpu(), expected) for result in results)

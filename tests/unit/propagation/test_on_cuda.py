"""Objects are tracked on a CUDA device as on the processor, with graphs and without."""

import functools
import threading
from collections.abc import Callable, Iterator
from functools import partial

import numpy as np
import pytest
import torch
from golden_runs import BY_SEED, CASES, assert_matches_the_reference, golden_engine
from torch import Tensor

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.assets import asset
from xmem_gui.evaluation import region_similarity
from xmem_gui.formats.davis import read_index_mask
from xmem_gui.propagation import Engine, FrameResult
from xmem_gui.propagation.cuda_graphs import CudaRecorder, Downloads, Uploads, cuda_runner
from xmem_gui.propagation.graphs import GraphRunner
from xmem_gui.propagation.passes import RecordedPasses
from xmem_gui.video import open_source

pytestmark = pytest.mark.cuda
FRAMES = 32
MB = 1 << 20


@functools.cache
def clip() -> tuple[list[np.ndarray], dict[int, np.ndarray]]:
    index = read_index_mask(asset("sample/sample.png"))
    with open_source(asset("sample/sample.mp4")) as video:
        images = [np.ascontiguousarray(video.frame(frame)) for frame in range(FRAMES)]
    return images, {1: index == 1, 2: index == 2}


def cuda_engine(precision: str = "auto", *, graphs: bool = True) -> Engine:
    return make_engine(EngineSettings(device="cuda", size=240, precision=precision, graphs=graphs))


def runner_of(engine: Engine) -> GraphRunner:
    assert isinstance(engine._passes, RecordedPasses)
    return engine._passes.runner


def steps(engine: Engine, frames: range) -> Iterator[FrameResult]:
    """Step over frames: objects join in 0 and 9; in 20 the first leaves, and is given again in 25."""
    images, masks = clip()
    given = {0: {1: masks[1]}, 9: {2: masks[2]}, 25: {1: masks[1]}}
    for frame in frames:
        if frame == 20:
            engine.remove([1])
        yield engine.step(frame, images[frame], given.get(frame))


def walk(engine: Engine) -> list[FrameResult]:
    engine.start()
    return list(steps(engine, range(FRAMES)))


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_masks_are_those_of_the_processor(precision: str, graphs: bool) -> None:
    first = read_index_mask(asset("sample/sample.png")) == 1
    masks = {}
    for device in ("cpu", "cuda"):
        engine = make_engine(EngineSettings(device=device, size=240, precision=precision, graphs=graphs))
        engine.start()
        with open_source(asset("sample/sample.mp4")) as video:
            for frame in range(5):
                given = {1: first} if frame == 0 else None
                masks[device, frame] = engine.step(
                    frame, np.ascontiguousarray(video.frame(frame)), given
                ).masks()[1]
    likeness = [region_similarity(masks["cpu", frame], masks["cuda", frame]) for frame in range(1, 5)]
    assert min(likeness) > 0.97


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize("name", BY_SEED)
def test_the_reference_is_matched(name: str, graphs: bool) -> None:
    device = torch.device("cuda")
    engine = golden_engine(
        CASES[name], device=device, runner=partial(cuda_runner, device) if graphs else None
    )
    assert_matches_the_reference(name, engine)
    assert not graphs or (runner_of(engine).on and len(runner_of(engine)))


@pytest.mark.parametrize("precision", ["auto", "float32"])
def test_graphs_give_what_plain_calls_give_while_objects_join_and_leave(precision: str) -> None:
    recorded, plain = cuda_engine(precision), cuda_engine(precision, graphs=False)
    assert not isinstance(plain._passes, RecordedPasses)
    for found, expected in zip(walk(recorded), walk(plain), strict=True):
        assert found.objects == expected.objects
        for name, mask in expected.masks().items():
            assert region_similarity(found.masks()[name], mask) > (0.97 if precision == "auto" else 0.99)
    assert recorded.memory.sizes == plain.memory.sizes
    assert runner_of(recorded).on
    assert len(runner_of(recorded)) > 6


def test_an_interrupted_run_goes_on_bit_for_bit() -> None:
    whole = [result.soft.cpu() for result in walk(cuda_engine())]
    begun = cuda_engine()
    begun.start()
    done = [result.soft.cpu() for result in steps(begun, range(13))]
    other = cuda_engine()
    other.restore({name: tensor.cpu() for name, tensor in begun.state().items()})
    done += [result.soft.cpu() for result in steps(other, range(13, FRAMES))]
    different = [frame for frame, pair in enumerate(zip(whole, done, strict=True)) if not torch.equal(*pair)]
    assert different == []


def test_a_usual_frame_does_not_wait_for_the_device() -> None:
    images, masks = clip()
    engine = cuda_engine()
    engine.start()
    engine.step(0, images[0], masks)
    for frame in range(1, 16):
        engine.step(frame, images[frame])
    torch.cuda.synchronize()
    torch.cuda.set_sync_debug_mode("error")
    try:
        results = [engine.step(frame, images[frame]) for frame in range(16, 20)]
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert results[-1].masks()[1].any()
    assert runner_of(engine).on


def test_results_are_not_overwritten_by_later_frames() -> None:
    engine = cuda_engine()
    engine.start()
    kept = [(result, result.soft.cpu()) for result in steps(engine, range(FRAMES))]
    assert all(torch.equal(result.soft.cpu(), then) for result, then in kept)


def test_frames_arrive_whole() -> None:
    uploads = Uploads(torch.device("cuda"))
    rng = np.random.default_rng(0)
    frames = [rng.integers(0, 256, (480, 854, 3), np.uint8) for _ in range(20)]
    arrived = [uploads.sent(frame) for frame in frames]
    arrived.append(uploads.sent(frames[0][:, ::-1]))
    for frame, there in zip([*frames, frames[0][:, ::-1]], arrived, strict=True):
        assert np.array_equal(there.cpu().numpy(), frame)


def test_results_arrive_as_they_were_when_they_were_asked_for() -> None:
    downloads = Downloads(torch.device("cuda"))
    place, arriving = torch.zeros(1 << 22, device="cuda"), []
    for number in range(20):
        place.fill_(number)
        made = place.sin().asin() * 0 + place
        arriving.append(downloads.fetch(made))
        del made
        torch.full_like(place, -1.0)  # takes the memory that was let go, should it be free
    for number, arrived in enumerate(arriving):
        assert torch.equal(arrived(), torch.full((1 << 22,), float(number)))


def test_two_frames_under_way_give_what_one_at_a_time_does() -> None:
    images, masks = clip()
    one, two = cuda_engine(), cuda_engine()
    assert two.fetch is not None
    arriving: list[Callable[[], FrameResult]] = []
    found, expected = [], []
    for engine in (one, two):
        engine.start()
    for frame in range(FRAMES):
        given = masks if frame == 0 else None
        result = one.step(frame, images[frame], given)
        expected.append((result.index_mask(), result.confidence()))
        arriving.append(two.step(frame, images[frame], given).arriving(two.fetch))
        if len(arriving) == 2:
            found.append(arriving.pop(0)())
    found.append(arriving.pop()())
    for there, (index, sure) in zip(found, expected, strict=True):
        assert np.array_equal(there.index_mask(), index)
        assert there.confidence() == sure
        assert there.descriptor is not None
        assert there.descriptor.device.type == "cpu"


def test_work_that_cannot_be_captured_is_done_plainly_and_the_device_goes_on() -> None:
    runner = GraphRunner(CudaRecorder(torch.device("cuda")))
    stream = torch.cuda.current_stream()

    def waits(x: Tensor) -> tuple[Tensor, ...]:
        return (x * float(x.sum()),)

    x = torch.ones(3, device="cuda")
    assert runner.run("waits", waits, [x])[0].tolist() == [3, 3, 3]
    assert not runner.on
    assert torch.cuda.current_stream() == stream
    assert runner.run("waits", waits, [2 * x])[0].tolist() == [12, 12, 12]
    # The device can still be captured, by another runner.
    other = GraphRunner(CudaRecorder(torch.device("cuda")))
    for number in range(4):
        assert other.run("double", lambda x: (2 * x,), [x * number])[0].tolist() == [2.0 * number] * 3
    assert other.on


def _heavy(x: Tensor, *, megabytes: int) -> tuple[Tensor, ...]:
    wide = x.expand(megabytes * MB // 4 // len(x), -1).clone()
    return (wide.mean(0),)


def test_where_memory_runs_out_graphs_are_let_go() -> None:
    torch.cuda.empty_cache()
    runner = GraphRunner(CudaRecorder(torch.device("cuda")))
    x = torch.ones(64, device="cuda")
    for _ in range(3):
        runner.run("heavy", partial(_heavy, megabytes=512), [x])
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    assert len(runner) == 1
    held = torch.cuda.memory_reserved()
    assert held >= 512 * MB
    total = torch.cuda.get_device_properties(0).total_memory
    torch.cuda.set_per_process_memory_fraction((held + 128 * MB) / total)
    try:
        # It does not fit beside the graph.
        torch.testing.assert_close(runner.run("other", partial(_heavy, megabytes=480), [x])[0], x)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    assert not runner.on
    assert len(runner) == 0


def test_a_run_goes_on_when_memory_runs_out_while_graphs_are_held(monkeypatch: pytest.MonkeyPatch) -> None:
    engine = cuda_engine()
    runner, decode = runner_of(engine), engine._network.decode

    def hungry(*given: object, **options: object) -> object:
        if len(runner) > 3:
            raise torch.cuda.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return decode(*given, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(engine._network, "decode", hungry)
    for found, expected in zip(walk(engine), walk(cuda_engine(graphs=False)), strict=True):
        for name, mask in expected.masks().items():
            assert region_similarity(found.masks()[name], mask) > 0.98
    assert not runner.on


def test_recordings_stay_within_the_memory_they_may_take() -> None:
    runner = GraphRunner(CudaRecorder(torch.device("cuda")), most_bytes=300 * MB)
    x = torch.ones(64, device="cuda")
    for _ in range(4):
        for megabytes in (128, 256, 512):
            found = runner.run(("heavy", megabytes), partial(_heavy, megabytes=megabytes), [x])[0]
            torch.testing.assert_close(found, x)
    assert runner.on
    assert 1 <= len(runner) <= 2


def test_recordings_that_come_and_go_share_memory() -> None:
    runner = GraphRunner(CudaRecorder(torch.device("cuda")), most=2)
    for size in (1, 2, 3, 1, 2, 3):
        x = torch.full((64 * size,), float(size), device="cuda")
        for _ in range(3):
            torch.testing.assert_close(runner.run("heavy", partial(_heavy, megabytes=64), [x])[0], x)
    held = torch.ones(3, device="cuda")
    only = GraphRunner(CudaRecorder(torch.device("cuda")))
    for _ in range(4):
        # The only graph goes, and its memory with it, before the next is captured.
        held = held.clone()
        assert only.run("sum", lambda x, y: (x + y,), [held], [held])[0].tolist() == [2, 2, 2]
    assert runner.on
    assert only.on


def test_two_engines_in_two_threads_do_not_disturb_each_other() -> None:
    expected = [result.masks() for result in walk(cuda_engine())]
    found: dict[int, list[dict[int, np.ndarray]]] = {}
    stop = threading.Event()

    def tracked(number: int) -> None:
        found[number] = [result.masks() for result in walk(cuda_engine())]

    def clicks() -> None:
        weight = torch.ones(256, 256, device="cuda")
        while not stop.is_set():
            float((weight @ weight).sum())

    threads = [threading.Thread(target=partial(tracked, number)) for number in range(2)]
    other = threading.Thread(target=clicks)
    other.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(180)
    stop.set()
    other.join(180)
    assert sorted(found) == [0, 1]
    for masks_of in found.values():
        for masks, before in zip(masks_of, expected, strict=True):
            assert min(region_similarity(masks[name], before[name]) for name in before) > 0.98


def test_a_sibling_in_turn_does_not_disturb() -> None:
    expected = [result.soft.cpu() for result in walk(cuda_engine())]
    engine = cuda_engine()
    pair: tuple[Callable[[], Engine], ...] = (lambda: engine, lambda: engine.sibling(size=240))
    for one, two, alone in zip(
        *(steps(_begun(make()), range(FRAMES)) for make in pair), expected, strict=True
    ):
        for result in (one, two):
            assert float((result.soft.cpu() - alone).abs().mean()) < 1e-3


def _begun(engine: Engine) -> Engine:
    engine.start()
    return engine

"""The engine with windows around objects, on a clip of discs that the shipped network can follow."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
import torch

from xmem_gui.memory import MemoryConfig
from xmem_gui.model import XMem, find_model, load_network
from xmem_gui.propagation import Engine, FrameResult, WindowConfig

H, W = 192, 304
FRAMES = 14
WINDOWS = WindowConfig(every=6, margin=24, smallest=100)
MEMORY = MemoryConfig(
    max_working_frames=3, min_working_frames=2, prototypes=16, max_long_term_tokens=40, memory_every=2
)


def disc(row: float, column: float, radius: float = 24) -> np.ndarray:
    rows, columns = np.ogrid[:H, :W]
    return (rows - row) ** 2 + (columns - column) ** 2 < radius**2


class Discs:
    """A red and a blue disc that cross a mottled ground; the blue one is covered for some frames."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        coarse = rng.integers(60, 160, (H // 8, W // 8, 3))
        self.ground = coarse.repeat(8, 0).repeat(8, 1).astype(np.uint8)

    def masks(self, frame: int) -> dict[int, np.ndarray]:
        return {1: disc(60, 50 + 6 * frame), 2: disc(140, 240 - 5 * frame)}

    def frame(self, frame: int) -> np.ndarray:
        image = self.ground.copy()
        masks = self.masks(frame)
        image[masks[1]] = 220, 30, 30
        if not 6 <= frame < 9:
            image[masks[2]] = 30, 30, 220
        return image


CLIP = Discs()


@pytest.fixture(scope="module")
def network() -> XMem:
    return load_network(find_model("compact"))


def make(network: XMem, windows: WindowConfig | None = WINDOWS) -> Engine:
    return Engine(network, memory=MEMORY, precision=torch.float32, windows=windows)


def follow(
    engine: Engine, frames: range, given: Mapping[int, Mapping[int, np.ndarray]] | None = None
) -> list[FrameResult]:
    masks = {0: CLIP.masks(0)} if given is None else given
    return [
        engine.step(frame, CLIP.frame(frame), masks.get(frame), last=frame == FRAMES - 1) for frame in frames
    ]


def iou(one: np.ndarray, other: np.ndarray) -> float:
    return (one & other).sum() / max((one | other).sum(), 1)


@pytest.fixture(scope="module")
def results(network: XMem) -> list[FrameResult]:
    engine = make(network)
    engine.start()
    return follow(engine, range(FRAMES))


def test_windows_find_what_whole_frames_do(network: XMem, results: list[FrameResult]):
    engine = make(network, None)
    engine.start()
    for plain, one in zip(follow(engine, range(FRAMES)), results, strict=True):
        assert plain.within is None
        assert iou(plain.masks()[1], one.masks()[1]) > 0.97
        assert iou(one.masks()[1], CLIP.masks(one.frame)[1]) > 0.9


def test_most_of_the_frame_is_not_computed(results: list[FrameResult]):
    inside = [result for result in results if result.within is not None]
    assert len(inside) >= FRAMES / 2
    for result in inside:
        rows, columns = result.within[1]
        assert (rows.stop - rows.start) * (columns.stop - columns.start) < 0.6 * H * W


def test_nothing_is_found_outside_the_windows_and_all_sums_to_one(results: list[FrameResult]):
    for result in results:
        torch.testing.assert_close(result.soft.sum(0), torch.ones(H, W), atol=1e-5, rtol=0)
        for name, (rows, columns) in (result.within or {}).items():
            outside = result.soft[1 + result.objects.index(name)].clone()
            outside[rows, columns] = 0
            assert not outside.any()


def test_confidence_and_masks_are_those_of_the_probabilities(results: list[FrameResult]):
    for result in results:
        plain = result.with_soft(result.soft)
        assert plain.within is None
        assert result.confidence() == pytest.approx(plain.confidence())
        assert np.array_equal(result.index_mask(), plain.index_mask())


def test_an_object_that_was_hidden_is_found_again(results: list[FrameResult]):
    assert iou(results[7].masks()[2], CLIP.masks(7)[2]) < 0.5
    assert iou(results[-1].masks()[2], CLIP.masks(FRAMES - 1)[2]) > 0.8


def test_what_leaps_out_of_its_window_is_found_in_the_same_frame(network: XMem):
    columns = [50, 56, 62, 68, 240, 70, 230, 60]

    def picture(column: int) -> np.ndarray:
        image = CLIP.ground.copy()
        image[disc(90, column)] = 220, 30, 30
        return image

    engine = make(network, replace(WINDOWS, every=100))
    engine.start()
    results = [
        engine.step(frame, picture(column), {1: disc(90, column)} if frame == 0 else None)
        for frame, column in enumerate(columns)
    ]
    assert [result.within is not None for result in results[1:5]] == [True] * 4
    for result, column in zip(results, columns, strict=True):
        assert iou(result.masks()[1], disc(90, column)) > 0.9, result.frame


@pytest.mark.parametrize("stop", [1, 3, 6, 8, 11])
def test_an_interrupted_run_goes_on_bit_for_bit(network: XMem, results: list[FrameResult], stop: int):
    engine = make(network)
    engine.start()
    done = follow(engine, range(stop))
    other = make(network)
    other.restore(engine.state())
    done += follow(other, range(stop, FRAMES))
    for one, two in zip(results, done, strict=True):
        assert torch.equal(one.soft, two.soft)
        assert one.confidence() == two.confidence()


def test_memory_saved_without_windows_is_gone_on_with(network: XMem):
    plain, other = make(network, None), make(network)
    plain.start()
    follow(plain, range(3))
    state = {name: t for name, t in plain.state().items() if not name.startswith("tracks.")}
    other.restore(state)
    first, *more = follow(other, range(3, 6))
    assert first.within is None
    assert any(result.within is not None for result in more)


def test_given_masks_stay_to_the_bit_and_new_objects_join(network: XMem):
    engine = make(network)
    engine.start()
    given = {0: {1: CLIP.masks(0)[1]}, 4: {2: CLIP.masks(4)[2]}, 5: {1: disc(30, 30)}}
    results = follow(engine, range(8), given)
    assert results[3].within is not None
    assert np.array_equal(results[4].masks()[2], CLIP.masks(4)[2])
    assert np.array_equal(results[5].index_mask() == 1, disc(30, 30))
    assert results[5].objects == (1, 2)
    assert iou(results[4].masks()[1], CLIP.masks(4)[1]) > 0.9


def test_committed_frames_are_read_and_left_alone(network: XMem):
    engine = make(network)
    engine.commit(0, CLIP.frame(0), CLIP.masks(0))
    before = engine.state()
    engine.start()
    results = follow(engine, range(8))
    rows = engine.state()["memory.table.column.tier"] == 3
    for name in (1, 2):
        kept = engine.state()[f"memory.table.value.{name}"][rows]
        assert torch.equal(kept, before[f"memory.table.value.{name}"])
    assert iou(results[-1].masks()[1], CLIP.masks(7)[1]) > 0.9


def test_an_object_that_leaves_takes_its_track_along(network: XMem):
    engine = make(network)
    engine.start()
    follow(engine, range(3))
    engine.remove([2])
    assert engine.state()["tracks.objects"].tolist() == [1]
    assert follow(engine, range(3, 5))[-1].objects == (1,)
    engine.start()
    assert not len(engine.state()["tracks.objects"])


def test_small_frames_are_whole(network: XMem):
    engine = Engine(network, memory=MEMORY, windows=WindowConfig())
    engine.start()
    assert all(result.within is None for result in follow(engine, range(3)))

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
import torch

from xmem_gui.errors import MaskError
from xmem_gui.memory import MemoryConfig
from xmem_gui.model import COMPACT, XMem
from xmem_gui.propagation import Direction, Engine, frames_of_run

H, W = 50, 70
MEMORY = MemoryConfig(
    max_working_frames=3, min_working_frames=2, prototypes=6, max_long_term_tokens=20, memory_every=2
)


class Clip:
    """A video of noise that slowly changes."""

    def __init__(self, frames: int = 12) -> None:
        rng = np.random.default_rng(0)
        ends = rng.integers(0, 256, (2, H, W, 3))
        self.images = [(ends[0] + (ends[1] - ends[0]) * t / frames).astype(np.uint8) for t in range(frames)]
        self.asked: list[int] = []

    def __len__(self) -> int:
        return len(self.images)

    def frame(self, index: int) -> np.ndarray:
        self.asked.append(index)
        return self.images[index]


def box(top: int, left: int, size: int = 20) -> np.ndarray:
    mask = np.zeros((H, W), bool)
    mask[top : top + size, left : left + size] = True
    return mask


@pytest.fixture(scope="module")
def network() -> XMem:
    torch.manual_seed(0)
    return XMem(COMPACT)


def make(network: XMem, **options: object) -> Engine:
    return Engine(network, memory=MEMORY, **options)


def run(engine: Engine, clip: Clip, masks: dict, frames: range) -> Iterator:
    engine.start()
    return on(engine, clip, masks, frames)


def on(engine: Engine, clip: Clip, masks: dict, frames: range) -> Iterator:
    """Step over frames from where the engine stands."""
    for frame in frames:
        yield engine.step(frame, clip.frame(frame), masks.get(frame), last=frame == frames[-1])


def test_results_have_the_videos_size_and_sum_to_one(network: XMem):
    engine = make(network, size=32)
    results = list(run(engine, Clip(), {0: {3: box(5, 5), 9: box(25, 40)}}, range(12)))
    assert [r.frame for r in results] == list(range(12))
    for result in results:
        probabilities = result.probabilities()
        assert probabilities.shape == (3, H, W)
        np.testing.assert_allclose(probabilities.sum(0), 1, atol=1e-5)
        assert set(np.unique(result.index_mask())) <= {0, 3, 9}
        assert all(0 <= c <= 1 for c in result.confidence().values())
    assert engine.memory.sizes.working > 0


def test_a_given_mask_is_the_result_to_the_bit(network: XMem):
    masks = {0: {1: box(5, 5)}, 6: {1: box(11, 3, 7), 2: box(30, 30)}}
    results = list(run(make(network, size=32), Clip(), masks, range(12)))
    index = results[6].index_mask()
    assert np.array_equal(index == 1, masks[6][1])
    assert np.array_equal(index == 2, masks[6][2])
    assert results[6].confidence() == {1: 1.0, 2: 1.0}
    assert np.array_equal(results[6].masks()[2], masks[6][2])


def test_objects_join_and_leave_without_a_reset(network: XMem):
    engine, clip = make(network), Clip()
    engine.start()
    seen = []
    for frame in range(12):
        if frame == 8:
            engine.remove([1])
        masks = {0: {1: box(5, 5)}, 4: {2: box(30, 30)}, 10: {1: box(2, 2)}}.get(frame)
        seen.append(engine.step(frame, clip.frame(frame), masks).objects)
    assert seen[3] == (1,)
    assert seen[4] == seen[7] == (1, 2)
    assert seen[8] == (2,)
    assert seen[10] == seen[11] == (2, 1)


def test_a_removed_object_leaves_no_trace(network: XMem):
    """An object that takes a removed one's number is followed as one with a number of its own."""
    clip, found = Clip(), []
    for removed in (2, 3):
        engine = make(network)
        engine.start()
        engine.commit(0, clip.frame(0), {1: box(5, 5), removed: box(30, 30)})
        for frame in range(3):
            engine.step(
                frame, clip.frame(frame), {1: box(5, 5), removed: box(30, 30)} if frame == 0 else None
            )
        engine.remove([removed])
        assert engine.objects == engine.memory.objects == (1,)
        assert engine.step(3, clip.frame(3)).objects == (1,)
        engine.step(4, clip.frame(4), {2: box(10, 40)})
        found.append([engine.step(frame, clip.frame(frame)).probabilities() for frame in range(5, 9)])
    np.testing.assert_array_equal(*found)


def test_committed_frames_are_read_in_both_directions_and_survive_a_start(network: XMem):
    engine, clip = make(network), Clip()
    engine.commit(3, clip.frame(3), {1: box(5, 5)})
    engine.commit(9, clip.frame(9), {1: box(15, 25), 2: box(2, 40)})
    assert engine.memory.permanent_frames() == [3, 9]
    engine.start()
    assert engine.objects == (1, 2)
    frames = frames_of_run(9, 0, Direction.BACKWARD)
    masks = {9: {1: box(15, 25), 2: box(2, 40)}}
    results = list(on(engine, clip, masks, frames))
    assert [r.frame for r in results] == list(range(9, -1, -1))
    assert engine.memory.permanent_frames() == [3, 9]
    engine.start()
    assert engine.memory.sizes.working == 0
    engine.memory.forget_permanent(9)
    assert engine.memory.permanent_frames() == [3]


def test_a_run_can_be_cancelled_between_frames_and_gone_on_with_bit_for_bit(network: XMem):
    clip = Clip()
    masks = {0: {1: box(5, 5)}, 5: {2: box(30, 30)}}
    whole = [r.soft for r in run(make(network), clip, masks, range(12))]
    engine = make(network)
    engine.start()
    done = [result.soft for result in islice(on(engine, clip, masks, range(12)), 7)]
    other = make(network)
    other.restore(engine.state())
    done += [r.soft for r in on(other, clip, masks, range(7, 12))]
    assert all(torch.equal(a, b) for a, b in zip(whole, done, strict=True))


def test_nothing_is_remembered_at_the_end_of_a_run(network: XMem):
    engine, clip = make(network), Clip()
    engine.start()
    engine.step(0, clip.frame(0), {1: box(5, 5)})
    before = engine.memory.sizes
    engine.step(1, clip.frame(1), {1: box(5, 5)}, last=True)
    assert engine.memory.sizes == before


def test_many_objects_pass_the_decoder_in_groups_with_the_same_result(
    network: XMem, monkeypatch: pytest.MonkeyPatch
):
    masks = {0: {name: box(2 * name, 4 * name, 9) for name in range(1, 8)}}
    whole = [r.soft for r in run(make(network), Clip(4), masks, range(4))]
    monkeypatch.setattr("xmem_gui.propagation.engine._OBJECTS_AT_A_TIME", 3)
    grouped = [r.soft for r in run(make(network), Clip(4), masks, range(4))]
    for a, b in zip(whole, grouped, strict=True):
        torch.testing.assert_close(a, b, atol=1e-4, rtol=1e-3)


def test_a_mask_of_another_size_is_an_error(network: XMem):
    engine, clip = make(network), Clip()
    with pytest.raises(MaskError, match="10x10 pixels, its frame 70x50"):
        engine.step(0, clip.frame(0), {1: np.ones((10, 10), bool)})


def test_frames_before_the_first_mask_are_background(network: XMem):
    engine, clip = make(network), Clip()
    engine.start()
    result = engine.step(0, clip.frame(0))
    assert result.objects == ()
    assert not result.index_mask().any()


def test_the_no_sensory_variant_runs(network: XMem):
    torch.manual_seed(0)
    small = XMem(replace(COMPACT, hidden_dim=0))
    assert not [name for name in small.state_dict() if "hidden" in name]
    engine = make(small)
    results = list(run(engine, Clip(5), {0: {1: box(5, 5)}}, range(5)))
    assert engine.memory.figures()["sensory"].bytes == 0
    assert engine.memory.sizes.working > 0
    assert [result.frame for result in results] == [0, 1, 2, 3, 4]
    np.testing.assert_array_equal(results[0].masks()[1], box(5, 5))
    for result in results:
        np.testing.assert_allclose(result.probabilities().sum(0), 1, atol=1e-4)
    # Which memory there is decides: with another first mask it is another object.
    other = list(run(make(small), Clip(5), {0: {1: box(25, 40)}}, range(5)))
    assert not np.array_equal(other[4].probabilities(), results[4].probabilities())


def test_half_precision_changes_no_key(network: XMem):
    exact, half = (make(network, precision=kind) for kind in (torch.float32, torch.bfloat16))
    for engine in (exact, half):
        list(run(engine, Clip(3), {0: {1: box(5, 5)}}, range(3)))
    for column in ("folded", "key", "shrinkage", "selection"):
        name = f"memory.table.column.{column}"
        assert torch.equal(exact.state()[name], half.state()[name])


def test_half_precision_follows_the_same_objects(network: XMem):
    engine = make(network, precision=torch.bfloat16)
    for result in run(engine, Clip(5), {0: {1: box(5, 5), 2: box(30, 30)}}, range(5)):
        assert result.objects == (1, 2)
        np.testing.assert_allclose(result.probabilities().sum(0), 1, atol=1e-2)
    assert engine.memory.sizes.working > 0

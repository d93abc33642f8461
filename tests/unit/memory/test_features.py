import pytest
import torch

from xmem_gui.errors import XmemGuiError
from xmem_gui.memory import FeatureMemory, MemoryConfig, TierSizes

C, V, H, W = 4, 6, 3, 5
HW = H * W


class Video:
    """Random frames and the memory they enter."""

    def __init__(self, **config: int | bool) -> None:
        self.generator = torch.Generator().manual_seed(0)
        self.memory = FeatureMemory(MemoryConfig(**config), key_dim=C, value_dim=V, like=torch.empty(0))

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator)

    def add(self, *objects: int, permanent: int | None = None) -> dict[int, torch.Tensor]:
        values = {name: self.random(V, H, W) for name in objects}
        self.memory.add(
            self.random(C, H, W), self.random(1, H, W) ** 2 + 1, self.random(C, H, W).sigmoid(), values,
            permanent=permanent,
        )  # fmt: skip
        return values

    def read(self, *objects: int) -> torch.Tensor:
        return self.memory.read(self.random(C, H, W), self.random(C, H, W).sigmoid(), objects)


def sizes(video: Video) -> tuple[int, int, int]:
    found = video.memory.sizes
    return found.working, found.long_term, found.permanent


def test_reading_a_stored_key_returns_its_value():
    video = Video(top_k=1)
    key = video.random(C, H, W)
    value = video.random(V, H, W)
    video.memory.add(key, torch.full((1, H, W), 50.0), torch.ones(C, H, W), {7: value})
    torch.testing.assert_close(video.memory.read(key, torch.ones(C, H, W), [7])[0], value)


def test_fewer_tokens_than_top_k_can_be_read():
    video = Video(top_k=1000)
    value = video.add(1)[1]
    read = video.read(1)
    assert read.shape == (1, V, H, W)
    assert bool(read.isfinite().all())
    assert float(read.max()) <= float(value.max()) + 1e-5


def test_unknown_objects_and_empty_memory_read_zeros():
    video = Video()
    assert float(video.read(1, 2).abs().sum()) == 0
    video.add(1)
    read = video.read(1, 2)
    assert float(read[0].abs().sum()) > 0
    assert float(read[1].abs().sum()) == 0


def test_an_object_that_joins_late_reads_only_frames_that_knew_it():
    video = Video(top_k=5)
    video.add(1)
    late = video.add(1, 2)[2]
    video.memory.forget([1])
    expected = video.memory.read(torch.zeros(C, H, W), torch.full((C, H, W), 0.5), [2])
    again = Video(top_k=5)
    again.add(1)
    again.add(1, 2)
    torch.testing.assert_close(
        again.memory.read(torch.zeros(C, H, W), torch.full((C, H, W), 0.5), [2]), expected
    )
    low, high = late.flatten(1).min(1).values, late.flatten(1).max(1).values
    assert bool((expected[0] >= low[:, None, None] - 1e-5).all())
    assert bool((expected[0] <= high[:, None, None] + 1e-5).all())


def test_working_memory_is_consolidated_at_its_limit():
    video = Video(max_working_frames=4, min_working_frames=2, prototypes=8, max_long_term_tokens=100)
    for _ in range(3):
        video.add(1)
    assert sizes(video) == (3 * HW, 0, 0)
    video.add(1)
    assert sizes(video) == (2 * HW, 8, 0)


def test_t_min_of_one_keeps_the_first_frame_alone():
    video = Video(max_working_frames=3, min_working_frames=1, prototypes=8, max_long_term_tokens=100)
    for _ in range(3):
        video.add(1)
    assert sizes(video) == (HW, 8, 0)
    for _ in range(4):
        video.add(1)
        video.read(1)
    assert video.memory.sizes.working <= 3 * HW


def test_a_limit_of_one_frame_and_few_candidates_work():
    video = Video(max_working_frames=1, min_working_frames=1, prototypes=100, max_long_term_tokens=200)
    for _ in range(6):
        video.add(1)
        assert bool(video.read(1).isfinite().all())
    assert video.memory.sizes.working == HW


def test_long_term_memory_never_exceeds_its_limit_with_objects_that_join_late():
    video = Video(max_working_frames=3, min_working_frames=2, prototypes=10, max_long_term_tokens=25)
    for step in range(30):
        video.add(1, *([2] if step > 6 else []), *([3] if step > 17 else []))
        video.read(1, 2, 3)
        assert video.memory.sizes.long_term <= 25
        assert video.memory.sizes.working <= 3 * HW
    assert float(video.read(3).abs().sum()) > 0


def test_prototypes_of_a_late_object_stand_only_on_frames_that_knew_it():
    video = Video(max_working_frames=4, min_working_frames=2, prototypes=2 * HW, max_long_term_tokens=1000)
    video.add(1)
    video.add(1)
    late = video.add(1, 2)[2]
    video.add(1, 2)
    # Frames 1 and 2 were consolidated, all their tokens are prototypes; only those of frame 2 know object 2.
    table = video.memory._table
    long_term = table.column("tier") == 2
    assert int(long_term.sum()) == 2 * HW
    assert int(table.valid(2)[long_term].sum()) == HW
    values = table.value(2)[long_term & table.valid(2)]
    assert bool((values <= late.flatten(1).max(1).values + 1e-5).all())
    assert float(table.value(2)[long_term & ~table.valid(2)].abs().sum()) == 0


def test_permanent_memory_is_never_consolidated_or_cleared():
    video = Video(max_working_frames=2, min_working_frames=1, prototypes=5, max_long_term_tokens=20)
    video.add(1, permanent=0)
    video.add(1, permanent=40)
    for _ in range(9):
        video.add(1)
    assert video.memory.sizes.permanent == 2 * HW
    assert video.memory.sizes.working < 2 * HW
    video.memory.clear_temporary()
    assert sizes(video) == (0, 0, 2 * HW)
    assert video.memory.permanent_frames() == [0, 40]


def test_a_permanent_frame_is_replaced_and_dropped_by_its_index():
    video = Video()
    video.add(1, permanent=3)
    video.add(1, permanent=3)
    assert sizes(video) == (0, 0, HW)
    video.memory.forget_permanent(3)
    assert video.memory.sizes == TierSizes(0, 0, 0)


def test_the_first_working_frame_stays_while_an_object_has_nothing_permanent():
    video = Video(max_working_frames=2, min_working_frames=1, prototypes=5, max_long_term_tokens=50)
    first = video.add(1, 2)
    video.add(1, permanent=9)
    for _ in range(4):
        video.add(1)
    known = video.memory._table.value(2)[video.memory._table.valid(2)]
    torch.testing.assert_close(known, first[2].flatten(1).t())


def test_forgetting_an_object_leaves_the_others_to_the_bit():
    one, two = Video(), Video()
    for video in (one, two):
        for _ in range(3):
            video.add(1, 2)
    two.memory.forget([2])
    assert two.memory.objects == (1,)
    torch.testing.assert_close(one.read(1), two.read(1), rtol=0, atol=0)
    two.add(1, 2)
    assert float(two.read(2).abs().sum()) > 0


def test_state_restores_to_the_bit():
    video = Video(max_working_frames=3, min_working_frames=2, prototypes=8, max_long_term_tokens=20)
    for _ in range(7):
        video.add(1, 5)
        video.read(1, 5)
    video.add(1, permanent=2)
    video.memory.set_sensory({1: video.random(4, H, W), 5: video.random(4, H, W)})
    other = Video(max_working_frames=3, min_working_frames=2, prototypes=8, max_long_term_tokens=20)
    other.memory.restore(video.memory.state())
    other.generator.set_state(video.generator.get_state())
    for _ in range(5):
        assert torch.equal(video.read(1, 5), other.read(1, 5))
        video.add(1, 5)
        other.add(1, 5)
    assert video.memory.sizes == other.memory.sizes
    assert video.memory.permanent_frames() == other.memory.permanent_frames() == [2]
    empty = torch.zeros(4, H, W)
    found = video.memory.sensory([5, 9], empty), other.memory.sensory([5, 9], empty)
    assert all(torch.equal(found[0][name], found[1][name]) for name in (5, 9))
    assert not found[1][9].any()


def test_use_is_counted_once_per_read():
    video = Video(top_k=4)
    video.add(1)
    video.add(1, 2)
    video.read(1, 2)
    table = video.memory._table
    # Every query position gives away an affinity of 1, whoever reads.
    torch.testing.assert_close(table.column("use").sum(), torch.tensor(float(HW)))
    assert bool((table.column("life") >= 1).all())


@pytest.mark.parametrize(
    "wrong",
    [
        {"min_working_frames": 0},
        {"min_working_frames": 5, "max_working_frames": 4},
        {"prototypes": 20, "max_long_term_tokens": 10},
        {"deep_update_every": 0},
        {"top_k": 0},
    ],
)
def test_contradicting_settings_are_refused(wrong: dict[str, int]):
    with pytest.raises(XmemGuiError):
        MemoryConfig(**wrong)


def test_of_many_permanent_frames_the_like_ones_are_read():
    exact, short = Video(top_k=1), Video(top_k=1, permanent_read=2)
    looks = [3 * exact.random(C, 1, 1) + 0.01 * exact.random(C, H, W) for _ in range(13)]
    for frame, key in enumerate(looks):
        values = {2 if frame == 12 else 1: exact.random(V, H, W)}
        for video in (exact, short):
            video.memory.add(key, torch.ones(1, H, W), torch.ones(C, H, W), values, permanent=frame)
    for frame in (0, 5, 11):
        reads = [video.memory.read(looks[frame], torch.ones(C, H, W), [1, 2]) for video in (exact, short)]
        assert torch.equal(reads[0][0], reads[1][0])
        assert torch.equal(reads[0][1], reads[1][1]), "an object that few frames know is read from those"


@pytest.mark.parametrize(("commits", "most"), [(1, 5), (2, 4), (3, 3), (9, 3)])
def test_permanent_frames_that_are_read_take_the_place_of_working_frames(commits: int, most: int):
    video = Video(max_working_frames=6, min_working_frames=3, prototypes=2, permanent_read=3)
    for frame in range(commits):
        video.add(1, permanent=frame)
    seen = []
    for _ in range(12):
        video.add(1)
        seen.append(video.memory.sizes.working // HW)
    assert max(seen) == most
    assert min(seen[6:]) == min(3, (most + 1) // 2) - 1


def test_few_permanent_frames_are_read_exactly():
    exact, short = Video(), Video(permanent_read=3)
    for video in (exact, short):
        for frame in range(3):
            video.add(1, permanent=frame)
    assert torch.equal(exact.read(1), short.read(1))


def test_settling_leaves_no_trace_of_what_came_before():
    first, second = Video(max_working_frames=3, min_working_frames=1, prototypes=4), Video()
    frames = {
        frame: [first.random(*shape) for shape in ((C, H, W), (1, H, W), (C, H, W))] for frame in (9, 4)
    }
    values = {frame: {2: first.random(V, H, W), 1: first.random(V, H, W)} for frame in (9, 4)}
    first.add(3, permanent=6)
    for _ in range(4):
        first.add(1, 5)
    for frame in (9, 4):
        first.memory.add(*frames[frame], values[frame], permanent=frame)
    for frame in (4, 9):
        second.memory.add(*frames[frame], values[frame], permanent=frame)
    for video in (first, second):
        video.memory.settle_permanent([9, 4])
    one, two = first.memory.state(), second.memory.state()
    assert list(one) == list(two)
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert first.memory.permanent_frames() == [4, 9]
    assert first.memory.objects == (1, 2)


def test_the_figures_of_the_tiers_add_up():
    video = Video(max_working_frames=4, min_working_frames=2, prototypes=3)
    video.add(1, permanent=7)
    for _ in range(5):
        video.add(1, 2)
    video.memory.set_sensory({1: video.random(2, H, W)})
    found = video.memory.figures()
    assert sum(tier.bytes for tier in found.values()) == video.memory.bytes
    assert (found["permanent"].frames, found["permanent"].tokens) == (1, HW)
    assert found["working"].frames * HW == found["working"].tokens
    assert found["long_term"].tokens == video.memory.sizes.long_term > 0
    assert found["sensory"].bytes == 2 * HW * 4

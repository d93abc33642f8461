"""Padded reads against the others: the same values, and the same use of every row."""

import pytest
import torch

from xmem_gui.memory import FeatureMemory, MemoryConfig
from xmem_gui.memory.padded import padded_rows, read_padded

C, V, H, W = 4, 6, 3, 5
OBJECTS = (3, 1, 9, 2)


@pytest.fixture(autouse=True, params=[32, 4096])
def _growth(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("table", "padded"):
        monkeypatch.setattr(f"xmem_gui.memory.{module}.GROWTH", request.param)


class Both:
    """Two memories of the same frames, one read padded and one not."""

    def __init__(self, **config: int | None) -> None:
        self.generator = torch.Generator().manual_seed(0)
        self.memories = [
            FeatureMemory(MemoryConfig(**config), key_dim=C, value_dim=V, like=torch.empty(0))  # type: ignore[arg-type]
            for _ in range(2)
        ]

    def random(self, *shape: int) -> torch.Tensor:
        return torch.randn(*shape, generator=self.generator)

    def add(self, *objects: int, permanent: int | None = None) -> None:
        frame = self.random(C, H, W), self.random(1, H, W) ** 2 + 1, self.random(C, H, W).sigmoid()
        values = {name: self.random(V, H, W) for name in objects}
        for memory in self.memories:
            memory.add(*frame, values, permanent=permanent)

    def read(self, *objects: int) -> None:
        key, selection = self.random(1, C, H, W), self.random(1, C, H, W).sigmoid()
        plain, padded = self.memories
        expected = plain.read(key[0], selection[0], objects)
        asked = padded.padded(key, selection, objects)
        assert len(asked.folded) == padded_rows(sum(vars(padded.sizes).values()))
        found, use = read_padded(
            key, selection, asked.readable, asked.folded, *asked.values,
            groups=asked.groups, top_k=padded.config.top_k, value_dim=V,
        )  # fmt: skip
        padded.count(use)
        assert found.stride() == expected.stride()
        torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)
        for name in ("use", "life", "tier", "entry"):
            column = f"table.column.{name}"
            torch.testing.assert_close(padded.state()[column], plain.state()[column], atol=1e-4, rtol=1e-4)


def test_working_memory_that_fills_up_and_is_condensed() -> None:
    both = Both(max_working_frames=4, min_working_frames=2, prototypes=4, max_long_term_tokens=10, top_k=7)
    for _ in range(14):
        both.add(1, 2)
        both.read(1, 2)
    assert both.memories[1].sizes.long_term > 0


def test_objects_that_know_different_rows_and_unknown_ones() -> None:
    both = Both(top_k=5)
    both.add(1)
    both.read(*OBJECTS)
    both.add(1, 2)
    both.read(*OBJECTS)
    both.add(2, 3)
    both.read(*OBJECTS)
    both.add(1, 2, 3, permanent=7)
    both.read(*OBJECTS)
    for memory in both.memories:
        memory.forget([2])
    both.read(*OBJECTS)
    both.add(2)
    both.read(*OBJECTS)


def test_objects_that_nobody_knows_read_zeros() -> None:
    both = Both()
    both.add(1)
    both.read(2, 3)


def test_of_many_commits_those_are_read_that_are_read_otherwise() -> None:
    both = Both(permanent_read=2, top_k=6)
    for frame in range(5):
        both.add(1, *([2] if frame > 2 else []), permanent=10 * frame)
        both.read(1, 2)
    for frame in range(3):
        both.add(1, 2)
        both.read(1, 2)
        for memory in both.memories:
            memory.forget_permanent(10 * frame)
        both.read(1, 2)


def test_what_changed_since_the_last_read_is_read() -> None:
    both = Both(top_k=3)
    for _ in range(4):
        both.add(1, 2)
    both.read(1, 2)
    for memory in both.memories:
        memory.clear_temporary()
    both.add(2, permanent=4)
    both.read(1, 2)
    for memory in both.memories:
        memory.settle_permanent([4])
    both.read(2)
    state = both.memories[0].state()
    for memory in both.memories:
        memory.restore(state)
    both.read(2)


def test_rows_are_padded_to_whole_blocks_whatever_was_before() -> None:
    both = Both()
    both.memories[1].reserve(5000)
    both.add(1)
    both.read(1)

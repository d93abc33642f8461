from pathlib import Path

import pytest
import torch

from xmem_gui.annotator.propagation.checkpoint import (
    Snapshot,
    SnapshotError,
    load_facts,
    load_snapshot,
    save_snapshot,
)
from xmem_gui.errors import OutputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / ".clip.xmem-kept" / "memory" / "memory.safetensors"


def test_a_snapshot_comes_back_bit_for_bit(path: Path):
    tensors = {
        "a": torch.randn(3, 4),
        "b": torch.zeros(0, 5),
        "c": torch.tensor([True, False]),
        "d": torch.randn(2).bfloat16(),
    }
    assert load_snapshot(path) is None
    assert load_facts(path) is None
    save_snapshot(path, Snapshot({"run": {"done": 3}}, tensors))
    found = load_snapshot(path)
    assert found.facts == load_facts(path) == {"run": {"done": 3}}
    assert found.tensors.keys() == tensors.keys()
    assert all(torch.equal(found.tensors[name], tensor) for name, tensor in tensors.items())
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_every_damage_is_noticed(path: Path):
    """One byte changed anywhere, or the file cut off anywhere: refused, or (in padding) what was saved."""
    kept = Snapshot({"run": {"done": 3, "steps": [4]}}, {"a": torch.randn(50), "b": torch.arange(3)})
    save_snapshot(path, kept)
    whole = path.read_bytes()
    spoilt = [whole[:length] for length in range(len(whole))]
    for place in range(len(whole)):
        data = bytearray(whole)
        data[place] ^= 0x05
        spoilt.append(bytes(data))
    refused = 0
    for data in spoilt:
        path.write_bytes(data)
        try:
            assert load_facts(path) == kept.facts
            found = load_snapshot(path)
        except SnapshotError:
            refused += 1
            continue
        assert found.facts == kept.facts
        assert all(torch.equal(found.tensors[name], kept.tensors[name]) for name in ("a", "b"))
    assert refused > 0.98 * len(spoilt)


def test_what_cannot_be_written_is_said(path: Path):
    path.parent.parent.mkdir()
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be saved"):
        save_snapshot(path, Snapshot({}, {"a": torch.zeros(1)}))

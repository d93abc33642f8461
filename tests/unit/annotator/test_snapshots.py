from pathlib import Path

import pytest
import torch

from xmem_gui.annotator.snapshots import Snapshot, SnapshotError, load_facts, load_snapshot, save_snapshot
from xmem_gui.errors import OutputError


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "clip.xmem-memory" / "memory.safetensors"


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


@pytest.mark.parametrize("place", [0, 9, 60, -1])
def test_every_damage_is_noticed(path: Path, place: int):
    save_snapshot(path, Snapshot({"run": None}, {"a": torch.randn(50)}))
    data = bytearray(path.read_bytes())
    data[place] ^= 0x55
    path.write_bytes(data)
    with pytest.raises(SnapshotError, match="damaged"):
        load_snapshot(path)
    path.write_bytes(data[:40])
    with pytest.raises(SnapshotError, match="damaged"):
        load_facts(path)


def test_what_cannot_be_written_is_said(path: Path):
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(OutputError, match="cannot be saved"):
        save_snapshot(path, Snapshot({}, {"a": torch.zeros(1)}))

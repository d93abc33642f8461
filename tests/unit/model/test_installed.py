from pathlib import Path

import pytest
import torch

from xmem_gui.errors import CheckpointError, OutputError
from xmem_gui.model import MODELS, delete_model, model_states, verify_model
from xmem_gui.model.partial_file import PartialFile, Version
from xmem_gui.model.weight_files import write_tensors

XMEM = MODELS["xmem"]


def state_of(name: str, folder: Path):
    return next(one for one in model_states(folder=folder) if one.spec.name == name)


def test_what_ships_is_here_and_what_does_not_is_not(tmp_path):
    shipped = state_of("compact", tmp_path)
    assert shipped.path.is_file()
    assert shipped.bytes == shipped.total == shipped.path.stat().st_size
    assert state_of("xmem", tmp_path).path is None
    assert [one.spec for one in model_states(folder=tmp_path)] == list(MODELS.values())


def test_a_download_that_broke_off_says_how_much_is_here(tmp_path):
    part = PartialFile(tmp_path / XMEM.file)
    part.restart(Version(XMEM.url, '"tag"', 1000))
    part.path.write_bytes(bytes(250))
    state = state_of("xmem", tmp_path)
    assert (state.path, state.bytes, state.total) == (None, 250, 1000)
    delete_model(XMEM, folder=tmp_path)
    assert state_of("xmem", tmp_path).bytes == 0


def test_a_whole_file_is_verified_and_a_damaged_one_refused(tmp_path):
    file = tmp_path / XMEM.file
    with pytest.raises(CheckpointError, match="not on this machine"):
        verify_model(XMEM, folder=tmp_path)
    write_tensors({"weight": torch.ones(3)}, file, metadata={})
    assert verify_model(XMEM, folder=tmp_path) == file
    file.write_bytes(file.read_bytes()[:-2])
    with pytest.raises(CheckpointError, match="damaged"):
        verify_model(XMEM, folder=tmp_path)
    delete_model(XMEM, folder=tmp_path)
    assert not file.exists()


def test_what_was_published_with_a_checksum_is_compared_with_it(tmp_path):
    spec = MODELS["sam_vit_b"]
    (tmp_path / spec.file).write_bytes(b"short")
    with pytest.raises(CheckpointError, match="it has 5 bytes"):
        verify_model(spec, folder=tmp_path)


def test_what_ships_is_never_deleted():
    with pytest.raises(OutputError, match="comes with the program"):
        delete_model(MODELS["compact"])
    assert verify_model(MODELS["compact"]).is_file()

from pathlib import Path

import numpy as np
import pytest
import torch

from xmem_gui import assets
from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.interaction import Point, Prompts
from xmem_gui.interaction.segmenters import make_segmenter
from xmem_gui.model import ClickNet, write_tensors

CPU = torch.device("cpu")


@pytest.fixture
def click_weights(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make an installation whose compact click model has random weights."""
    path = tmp_path / "resources" / "weights" / "compact-click.safetensors"
    path.parent.mkdir(parents=True)
    torch.manual_seed(0)
    write_tensors(ClickNet().state_dict(), path, metadata={})
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    return path


def test_the_compact_click_model_is_found_by_both_its_names_and_by_file(click_weights: Path):
    made = [make_segmenter(name, CPU) for name in ("compact", "compact-click", str(click_weights))]
    assert len({one.name for one in made}) == 1
    probability = made[0].prepare(np.zeros((40, 60, 3), np.uint8)).predict(Prompts((Point(20, 20),)))
    assert probability.shape == (40, 60)


def test_a_model_that_is_missing_or_unknown_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(assets, "_PACKAGE", tmp_path)
    monkeypatch.setenv("XMEM_GUI_MODELS", str(tmp_path))
    with pytest.raises(XmemGuiError, match=r"compact-click\.safetensors' is missing from this installation"):
        make_segmenter("compact", CPU)
    with pytest.raises(CheckpointError, match="run 'xmem-gui models download sam_vit_b'"):
        make_segmenter("sam_vit_b", CPU)
    with pytest.raises(CheckpointError, match="'betamax' is neither a file nor the name of a model"):
        make_segmenter("betamax", CPU)

from pathlib import Path

import pytest

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.annotator.snapshots import engine_key
from xmem_gui.model import COMPACT, MODELS, XMem, save_network


@pytest.mark.parametrize(
    ("settings", "side"),
    [
        (EngineSettings(), MODELS["compact"].size),
        (EngineSettings(model="xmem"), 480),
        (EngineSettings(model="somewhere/weights.pth"), 480),
        (EngineSettings(size=360), 360),
        (EngineSettings(size=0), None),
    ],
)
def test_the_network_works_at_what_suits_it_unless_told(settings: EngineSettings, side: int | None):
    assert settings.shorter_side == side


def test_the_engine_gets_it_and_a_saved_memory_of_another_size_is_another(tmp_path: Path):
    weights = tmp_path / "weights.safetensors"
    save_network(XMem(COMPACT), weights)
    suited, same, whole = (EngineSettings(str(weights), "cpu", size) for size in (None, 480, 0))
    assert make_engine(suited).size == 480
    assert make_engine(whole).size is None
    assert engine_key(suited) == engine_key(same) != engine_key(whole)

"""Where graphs are replayed: on CUDA, unless a setting or the environment says no."""

import pytest
import torch
from tiny_network import SETTINGS, use_tiny_network

from xmem_gui.annotator import EngineSettings, make_engine
from xmem_gui.annotator.compute import uses_graphs
from xmem_gui.annotator.propagation.checkpoint import engine_key, own_facts
from xmem_gui.errors import XmemGuiError
from xmem_gui.propagation.passes import RecordedPasses

CUDA = torch.device("cuda")


@pytest.fixture(autouse=True)
def _built_for_nvidia(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", "13.0")
    monkeypatch.delenv("XMEM_GUI_GRAPHS", raising=False)


def test_graphs_are_for_cuda() -> None:
    assert uses_graphs(EngineSettings(), CUDA)
    assert not uses_graphs(EngineSettings(), torch.device("cpu"))
    assert not uses_graphs(EngineSettings(), torch.device("mps"))


def test_a_setting_says_no() -> None:
    assert not uses_graphs(EngineSettings(graphs=False), CUDA)
    with pytest.raises(XmemGuiError):
        EngineSettings(graphs="maybe")  # type: ignore[arg-type]


def test_the_environment_says_no(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XMEM_GUI_GRAPHS", "0")
    assert not uses_graphs(EngineSettings(), CUDA)
    monkeypatch.setenv("XMEM_GUI_GRAPHS", "1")
    assert uses_graphs(EngineSettings(), CUDA)


def test_a_torch_for_other_cards_does_not_replay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.version, "cuda", None)
    assert not uses_graphs(EngineSettings(), CUDA)


def test_an_engine_of_the_processor_calls_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    use_tiny_network(monkeypatch)
    assert not isinstance(make_engine(SETTINGS)._passes, RecordedPasses)


def test_saved_memory_is_for_those_who_replay_or_for_those_who_do_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    use_tiny_network(monkeypatch)
    on, off = SETTINGS, EngineSettings(**{**vars(SETTINGS), "graphs": False})
    # Where nothing is replayed the setting says nothing.
    assert engine_key(on, own_facts(on)) == engine_key(off, own_facts(off))
    monkeypatch.setattr("xmem_gui.annotator.propagation.checkpoint.choose_device", lambda _: CUDA)
    monkeypatch.setattr("xmem_gui.annotator.propagation.checkpoint.best_precision", lambda _: torch.float16)
    assert own_facts(on)["graphs"] == "replayed"
    assert engine_key(on, own_facts(on)) != engine_key(off, own_facts(off))

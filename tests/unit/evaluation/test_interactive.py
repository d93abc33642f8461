import json
from pathlib import Path

import pytest
from tiny_network import use_tiny_network
from typer.testing import CliRunner

from xmem_gui.annotator import EngineSettings
from xmem_gui.cli.evaluate import app
from xmem_gui.evaluation.interactive import POLICIES, InteractiveStep, evaluate_interactive

SETTINGS = EngineSettings(model="tiny", device="cpu", size=None)


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch, add_sequence, moving_squares, root: Path) -> Path:
    use_tiny_network(monkeypatch)
    add_sequence("one", moving_squares(6))
    add_sequence("two", moving_squares(5))
    return root


def test_correcting_every_frame_ends_with_true_masks_under_every_policy(data: Path):
    steps: list[InteractiveStep] = []
    scores = evaluate_interactive(data, SETTINGS, corrections=5, progress=steps.append)
    assert set(scores.curve) == set(POLICIES)
    assert len({values[0] for values in scores.curve.values()}) == 1
    for values in scores.curve.values():
        assert len(values) == 6
        assert values[0] < 90
        assert values[-1] == pytest.approx(100)
    for found in scores.sessions.values():
        assert len(set(found["one"].frames)) == len(found["one"].frames) == 5
        assert 0 not in found["one"].frames
        assert found["one"].corrections_to(90) <= 5
    assert scores.sessions["even"]["one"].frames[0] in (2, 3)
    assert steps[0] == InteractiveStep("one", "suggested", 0)
    assert steps[-1] == InteractiveStep("two", "even", 5)


def test_the_same_corrections_without_permanent_memory(data: Path):
    scores = evaluate_interactive(
        data, SETTINGS, corrections=1, policies=["suggested"], without_permanent=True, sequences=["one"]
    )
    with_it, without = scores.sessions["suggested"]["one"], scores.sessions["without_permanent"]["one"]
    assert with_it.frames == without.frames
    assert len(without.curve) == 2


def test_the_command_writes_curves_and_a_table(data: Path, tmp_path: Path):
    out = tmp_path / "curves.json"
    options = [
        "--corrections",
        "1",
        "--policy",
        "even",
        "--sequence",
        "one",
        "--device",
        "cpu",
        "--size",
        "0",
    ]
    command = ["interactive", str(data), *options]
    done = CliRunner().invoke(app, [*command, "--json", str(out)])
    assert done.exit_code == 0, done.output
    assert len(json.loads(out.read_text())["curve"]["even"]) == 2
    done = CliRunner().invoke(app, [*command, "--json"])
    assert json.loads(done.stdout)["curve"] == json.loads(out.read_text())["curve"]
    assert CliRunner().invoke(app, [*command, "--policy", "wild"]).exit_code == 2

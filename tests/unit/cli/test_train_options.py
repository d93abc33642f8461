"""What ``xmem-gui train`` makes of its options."""

from pathlib import Path

import pytest
import typer

from xmem_gui.cli.train import _on_this_machine, _seconds
from xmem_gui.training import ClickStage, ClickTrainConfig, ClipSources


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("8m", 480), ("1.5h", 5400)])
def test_times_have_a_unit(text: str, seconds: float) -> None:
    assert _seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "8", "m", "-8m", "0s", "nanm", "infh", "8 days"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no time"):
        _seconds(text)


def test_beside_a_gpu_clips_are_made_on_all_cores_but_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: 16)
    stages = ClickStage(steps=1, batch=8), ClickStage(steps=1, batch=6)
    config = ClickTrainConfig(folder=tmp_path, sources=ClipSources(), stages=stages, device="cuda")
    found = _on_this_machine(config, batch=48, workers=None)
    assert found.workers == 15
    assert [stage.batch for stage in found.stages] == [48, 48]
    assert _on_this_machine(config, batch=None, workers=2).workers == 2

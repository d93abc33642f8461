import json
import math
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch
import typer.testing
from torchvision.models import resnet18, resnet50

from tests.unit.training.conftest import TINY
from tests.unit.training.paper_data import make_paper_data, tiny_runs
from xmem_gui import training
from xmem_gui.cli.train import app
from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.model import FULL, load_network
from xmem_gui.training import PaperConfig, Trainer, paper_recipes, train, train_all
from xmem_gui.training.checkpoints import load_checkpoint
from xmem_gui.training.loop import CHECKPOINT
from xmem_gui.training.optimiser import learning_rate
from xmem_gui.training.runlog import LOG
from xmem_gui.training.starting import starting_network

SCRIPT = """
import os, sys
from pathlib import Path
import torch
sys.path.append(sys.argv[3])
from tests.unit.training.paper_data import tiny_runs
from xmem_gui.training import Trainer
from xmem_gui.training.loop import run_training
from xmem_gui.training.team import joined_team

torch.set_num_threads(1)
kept = []
def make(config, team):
    kept.append(Trainer(config, team))
    return kept[-1]
data, folder = map(Path, sys.argv[1:3])
with joined_team("cpu"):
    for config in tiny_runs("s03", data, folder):
        run_training(config, make)
torch.save(kept[-1].network.state_dict(), folder / f"rank{os.environ['RANK']}.pt")
"""


@pytest.fixture(scope="module")
def paper_data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_paper_data(tmp_path_factory.mktemp("paper"))


def same(one: dict[str, torch.Tensor], other: dict[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def moments(file: Path) -> torch.Tensor:
    """Return the gradients' running means of a checkpoint, which are linear in the gradients."""
    states = load_checkpoint(file)["optimiser"]["state"].values()
    return torch.cat([state["exp_avg"].flatten() for state in states])


@pytest.mark.parametrize("stage", ["0", "1", "2", "3"])
def test_every_stage_trains_and_resumes_to_the_bit(paper_data: Path, tmp_path: Path, stage: str) -> None:
    (whole,) = tiny_runs(stage, paper_data, tmp_path / "whole")
    (parted,) = tiny_runs(stage, paper_data, tmp_path / "parted")
    weights = train(whole)
    parted.folder.mkdir(parents=True)
    trainer = Trainer(parted)
    trainer.step(next(trainer.batches(range(1))))
    trainer.save()
    train(parted)
    one, two = (load_checkpoint(config.folder / CHECKPOINT) for config in (whole, parted))
    assert one["step"] == two["step"] == 2
    assert same(one["model"], two["model"])
    assert torch.equal(moments(whole.folder / CHECKPOINT), moments(parted.folder / CHECKPOINT))
    lines = [json.loads(line) for line in (whole.folder / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [1, 2]
    assert all(0 < line["loss"] < 10 and 0 < line["smooth"]["loss"] < 10 for line in lines)
    assert load_network(weights).config == TINY


def test_two_processes_train_as_one_does(paper_data: Path, tmp_path: Path) -> None:
    script = tmp_path / "two.py"
    script.write_text(SCRIPT)
    together, alone = tmp_path / "together", tmp_path / "alone"
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2", script,
         paper_data, together, Path(__file__).parents[3]],
        capture_output=True, text=True, check=False, timeout=400,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    weights = train_all(tiny_runs("s03", paper_data, alone))
    assert weights == alone / "s03/latest.safetensors"
    first, second = (torch.load(together / f"rank{rank}.pt", weights_only=True) for rank in (0, 1))
    assert same(first, second)
    for stage in ("s0", "s03"):
        one, two = (load_checkpoint(folder / stage / CHECKPOINT)["model"] for folder in (alone, together))
        # Adam moves a parameter by about the learning rate however small its gradient is.
        assert all(torch.allclose(one[name], two[name], atol=4 * 1e-5) for name in one)
    one, two = (moments(folder / "s0" / CHECKPOINT) for folder in (alone, together))
    assert (one - two).norm() < 1e-3 * one.norm()
    assert len((together / "s03" / LOG).read_text().splitlines()) == 2


def test_a_stage_starts_from_the_one_before_and_is_not_repeated(paper_data: Path, tmp_path: Path) -> None:
    runs = tiny_runs("s03", paper_data, tmp_path)
    assert [run.folder.name for run in runs] == ["s0", "s03"]
    train(runs[0])
    before = (runs[0].folder / CHECKPOINT).stat().st_mtime_ns
    train_all(runs)
    assert (runs[0].folder / CHECKPOINT).stat().st_mtime_ns == before
    end = load_checkpoint(runs[0].folder / CHECKPOINT)["model"]
    assert same(starting_network(runs[1]).state_dict(), end)
    assert runs[1].load == runs[0].folder / CHECKPOINT


def test_scaled_gradients_are_unscaled_and_too_large_ones_skipped(paper_data: Path, tmp_path: Path) -> None:
    (config,) = tiny_runs("3", paper_data, tmp_path)
    stages = (replace(config.stages[0], steps=30),)
    plain = Trainer(replace(config, stages=stages, deep_chance=0.0, hard_share=1.0))
    half = Trainer(replace(plain.config, precision="float16"))
    batch = next(plain.batches(range(1)))
    wanted = plain.step(batch)
    before = {name: tensor.clone() for name, tensor in half.network.state_dict().items()}
    # The first scale is too large for this network: such steps change nothing but the scale.
    while not math.isfinite((found := half.step(batch)).gradient):
        assert half.done < 25
        assert same(half.network.state_dict(), before)
    assert found.measures.loss == pytest.approx(wanted.measures.loss, rel=0.05)
    assert found.gradient == pytest.approx(wanted.gradient, rel=0.2)
    assert not same(half.network.state_dict(), before)


def test_the_full_network_starts_from_resnets_and_keeps_the_official_names(
    paper_data: Path, tmp_path: Path
) -> None:
    files = []
    for make in (resnet50, resnet18):
        files.append(tmp_path / f"{make.__name__}.pth")
        torch.save(make(weights=None).state_dict(), files[-1])
    (config,) = paper_recipes("0", paper_data, tmp_path)
    network = starting_network(replace(config, resnets=(files[0], files[1])))
    assert network.config == FULL
    state = network.state_dict()
    assert len(state) == 412
    deep, shallow = (torch.load(file, weights_only=True) for file in files)
    assert torch.equal(state["key_encoder.res2.0.conv1.weight"], deep["layer1.0.conv1.weight"])
    assert torch.equal(state["value_encoder.layer3.1.bn2.weight"], shallow["layer3.1.bn2.weight"])
    assert torch.equal(state["value_encoder.conv1.weight"][:, :3], shallow["conv1.weight"])
    assert state["value_encoder.conv1.weight"][:, 3:].std() > 0
    with pytest.raises(CheckpointError, match="no fitting"):
        starting_network(replace(config, resnets=(files[1], files[0])))


def test_weights_of_another_size_are_refused(paper_data: Path, tmp_path: Path) -> None:
    (config,) = tiny_runs("1", paper_data, tmp_path)
    weights = train(replace(config, stages=(replace(config.stages[0], steps=1),)))
    other = replace(TINY, key_dim=16)
    with pytest.raises(CheckpointError, match="other sizes"):
        starting_network(replace(config, load=weights, network=other))


def test_the_stages_are_the_papers(paper_data: Path, tmp_path: Path) -> None:
    runs = paper_recipes("s012", paper_data, tmp_path) + paper_recipes("3", paper_data, tmp_path)
    assert [run.steps for run in runs] == [150_000, 250_000, 160_000, 110_000]
    assert [run.stages[0].batch for run in runs] == [16, 8, 8, 8]
    assert [run.stages[0].frames for run in runs] == [3, 8, 8, 8]
    assert [run.stages[0].reads for run in runs] == [2, 3, 3, 3]
    drops = [None, 200_000, 120_000, 80_000]
    for run, drop in zip(runs, drops, strict=True):
        assert learning_rate(run, 0) == pytest.approx(1e-5)
        assert learning_rate(run, run.steps - 1) == pytest.approx(1e-6 if drop else 1e-5)
        if drop:
            assert learning_rate(run, drop - 1) == pytest.approx(1e-5)
            assert learning_rate(run, drop) == pytest.approx(1e-6)
        assert run.hard_from * run.steps == pytest.approx(20_000)
    stage = runs[-1].stages[0]
    assert [stage.most_skip(step) for step in (0, 11_000, 33_000, 99_000)] == [5, 10, 15, 5]
    assert [stage.trembles(step) for step in (99_999, 100_000)] == [True, False]


@pytest.mark.parametrize("name", ["", "4", "s", "03s"])
def test_unknown_stages_are_refused(paper_data: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(XmemGuiError, match="names no stages"):
        paper_recipes(name, paper_data, tmp_path)


def test_the_command_runs_the_stages_it_is_asked_for(
    paper_data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[PaperConfig] = []

    def note(runs: list[PaperConfig]) -> Path:
        asked.extend(runs)
        return tmp_path

    monkeypatch.setattr(training, "train_all", note)
    arguments = ["xmem", str(paper_data), "--stage", "s03", "--device", "cpu", "--scale", "0.001"]
    done = typer.testing.CliRunner().invoke(
        app, [*arguments, "--out", str(tmp_path), "--precision", "float16"]
    )
    assert done.exit_code == 0, done.output
    assert [run.folder.name for run in asked] == ["s0", "s03"]
    assert [run.steps for run in asked] == [150, 110]
    assert {(run.device, run.precision, run.workers) for run in asked} == {("cpu", "float16", 8)}

import dataclasses
import json
import multiprocessing
import os
import signal
from pathlib import Path
from typing import Any

import pytest
import torch
import typer.testing
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torchvision.models import mobilenet_v2

from xmem_gui import training
from xmem_gui.cli.train import app
from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.model import XMem
from xmem_gui.training import (
    ClipSources,
    Stage,
    TrainConfig,
    Trainer,
    compact_recipe,
    export_weights,
    train,
)
from xmem_gui.training.checkpoints import load_checkpoint
from xmem_gui.training.loop import CHECKPOINT
from xmem_gui.training.measures import SharedGradients
from xmem_gui.training.optimiser import learning_rate
from xmem_gui.training.runlog import LOG
from xmem_gui.training.runs import RunConfig
from xmem_gui.training.unroll import ClipBatch, MemoryPlan


def states_equal(first: Path, second: Path) -> bool:
    one, two = load_checkpoint(first), load_checkpoint(second)
    parts = all(
        torch.equal(one[part][name], two[part][name]) for part in ("model", "average") for name in one[part]
    )
    moments, others = one["optimiser"]["state"], two["optimiser"]["state"]
    return parts and all(
        torch.equal(moments[index][name], others[index][name]) for index in moments for name in moments[index]
    )


def test_a_resumed_run_equals_one_in_one_piece_bit_for_bit(config: TrainConfig, tmp_path: Path) -> None:
    train(config)
    parted = dataclasses.replace(config, folder=tmp_path / "parted")
    parted.folder.mkdir()
    trainer = Trainer(parted)
    for batch in trainer.batches(range(3)):
        trainer.step(batch)
    trainer.save()
    train(parted)
    assert load_checkpoint(parted.folder / CHECKPOINT)["step"] == 4
    assert states_equal(config.folder / CHECKPOINT, parted.folder / CHECKPOINT)


@pytest.mark.parametrize("workers", [0, 1])
def test_a_signal_to_all_processes_ends_the_run_with_a_checkpoint(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch, workers: int
) -> None:
    step = Trainer.step

    def step_and_signal(self: Trainer, batch: object) -> object:
        result = step(self, batch)  # type: ignore[arg-type]
        if self.done == 2:
            for process in [*multiprocessing.active_children(), multiprocessing.current_process()]:
                os.kill(process.pid or 0, signal.SIGTERM)
        return result

    before = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(Trainer, "step", step_and_signal)
    train(dataclasses.replace(config, workers=workers))
    assert load_checkpoint(config.folder / CHECKPOINT)["step"] == 2
    assert signal.getsignal(signal.SIGTERM) == before
    assert not list(config.folder.glob("*.part"))


def test_the_export_loads_and_says_what_it_is(config: TrainConfig, tmp_path: Path) -> None:
    latest = train(config)
    again = tmp_path / "again.safetensors"
    export_weights(config.folder / CHECKPOINT, again)
    values, written = load_file(again), load_file(latest)
    assert all(torch.equal(tensor, written[name]) for name, tensor in values.items())
    assert all(tensor.dtype in (torch.float16, torch.int64) for tensor in values.values())
    XMem(config.network).load_state_dict({name: tensor.float() for name, tensor in values.items()})
    with safe_open(again, "pt") as file:
        metadata = file.metadata()
    assert metadata["step"] == "4"
    assert json.loads(metadata["network"]) == json.loads(json.dumps(dataclasses.asdict(config.network)))
    assert json.loads(metadata["training"])["seed"] == 5


def test_the_log_has_a_line_every_few_steps(config: TrainConfig) -> None:
    train(config)
    lines = [json.loads(line) for line in (config.folder / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert [line["stage"] for line in lines] == [0, 1]
    assert all({"loss", "iou", "learning_rate", "seconds_per_step"} <= set(line) for line in lines)


def test_training_lowers_the_loss_on_one_batch(config: TrainConfig) -> None:
    stages = (Stage(steps=40, size=32, batch=1, objects=(1.0,), learning_rate=3e-3),)
    trainer = Trainer(dataclasses.replace(config, stages=stages, warm_up=1))
    batch = next(trainer.batches(range(1)))
    losses = [trainer.step(batch).measures.loss for _ in range(12)]
    assert min(losses[-3:]) < losses[0] * 0.9


def test_the_backbone_starts_from_imagenet(config: TrainConfig, tmp_path: Path) -> None:
    torch.manual_seed(9)
    features = mobilenet_v2(weights=None).state_dict()
    file = tmp_path / "backbone.safetensors"
    save_file({name: tensor for name, tensor in features.items() if name.startswith("features.")}, file)
    wanted = dataclasses.replace(config.network, expansion=4, value_fold=2)
    network = Trainer(dataclasses.replace(config, backbone=file, network=wanted)).network
    first = features["features.0.0.weight"]
    assert torch.equal(network.key_encoder.features[0][0].weight, first)
    value = network.value_encoder.features[0][0].weight
    # The value encoder sees squares of four pixels, which share a weight; twelve channels are colours.
    assert torch.equal(value[:, :12], (first / 4).repeat_interleave(4, 1))
    assert float(value[:, 12:].detach().std()) == pytest.approx(float(first.std()) / 4, rel=0.3)


def test_a_run_goes_on_from_weights_of_another(config: TrainConfig, tmp_path: Path) -> None:
    file = train(config)
    later = dataclasses.replace(config, folder=tmp_path / "later", load=file, precision="bfloat16")
    trainer, given = Trainer(later), load_file(file)
    assert all(
        torch.equal(own, given[name].to(own.dtype)) for name, own in trainer.network.state_dict().items()
    )
    measures = [trainer.step(batch).measures for batch in trainer.batches(range(4))]
    assert all(0 < one.loss < 10 and 0 <= one.iou <= 1 for one in measures)
    assert not torch.equal(trainer.network.decoder.pred.weight, given["decoder.pred.weight"].float())
    with pytest.raises(CheckpointError, match="other sizes"):
        Trainer(dataclasses.replace(later, network=dataclasses.replace(config.network, key_dim=16)))


def test_every_thread_has_clips_where_there_are_enough(
    config: TrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    maker = Trainer(dataclasses.replace(config, threads=2, slice_clips=4))._gradients
    asked: list[int] = []

    def note(_: SharedGradients, pieces: list[ClipBatch], *__: object, **___: object) -> None:
        asked.extend(len(piece.frames) for piece in pieces)

    monkeypatch.setattr(SharedGradients, "compute", note)
    for clips in (1, 2, 3, 6, 12):
        frames, masks = torch.zeros(clips, 2, 16, 16, 3), torch.zeros(clips, 2, 16, 16)
        maker.compute(
            ClipBatch(frames, masks, torch.ones(clips, 1) > 0),
            MemoryPlan((True, False), (True, False)),
            share=1,
        )
    assert asked == [1, 1, 1, 2, 1, 3, 3, 4, 4, 4]


def test_the_recipe_can_begin_later(data: Path, tmp_path: Path) -> None:
    whole, later = (compact_recipe(data, tmp_path, first=first) for first in (1, 8))
    assert later.stages == whole.stages[7:]
    with pytest.raises(XmemGuiError, match="no stage 99"):
        compact_recipe(data, tmp_path, first=99)


def test_the_command_trains_what_it_is_asked_for(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[RunConfig[Any], int | None]] = []

    def note(config: RunConfig[Any], *, stages: int | None) -> Path:
        asked.append((config, stages))
        return tmp_path

    monkeypatch.setattr(training, "train", note)
    monkeypatch.setattr(training, "train_clicks", note)
    weights = tmp_path / "weights.safetensors"
    weights.touch()
    for what, first, end in (("compact", "8", "9"), ("clicks", "3", "3")):
        options = ["--first", first, "--stage", end, "--load", str(weights), "--precision", "bfloat16"]
        done = typer.testing.CliRunner().invoke(app, [what, str(data), *options, "--seed", "6"])
        assert done.exit_code == 0, done.output
    for stage in ("7", "10"):
        done = typer.testing.CliRunner().invoke(app, ["compact", str(data), "--first", "8", "--stage", stage])
        assert done.exit_code == 2
        assert "8 to 9" in done.output
    assert [stages for _, stages in asked] == [2, 1]
    assert {(run.load, run.precision, run.seed) for run, _ in asked} == {(weights, "bfloat16", 6)}


def test_learning_rate_warms_up_and_follows_its_stages(sources: ClipSources, tmp_path: Path) -> None:
    stages = (
        Stage(steps=10, learning_rate=1.0, learning_rate_end=0.5),
        Stage(steps=10, learning_rate=0.5, learning_rate_end=0.0),
    )
    config = TrainConfig(folder=tmp_path, sources=sources, stages=stages, warm_up=4)
    rates = [learning_rate(config, step) for step in range(20)]
    assert rates[0] == pytest.approx(0.25)
    assert rates[5] == pytest.approx(0.75)
    assert rates[10] == pytest.approx(0.5)
    assert rates[15] == pytest.approx(0.25)
    assert rates[4:] == sorted(rates[4:], reverse=True)


def test_only_matrices_decay_and_the_backbone_learns_slower(config: TrainConfig) -> None:
    trainer = Trainer(config)
    groups = trainer.optimiser.param_groups
    for group in groups:
        dims = {parameter.ndim > 1 for parameter in group["params"]}
        assert dims == {group["weight_decay"] > 0}
    assert {group["share"] for group in groups} == {1.0, 0.25}
    assert sum(len(group["params"]) for group in groups) == len(list(trainer.network.parameters()))


def test_a_foreign_checkpoint_is_refused(config: TrainConfig, tmp_path: Path) -> None:
    config.folder.mkdir()
    (config.folder / CHECKPOINT).write_bytes(b"not a checkpoint")
    with pytest.raises(CheckpointError, match=r"checkpoint\.pt cannot be read"):
        train(config)
    torch.save({"format": "other"}, config.folder / CHECKPOINT)
    with pytest.raises(CheckpointError, match="not a checkpoint of this program"):
        train(config)


def test_a_checkpoint_of_another_network_is_refused(config: TrainConfig) -> None:
    train(config)
    other = dataclasses.replace(config, network=dataclasses.replace(config.network, value_dim=24))
    with pytest.raises(CheckpointError, match="of another network"):
        train(other)


def test_wrong_settings_are_refused(config: TrainConfig) -> None:
    with pytest.raises(XmemGuiError, match="multiple of 16"):
        Stage(steps=1, size=100)
    with pytest.raises(XmemGuiError, match="2 frames"):
        Stage(steps=1, frames=1)
    with pytest.raises(XmemGuiError, match="objects"):
        Stage(steps=1, objects=())
    with pytest.raises(XmemGuiError, match="at least one source"):
        train(dataclasses.replace(config, sources=ClipSources()))
    with pytest.raises(ValueError, match="outside the run's 4 steps"):
        config.stage_at(4)


def test_more_objects_mean_fewer_clips_in_even_numbers() -> None:
    assert [Stage(steps=1, batch=8).clips(objects) for objects in (1, 2, 3, 4)] == [8, 6, 4, 4]
    assert Stage(steps=1, batch=1).clips(3) == 1


@pytest.mark.parametrize("name", ["latest.safetensors", "log.jsonl"])
def test_a_run_does_not_write_over_what_is_none_of_its_own(config: TrainConfig, name: str) -> None:
    config.folder.mkdir(parents=True)
    (config.folder / name).write_text("mine")
    with pytest.raises(XmemGuiError, match="no run to go on with"):
        train(config)
    assert (config.folder / name).read_text() == "mine"


def test_a_run_does_not_write_into_its_data_nor_over_the_weights_it_starts_from(
    config: TrainConfig, data: Path, tmp_path: Path
) -> None:
    sources = config.sources
    for source in (sources.videos, sources.stills, sources.cutouts):
        if source is not None:
            with pytest.raises(XmemGuiError, match="read: choose"):
                train(dataclasses.replace(config, folder=source / "run"))
            assert not (source / "run").exists()
    weights = tmp_path / "run/latest.safetensors"
    weights.parent.mkdir()
    weights.write_bytes(b"weights")
    with pytest.raises(XmemGuiError, match="read: choose"):
        train(dataclasses.replace(config, folder=weights.parent, load=weights))
    assert weights.read_bytes() == b"weights"

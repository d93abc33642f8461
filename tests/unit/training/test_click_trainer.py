import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torchvision.models import mobilenet_v2

from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.interaction import Prompts
from xmem_gui.model import ClickConfig
from xmem_gui.model.click_weights import load_click_model
from xmem_gui.training import (
    ClickStage,
    ClickTrainConfig,
    ClickTrainer,
    ClipSources,
    SourceStore,
    click_recipe,
    train_clicks,
)
from xmem_gui.training.checkpoints import load_checkpoint
from xmem_gui.training.click_gradients import dice_loss, normalised_focal_loss
from xmem_gui.training.click_rounds import first_prompts, spoilt
from xmem_gui.training.click_samples import Sample, make_sample
from xmem_gui.training.loop import CHECKPOINT
from xmem_gui.training.runlog import LOG


@pytest.fixture
def clicks(tmp_path: Path, sources: ClipSources) -> ClickTrainConfig:
    return ClickTrainConfig(
        folder=tmp_path / "run",
        sources=sources,
        stages=(
            ClickStage(steps=2, size=32, batch=2),
            ClickStage(steps=2, size=64, batch=1, rounds=(0.0, 0.0, 1.0), learning_rate_end=1e-5),
        ),
        network=ClickConfig(dims=(8, 8, 16, 16), key_dim=8),
        seed=5,
        frozen_blocks=3,
        warm_up=2,
        threads=2,
        workers=0,
        log_every=2,
    )


def draw(store: SourceStore, number: int) -> Sample:
    return make_sample(store, ClickStage(steps=1, size=64), seed=1, number=number)


def test_a_resumed_run_equals_one_in_one_piece_bit_for_bit(clicks: ClickTrainConfig, tmp_path: Path) -> None:
    train_clicks(clicks)
    parted = dataclasses.replace(clicks, folder=tmp_path / "parted", threads=1)
    parted.folder.mkdir()
    trainer = ClickTrainer(parted)
    for samples in trainer.batches(range(3)):
        trainer.step(samples)
    trainer.save()
    train_clicks(parted)
    one, two = (load_checkpoint(config.folder / CHECKPOINT) for config in (clicks, parted))
    assert one["step"] == two["step"] == 4
    for part in ("model", "average"):
        assert all(torch.equal(one[part][name], two[part][name]) for name in one[part])
    lines = [json.loads(line) for line in (clicks.folder / LOG).read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4]
    assert all(0 <= line["iou"] <= 1 and line["focal"] > 0 for line in lines)


def test_the_weights_load_and_say_what_made_them(clicks: ClickTrainConfig) -> None:
    file = train_clicks(clicks)
    assert load_click_model(file).config == clicks.network
    with safe_open(file, "pt") as content:
        metadata = content.metadata()
    assert json.loads(metadata["training"])["seed"] == 5
    assert str(clicks.folder.parent) not in metadata["training"]


def test_a_run_goes_on_from_weights_of_another(clicks: ClickTrainConfig, tmp_path: Path) -> None:
    file = train_clicks(clicks)
    later = dataclasses.replace(clicks, folder=tmp_path / "later", load=file, precision="bfloat16")
    trainer, given = ClickTrainer(later), load_click_model(file).state_dict()
    assert all(torch.equal(own, given[name]) for name, own in trainer.network.state_dict().items())
    measures = [trainer.step(samples).measures for samples in trainer.batches(range(4))]
    assert all(0 < one.loss < 10 and 0 <= one.iou <= 1 for one in measures)
    with pytest.raises(CheckpointError, match="other sizes"):
        ClickTrainer(dataclasses.replace(later, network=ClickConfig()))


def test_it_starts_from_a_backbone_and_keeps_its_first_blocks(
    clicks: ClickTrainConfig, tmp_path: Path
) -> None:
    source = mobilenet_v2(weights=None).state_dict()
    file = tmp_path / "backbone.safetensors"
    save_file({name: tensor.contiguous() for name, tensor in source.items()}, file)
    trainer = ClickTrainer(dataclasses.replace(clicks, backbone=file))
    for samples in trainer.batches(range(4)):
        trainer.step(samples)
    own = trainer.network.trunk.state_dict()
    assert torch.equal(own["1.conv.0.0.weight"], source["features.1.conv.0.0.weight"])
    assert not torch.equal(own["9.conv.0.0.weight"], source["features.9.conv.0.0.weight"])


def test_without_material_there_is_nothing_to_train_on(clicks: ClickTrainConfig) -> None:
    with pytest.raises(XmemGuiError, match="at least one source"):
        train_clicks(dataclasses.replace(clicks, sources=ClipSources()))


@pytest.mark.parametrize("wrong", [{"size": 40}, {"steps": 0}, {"batch": 0}, {"rounds": (0.0,)}])
def test_an_impossible_stage_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(XmemGuiError):
        ClickStage(**({"steps": 1} | wrong))  # type: ignore[arg-type]


def test_the_recipe_can_be_shortened(data: Path, tmp_path: Path) -> None:
    whole, short = (click_recipe(data, tmp_path, scale=scale) for scale in (1.0, 0.01))
    assert short.steps < whole.steps / 50


def test_samples_are_decided_by_their_number(store: SourceStore) -> None:
    for number in range(20):
        one, other = draw(store, number), draw(store, number)
        assert np.array_equal(one.image, other.image)
        assert np.array_equal(one.truth, other.truth)
        assert one.truth.any()
        assert not (one.truth & one.others).any()


def test_the_first_prompts_are_on_the_object(store: SourceStore) -> None:
    kinds = set()
    for number in range(60):
        sample = draw(store, number)
        prompts, before = first_prompts(sample, np.random.default_rng(number))
        kinds.add((bool(prompts.points), bool(prompts.strokes), prompts.box is not None, before.any()))
        said = prompts.positive_mask(sample.truth.shape)
        if not before.any():
            assert prompts != Prompts()
            assert sample.truth[said].all()
    assert len(kinds) >= 4


def test_a_spoilt_mask_is_another(store: SourceStore) -> None:
    changed = 0
    for number in range(20):
        sample = draw(store, number)
        mask = spoilt(sample, np.random.default_rng(number))
        assert mask.shape == sample.truth.shape
        changed += int((mask != sample.truth).any())
    assert changed > 10


def test_losses_fall_to_nothing_for_what_is_right() -> None:
    truth = torch.zeros(2, 1, 8, 8, dtype=torch.bool)
    truth[:, :, 2:5, 2:6] = True
    right = torch.where(truth, 12.0, -12.0)
    for loss in (normalised_focal_loss, dice_loss):
        assert loss(right, truth) < 0.01
        assert loss(-right, truth) > 0.8
        assert loss(right * 0.1, truth) < loss(right * 0.0, truth)

import dataclasses
import itertools
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torchvision.models import mobilenet_v2

from xmem_gui.errors import CheckpointError, XmemGuiError
from xmem_gui.interaction import Point, Prompts
from xmem_gui.model import ClickConfig, ClickNet
from xmem_gui.model.click_weights import load_click_model
from xmem_gui.training import (
    ClickStage,
    ClickTrainConfig,
    ClickTrainer,
    ClipSources,
    SourceStore,
    against_clock,
    click_recipe,
    train_clicks,
)
from xmem_gui.training.checkpoints import load_checkpoint
from xmem_gui.training.click_gradients import ClickGradients, click_dice_loss, normalised_focal_loss
from xmem_gui.training.click_rounds import Game, first_prompts, play, spoilt
from xmem_gui.training.click_samples import ClickSample, make_sample
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


def draw(store: SourceStore, number: int) -> ClickSample:
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


def test_all_pictures_of_a_step_play_together_and_each_as_it_would_alone(store: SourceStore) -> None:
    network = ClickNet(ClickConfig(dims=(8, 8, 16, 16), key_dim=8)).eval()
    samples = [draw(store, number) for number in range(3)]

    def rngs() -> list[np.random.Generator]:
        return [np.random.default_rng((1, sample.number)) for sample in samples]

    with ThreadPoolExecutor(2) as pool:
        together = play(network, samples, rngs(), rounds=3, pool=pool)
    assert [tuple(one.shape) for one in together] == [(3, 1, 64, 64)] * 2
    for number, (sample, rng) in enumerate(zip(samples, rngs(), strict=True)):
        alone = play(network, [sample], [rng], rounds=3)
        for one, many in zip(alone, together, strict=True):
            assert torch.allclose(one[0], many[number], atol=1e-4)
    assert [one.requires_grad for one in together] == [True, True]


@pytest.mark.parametrize("rounds", [(1.0,), (0.0, 0.0, 0.0, 1.0)])
def test_the_pieces_of_a_step_sum_to_the_whole(store: SourceStore, rounds: tuple[float, ...]) -> None:
    samples = [draw(store, number) for number in range(5)]
    found = []
    for pictures in (0, 2):
        torch.manual_seed(1)
        network = ClickNet(ClickConfig(dims=(8, 8, 16, 16), key_dim=8)).eval()
        maker = ClickGradients(
            network, threads=1, pictures=pictures, precision="float32",
            scaler=torch.amp.GradScaler("cpu", enabled=False),
        )  # fmt: skip
        measures = maker.compute(samples, rounds=rounds, seed=1)
        found.append((measures, [one.grad for one in network.parameters() if one.grad is not None]))
    (whole, gradients), (parts, others) = found
    assert whole.values() == pytest.approx(parts.values(), rel=1e-3)
    assert all(torch.allclose(one, two, atol=1e-3) for one, two in zip(gradients, others, strict=True))


def test_in_training_too_a_click_changes_a_found_mask_only_near_itself(store: SourceStore) -> None:
    sample = next(one for number in range(50) if (one := draw(store, number)).truth.mean() > 0.2)
    game = Game(sample, np.random.default_rng(3))
    truth = sample.truth.astype(np.float32)
    game.answered(truth)
    dent = truth.copy()
    rows, columns = np.nonzero(sample.truth)
    dent[rows[0], columns[0]] = 0
    game._before, game._found = dent, True
    game._newest = Point(columns[0] + 0.5, rows[0] + 0.5)
    far = truth.copy()
    far[rows[-1] - 1 : rows[-1] + 1] = 0
    game.answered(np.where(far > 0, 0.9, 0.1).astype(np.float32))
    assert (game._before >= 0.5)[sample.truth].all()


def test_a_run_against_the_clock_ends_with_its_time_and_goes_on_with_it(
    clicks: ClickTrainConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    monkeypatch.setattr("xmem_gui.training.loop.monotonic", lambda: now[0])
    config = against_clock(dataclasses.replace(clicks, warm_up=0, log_every=1), 40.0)
    assert len(config.stages) == 1
    rates = []
    trainer = ClickTrainer(config)
    for samples in trainer.batches(range(3)):
        rates.append(trainer.step(samples).rate)
        now[0] += 10
        assert not trainer.is_over
    assert rates[0] == pytest.approx(5e-4)
    assert rates == sorted(rates, reverse=True)
    config.folder.mkdir()
    trainer.save()
    now[0] = 1000.0
    again = ClickTrainer(config)
    assert (again.done, again.spent) == (3, 30)
    rate = again.step(next(again.batches(range(3, 4)))).rate
    assert rate < rates[-1]
    now[0] += 10
    assert again.is_over
    for wrong in (0.0, float("nan"), float("inf")):
        with pytest.raises(XmemGuiError, match="against the clock"):
            against_clock(clicks, wrong)
    with pytest.raises(XmemGuiError, match="against the clock"):
        dataclasses.replace(clicks, seconds=5.0)


def test_the_loop_ends_when_the_time_is_up(clicks: ClickTrainConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = itertools.count()
    monkeypatch.setattr("xmem_gui.training.loop.monotonic", lambda: float(next(ticks)))
    config = against_clock(dataclasses.replace(clicks, log_every=1), 9.0)
    train_clicks(config)
    done = load_checkpoint(config.folder / CHECKPOINT)["step"]
    assert 1 <= done <= 9
    train_clicks(config)
    assert load_checkpoint(config.folder / CHECKPOINT)["step"] == done


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
    for loss in (normalised_focal_loss, click_dice_loss):
        assert loss(right, truth) < 0.01
        assert loss(-right, truth) > 0.8
        assert loss(right * 0.1, truth) < loss(right * 0.0, truth)

import math

import pytest
import torch

from xmem_gui.training.losses import HardShare, bootstrapped_cross_entropy, dice_loss, mean_iou


def logits_of(background: list[float]) -> torch.Tensor:
    """Logits of one row of pixels with these probabilities of background, one object: (1, 2, 1, N)."""
    p = torch.tensor(background)
    return torch.stack([p.log(), (1 - p).log()])[None, :, None]


def test_cross_entropy_of_all_pixels_is_the_mean() -> None:
    target = torch.tensor([[[0, 0, 1, 1]]])
    loss = bootstrapped_cross_entropy(logits_of([0.5, 0.8, 0.4, 0.9]), target, share=1.0)
    assert loss.item() == pytest.approx(-(math.log(0.5) + math.log(0.8) + math.log(0.6) + math.log(0.1)) / 4)


def test_bootstrapping_keeps_the_hardest_pixels_of_each_image() -> None:
    logits = torch.cat([logits_of([0.5, 0.8, 0.4, 0.9]), logits_of([0.9, 0.9, 0.9, 0.9])])
    target = torch.tensor([[[0, 0, 1, 1]], [[0, 0, 0, 0]]])
    loss = bootstrapped_cross_entropy(logits, target, share=0.5)
    expected = (-(math.log(0.1) + math.log(0.5)) / 2 - math.log(0.9)) / 2
    assert loss.item() == pytest.approx(expected)


def test_at_least_one_pixel_counts() -> None:
    target = torch.tensor([[[0, 0, 1, 1]]])
    loss = bootstrapped_cross_entropy(logits_of([0.5, 0.8, 0.4, 0.9]), target, share=0.01)
    assert loss.item() == pytest.approx(-math.log(0.1))


def test_the_share_falls_between_its_steps() -> None:
    share = HardShare(final=0.2, start=100, end=300)
    assert [share.at(step) for step in (0, 100, 200, 300, 900)] == pytest.approx([1, 1, 0.6, 0.2, 0.2])


def test_dice_by_hand() -> None:
    probability = torch.tensor([[[[0.5, 0.25, 0.0, 1.0]], [[0.5, 0.75, 1.0, 0.0]]]])
    target = torch.tensor([[[0, 1, 1, 0]]])
    loss = dice_loss(probability, target, torch.tensor([[True]]))
    assert loss.item() == pytest.approx(1 - (2 * 1.75 + 1) / (2.25 + 2 + 1))


def test_dice_leaves_out_objects_that_do_not_exist() -> None:
    probability = torch.tensor([[[[0.5, 0.25]], [[0.5, 0.75]], [[0.0, 0.0]]]])
    target = torch.tensor([[[0, 1]]])
    with_padding = dice_loss(probability, target, torch.tensor([[True, False]]))
    assert with_padding.item() == pytest.approx(
        dice_loss(probability[:, :2], target, torch.tensor([[True]])).item()
    )
    assert dice_loss(probability, target, torch.tensor([[False, False]])).item() == 0


def test_iou_by_hand() -> None:
    probability = torch.tensor([[[[0.9, 0.2, 0.4, 0.9]], [[0.1, 0.8, 0.6, 0.1]], [[0.0, 0.0, 0.0, 0.0]]]])
    target = torch.tensor([[[0, 1, 0, 1]]])
    assert mean_iou(probability, target, torch.tensor([[True, False]])) == pytest.approx(1 / 3)
    assert mean_iou(probability, target, torch.tensor([[True, True]])) == pytest.approx((1 / 3 + 1) / 2)
    nothing_known = torch.full((1, 2, 1, 4), 0.5)
    assert mean_iou(nothing_known, torch.zeros(1, 1, 4), torch.tensor([[True]])) == 1

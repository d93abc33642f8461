import pytest
import torch
from torch import nn

from xmem_gui.model.backbones import MobileNetTrunk
from xmem_gui.model.mobilenet import InvertedResidual
from xmem_gui.training.narrowing import load_mobilenet, narrow_block


def spread(module: nn.Module) -> nn.Module:
    """Give batch norms something to do, as trained ones have."""
    for part in module.modules():
        if isinstance(part, nn.BatchNorm2d):
            for values in (part.weight.data, part.bias.data, part.running_mean, part.running_var):
                values.uniform_(0.5, 1.5)
    return module.eval()


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


@torch.no_grad()
def test_channels_that_are_copies_or_constant_are_dropped_without_a_loss():
    whole = spread(InvertedResidual(8, 8, stride=1, expansion=6))
    widen, look, _, _ = whole.conv
    for layers in (widen, look):
        for values in layers.state_dict().values():
            if values.ndim:
                # 16 channels, once more the same, and 16 that give the same everywhere.
                values[16:32] = values[:16]
    look[0].weight[32:] = 0
    narrow = InvertedResidual(8, 8, stride=1, expansion=2).eval()
    x = torch.randn(4, 8, 24, 24)
    narrow_block(whole, narrow, x)
    assert torch.allclose(narrow(x), whole(x), atol=2e-3)


@torch.no_grad()
def test_a_narrowed_block_is_nearer_than_its_first_channels_alone():
    whole = spread(InvertedResidual(16, 24, stride=2, expansion=6))
    narrow, first = (InvertedResidual(16, 24, stride=2, expansion=4).eval() for _ in range(2))
    x, other = torch.randn(8, 16, 32, 32), torch.randn(4, 16, 32, 32)
    narrow_block(whole, narrow, x)
    for name, tensor in first.state_dict().items():
        source = whole.state_dict()[name]
        tensor.copy_(source[tuple(slice(0, size) for size in tensor.shape)])

    def miss(block: nn.Module) -> float:
        return float((block(other) - whole(other)).square().mean() / whole(other).var())

    assert miss(narrow) < 0.5
    assert miss(narrow) < 0.7 * miss(first)


@torch.no_grad()
def test_a_trunk_of_the_same_kind_is_filled_to_the_bit():
    source = spread(MobileNetTrunk(in_dim=3))
    trunk = MobileNetTrunk(in_dim=3)
    pictures = torch.randn(1, 3, 64, 64)
    load_mobilenet(trunk, source.features.state_dict(), pictures)
    assert all(torch.equal(a, b) for a, b in zip(trunk(pictures), source(pictures), strict=True))


@torch.no_grad()
def test_a_folded_trunk_does_on_a_smooth_picture_what_the_whole_one_does_on_its_half():
    source = spread(MobileNetTrunk(in_dim=3))
    trunk = MobileNetTrunk(in_dim=5, fold=2)
    half = torch.randn(1, 3, 32, 48)
    pictures = half.repeat_interleave(2, 2).repeat_interleave(2, 3)
    load_mobilenet(trunk, source.features.state_dict(), torch.cat([pictures, torch.rand(1, 2, 64, 96)], 1))
    # The masks' channels are not known to the source: any value does.
    seen = trunk(torch.cat([pictures, torch.rand(1, 2, 64, 96)], 1))
    wanted = source(half)
    assert torch.allclose(seen.f4, wanted.f4, atol=1e-4)
    assert seen.f16.shape == (1, 96, 4, 6)

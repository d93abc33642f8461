import pytest
import torch
from torch import nn

from xmem_gui.model import COMPACT, XMem, prepared
from xmem_gui.model.fused import FusedConv2d, fuses

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def network() -> XMem:
    torch.manual_seed(0)
    network = XMem(COMPACT).eval()
    for module in network.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2)
    return network


@torch.no_grad()
def test_a_prepared_network_computes_what_it_did(network: XMem):
    image = torch.randn(1, 3, 64, 96)
    before = network.encode_key(image)
    after = prepared(network, CPU).encode_key(image)
    for one, other in zip((*before[:3], *before.pyramid), (*after[:3], *after.pyramid), strict=True):
        assert torch.allclose(one, other, atol=1e-3 * float(one.abs().max()))


@torch.no_grad()
def test_activations_are_fused_and_leave_the_original_alone(network: XMem):
    ready = prepared(network, CPU)
    names = {type(module).__name__ for module in ready.key_encoder.modules()}
    assert "BatchNorm2d" not in names
    assert not any(isinstance(module, FusedConv2d) for module in network.modules())


@torch.no_grad()
@pytest.mark.parametrize("activation", [nn.ReLU(), nn.ReLU6()])
@pytest.mark.parametrize(
    "options", [{}, {"stride": 2, "padding": 1}, {"groups": 8, "padding": 1}, {"bias": False}], ids=str
)
def test_a_fused_convolution_is_the_two_layers(activation: nn.Module, options: dict):
    conv = nn.Conv2d(8, 8, 3, **options)
    if not fuses(conv, activation):
        pytest.skip("this build of torch has no fused convolution")
    x = 5 * torch.randn(2, 8, 13, 17)
    for like in (x, x.contiguous(memory_format=torch.channels_last)):
        assert torch.allclose(FusedConv2d(conv, activation)(like), activation(conv(like)), atol=1e-5)


@torch.no_grad()
def test_a_fused_convolution_obeys_autocast():
    conv, activation = nn.Conv2d(8, 8, 3), nn.ReLU6()
    with torch.autocast("cpu", torch.bfloat16):
        assert FusedConv2d(conv, activation)(torch.randn(1, 8, 9, 9)).dtype == torch.bfloat16


def test_other_layers_are_not_fused():
    assert not fuses(nn.Linear(3, 3), nn.ReLU())
    assert not fuses(nn.Conv2d(3, 3, 1), nn.Sigmoid())

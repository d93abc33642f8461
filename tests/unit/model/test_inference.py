import pytest
import torch
from torch import nn

from xmem_gui.model import COMPACT, XMem, XMemConfig, prepared
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
def test_a_prepared_network_encodes_and_decodes_what_it_did(network: XMem):
    image, soft = torch.randn(1, 3, 64, 96), torch.rand(1, 2, 64, 96)
    found = []
    for one in (network, prepared(network, CPU)):
        features = one.encode_key(image)
        value, hidden = one.encode_value(image, features.pyramid.f16, torch.zeros(2, 32, 4, 6), soft)
        found.append((value, hidden, *one.decode(features, value, hidden)))
    for one, other in zip(*found, strict=True):
        assert torch.allclose(one, other, atol=1e-3 * float(one.abs().max()))


@torch.no_grad()
@pytest.mark.parametrize("config", [COMPACT, XMemConfig(decoder_dims=(64, 32, 32), value_dim=64)])
def test_a_narrowed_network_gives_about_the_same_and_float32_where_it_matters(config: XMemConfig):
    torch.manual_seed(0)
    network = prepared(XMem(config), CPU)
    half = prepared(network, CPU).narrowed(torch.bfloat16)
    image, soft = torch.randn(1, 3, 64, 96), torch.rand(1, 2, 64, 96)
    found = []
    for one in (network, half):
        features = one.encode_key(image)
        hidden = one.initial_hidden(2, features.key)
        value, hidden = one.encode_value(image, features.pyramid.f16, hidden, soft)
        found.append((*features[:3], hidden, *one.decode(features, value, hidden), value))
    for one, other in zip(*found, strict=True):
        assert float((one - other.float()).abs().mean()) < 0.03 * float(one.abs().max())
    *exact, value = found[1]
    assert {one.dtype for one in exact} == {torch.float32}
    assert value.dtype == torch.bfloat16
    if config is COMPACT:
        assert all(torch.equal(one, other) for one, other in zip(*(both[:3] for both in found), strict=True))


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

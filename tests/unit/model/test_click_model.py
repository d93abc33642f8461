from pathlib import Path

import pytest
import torch
from torchvision.models import mobilenet_v2

from xmem_gui.errors import CheckpointError
from xmem_gui.model import ClickConfig, ClickNet, load_click_backbone, prepared, write_tensors
from xmem_gui.model.click_weights import is_click_model, load_click_model

TINY = ClickConfig(dims=(8, 8, 16, 16), key_dim=8)


@pytest.fixture(scope="module")
def network() -> ClickNet:
    torch.manual_seed(0)
    return ClickNet(TINY).eval()


def prompts(height: int = 64, width: int = 96) -> torch.Tensor:
    maps = torch.zeros(1, 4, height, width)
    maps[:, 0, 10:20, 10:20] = 1
    maps[:, 3, 5:40, 5:40] = 0.8
    return maps


@torch.no_grad()
def test_logits_have_the_size_of_the_image(network: ClickNet) -> None:
    features = network.encode(torch.randn(1, 3, 64, 96))
    assert [x.shape[-1] for x in features] == [24, 12, 6, 3, 6]
    assert network(features, prompts()).shape == (1, 1, 64, 96)


@torch.no_grad()
def test_images_of_a_batch_do_not_see_each_other(network: ClickNet) -> None:
    images, maps = torch.randn(2, 3, 64, 96), torch.cat([prompts(), prompts().flip(3)])
    together = network(network.encode(images), maps)
    alone = network(network.encode(images[1:]), maps[1:])
    torch.testing.assert_close(together[1:], alone, atol=1e-4, rtol=1e-4)


@torch.no_grad()
def test_every_kind_of_prompt_matters(network: ClickNet) -> None:
    features = network.encode(torch.randn(1, 3, 64, 96))
    nothing = torch.zeros(1, 4, 64, 96)
    for channel in range(4):
        maps = nothing.clone()
        maps[:, channel, 20:40, 20:40] = 1
        assert not torch.allclose(network(features, maps), network(features, nothing))


@torch.no_grad()
def test_the_prepared_network_computes_the_same(network: ClickNet) -> None:
    image = torch.randn(1, 3, 64, 64)
    ready = prepared(network, torch.device("cpu"))
    expected = network(network.encode(image), prompts(64, 64))
    torch.testing.assert_close(ready(ready.encode(image), prompts(64, 64)), expected, atol=1e-3, rtol=1e-3)


def test_the_trunk_starts_from_torchvision() -> None:
    network = ClickNet(TINY)
    source = mobilenet_v2(weights=None).state_dict()
    load_click_backbone(network, source)
    assert torch.equal(network.trunk[17].conv[0][0].weight, source["features.17.conv.0.0.weight"])


def test_what_is_written_is_read_again(network: ClickNet, tmp_path: Path) -> None:
    file = tmp_path / "click.safetensors"
    write_tensors(network.state_dict(), file, metadata={}, half=False)
    again = load_click_model(file)
    assert again.config == TINY
    assert not again.training
    assert all(torch.equal(value, network.state_dict()[name]) for name, value in again.state_dict().items())
    assert is_click_model(again.state_dict())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"head.bias": None}, "it lacks 'head.bias'"),
        ({"head.weight": torch.zeros(2, 8, 3, 3)}, r"'head.weight' has the shape \(2, 8, 3, 3\)"),
        ({"extra": torch.zeros(1)}, "it holds 'extra'"),
        ({"head.bias": torch.full((1,), float("nan"))}, "'head.bias' holds values that are not finite"),
        ({"key_proj.weight": None}, "it lacks 'key_proj.weight'"),
    ],
)
def test_another_file_is_refused_with_a_reason(
    network: ClickNet, tmp_path: Path, change: dict[str, torch.Tensor | None], said: str
) -> None:
    state = network.state_dict() | change
    file = tmp_path / "other.pt"
    torch.save({name: value for name, value in state.items() if value is not None}, file)
    with pytest.raises(CheckpointError, match=said):
        load_click_model(file)

import dataclasses
import json
import os
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor
from torchvision.models import resnet18

from xmem_gui.errors import CheckpointError, OutputError, XmemGuiError
from xmem_gui.model import COMPACT, FULL, XMem, XMemConfig, config_of, load_network, save_network
from xmem_gui.model import write_tensors as write

SMALL = dataclasses.replace(
    COMPACT, key_dim=8, value_dim=16, hidden_dim=4, decoder_dims=(16, 16, 16), sensory_dim=8
)
NO_SENSORY = dataclasses.replace(SMALL, hidden_dim=0, sensory_dim=XMemConfig.sensory_dim)
OFFICIAL = {
    "key_encoder.conv1.weight": (64, 3, 7, 7),
    "key_encoder.res2.0.conv1.weight": (64, 64, 1, 1),
    "key_encoder.layer3.5.conv3.weight": (1024, 256, 1, 1),
    "key_encoder.layer3.5.bn3.num_batches_tracked": (),
    "value_encoder.conv1.weight": (64, 5, 7, 7),
    "value_encoder.layer1.0.conv1.weight": (64, 64, 3, 3),
    "value_encoder.layer3.1.conv2.weight": (256, 256, 3, 3),
    "value_encoder.fuser.block1.downsample.weight": (512, 1280, 3, 3),
    "value_encoder.fuser.attention.ChannelGate.mlp.1.weight": (32, 512),
    "value_encoder.fuser.attention.ChannelGate.mlp.3.bias": (512,),
    "value_encoder.fuser.attention.SpatialGate.spatial.conv.weight": (1, 2, 7, 7),
    "value_encoder.hidden_reinforce.transform.weight": (192, 576, 3, 3),
    "key_proj.key_proj.weight": (64, 1024, 3, 3),
    "key_proj.d_proj.bias": (1,),
    "key_proj.e_proj.weight": (64, 1024, 3, 3),
    "decoder.fuser.block1.conv1.weight": (512, 1600, 3, 3),
    "decoder.hidden_update.g16_conv.weight": (256, 512, 1, 1),
    "decoder.hidden_update.g8_conv.weight": (256, 256, 1, 1),
    "decoder.hidden_update.g4_conv.weight": (256, 257, 1, 1),
    "decoder.hidden_update.transform.weight": (192, 320, 3, 3),
    "decoder.up_16_8.skip_conv.weight": (512, 512, 3, 3),
    "decoder.up_16_8.out_conv.downsample.weight": (256, 512, 3, 3),
    "decoder.up_8_4.skip_conv.weight": (256, 256, 3, 3),
    "decoder.pred.weight": (1, 256, 3, 3),
}


class Hostile:
    """Unpickling it leaves a folder behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.fixture(scope="module")
def network() -> XMem:
    torch.manual_seed(3)
    return XMem(SMALL).eval()


@pytest.fixture
def state(network: XMem) -> dict[str, Tensor]:
    return dict(network.state_dict())


def shapes(config: XMemConfig) -> dict[str, Tensor]:
    with torch.device("meta"):
        return XMem(config).state_dict()


def equal(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return list(one) == list(other) and all(torch.equal(one[name], other[name]) for name in one)


def refusal(path: Path) -> str:
    with pytest.raises(CheckpointError) as caught:
        load_network(path)
    said = str(caught.value)
    assert said.startswith(str(path))
    assert said.endswith(".")
    assert "\n" not in said
    return said


def test_the_full_network_is_the_published_one() -> None:
    own = shapes(FULL)
    assert len(own) == 412
    assert sum(name.endswith("num_batches_tracked") for name in own) == 58
    with torch.device("meta"):
        parameters = [parameter.numel() for parameter in XMem(FULL).parameters()]
    assert (len(parameters), sum(parameters)) == (238, 62_185_224)
    assert {name: tuple(own[name].shape) for name in OFFICIAL} == OFFICIAL


@pytest.mark.parametrize(
    "config",
    [
        FULL,
        COMPACT,
        SMALL,
        NO_SENSORY,
        dataclasses.replace(COMPACT, expansion=6, value_fold=1),
        dataclasses.replace(FULL, hidden_dim=0),
        dataclasses.replace(FULL, key_dim=32, value_dim=256, shortcut=1),
    ],
)
def test_sizes_are_read_from_shapes(config: XMemConfig) -> None:
    assert config_of(shapes(config)) == config


@pytest.mark.parametrize("config", [SMALL, NO_SENSORY])
@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
def test_a_saved_network_loads_strictly(config: XMemConfig, suffix: str, tmp_path: Path) -> None:
    saved = XMem(config)
    path = tmp_path / f"weights{suffix}"
    if suffix == ".pth":
        torch.save(saved.state_dict(), path)
    else:
        save_network(saved, path, half=False)
    loaded = load_network(path)
    assert loaded.config == config
    assert not loaded.training
    assert equal(dict(saved.state_dict()), dict(loaded.state_dict()))


def test_the_published_layout_loads_from_the_old_file_kind(network: XMem, tmp_path: Path) -> None:
    path = tmp_path / "old.pth"
    torch.save(network.state_dict(), path, _use_new_zipfile_serialization=False)
    assert equal(dict(load_network(path).state_dict()), dict(network.state_dict()))


def test_float16_is_converted(network: XMem, tmp_path: Path) -> None:
    path = tmp_path / "half.safetensors"
    save_network(network, path, metadata={"step": "7"})
    assert path.stat().st_size < 2.2 * sum(tensor.numel() for tensor in network.state_dict().values())
    loaded = load_network(path)
    for name, tensor in network.state_dict().items():
        assert loaded.state_dict()[name].dtype == tensor.dtype
        assert torch.equal(loaded.state_dict()[name], tensor.half().to(tensor.dtype))
    with safe_open(path, "pt") as file:
        assert file.metadata()["step"] == "7"
        assert json.loads(file.metadata()["network"])["key_dim"] == 8


def test_a_loaded_network_does_not_hang_on_its_file(network: XMem, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    save_network(network, path, half=False)
    loaded = load_network(path)
    path.write_bytes(bytes(path.stat().st_size))
    assert equal(dict(loaded.state_dict()), dict(network.state_dict()))


def test_loading_draws_no_random_numbers(network: XMem, tmp_path: Path) -> None:
    save_network(network, tmp_path / "weights.safetensors")
    before = torch.get_rng_state()
    load_network(tmp_path / "weights.safetensors")
    assert torch.equal(torch.get_rng_state(), before)


def test_single_object_weights_get_a_zero_channel(state: dict[str, Tensor], tmp_path: Path) -> None:
    name = "value_encoder.features.0.0.weight"
    save_file({**state, name: state[name][:, :4].contiguous()}, tmp_path / "single.safetensors")
    weight = load_network(tmp_path / "single.safetensors").state_dict()[name]
    assert torch.equal(weight[:, :4], state[name][:, :4])
    assert not weight[:, 4:].any()
    assert weight.shape[1] == 5


@pytest.mark.parametrize(
    "wrap",
    [
        lambda state: {"it": 5, "network": state, "optimizer": {"state": {}}},
        lambda state: {f"module.{name}": tensor for name, tensor in state.items()},
        lambda state: {"network": "{}", "average": state, "model": {"other": torch.zeros(1)}},
    ],
)
def test_training_checkpoints_load(
    wrap: Callable[[dict[str, Tensor]], object], state: dict[str, Tensor], tmp_path: Path
) -> None:
    torch.save(wrap(state), tmp_path / "run.pth")
    assert equal(dict(load_network(tmp_path / "run.pth").state_dict()), state)


def test_a_missing_file_and_a_folder(tmp_path: Path) -> None:
    assert "does not exist; choose another file or run 'xmem-gui models download xmem'" in refusal(
        tmp_path / "XMem.pth"
    )
    assert "is a folder, expected a file" in refusal(tmp_path)


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (b"", "it is empty"),
        (b"These are my weights.\n", "it is a text"),
        (b"\n <!DOCTYPE html><html>Not Found</html>", "it is a web page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "it is a Git LFS pointer"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "beginning with the bytes 89 50 4e 47"),
        (b"\x10\0\0\0\0\0\0\0{" + bytes(30), "it begins like a safetensors file"),
        (b"\xff" * 8 + b"{}" + bytes(30), "it begins like a safetensors file"),
        (b"PK\x03\x04" + bytes(100), "it begins like a PyTorch file"),
    ],
)
def test_a_file_of_something_else(content: bytes, found: str, tmp_path: Path) -> None:
    (tmp_path / "XMem.pth").write_bytes(content)
    assert found in refusal(tmp_path / "XMem.pth")


@pytest.mark.parametrize("suffix", [".pth", ".old.pth", ".safetensors"])
def test_a_file_cut_short_anywhere(network: XMem, suffix: str, tmp_path: Path) -> None:
    whole = tmp_path / f"weights{suffix}"
    if suffix == ".safetensors":
        save_network(network, whole)
    else:
        torch.save(network.state_dict(), whole, _use_new_zipfile_serialization=suffix == ".pth")
    content = whole.read_bytes()
    for part in (0.001, 0.3, 0.9, 0.999):
        whole.write_bytes(content[: int(len(content) * part)])
        assert "expected" in refusal(whole)


def test_a_torchvision_network(tmp_path: Path) -> None:
    with torch.device("meta"):
        names = resnet18(weights=None).state_dict()
    torch.save({name: torch.zeros(1) for name in names}, tmp_path / "XMem.pth")
    assert refusal(tmp_path / "XMem.pth").endswith(
        "is not an XMem checkpoint: it holds 122 tensors such as 'conv1.weight', expected"
        " 'key_proj.key_proj.weight'; choose another file or run 'xmem-gui models download xmem'."
    )


def test_a_tensor_of_another_shape(state: dict[str, Tensor], tmp_path: Path) -> None:
    state["decoder.pred.weight"] = torch.zeros(1, 24, 3, 3)
    torch.save(state, tmp_path / "XMem.pth")
    assert "'decoder.pred.weight' has the shape (1, 24, 3, 3), expected (1, 16, 3, 3);" in refusal(
        tmp_path / "XMem.pth"
    )


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("decoder.pred.bias", "it lacks 'decoder.pred.bias', expected with the shape (1,)"),
        ("decoder.hidden_update.transform.weight", "it lacks 'decoder.hidden_update.transform.weight'"),
        ("value_encoder.fuser.block2.conv2.weight", "it lacks 'value_encoder.fuser.block2.conv2.weight'"),
    ],
)
def test_a_tensor_that_lacks(name: str, said: str, state: dict[str, Tensor], tmp_path: Path) -> None:
    del state[name]
    torch.save(state, tmp_path / "XMem.pth")
    assert said in refusal(tmp_path / "XMem.pth")


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("extra.weight", torch.zeros(2), "it holds 'extra.weight', expected only the"),
        ("decoder.pred.bias", torch.tensor([float("nan")]), "'decoder.pred.bias' holds values that are not"),
        (
            "decoder.pred.bias",
            torch.tensor([1]),
            "'decoder.pred.bias' holds torch.int64, expected torch.float",
        ),
        ("decoder.pred.bias", torch.tensor([1j]), "'decoder.pred.bias' is a tensor of an unusual kind"),
        ("decoder.pred.bias", 3, "its entry 'decoder.pred.bias' is a Python 'int', expected a tensor"),
        ("key_proj.key_proj.weight", torch.zeros(()), "'key_proj.key_proj.weight' has the shape ()"),
        ("key_proj.key_proj.weight", torch.zeros(0, 96, 3, 3), "has the shape (0, 96, 3, 3)"),
        ("decoder.pred.weight", torch.zeros(1).expand(10**6, 10**6), "its tensors claim more than"),
    ],
)
def test_a_tensor_that_does_not_belong(
    name: str, value: object, said: str, state: dict[str, Tensor], tmp_path: Path
) -> None:
    torch.save({**state, name: value}, tmp_path / "XMem.pth")
    assert said in refusal(tmp_path / "XMem.pth")


@pytest.mark.parametrize("content", [torch.zeros(3), [torch.zeros(3)], {}, "weights", 5])
def test_a_checkpoint_of_something_else(content: object, tmp_path: Path) -> None:
    torch.save(content, tmp_path / "XMem.pth")
    assert "expected" in refusal(tmp_path / "XMem.pth")


@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_code_in_a_file_is_not_run(protocol: int, state: dict[str, Tensor], tmp_path: Path) -> None:
    mark, path = tmp_path / "mark", tmp_path / "XMem.pth"
    path.write_bytes(pickle.dumps({**state, "more": Hostile(mark)}, protocol))
    assert "expected" in refusal(path)
    torch.save({**state, "more": Hostile(mark)}, path)
    assert ".mkdir') that could run code, expected tensors only" in refusal(path)
    assert not mark.exists()


def test_a_zip_of_something_else(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "XMem.pth", "w") as file:
        file.writestr("notes.txt", "hello")
    assert "it begins like a PyTorch file" in refusal(tmp_path / "XMem.pth")


def test_saving_what_is_not_finite_writes_nothing(network: XMem, tmp_path: Path) -> None:
    path = tmp_path / "weights.safetensors"
    for value in (float("inf"), 1e6):
        with pytest.raises(XmemGuiError, match="'a' are not finite"):
            write({"a": torch.tensor([value])}, path, metadata={})
    write({"a": torch.tensor([1e6])}, path, metadata={}, half=False)
    assert load_file(path)["a"].item() == 1e6
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_saving_replaces_whole_or_leaves_the_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "weights.safetensors"
    write({"a": torch.zeros(4)}, path, metadata={})

    def full(*args: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match=r"weights\.safetensors cannot be written \(No space left"):
        write({"a": torch.ones(4)}, path, metadata={})
    assert load_file(path)["a"].sum() == 0
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_config_of_foreign_weights() -> None:
    with pytest.raises(CheckpointError, match=r"not XMem's: it holds 1 tensors such as 'a', expected 'key"):
        config_of({"a": torch.zeros(1)})

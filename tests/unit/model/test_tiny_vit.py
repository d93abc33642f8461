"""MobileSAM's image encoder: the published names, and what it computes, said another way."""

import copy
import math

import pytest
import torch
from segment_anything import sam_model_registry
from torch import nn

from xmem_gui.errors import CheckpointError
from xmem_gui.model.inference import prepared
from xmem_gui.model.sam import load_sam
from xmem_gui.model.tiny_vit import Merging, TinyViT, WindowAttention, WindowBlock

PUBLISHED = {
    "image_encoder.patch_embed.seq.0.c.weight": (32, 3, 3, 3),
    "image_encoder.patch_embed.seq.2.bn.num_batches_tracked": (),
    "image_encoder.layers.0.blocks.1.conv2.c.weight": (256, 1, 3, 3),
    "image_encoder.layers.0.downsample.conv3.bn.running_mean": (128,),
    "image_encoder.layers.1.blocks.0.attn.norm.weight": (128,),
    "image_encoder.layers.1.blocks.0.attn.qkv.weight": (384, 128),
    "image_encoder.layers.1.blocks.0.attn.attention_biases": (4, 49),
    "image_encoder.layers.2.blocks.5.attn.attention_biases": (5, 196),
    "image_encoder.layers.2.blocks.5.local_conv.c.weight": (160, 1, 3, 3),
    "image_encoder.layers.3.blocks.1.attn.attention_biases": (10, 49),
    "image_encoder.layers.3.blocks.1.mlp.fc1.weight": (1280, 320),
    "image_encoder.norm_head.weight": (320,),
    "image_encoder.head.weight": (1000, 320),
    "image_encoder.neck.0.weight": (256, 320, 1, 1),
    "image_encoder.neck.3.bias": (256,),
    "prompt_encoder.pe_layer.positional_encoding_gaussian_matrix": (2, 128),
    "mask_decoder.output_hypernetworks_mlps.3.layers.2.weight": (32, 256),
}
"""Some names and shapes of the published mobile_sam.pt, which has 439 tensors."""


@pytest.fixture(scope="module")
def state() -> dict[str, torch.Tensor]:
    """Make what the published file holds, with random weights."""
    torch.manual_seed(0)
    network = sam_model_registry["vit_b"]()
    network.image_encoder = TinyViT()
    for module in network.image_encoder.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2)
        if isinstance(module, WindowAttention):
            nn.init.normal_(module.attention_biases)
    return network.state_dict()


def test_names_shapes_and_size_are_those_of_the_published_file(state):
    assert {name: tuple(state[name].shape) for name in PUBLISHED} == PUBLISHED
    assert len(state) == 439
    assert not any("attention_bias_idxs" in name for name in state)
    # The published file has 40,728,226 bytes: some 380 more for each tensor, as torch writes them.
    values = sum(one.numel() * one.element_size() for one in state.values())
    assert 300 < (40_728_226 - values) / len(state) < 420


def test_a_file_is_loaded_whole_or_not_at_all(state, tmp_path):
    def save(name, **changed):
        path = tmp_path / name
        torch.save({**state, **changed}, path)
        return path

    encoder = load_sam(save("mobile_sam.pt")).image_encoder
    weights = state["image_encoder.layers.1.blocks.0.attn.qkv.weight"]
    assert (encoder.layers[1].blocks[0].attn.qkv.weight == weights).all()
    assert not any(one.requires_grad for one in encoder.parameters())
    # Some copies hold what the network works out by itself.
    worked_out = {"image_encoder.layers.1.blocks.0.attn.attention_bias_idxs": torch.zeros(49, 49).long()}
    load_sam(save("more.pt", **worked_out))
    head = "image_encoder.head.weight"
    for file, changed, words in (
        (
            "odd.pt",
            {head: torch.zeros(7, 320)},
            r"head\.weight' has the shape \(7, 320\), expected \(1000, 320\)",
        ),
        ("foreign.pt", {"image_encoder.tail": torch.zeros(1)}, "holds 'image_encoder.tail', expected only"),
        (
            "nan.pt",
            {head: torch.full((1000, 320), math.nan)},
            r"head\.weight' holds values that are not finite",
        ),
    ):
        with pytest.raises(CheckpointError, match=rf"{file} is not a segment-anything checkpoint: .*{words}"):
            load_sam(save(file, **changed))
    thin = tmp_path / "thin.pt"
    torch.save({name: value for name, value in state.items() if name != head}, thin)
    with pytest.raises(CheckpointError, match=r"lacks 'image_encoder\.head\.weight'"):
        load_sam(thin)


def test_a_picture_becomes_features_at_a_sixteenth(state):
    encoder = TinyViT().eval().requires_grad_(False)
    own = "image_encoder."
    encoder.load_state_dict(
        {name.removeprefix(own): value for name, value in state.items() if name.startswith(own)}
    )
    pixels = torch.randn(1, 3, 112, 80)
    features = encoder(pixels)
    assert features.shape == (1, 256, 7, 5)
    folded = prepared(encoder, torch.device("cpu"))(pixels)
    assert torch.allclose(folded, features, atol=1e-4)


def test_the_last_way_between_stages_keeps_the_resolution():
    assert Merging(4, 8, 2)(torch.zeros(1, 4, 6, 6)).shape == (1, 8, 3, 3)
    strides = [stage.downsample.conv2.c.stride for stage in TinyViT().layers[:3]]
    assert strides == [(2, 2), (2, 2), (1, 1)]


def test_attention_has_a_bias_for_each_distance_down_and_across():
    torch.manual_seed(1)
    side, width, heads = 3, 8, 2
    attention = WindowAttention(width, heads, side).requires_grad_(False)
    nn.init.normal_(attention.attention_biases)
    tokens = torch.randn(1, side * side, width)
    parts = attention.qkv(attention.norm(tokens))[0]
    part = width // heads
    seen = torch.zeros(side * side, width)
    for head in range(heads):
        # Of each head one after the other: query, key and value.
        query, key, value = parts[:, 3 * part * head : 3 * part * (head + 1)].split(part, dim=1)
        for one in range(side * side):
            scores = torch.empty(side * side)
            for other in range(side * side):
                down = abs(one // side - other // side)
                across = abs(one % side - other % side)
                bias = attention.attention_biases[head, down * side + across]
                scores[other] = query[one] @ key[other] / math.sqrt(part) + bias
            seen[one, part * head : part * (head + 1)] = scores.softmax(0) @ value
    assert torch.allclose(attention(tokens)[0], attention.proj(seen), atol=1e-5)


def test_a_map_is_filled_up_with_zeros_to_whole_windows():
    torch.manual_seed(2)
    block = WindowBlock(8, 2, 4).eval().requires_grad_(False)
    x = torch.randn(1, 8, 6, 5)
    filled = torch.zeros(1, 8, 8, 8)
    filled[..., :6, :5] = x
    tokens = filled.permute(0, 2, 3, 1)
    attended = tokens.clone()
    for row in (0, 4):
        for column in (0, 4):
            window = tokens[0, row : row + 4, column : column + 4].reshape(1, 16, 8)
            attended[0, row : row + 4, column : column + 4] += block.attn(window).view(4, 4, 8)
    local = block.local_conv(attended[:, :6, :5].permute(0, 3, 1, 2)).permute(0, 2, 3, 1)
    expected = (local + block.mlp(local)).permute(0, 3, 1, 2)
    assert torch.allclose(block(x), expected, atol=1e-5)
    # Windows see only themselves, but for the convolution's one place.
    other = copy.deepcopy(x)
    other[..., 0, 0] += 1
    assert torch.allclose(block(other)[..., 5:, :], block(x)[..., 5:, :])

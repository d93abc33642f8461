import random

import torch

from tests.unit.training.conftest import TINY
from xmem_gui.model import XMem
from xmem_gui.training.norms import freeze_norms
from xmem_gui.training.unroll import ClipBatch, MemoryPlan, clip_similarity, unroll


def make_batch(objects: int, valid: list[list[bool]]) -> ClipBatch:
    torch.manual_seed(1)
    count = len(valid)
    masks = torch.zeros(count, 3, 32, 32, dtype=torch.uint8)
    masks[:, :, 4:20, 4:14] = 1
    if objects > 1:
        masks[:, :, 4:20, 18:28] = 2
    frames = torch.randint(0, 256, (count, 3, 32, 32, 3), dtype=torch.uint8)
    return ClipBatch(frames, masks, torch.tensor(valid))


def test_a_plan_begins_with_memory_and_ends_without() -> None:
    rng = random.Random(0)
    for _ in range(20):
        plan = MemoryPlan.draw(rng, 5, memory_chance=0.5, deep_chance=0.5)
        assert plan.enters[0]
        assert plan.deep[0]
        assert not plan.enters[-1]
        assert all(enter or not deep for enter, deep in zip(plan.enters, plan.deep, strict=True))


def test_output_is_a_distribution_over_every_later_frame() -> None:
    torch.manual_seed(0)
    network = XMem(TINY)
    freeze_norms(network)
    plan = MemoryPlan((True, True, False), (True, False, False))
    batch = make_batch(2, [[True, True], [True, True]])
    logits = unroll(network, batch, plan)
    assert logits.shape == (2, 2, 3, 32, 32)
    assert torch.isfinite(logits).all()
    logits.sum().backward()
    missing = [name for name, p in network.named_parameters() if p.grad is None]
    assert missing == []


def test_an_object_that_does_not_exist_changes_nothing() -> None:
    torch.manual_seed(0)
    network = XMem(TINY)
    freeze_norms(network)
    plan = MemoryPlan((True, True, False), (True, False, False))
    alone = make_batch(1, [[True]])
    padded = ClipBatch(alone.frames, alone.masks, torch.tensor([[True, False]]))
    with torch.no_grad():
        one, two = unroll(network, alone, plan), unroll(network, padded, plan)
    assert torch.allclose(one.softmax(2)[:, :, 1], two.softmax(2)[:, :, 1], atol=1e-4)
    assert two.softmax(2)[:, :, 2].max() < 1e-3


def test_similarity_is_the_weighted_distance() -> None:
    torch.manual_seed(0)
    key, query, selection = torch.randn(2, 4, 5), torch.randn(2, 4, 3), torch.rand(2, 4, 3)
    shrinkage = 1 + torch.rand(2, 1, 5)
    apart = (key[..., :, None] - query[..., None, :]).square() * selection[..., None, :]
    expected = -apart.sum(1) * shrinkage.transpose(1, 2) / 2
    assert torch.allclose(clip_similarity(key, shrinkage, query, selection), expected, atol=1e-5)


def test_folded_norms_compute_the_same() -> None:
    torch.manual_seed(0)
    plain = XMem(TINY)
    for module in plain.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
    folded = XMem(TINY)
    folded.load_state_dict(plain.state_dict())
    freeze_norms(folded)
    image = torch.randn(1, 3, 32, 32)
    with torch.no_grad():
        assert torch.allclose(plain.eval().encode_key(image).key, folded.encode_key(image).key, atol=1e-4)
    assert list(plain.state_dict()) == list(folded.state_dict())
    before = {name: tensor.clone() for name, tensor in folded.named_buffers()}
    folded.encode_key(image)
    assert all(torch.equal(before[name], tensor) for name, tensor in folded.named_buffers())

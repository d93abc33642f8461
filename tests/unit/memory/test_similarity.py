import math

import torch

from xmem_gui.memory.similarity import (
    fold_memory,
    fold_query,
    padded_width,
    similarity,
    top_k_softmax,
)


def _random(seed: int, n: int = 70, m: int = 11, c: int = 5):
    g = torch.Generator().manual_seed(seed)
    key, query = torch.randn(n, c, generator=g), torch.randn(m, c, generator=g)
    return key, torch.rand(n, generator=g) + 1, query, torch.rand(m, c, generator=g)


def test_folded_product_is_the_anisotropic_distance():
    key, shrinkage, query, selection = _random(0)
    distance = (selection[None] * (key[:, None] - query[None]) ** 2).sum(-1)
    expected = -shrinkage[:, None] * distance / math.sqrt(5)
    torch.testing.assert_close(fold_memory(key, shrinkage) @ fold_query(query, selection).t(), expected)
    batched = similarity(key.t()[None], shrinkage[None, None], query.t()[None], selection.t()[None])
    torch.testing.assert_close(batched[0], expected)


def test_without_selection_the_querys_own_square_goes():
    key, shrinkage, query, _ = _random(1)
    expected = shrinkage[:, None] * (2 * key @ query.t() - (key**2).sum(1, keepdim=True)) / math.sqrt(5)
    torch.testing.assert_close(fold_memory(key, shrinkage) @ fold_query(query, None).t(), expected)


def _padded(scores: torch.Tensor) -> torch.Tensor:
    out = torch.full((scores.shape[0], padded_width(scores.shape[1])), float("-inf"))
    out[:, : scores.shape[1]] = scores
    return out


def test_top_k_equals_a_dense_softmax_over_the_largest():
    g = torch.Generator().manual_seed(2)
    for tokens in (1, 7, 64, 65, 1000, 5000):
        scores = torch.randn(9, tokens, generator=g) * 5
        weights, index = top_k_softmax(_padded(scores), 30)
        k = min(30, tokens)
        dense = torch.zeros(9, padded_width(tokens)).scatter_add_(1, index, weights)[:, :tokens]
        best = scores.topk(k, dim=1)
        expected = torch.zeros(9, tokens).scatter_(1, best.indices, best.values.softmax(1))
        torch.testing.assert_close(dense, expected)


def test_large_scores_do_not_underflow():
    weights, _ = top_k_softmax(_padded(torch.full((2, 40), -1e6)), 30)
    torch.testing.assert_close(weights.sum(1), torch.ones(2))


def test_what_must_not_be_read_weighs_nothing():
    scores = torch.zeros(1, 40)
    scores[:, 5:] = float("-inf")
    weights, index = top_k_softmax(_padded(scores), 30)
    assert set(index[weights > 0].tolist()) == {0, 1, 2, 3, 4}
    nothing, _ = top_k_softmax(torch.full((1, 32), float("-inf")), 30)
    assert float(nothing.sum()) == 0

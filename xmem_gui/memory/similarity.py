"""Anisotropic L2 similarity and its top-k softmax (XMem, section 3.3), as matrix products.

With s' = s / sqrt(C^k) the similarity of memory token m and query q,

    S = s' (-(m^2)^T e + 2 m^T (q e) - sum_c e q^2),

is the inner product of a row that knows only the memory, [-s' m^2, 2 s' m, -s'], and one that knows only the
query, [e, q e, sum_c e q^2]. The memory's rows are made once, when a token is stored.
"""

import math

import torch
from torch import Tensor

_FOLD = 8
"""Tokens whose maximum is compared before their values are: the top k lie in the top k of such."""


def fold_memory(key: Tensor, shrinkage: Tensor) -> Tensor:
    """Return the memory's rows, (..., N, 2C+1), of keys (..., N, C) and shrinkages (..., N)."""
    s = (shrinkage / math.sqrt(key.shape[-1]))[..., None]
    return torch.cat([-s * key**2, 2 * s * key, -s], dim=-1)


def fold_query(key: Tensor, selection: Tensor | None) -> Tensor:
    """Return the query's rows, (..., M, 2C+1), of keys and selections (..., M, C).

    Without a selection every channel counts 1 and the query's own square is left out.
    """
    if selection is None:
        return torch.cat([torch.ones_like(key), key, torch.zeros_like(key[..., :1])], dim=-1)
    weighted = key * selection
    return torch.cat([selection, weighted, (weighted * key).sum(-1, keepdim=True)], dim=-1)


def similarity(key: Tensor, shrinkage: Tensor, query: Tensor, selection: Tensor | None) -> Tensor:
    """Return all similarities, (B, N, M); differentiable, for training and for consolidation.

    Parameters
    ----------
    key, shrinkage
        Of the memory, (B, C, N) and (B, 1, N).
    query, selection
        Of the query, (B, C, M) both.
    """
    memory = fold_memory(key.transpose(1, 2), shrinkage[:, 0])
    asked = fold_query(query.transpose(1, 2), None if selection is None else selection.transpose(1, 2))
    return memory @ asked.transpose(1, 2)


def padded_width(tokens: int) -> int:
    """Return the width that `top_k_softmax` wants for so many tokens; the surplus must hold -inf."""
    return -(-tokens // _FOLD**2) * _FOLD**2


def top_k_softmax(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Choose the k most similar tokens of every query and weigh them by a softmax.

    Parameters
    ----------
    scores
        (M, width) with ``width`` from `padded_width`; -inf marks what must not be read.
    k
        How many to read; where a query has fewer, the rest weigh 0.

    Returns
    -------
    tuple
        Weights (M, k') summing to 1 (0 where nothing can be read) and token indices (M, k'), 0 where
        a weight is 0.
    """
    values, index = _top(scores, k)
    # The reference exponentiates without subtracting the maximum and can underflow to 0 / 0.
    weights = (values - values.amax(1, keepdim=True)).exp().nan_to_num_(0.0)
    # What weighs nothing may lie in the surplus, where there is no token.
    index = index.masked_fill_(weights == 0, 0)
    return weights / weights.sum(1, keepdim=True).clamp_min(1e-12), index


def _top(scores: Tensor, k: int) -> tuple[Tensor, Tensor]:
    """Return the k largest of (M, width) and where they are, (M, k) each, in any order."""
    width = scores.shape[1]
    if width % _FOLD or width <= _FOLD * k:
        return scores.topk(min(k, width), dim=1, sorted=False)
    # What is folded lies far apart, so that maxima of whole rows are taken at once.
    folded = scores.view(len(scores), _FOLD, -1)
    best = _top(folded.amax(1), k)[1]
    candidates = folded.gather(2, best[:, None].expand(-1, _FOLD, -1)).flatten(1)
    values, chosen = candidates.topk(k, dim=1, sorted=False)
    return values, chosen // k * folded.shape[2] + best.gather(1, chosen % k)

"""Which permanent tokens are worth comparing with a frame: whole blocks are compared first, and coarsely.

Twenty committed frames have as many tokens as twenty frames of working memory; to compare each of them with
each position of a frame would cost more than the network itself. Similarity is an inner product of rows
(`similarity`), so the mean similarity of a block of tokens and a patch of positions is that of their means.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

_BLOCK = 4
_PATCH = 3


def pool_rows(rows: Tensor) -> Tensor:
    """Average every four rows of (N, C), neighbours in a frame; returns (ceil(N / 4), C)."""
    surplus = -len(rows) % _BLOCK
    padded = torch.cat([rows, rows[-1:].expand(surplus, -1)]) if surplus else rows
    return padded.view(-1, _BLOCK, rows.shape[1]).mean(1)


def shortlist(blocks: Tensor, query: Tensor, size: tuple[int, int], allowed: Tensor, budget: int) -> Tensor:
    """Choose about ``budget`` tokens: for every patch of the frame those of the most similar blocks.

    Parameters
    ----------
    blocks
        Of all tokens, from `pool_rows`, (B, C).
    query
        The frame's folded rows, (h w, C).
    size
        (h, w)
    allowed
        Which tokens may be chosen, (N,) bool; a block is if its first token is.
    budget
        Tokens.

    Returns
    -------
    Tensor
        Their indices, ascending.
    """
    grid = query.t().reshape(1, -1, *size)
    patches = F.avg_pool2d(grid, _PATCH, ceil_mode=True, count_include_pad=False)[0].flatten(1).t()
    scores = (patches @ blocks.t()).masked_fill_(~allowed[::_BLOCK], float("-inf"))
    each = max(1, budget // (_BLOCK * len(patches)))
    best = scores.topk(min(each, scores.shape[1]), dim=1, sorted=False).indices.unique()
    tokens = (best[:, None] * _BLOCK + torch.arange(_BLOCK, device=best.device)).flatten()
    tokens = tokens[tokens < len(allowed)]
    chosen: Tensor = tokens[allowed[tokens]]
    return chosen

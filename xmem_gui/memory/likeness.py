"""Which committed frames a frame looks like: whole frames are compared, coarsely.

To compare a frame with twenty committed ones token by token costs a processor more than the compact network
itself. Similarity is an inner product of rows (`similarity`), so the mean similarity of a block of tokens and
a patch of positions is that of their means.
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


def likeness(blocks: Tensor, query: Tensor, size: tuple[int, int]) -> Tensor:
    """Return how well each committed frame answers a frame's positions.

    Parameters
    ----------
    blocks
        Of the committed frames, each from `pool_rows`, (frames, B, C).
    query
        The frame's folded rows, (h w, C).
    size
        Size of the feature map, (h, w) at stride 16.

    Returns
    -------
    Tensor
        (frames,): the similarity of every patch to the frame's best block, averaged over the patches.
    """
    grid = query.t().reshape(1, -1, *size)
    patches = F.avg_pool2d(grid, _PATCH, ceil_mode=True, count_include_pad=False)[0].flatten(1).t()
    scores = patches @ blocks.flatten(0, 1).t()
    best: Tensor = scores.unflatten(1, blocks.shape[:2]).amax(2).mean(0)
    return best

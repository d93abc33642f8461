"""Which committed frames a frame looks like: whole frames are compared, coarsely.

To compare a frame with twenty committed ones token by token costs a processor more than the compact network
itself. Similarity is an inner product of rows (`similarity`), so the mean similarity of a block of tokens and
a patch of positions is that of their means.
"""

from collections.abc import Iterable
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.device import sent
from xmem_gui.memory.table import Group, Tier, TokenTable

_BLOCK = 4
_PATCH = 3


class _Places(NamedTuple):
    """Rows of each committed frame, (frames, tokens), on the host and on the table's device, and the others.

    ``others`` (size,) bool is on the device; ``changes`` is how often the table had changed.
    """

    changes: int
    here: Tensor
    rows: Tensor
    others: Tensor


class CommitChoice:
    """Choose the committed frames that a frame is compared with.

    Parameters
    ----------
    table
        The table that holds their tokens.
    """

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._blocks: Tensor | None = None
        self._places: _Places | None = None

    def clear(self) -> None:
        """Forget what committed frames look like, for others are committed."""
        self._blocks = None

    def worth_reading(
        self, query: Tensor, size: tuple[int, int], groups: Iterable[Group], *, frames: int, limit: int
    ) -> Tensor:
        """Return which rows to compare a frame with: what is not committed, and the frames most like it.

        Parameters
        ----------
        query
            The frame's folded rows, (h w, C).
        size
            Size of the feature map, (h, w) at stride 16.
        groups
            Objects that know the same rows; each reads so many frames that know it.
        frames
            How many frames are committed.
        limit
            How many of them are read at most.

        Returns
        -------
        Tensor
            (size,) bool, on the table's device.
        """
        places = self._found(frames)
        if self._blocks is None:
            folded = self._table.column("folded").float()
            self._blocks = torch.stack([pool_rows(folded[of_frame]) for of_frame in places.rows])
        like = likeness(self._blocks, query, size)
        worth = places.others.clone()
        for group in groups:
            # An object that few frames know is read from those.
            every = torch.ones(frames, dtype=torch.bool)
            knows = every if group.known_here is None else group.known_here[places.here[:, 0]]
            unlike = like.masked_fill(sent(~knows, self._table.device), float("-inf"))
            best = unlike.topk(min(limit, int(knows.sum()))).indices
            worth.index_fill_(0, places.rows[best].flatten(), True)
        return worth

    def _found(self, frames: int) -> _Places:
        table = self._table
        if self._places is None or self._places.changes != table.changes:
            permanent = table.column("tier") == Tier.PERMANENT
            # All frames have as many tokens, and each frame's lie together.
            here = permanent.nonzero().view(frames, -1)
            rows, others = sent(here, table.device), sent(~permanent, table.device)
            self._places = _Places(table.changes, here, rows, others)
        return self._places


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

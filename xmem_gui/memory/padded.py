"""Reading the memory with shapes that stand still, as what is recorded on a device must have them.

The rows are padded to whole blocks of the table, and what is not to be read is as unlike as can be. How
wide a read is depends on nothing but how many rows there are, so that a memory that was saved and restored
reads the same bits.
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.device import sent
from xmem_gui.memory.similarity import fold_query, top_k_softmax
from xmem_gui.memory.table import GROWTH, Group, TokenTable

_SCORES_AT_A_TIME = 16_000_000
"""Similarities computed before they are reduced; bounds the scratch memory (64 MB in float32)."""


class PaddedRead(NamedTuple):
    """What `read_padded` needs beside a frame's key and selection; (N) rows, padded.

    Attributes
    ----------
    groups
        For each of K objects the row of ``readable`` that is its group's, or -1 if it is unknown.
    readable
        Which rows each group reads, (G, N) bool, the group that knows most first.
    folded
        The memory's rows, (N, 2 C^k + 1).
    values
        (N, C^v) of each object that is known.
    """

    groups: tuple[int, ...]
    readable: Tensor
    folded: Tensor
    values: tuple[Tensor, ...]


class PaddedReads:
    """Reads of a table, made anew only when its rows have changed.

    Parameters
    ----------
    table
        The table that is read.
    """

    def __init__(self, table: TokenTable) -> None:
        self._table = table
        self._last: tuple[int, tuple[int, ...], PaddedRead] | None = None

    def of(self, wanted: tuple[int, ...], groups: Sequence[Group], worth: Tensor | None = None) -> PaddedRead:
        """Return the read of some objects.

        Parameters
        ----------
        wanted
            Names of the objects, in the order of the result.
        groups
            The table's groups that hold some of them.
        worth
            Which rows to read, (size,) bool on the table's device; None reads all.
        """
        found = self._all(wanted, groups)
        if worth is None:
            return found
        surplus = found.readable.shape[1] - self._table.size
        return found._replace(readable=found.readable & F.pad(worth, (0, surplus), value=False))

    def clear(self) -> None:
        """Let go of the table's rows."""
        self._last = None

    def _all(self, wanted: tuple[int, ...], groups: Sequence[Group]) -> PaddedRead:
        table = self._table
        if self._last is not None and self._last[:2] == (table.changes, wanted):
            return self._last[2]
        width = padded_rows(table.size)
        readable = torch.zeros(len(groups), width, dtype=torch.bool)
        for row, group in zip(readable, groups, strict=True):
            row[: table.size] = True if group.known_here is None else group.known_here
        folded, values = table.widened(width)
        group_of = {name: number for number, group in enumerate(groups) for name in group.members}
        found = PaddedRead(
            tuple(group_of.get(name, -1) for name in wanted),
            sent(readable, table.device),
            folded,
            tuple(values[name] for name in wanted if name in group_of),
        )
        self._last = table.changes, wanted, found
        return found


def padded_rows(size: int) -> int:
    """Return to how many rows a table of ``size`` rows is padded."""
    return max(1, -(-size // GROWTH)) * GROWTH


def read_padded(
    key: Tensor, selection: Tensor, readable: Tensor, folded: Tensor, *values: Tensor,
    groups: tuple[int, ...], top_k: int, value_dim: int,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """Read at every position of a frame, and say how much each row was used.

    Parameters
    ----------
    key, selection
        Of the frame, (1, C^k, h, w) each.
    readable, folded, values, groups
        As in `PaddedRead`.
    top_k
        Rows that each position reads.
    value_dim
        Channels C^v of a value.

    Returns
    -------
    tuple
        Values (K, C^v, h, w), channels last, zeros for an unknown object, and the affinity that each row
        received, (N,): where groups know different rows, of the widest group that knows it.
    """
    height, width = key.shape[-2:]
    query = fold_query(key[0].flatten(1).t().float(), selection[0].flatten(1).t().float())
    masks = readable.unbind(0)
    parts: list[list[tuple[Tensor, Tensor]]] = [[] for _ in masks]
    for asked in query.split(max(1, _SCORES_AT_A_TIME // len(folded))):
        scores = asked @ folded.t()
        for part, mask in zip(parts, masks, strict=True):
            part.append(top_k_softmax(scores.masked_fill(~mask, float("-inf")), top_k))
    found = [(torch.cat([w for w, _ in part]), torch.cat([i for _, i in part])) for part in parts]
    use = folded.new_zeros(len(folded))
    counted = torch.zeros(len(folded), dtype=torch.bool, device=folded.device)
    for mask, (weights, index) in zip(masks, found, strict=True):
        received = torch.zeros_like(use).index_add_(0, index.flatten(), weights.flatten())
        use += received.masked_fill_(counted, 0.0)
        counted |= mask
    left = iter(values)
    read = []
    for group in groups:
        if group < 0:
            read.append(folded.new_zeros(height * width, value_dim))
            continue
        weights, index = found[group]
        table = next(left)
        read.append(F.embedding_bag(index, table, mode="sum", per_sample_weights=weights.to(table.dtype)))
    return torch.stack(read).view(len(groups), height, width, -1).permute(0, 3, 1, 2), use

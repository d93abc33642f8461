"""Reading the token table: which rows a frame is compared with, what it finds there, and what was used."""

from collections.abc import Collection, Mapping

import torch
import torch.nn.functional as F
from torch import Tensor

from xmem_gui.memory.config import MemoryConfig
from xmem_gui.memory.likeness import CommitChoice
from xmem_gui.memory.padded import PaddedRead, PaddedReads
from xmem_gui.memory.similarity import fold_query, padded_width, top_k_softmax
from xmem_gui.memory.table import Group, TokenTable

_SCORES_AT_A_TIME = 16_000_000
"""Similarities computed before they are reduced; bounds the scratch memory (64 MB in float32)."""


class TableReader:
    """Reads a table for a frame, and counts it.

    Parameters
    ----------
    table
        The table that is read.
    config
        The limits of the memory.
    """

    def __init__(self, table: TokenTable, config: MemoryConfig) -> None:
        self._table, self._config = table, config
        self._choice = CommitChoice(table)
        self._padded = PaddedReads(table)

    def commits_changed(self) -> None:
        """Forget what committed frames look like, for others are committed."""
        self._choice.clear()

    def read(
        self, key: Tensor, selection: Tensor, wanted: Mapping[int, Tensor | None], rows: Tensor | None, *,
        commits: int,
    ) -> dict[int, Tensor]:  # fmt: skip
        """Return the values of objects that are known, (n, C^v): of all a frame's positions, or of some.

        Parameters
        ----------
        key, selection
            Of the frame, (C^k, h, w) each.
        wanted
            Names of the objects, each with which of ``rows`` it asks for (indices), None for all.
        rows
            Positions that are asked for, counted along the frame's rows; None for all.
        commits
            How many frames are committed.
        """
        self._padded.clear()
        query = fold_query(key.flatten(1).t().float(), selection.flatten(1).t().float())
        found: dict[int, Tensor] = {}
        counted = torch.zeros(self._table.size, dtype=torch.bool, device=key.device)
        groups = self._groups(wanted)
        worth = self._worth_reading(query, (key.shape[-2], key.shape[-1]), groups, commits)
        live = None if worth is None else worth.nonzero()[:, 0]
        affinities = self._affinities(query if rows is None else query[rows], groups, live)
        for group, (weights, index) in zip(groups, affinities, strict=True):
            self._count(weights, index, group.known, counted)
            for name in group.members:
                if name in wanted:
                    table, own = self._table.value(name), wanted[name]
                    found[name] = F.embedding_bag(
                        index if own is None else index[own],
                        table,
                        mode="sum",
                        per_sample_weights=(weights if own is None else weights[own]).to(table.dtype),
                    )
        self._table.column("life").add_(1)
        return found

    def padded(self, key: Tensor, selection: Tensor, wanted: tuple[int, ...], *, commits: int) -> PaddedRead:
        """Return what `read_padded` reads of objects in a frame; `key` and `selection` have a batch of 1."""
        groups = self._groups(wanted)
        if not self._choosy(commits):
            return self._padded.of(wanted, groups)
        query = fold_query(key[0].flatten(1).t().float(), selection[0].flatten(1).t().float())
        worth = self._worth_reading(query, (key.shape[-2], key.shape[-1]), groups, commits)
        return self._padded.of(wanted, groups, worth)

    def count(self, use: Tensor) -> None:
        """Count a read by the affinity that each row received, (N,), padded or not."""
        self._table.column("use").add_(use[: self._table.size])
        self._table.column("life").add_(1)

    def _groups(self, wanted: Collection[int]) -> list[Group]:
        names = set(wanted)
        return [group for group in self._table.groups() if not names.isdisjoint(group.members)]

    def _worth_reading(
        self, query: Tensor, size: tuple[int, int], groups: list[Group], commits: int
    ) -> Tensor | None:
        """Return which rows to compare a frame with, (size,) bool on its device, or None for all."""
        limit = self._config.permanent_read
        if limit is None or not self._choosy(commits):
            return None
        return self._choice.worth_reading(query, size, groups, frames=commits, limit=limit)

    def _choosy(self, commits: int) -> bool:
        """Whether there are more permanent frames than a frame is compared with."""
        limit = self._config.permanent_read
        return limit is not None and commits > limit

    def _affinities(
        self, query: Tensor, groups: list[Group], live: Tensor | None
    ) -> list[tuple[Tensor, Tensor]]:
        """Return each group's weights (M, k) and token indices (M, k), of the live rows."""
        rows = self._table.column("folded").float()
        masks = [group.known for group in groups]
        if live is not None:
            rows = rows[live]
            masks = [None if known is None else known[live] for known in masks]
        width = padded_width(len(rows))
        chunk = max(1, _SCORES_AT_A_TIME // max(width, 1))
        parts: list[list[tuple[Tensor, Tensor]]] = [[] for _ in groups]
        for asked in query.split(chunk):
            scores = query.new_empty(len(asked), width)
            scores[:, len(rows) :] = float("-inf")
            torch.mm(asked, rows.t(), out=scores[:, : len(rows)])
            for part, known in zip(parts, masks, strict=True):
                part.append(top_k_softmax(_masked(scores, known), self._config.top_k))
        found = [(torch.cat([w for w, _ in part]), torch.cat([i for _, i in part])) for part in parts]
        return found if live is None else [(weights, live[index]) for weights, index in found]

    def _count(self, weights: Tensor, index: Tensor, known: Tensor | None, counted: Tensor) -> None:
        """Add affinities to the use of tokens that no wider group has counted, and mark them counted."""
        use = torch.zeros(len(counted), device=weights.device)
        use.index_add_(0, index.flatten(), weights.flatten())
        self._table.column("use").add_(use.masked_fill_(counted, 0.0))
        counted |= True if known is None else known


def _masked(scores: Tensor, known: Tensor | None) -> Tensor:
    if known is None:
        return scores
    unknown = F.pad(~known, (0, scores.shape[1] - len(known)), value=True)
    return scores.masked_fill(unknown, float("-inf"))

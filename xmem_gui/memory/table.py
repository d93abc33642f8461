"""The token table: keys, counters and per-object values of every stored token, in one growing block."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

import torch
from torch import Tensor

from xmem_gui.device import sent
from xmem_gui.memory.similarity import fold_memory

GROWTH = 4096
"""Rows by which a full table grows."""

NEW_LIFE = 1e-7
"""Reads a token has seen when it is stored, kept above 0 for the sake of use / life."""


class Tier(IntEnum):
    """Where a token belongs."""

    WORKING = 1
    LONG_TERM = 2
    PERMANENT = 3


@dataclass(frozen=True)
class Tokens:
    """Tokens on their way into the table, N of them.

    Parameters
    ----------
    key, selection
        (N, C^k) each; ``selection`` is None where it will not be needed again.
    shrinkage
        Shrinkage s of each token, (N,), at least 1.
    values
        (N, C^v) for every object that these tokens know.
    valid
        (N,) bool for an object whose value is known at some tokens only; absent means all.
    """

    key: Tensor
    shrinkage: Tensor
    selection: Tensor | None
    values: Mapping[int, Tensor]
    valid: Mapping[int, Tensor]


class Group(NamedTuple):
    """Objects that know the same rows: their names, and those rows, (size,) bool.

    ``known`` is None where they know all rows, and is on the table's device; ``known_here`` is the same on
    the host.
    """

    members: tuple[int, ...]
    known: Tensor | None
    known_here: Tensor | None


class TokenTable:
    """Rows of equal tokens; columns are preallocated and grow in blocks, and rows stay in order.

    What decides how many rows there are of a kind - tier, entry, and which objects know a row - is on the
    host, so that nobody waits for a device to count.

    Parameters
    ----------
    key_dim, value_dim
        Channels of keys and of values, C^k and C^v in the paper.
    like
        A tensor whose device and dtype the columns take.

    Attributes
    ----------
    size
        How many rows are in use.
    changes
        How often rows came, went or moved: what was found out of them holds as long as it stays.
    """

    def __init__(self, key_dim: int, value_dim: int, like: Tensor) -> None:
        self.value_dim = value_dim
        self._like = like
        self.size = self.changes = 0
        self._columns: dict[str, Tensor] = {
            "folded": like.new_empty(0, 2 * key_dim + 1),
            "key": like.new_empty(0, key_dim),
            "shrinkage": like.new_empty(0),
            "selection": like.new_empty(0, key_dim),
            "use": like.new_empty(0, dtype=torch.float32),
            "life": like.new_empty(0, dtype=torch.float32),
            "tier": torch.empty(0, dtype=torch.uint8),
            "entry": torch.empty(0, dtype=torch.int64),
        }
        self._values: dict[int, Tensor] = {}
        self._valid: dict[int, Tensor] = {}
        self._groups: list[Group] | None = None

    @property
    def device(self) -> torch.device:
        """Where keys and values are."""
        return self._like.device

    @property
    def objects(self) -> tuple[int, ...]:
        """The objects that have values, in the order they came."""
        return tuple(self._values)

    @property
    def bytes(self) -> int:
        """Bytes that the table's tokens take, without the room kept for more."""
        return self.size * self.bytes_per_token

    @property
    def bytes_per_token(self) -> int:
        """Bytes of one row."""
        columns = (*self._columns.values(), *self._values.values(), *self._valid.values())
        return sum(c.shape[1:].numel() * c.element_size() for c in columns)

    def column(self, name: str) -> Tensor:
        """Return a column's live rows (a view): folded, key, shrinkage, selection, use, life, tier, entry."""
        return self._columns[name][: self.size]

    def value(self, name: int) -> Tensor:
        """Return an object's values, (size, C^v), a view; rows that are not `valid` hold zeros."""
        return self._values[name][: self.size]

    def widened(self, rows: int) -> tuple[Tensor, dict[int, Tensor]]:
        """Return so many rows (views), at least `size`, of "folded" and of each object's values.

        Those beyond `size` hold anything finite. The views stay where they are until the table has to grow.
        """
        self.reserve(rows)
        return self._columns["folded"][:rows], {name: one[:rows] for name, one in self._values.items()}

    def valid(self, name: int) -> Tensor:
        """Return where an object's value is known, (size,) bool, a view."""
        return self._valid[name][: self.size]

    def usage(self) -> Tensor:
        """Return each token's use per read, (size,)."""
        return self.column("use") / self.column("life")

    def append(self, tokens: Tokens, *, tier: Tier, entry: int) -> None:
        """Store tokens as the last rows, their counters fresh.

        Parameters
        ----------
        tokens
            The tokens to store, one for each place of a feature map.
        tier
            The tier that the tokens belong to.
        entry
            The number by which they can be found again; any integer.
        """
        count = tokens.key.shape[0]
        for name in tokens.values:
            self._add_object(name)
        self.reserve(self.size + count)
        start, self.size = self.size, self.size + count
        fresh = {
            # Similarities are differences of large squares, which a half precision would round.
            "folded": fold_memory(tokens.key.float(), tokens.shrinkage.float()),
            "key": tokens.key,
            "shrinkage": tokens.shrinkage,
            "selection": 0.0 if tokens.selection is None else tokens.selection,
            "use": 0.0,
            "life": NEW_LIFE,
            "tier": int(tier),
            "entry": entry,
        }
        for column, rows in fresh.items():
            self._columns[column][start : self.size] = rows
        for name in self._values:
            known = tokens.valid.get(name, name in tokens.values)
            self._valid[name][start : self.size] = known
            self._values[name][start : self.size] = tokens.values.get(name, 0.0)
        self._changed()

    def keep(self, rows: Tensor) -> None:
        """Drop every row where ``rows`` (size,) is False; the others keep their order."""
        here = rows.nonzero()[:, 0].cpu()
        there = sent(here, self.device)
        for column in (*self._columns.values(), *self._values.values(), *self._valid.values()):
            column[: len(here)] = column[here if column.device.type == "cpu" else there]
        self.size = len(here)
        self._changed()

    def arrange(self, rows: Tensor) -> None:
        """Keep only ``rows`` (indices, in the order wanted), as if they had just been stored.

        Objects come in the order of their names; one that no row knows is dropped.
        """
        there = sent(rows, self.device)
        self._columns = {
            name: column[rows if column.device.type == "cpu" else there]
            for name, column in self._columns.items()
        }
        self.size = len(rows)
        self.column("use").zero_()
        self.column("life").fill_(NEW_LIFE)
        valid = {name: column[rows] for name, column in sorted(self._valid.items())}
        self._valid = {name: column for name, column in valid.items() if bool(column.any())}
        self._values = {name: self._values[name][there] for name in self._valid}
        self._changed()

    def forget(self, names: Iterable[int]) -> None:
        """Drop objects' values, and then every row that no object knows."""
        for name in names:
            self._values.pop(name, None)
            self._valid.pop(name, None)
        known = torch.zeros(self.size, dtype=torch.bool)
        for name in self._values:
            known |= self.valid(name)
        self.keep(known)

    def groups(self) -> list[Group]:
        """Return the objects that know the same rows, those that know most first."""
        if self._groups is None:
            found: list[tuple[list[int], Tensor]] = []
            for name in self._values:
                rows = self.valid(name)
                for members, known in found:
                    if torch.equal(known, rows):
                        members.append(name)
                        break
                else:
                    found.append(([name], rows))
            found.sort(key=lambda group: -int(group[1].sum()))
            self._groups = [
                Group(tuple(members), None, None)
                if bool(known.all())
                else Group(tuple(members), sent(known, self.device), known)
                for members, known in found
            ]
        return self._groups

    def state(self) -> dict[str, Tensor]:
        """Return copies of everything in the table, named ``column.NAME``, ``value.ID``, ``valid.ID``."""
        state = {f"column.{name}": self.column(name).clone() for name in self._columns}
        state |= {f"value.{name}": self.value(name).clone() for name in self._values}
        state |= {f"valid.{name}": self.valid(name).clone() for name in self._valid}
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned.

        Raises
        ------
        KeyError, ValueError
            If something is missing, or is not what a table like this one holds; nothing has changed then.
        """
        rows = len(state["column.key"])
        names = sorted(int(name.removeprefix("value.")) for name in state if name.startswith("value."))
        value, valid = self._like.new_empty(0, self.value_dim), torch.empty(0, dtype=torch.bool)
        columns = {n: _alike(state[f"column.{n}"], one, rows) for n, one in self._columns.items()}
        values = {n: _alike(state[f"value.{n}"], value, rows) for n in names}
        known = {n: _alike(state[f"valid.{n}"], valid, rows) for n in names}
        if not set(columns["tier"].unique().tolist()) <= set(Tier):
            raise ValueError("a token belongs to no tier")
        self._columns, self._values, self._valid, self.size = columns, values, known, rows
        self._changed()

    def _changed(self) -> None:
        self._groups = None
        self.changes += 1

    def _add_object(self, name: int) -> None:
        if name not in self._values:
            capacity = self._columns["key"].shape[0]
            self._values[name] = self._like.new_zeros(capacity, self.value_dim)
            self._valid[name] = torch.zeros(capacity, dtype=torch.bool)

    def reserve(self, rows: int) -> None:
        """Make room for so many rows in all."""
        capacity = self._columns["key"].shape[0]
        if rows <= capacity:
            return
        capacity = max(rows, capacity + GROWTH)
        # All or none, should the device's memory run out on the way.
        columns = {n: _grown(c, capacity, self.size) for n, c in self._columns.items()}
        values = {n: _grown(c, capacity, self.size) for n, c in self._values.items()}
        valid = {n: _grown(c, capacity, self.size) for n, c in self._valid.items()}
        self._columns, self._values, self._valid = columns, values, valid
        self._changed()


def _alike(tensor: Tensor, like: Tensor, rows: int) -> Tensor:
    """Return a copy of a column from a file; it must be of a column's kind, and finite."""
    fits = tensor.dtype == like.dtype and tensor.shape == (rows, *like.shape[1:])
    if not fits or (tensor.is_floating_point() and not bool(tensor.isfinite().all())):
        raise ValueError("a column is not one of this table")
    return tensor.to(like.device, copy=True)


def _grown(column: Tensor, capacity: int, used: int) -> Tensor:
    """Return a column of more rows, the used ones copied."""
    wider = column.new_zeros(capacity, *column.shape[1:])
    wider[:used] = column[:used]
    return wider

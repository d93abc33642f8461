"""The memory of one video's objects: four tiers, how they are written, read, consolidated and evicted."""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from xmem_gui.device import sent
from xmem_gui.memory.config import MemoryConfig
from xmem_gui.memory.consolidation import prototypes_of
from xmem_gui.memory.figures import TierFigures, TierSizes
from xmem_gui.memory.padded import PaddedRead, padded_rows
from xmem_gui.memory.reading import TableReader
from xmem_gui.memory.table import Tier, Tokens, TokenTable

_LONG_TERM_ENTRY = -1


class FeatureMemory:
    """Sensory, working, long-term and permanent memory; objects are named by integers.

    Objects join by being given a value or a hidden map, at any frame, and leave by `forget`; no other
    object notices.

    Parameters
    ----------
    config
        The limits and the rhythm of the memory.
    key_dim, value_dim
        C^k and C^v of the network that fills it.
    like
        A tensor whose device and dtype the stored features take.
    """

    def __init__(self, config: MemoryConfig, *, key_dim: int, value_dim: int, like: Tensor) -> None:
        self.config = config
        self._table = TokenTable(key_dim, value_dim, like)
        self._sensory: dict[int, Tensor] = {}
        self._working: list[int] = []
        self._permanent: set[int] = set()
        self._next_entry = 0
        self._reader = TableReader(self._table, config)

    @property
    def objects(self) -> tuple[int, ...]:
        """The objects that can be read."""
        return self._table.objects

    @property
    def sizes(self) -> TierSizes:
        """Tokens in each tier."""
        tiers = torch.bincount(self._table.column("tier").int(), minlength=4).tolist()
        return TierSizes(tiers[Tier.WORKING], tiers[Tier.LONG_TERM], tiers[Tier.PERMANENT])

    @property
    def bytes(self) -> int:
        """Bytes of all four tiers."""
        return self._table.bytes + self._sensory_bytes

    @property
    def _sensory_bytes(self) -> int:
        return sum(h.numel() * h.element_size() for h in self._sensory.values())

    def figures(self) -> dict[str, TierFigures]:
        """Return what each tier holds, by name; their bytes add up to `bytes`."""
        sizes, row = self.sizes, self._table.bytes_per_token
        return {
            "sensory": TierFigures(int(bool(self._sensory)), 0, self._sensory_bytes),
            "working": TierFigures(len(self._working), sizes.working, sizes.working * row),
            "long_term": TierFigures(0, sizes.long_term, sizes.long_term * row),
            "permanent": TierFigures(len(self._permanent), sizes.permanent, sizes.permanent * row),
        }

    def sensory(self, objects: Iterable[int], empty: Tensor) -> dict[int, Tensor]:
        """Return each object's hidden map; ``empty`` (C^h, h, w) stands for one that is not there."""
        maps = {name: self._sensory.get(name, empty) for name in objects}
        # What was saved from frames of another size says nothing of these.
        return {name: one if one.shape == empty.shape else empty for name, one in maps.items()}

    def set_sensory(self, hidden: Mapping[int, Tensor]) -> None:
        """Replace the hidden maps (C^h, h, w) of objects."""
        self._sensory.update(hidden)

    def clear_sensory(self) -> None:
        """Forget every hidden map, as at the start of a direction."""
        self._sensory.clear()

    def read(self, key: Tensor, selection: Tensor, objects: Iterable[int]) -> Tensor:
        """Read what the memory knows of objects at every position of a frame.

        Parameters
        ----------
        key, selection
            Of the frame, (C^k, h, w) each.
        objects
            Whose values; one that the memory does not know reads zeros.

        Returns
        -------
        Tensor
            (K, C^v, h, w), channels last.

        Notes
        -----
        Every read counts the affinity that tokens received (section 3.2 of the paper). Where groups of
        objects know different tokens, a token counts in the widest group that knows it.
        """
        height, width = key.shape[-2:]
        wanted = tuple(objects)
        found = self._read(key, selection, dict.fromkeys(wanted), None)
        zeros = key.new_zeros(height * width, self._table.value_dim)
        read = torch.stack([found.get(name, zeros) for name in wanted])
        return read.view(len(wanted), height, width, -1).permute(0, 3, 1, 2)

    def read_at(self, key: Tensor, selection: Tensor, positions: Mapping[int, Tensor]) -> dict[int, Tensor]:
        """Read what the memory knows of each object at some positions of a frame only.

        Parameters
        ----------
        key, selection
            Of the frame, (C^k, h, w) each.
        positions
            (n,) int64 for each object, counted along the frame's rows.

        Returns
        -------
        dict
            (n, C^v) for each object; zeros where the memory does not know it.

        Notes
        -----
        It counts as one read, of the positions that any object asks for.
        """
        asked = torch.zeros(key.shape[-2:].numel(), dtype=torch.bool)
        for one in positions.values():
            asked[one] = True
        rows = asked.nonzero()[:, 0]
        where = torch.zeros(len(asked), dtype=torch.int64)
        where[rows] = torch.arange(len(rows))
        device = key.device
        of_rows = {name: where[one].to(device) for name, one in positions.items()}
        found = self._read(key, selection, of_rows, rows.to(device))
        return {
            name: found[name] if name in found else key.new_zeros(len(one), self._table.value_dim)
            for name, one in positions.items()
        }

    def _read(
        self, key: Tensor, selection: Tensor, wanted: Mapping[int, Tensor | None], rows: Tensor | None
    ) -> dict[int, Tensor]:
        return self._reader.read(key, selection, wanted, rows, commits=len(self._permanent))

    def padded(self, key: Tensor, selection: Tensor, objects: Iterable[int]) -> PaddedRead:
        """Return what `read_padded` reads of objects in a frame; `count` is to be told the use it returns.

        Parameters
        ----------
        key, selection
            Of the frame, (1, C^k, h, w) each.
        objects
            Names of the objects whose values are read.
        """
        return self._reader.padded(key, selection, tuple(objects), commits=len(self._permanent))

    def count(self, use: Tensor) -> None:
        """Count a read by the affinity that each row received, (N,), padded or not."""
        self._reader.count(use)

    def reserve(self, tokens: int) -> None:
        """Make room for so many more tokens now, and not when they come."""
        self._table.reserve(padded_rows(self._table.size + tokens))

    def latest(self, objects: Iterable[int], size: tuple[int, int]) -> dict[int, Tensor]:
        """Return values (C^v, h, w), views, in the newest working frame: of objects known all over it."""
        table = self._table
        if not self._working:
            return {}
        newest = (table.column("entry") == self._working[-1]) & (table.column("tier") == Tier.WORKING)
        rows = newest.nonzero()[:, 0].tolist()
        if len(rows) != size[0] * size[1]:
            return {}
        # A frame's rows lie together.
        lie = slice(rows[0], rows[-1] + 1)
        known = [name for name in objects if name in table.objects and bool(table.valid(name)[lie].all())]
        return {name: table.value(name)[lie].view(*size, -1).permute(2, 0, 1) for name in known}

    def add(
        self,
        key: Tensor,
        shrinkage: Tensor,
        selection: Tensor,
        values: Mapping[int, Tensor],
        *,
        permanent: int | None = None,
    ) -> None:
        """Store a frame.

        Parameters
        ----------
        key, shrinkage, selection
            Of the frame, (C^k, h, w), (1, h, w), (C^k, h, w).
        values
            (C^v, h, w) of every object in it.
        permanent
            The frame's index, to keep it for ever (an earlier permanent memory of that frame is
            replaced); None stores it in working memory, which may consolidate.
        """
        tokens = Tokens(
            key=key.flatten(1).t(),
            shrinkage=shrinkage.flatten(),
            selection=selection.flatten(1).t(),
            values={name: value.flatten(1).t() for name, value in values.items()},
            valid={},
        )
        if permanent is not None:
            self.forget_permanent(permanent)
            self._table.append(tokens, tier=Tier.PERMANENT, entry=permanent)
            self._permanent.add(permanent)
            self._reader.commits_changed()
            return
        self._table.append(tokens, tier=Tier.WORKING, entry=self._next_entry)
        self._working.append(self._next_entry)
        self._next_entry += 1
        frame = tokens.key.shape[0]
        if (
            self.config.long_term
            and self.sizes.working >= self.config.working_limits(len(self._permanent))[0] * frame
        ):
            self._consolidate()

    def permanent_frames(self) -> list[int]:
        """Return the frames in permanent memory, ascending."""
        return sorted(self._permanent)

    def forget_permanent(self, frame: int) -> None:
        """Drop a frame from permanent memory, if it is there."""
        if frame in self._permanent:
            is_it = (self._table.column("tier") == Tier.PERMANENT) & (self._table.column("entry") == frame)
            self._table.keep(~is_it)
            self._permanent.remove(frame)
            self._reader.commits_changed()

    def settle_permanent(self, frames: Iterable[int]) -> None:
        """Keep only these permanent frames, in their order, and nothing temporary.

        What was read, written and forgotten before leaves no trace: the same permanent frames then make the
        same memory, bit for bit.
        """
        entry, tier = self._table.column("entry"), self._table.column("tier")
        permanent = tier == Tier.PERMANENT
        rows = [((entry == frame) & permanent).nonzero()[:, 0] for frame in sorted(frames)]
        self.clear_sensory()
        self._table.arrange(torch.cat([*rows, entry.new_empty(0)]))
        self._sync_entries()
        self._next_entry = 0

    def forget(self, objects: Iterable[int]) -> None:
        """Drop everything known of objects."""
        gone = list(objects)
        for name in gone:
            self._sensory.pop(name, None)
        self._table.forget(gone)
        self._sync_entries()

    def clear_temporary(self) -> None:
        """Drop sensory, working and long-term memory; permanent memory and the objects in it stay."""
        self.clear_sensory()
        self._table.keep(self._table.column("tier") == Tier.PERMANENT)
        self._table.forget([name for name in self._table.objects if not bool(self._table.valid(name).any())])
        self._working.clear()

    def state(self) -> dict[str, Tensor]:
        """Return everything as named tensors (copies), fit for safetensors."""
        state = {f"table.{name}": tensor for name, tensor in self._table.state().items()}
        state |= {f"sensory.{name}": hidden.clone() for name, hidden in self._sensory.items()}
        state["next_entry"] = torch.tensor([self._next_entry])
        return state

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned; reads go on bit for bit.

        Raises
        ------
        KeyError, ValueError, RuntimeError
            If it is not the state of such a memory. Forget all objects then.
        """
        table = {n.removeprefix("table."): t for n, t in state.items() if n.startswith("table.")}
        self._table.restore(table)
        device = self._table.column("key").device
        self._sensory = {
            int(n.removeprefix("sensory.")): t.to(device)
            for n, t in state.items()
            if n.startswith("sensory.")
        }
        self._sync_entries()
        self._next_entry = int(state["next_entry"])
        self._check()

    def _check(self) -> None:
        """Raise a ValueError if what a file brought cannot be a memory."""
        entry, tier = self._table.column("entry"), self._table.column("tier")
        tokens = entry[tier == Tier.PERMANENT].unique(return_counts=True)[1].unique()
        maps = self._sensory.values()
        if len(tokens) > 1 or not all(one.ndim == 3 and bool(one.isfinite().all()) for one in maps):
            raise ValueError("frames have different sizes, or a hidden map is none")

    def _sync_entries(self) -> None:
        """Read from the table which frames it still holds."""
        entry, tier = self._table.column("entry"), self._table.column("tier")
        self._reader.commits_changed()
        self._working = entry[tier == Tier.WORKING].unique().tolist()
        self._permanent = set(entry[tier == Tier.PERMANENT].unique().tolist())

    def _consolidate(self) -> None:
        """Turn all but the first and the last T_min - 1 working frames into prototypes (section 3.2)."""
        config = self.config
        first = 0 if self._first_is_permanent() else 1
        leaving = self._working[
            first : len(self._working) - (self.config.working_limits(len(self._permanent))[1] - 1)
        ]
        if not leaving:
            return
        self._evict(config.max_long_term_tokens - config.prototypes)
        table = self._table
        entry = table.column("entry")
        working = table.column("tier") == Tier.WORKING
        candidates = working & (entry >= leaving[0]) & (entry <= leaving[-1])
        made = prototypes_of(table, candidates, config.prototypes)
        table.keep(~candidates)
        table.append(made, tier=Tier.LONG_TERM, entry=_LONG_TERM_ENTRY)
        self._working = [entry for entry in self._working if entry not in set(leaving)]

    def _first_is_permanent(self) -> bool:
        """Whether permanent memory knows every object of the first working frame, which then may go."""
        table = self._table
        if not self._permanent:
            return False
        permanent = table.column("tier") == Tier.PERMANENT
        first = (table.column("tier") == Tier.WORKING) & (table.column("entry") == self._working[0])
        return all(
            bool(table.valid(name)[permanent].any())
            for name in table.objects
            if bool(table.valid(name)[first].any())
        )

    def _evict(self, room: int) -> None:
        """Drop the least used long-term tokens until at most ``room`` are left."""
        long_term = self._table.column("tier") == Tier.LONG_TERM
        surplus = int(long_term.sum()) - room
        if surplus <= 0:
            return
        usage = self._table.usage()
        device = self._table.device
        of_long_term = usage[sent(long_term.nonzero()[:, 0], device)]
        threshold = of_long_term.topk(surplus, largest=False).values.max()
        self._table.keep(sent(~long_term, device) | (usage > threshold))

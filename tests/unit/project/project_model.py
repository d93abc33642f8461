"""What a project must do, written down simply: a dictionary, and each step's before and after."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from xmem_gui.project import Origin

Key = tuple[int, int]


@dataclass(frozen=True)
class ModelMask:
    pixels: bytes
    origin: Origin
    confidence: float = 1.0
    committed: bool = False
    reviewed: bool = False


@dataclass
class ModelStep:
    before: dict = field(default_factory=dict)
    after: dict = field(default_factory=dict)


@dataclass
class Model:
    """Rows are named (object, frame); an object's own row is (object, -1)."""

    rows: dict = field(default_factory=dict)
    done: list[ModelStep] = field(default_factory=list)
    undone: list[ModelStep] = field(default_factory=list)
    run: ModelStep | None = None
    later: set[Key] = field(default_factory=set)
    next_object: int = 1

    @property
    def objects(self) -> dict:
        return {key[0]: row for key, row in self.rows.items() if key[1] == -1}

    @property
    def masks(self) -> dict[Key, ModelMask]:
        return {key: row for key, row in self.rows.items() if key[1] >= 0}

    def known(self, one: int, frames: range) -> list[int]:
        return [frame for frame in frames if (one, frame) in self.rows]

    def _set(self, step: ModelStep, key: Key, row) -> bool:
        old = self.rows.get(key)
        if old == row:
            return False
        step.before.setdefault(key, old)
        step.after[key] = row
        self._put(key, row)
        return True

    def _put(self, key: Key, row) -> None:
        if row is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = row

    def edit(self, changes: dict) -> bool:
        step = ModelStep()
        for key, row in changes.items():
            self._set(step, key, row)
        if not step.before:
            return False
        self.undone.clear()
        self.done.append(step)
        if self.run is not None:
            self.later |= step.before.keys()
        return True

    def automatic(self, changes: dict, *, in_run: bool) -> dict:
        """Return the changes that may be made."""
        free = {}
        for key, row in changes.items():
            old, item = self.rows.get(key), self.objects.get(key[0])
            held = old is not None and (old.committed or old.reviewed)
            if not (held or item is None or item.locked or (in_run and key in self.later)):
                free[key] = row
        return free

    def begin_run(self) -> None:
        self.run = ModelStep()
        self.undone.clear()
        self.later.clear()
        self.done.append(self.run)

    def put(self, changes: dict) -> None:
        for key, row in self.automatic(changes, in_run=True).items():
            self._set(self.run, key, row)

    def end_run(self, *, discard: bool) -> None:
        step, self.run = self.run, None
        if discard:
            for key, row in step.before.items():
                if key not in self.later:
                    self._put(key, row)
        if discard or not step.before:
            self.done.remove(step)

    def leaves_orphans(self, rows: dict) -> bool:
        """Tell whether an object would go while masks stay that a run has added since."""
        gone = {key[0] for key, row in rows.items() if key[1] == -1 and row is None}
        return any(key[0] in gone and key not in rows for key in self.masks)

    @property
    def next_undo(self) -> ModelStep | None:
        return self.done[-1] if self.done and self.done[-1] is not self.run else None

    def undo(self) -> None:
        if self.done and self.done[-1] is not self.run:
            step = self.done.pop()
            self.undone.append(step)
            self._go(step, step.before)

    def redo(self) -> None:
        if self.undone:
            step = self.undone.pop()
            self.done.append(step)
            self._go(step, step.after)

    def _go(self, step: ModelStep, rows: dict) -> None:
        for key, row in rows.items():
            self._put(key, row)
        if self.run is not None:
            self.later |= step.before.keys()


def moved(mask: ModelMask | None, **changes) -> ModelMask | None:
    return None if mask is None else replace(mask, **changes)


def union(first: ModelMask, second: ModelMask) -> bytes:
    return (np.frombuffer(first.pixels, bool) | np.frombuffer(second.pixels, bool)).tobytes()

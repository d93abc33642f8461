"""The one way to change a project: rows are written, journalled and undone here, whatever the edit.

A step's journal holds, for every row it changed, the row's *other* state: the one before while the step is
done, the one after while it is undone. Undo and redo are therefore the same: swap the two. Nothing here
knows the kinds of edits.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import takewhile

from xmem_gui.errors import ProjectError
from xmem_gui.project.rows import MASK, OBJECT, Key, Row, unpack_row
from xmem_gui.project.store import Store
from xmem_gui.project.values import MAX_FRAME, MaskRecord, StepInfo, StepState
from xmem_gui.text import printable

RowChange = tuple[Key, Row]
Planned = tuple[Key, Row, Row]
Kept = tuple[tuple[int, int], ...]

_LAST = "last_step"
_DIGITS = 18
"""So many decimal digits fit SQLite's integers."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of an edit, an undo or a redo.

    Attributes
    ----------
    step : StepInfo or None
        The step it made, or None if nothing changed.
    changed : tuple of Key
        Rows that are different now.
    kept : tuple of (int, int)
        (frame, object) of the masks that it would have changed, but that are committed, reviewed, locked,
        edited since the run began, or of an object deleted since then.
    """

    step: StepInfo | None
    changed: tuple[Key, ...] = ()
    kept: tuple[tuple[int, int], ...] = ()

    @property
    def frames(self) -> tuple[int, ...]:
        """Frames whose masks are different now, in order."""
        return tuple(sorted({key.frame for key in self.changed if key.kind == MASK}))

    @property
    def objects(self) -> tuple[int, ...]:
        """Objects that are different now, or that have a mask that is, in order."""
        return tuple(sorted({key.object for key in self.changed}))


@dataclass(frozen=True, slots=True)
class Rules:
    """What a change may do to masks that are there.

    Attributes
    ----------
    automatic : bool
        No person made each mask: committed, reviewed and locked ones are kept as they are.
    replace_reviewed : bool
        Whether an automatic change may replace reviewed masks.
    """

    automatic: bool = False
    replace_reviewed: bool = False


class History:
    """Steps, in order: those done, at most one open run, and those undone.

    Parameters
    ----------
    store : Store
        The document's contents.
    budget : int
        Bytes that the journal may take; beyond, the oldest steps can no longer be undone. The next step
        to undo and the next to redo are always kept.
    most_steps : int
        No more steps than this are kept.
    """

    def __init__(self, store: Store, *, budget: int, most_steps: int = 10_000) -> None:
        self._store = store
        self._budget, self._most_steps = budget, most_steps
        self._next = max(_given_before(store), *store.steps, 0) + 1
        self._later: set[Key] = set()
        self._given: set[int] = set()
        self.run: int | None = None

    def recover(self) -> StepInfo | None:
        """Close a run that was cut off when the program last ended; return it if it had results.

        What deleted objects had and no step can bring back is removed here too.
        """
        last = None
        with self._store.lock:
            self._store.drop_unseen()
            for step in list(self._store.steps.values()):
                if step.state is StepState.OPEN:
                    last = self.close(step)
        return last

    @property
    def steps(self) -> tuple[StepInfo, ...]:
        """All steps that are kept, the oldest first."""
        with self._store.lock:
            return tuple(self._store.steps.values())

    # Writing

    def begin(self, kind: str, label: str) -> StepInfo:
        """Begin a step; what was undone can no longer be redone."""
        for step in [step for step in self._store.steps.values() if step.state is StepState.UNDONE]:
            self._store.drop_step(step.id)
        # Names of files are in labels, and their bytes need not be text, which is all that SQLite takes.
        step = StepInfo(self._next, kind, printable(label), StepState.OPEN, 0, time.time())
        self._next += 1
        self._store.put_meta(_LAST, str(step.id))
        self._store.put_step(step)
        return step

    def write(self, step: StepInfo, changes: Iterable[RowChange], rules: Rules) -> Outcome:
        """Make changes as part of an open step, but none that the rules forbid.

        Raises
        ------
        ProjectError
            If a person's change meets a locked object, or a row does not fit the project.
        """
        return self._apply(step, *self._sort(step.id, changes, rules))

    def edit(self, kind: str, label: str, changes: Iterable[RowChange], rules: Rules) -> Outcome:
        """Make changes as one step of their own; no row twice.

        Raises
        ------
        ProjectError
            As `write`; then nothing is changed.
        """
        with self._store.lock:
            free, kept = self._sort(self._next, changes, rules)
            if not free:
                return Outcome(None, kept=kept)
            outcome = self._apply(self.begin(kind, label), free, kept)
            assert outcome.step is not None
            return replace(outcome, step=self.close(outcome.step))

    def _sort(self, step: int, changes: Iterable[RowChange], rules: Rules) -> tuple[list[Planned], Kept]:
        """Split what would change into what may be changed, and what is kept as it is."""
        free: list[Planned] = []
        kept: list[tuple[int, int]] = []
        known = set(self._store.objects)
        for key, new in changes:
            old = self._store.get(key)
            if old == new:
                continue
            if key.kind == OBJECT and new is not None:
                known.add(key.object)
            gone = key.kind == MASK and new is not None and key.object not in known
            if gone and step == self.run:
                kept.append((key.frame, key.object))
                continue
            if gone:
                raise ProjectError(f"There is no object {key.object} (any more): add one first.")
            self._check(key, old, new, rules)
            if self._is_kept(step, key, old, rules):
                kept.append((key.frame, key.object))
            else:
                free.append((key, old, new))
        return free, tuple(kept)

    def _apply(self, step: StepInfo, planned: list[Planned], kept: Kept) -> Outcome:
        size = step.size
        for key, old, new in planned:
            size += self._store.note(step.id, key, old)
            self._store.put(key, new)
        gone = [key.object for key, _, new in planned if key.kind == OBJECT and new is None]
        unseen = [key for one in gone for key in self._store.unseen(one)]
        changed = (*(key for key, _, _ in planned), *unseen)
        if step.id == self.run:
            self._given.update(key.object for key, old, _ in planned if key.kind == MASK and old is None)
        if self.run is not None and step.id > self.run:
            self._later.update(changed)
        if changed:
            step = replace(step, size=size)
            self._store.put_step(step)
        return Outcome(step, changed, kept)

    def close(self, step: StepInfo) -> StepInfo | None:
        """End a step; one that changed nothing is forgotten."""
        if step.size == 0:
            self._store.drop_step(step.id)
            return None
        step = replace(step, state=StepState.DONE)
        self._store.put_step(step)
        self._trim()
        return step

    # Undo

    def next_undo(self) -> StepInfo | None:
        """Return the step that `undo` would undo."""
        return self._store.overview.next_undo

    def next_redo(self) -> StepInfo | None:
        """Return the step that `redo` would redo."""
        return self._store.overview.next_redo

    def undo(self) -> Outcome:
        """Undo the newest step; its outcome has no step if there is nothing to undo."""
        with self._store.lock:
            step = self.next_undo()
            return Outcome(None) if step is None else self._swap(step, StepState.UNDONE)

    def redo(self) -> Outcome:
        """Redo the step undone last; its outcome has no step if there is nothing to redo."""
        with self._store.lock:
            step = self.next_redo()
            return Outcome(None) if step is None else self._swap(step, StepState.DONE)

    def _swap(self, step: StepInfo, state: StepState) -> Outcome:
        store = self._store
        rows = [(key, unpack_row(key, data)) for key, data in store.changes(step.id).items()]
        rows.sort(key=lambda change: change[0].kind, reverse=True)  # objects before their masks
        known = set(store.lanes) | {key.object for key, _ in rows if key.kind == OBJECT}
        if not known.issuperset(key.object for key, _ in rows):
            raise ProjectError("The project's history is damaged: it speaks of objects that never were.")
        now = [(key, row, store.get(key)) for key, row in rows]
        for key, other, _ in now:
            _check_fits(store, key, other)
            if key.kind == OBJECT and other is None:
                self._check_removal(key.object, state, {key for key, _ in rows})
        turned = [key.object for key, _ in rows if key.kind == OBJECT]
        unseen = [key for one in turned for key in store.unseen(one)]
        size = 0
        for key, other, current in now:
            size += store.note(step.id, key, current, replaces=True)
            store.put(key, other)
        unseen += [key for one in turned for key in store.unseen(one)]
        self._given.difference_update(
            key.object for key, _, current in now if key.kind == OBJECT and current is None
        )
        changed = tuple(dict.fromkeys((*(key for key, _ in rows), *unseen)))
        if self.run is not None:
            self._later.update(changed)
        step = replace(step, state=state, size=size)
        store.put_step(step)
        self._trim()
        return Outcome(step, changed)

    # Runs

    def begin_run(self, kind: str, label: str) -> StepInfo:
        """Begin a step that stays open while results come in, beside which other edits may be made.

        Raises
        ------
        ProjectError
            If there is one already.
        """
        with self._store.lock:
            if self.run is not None:
                raise ProjectError(
                    "Something is being propagated or imported already: wait for it, or stop it."
                )
            step = self.begin(kind, label)
            self.run = step.id
            self._later.clear()
            return step

    def end_run(self, *, discard: bool = False) -> StepInfo | None:
        """Close the run; or take it all back (then edits of its masks made meanwhile stay)."""
        with self._store.lock:
            assert self.run is not None
            step = self._store.steps[self.run]
            later, self.run = set(self._later), None
            if discard:
                self._given.clear()
                for key, data in self._store.changes(step.id).items():
                    if key not in later:
                        self._store.put(key, unpack_row(key, data))
                self._store.drop_step(step.id)
                return None
            return self.close(step)

    # Rules

    def _check(self, key: Key, old: Row, new: Row, rules: Rules) -> None:
        _check_fits(self._store, key, new)
        item = self._store.objects.get(key.object)
        if not rules.automatic and item is not None and item.locked and _pixels_differ(old, new):
            raise ProjectError(f"{item.name} is locked: unlock it before changing its masks.")

    def _check_removal(self, object_id: int, state: StepState, touched: set[Key]) -> None:
        """Refuse to remove an object that a run going on has given masks since."""
        if state is StepState.DONE:
            orphans = object_id in self._given
        else:
            orphans = any(key not in touched for key in self._store.known_keys(object_id, None))
        if orphans:
            item = self._store.objects.get(object_id)
            name = f"object {object_id}" if item is None else item.name
            raise ProjectError(f"{name} is being given masks just now: wait for that, or stop it.")

    def _is_kept(self, step: int, key: Key, old: Row, rules: Rules) -> bool:
        if self.run == step and key in self._later:
            return True
        if not rules.automatic or key.kind != MASK:
            return False
        item = self._store.objects.get(key.object)
        if item is not None and item.locked:
            return True
        if not isinstance(old, MaskRecord):
            return False
        return old.committed or (old.reviewed and not rules.replace_reviewed)

    def _trim(self) -> None:
        steps = self.steps
        total = sum(step.size for step in steps)
        undo, redo = self.next_undo(), self.next_redo()
        done = [
            step for step in takewhile(lambda step: step.state is StepState.DONE, steps) if step != undo
        ]  # not beyond an open run: what came after it can only be forgotten after it
        undone = [step for step in reversed(steps) if step.state is StepState.UNDONE and step != redo]
        for step in done + undone:
            if total <= self._budget and len(self._store.steps) <= self._most_steps:
                return
            total -= step.size
            self._store.drop_step(step.id)


def _given_before(store: Store) -> int:
    """Return the last number that a step was given, also one forgotten since: a saved memory may name it."""
    text = store.meta(_LAST) or ""
    return int(text) if text.isdecimal() and len(text) < _DIGITS else 0


def _check_fits(store: Store, key: Key, row: Row) -> None:
    if key.kind != MASK:
        return
    if not 0 <= key.frame < min(store.frames, MAX_FRAME):
        raise ProjectError(f"There is no frame {key.frame}: the video has frames 0 to {store.frames - 1}.")
    if isinstance(row, MaskRecord) and (row.rle.height, row.rle.width) != (store.height, store.width):
        raise ProjectError(
            f"The mask for frame {key.frame} is {row.rle.width}x{row.rle.height}, "
            f"but the video is {store.width}x{store.height}."
        )


def _pixels_differ(old: Row, new: Row) -> bool:
    if isinstance(old, MaskRecord) and isinstance(new, MaskRecord):
        return old.rle != new.rle
    return isinstance(old, MaskRecord) or isinstance(new, MaskRecord)

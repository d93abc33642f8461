"""Edits of masks: set, clear, commit, review."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.edits import (
    ByAPerson,
    MaskData,
    confidences,
    frame_number,
    masks_by_object,
    names,
    need_object,
    new_record,
    said,
)
from xmem_gui.project.history import RowChange, Rules
from xmem_gui.project.rle import Rle
from xmem_gui.project.rows import MASK, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import Origin


@dataclass(frozen=True, slots=True, eq=False)
class SetMasks:
    """Set the masks of objects on one frame, whole.

    Committed masks stay committed. With `Origin.PROPAGATED` those that are committed, reviewed or locked
    are kept as they are.

    Attributes
    ----------
    frame : int
        The 0-based frame number.
    masks : mapping of int to bool array (H, W) or Rle
        New mask of each object; an empty one says that the object is not seen.
    origin : Origin
        Where they come from.
    confidence : float or mapping of int to float
        0 to 1.
    replace_reviewed : bool
        Whether propagated masks may replace reviewed ones.
    commit : bool
        Whether to commit them too.
    """

    frame: int
    masks: Mapping[int, MaskData]
    origin: Origin = Origin.DRAWN
    confidence: float | Mapping[int, float] = 1.0
    replace_reviewed: bool = False
    commit: bool = False
    kind = "set"

    def __post_init__(self) -> None:
        door.settle(
            self, frame=frame_number, masks=masks_by_object, origin=partial(door.member, Origin),
            confidence=confidences, replace_reviewed=door.flag, commit=door.flag,
        )  # fmt: skip

    @property
    def rules(self) -> Rules:
        """What it may do to masks that are there."""
        return Rules(automatic=self.origin is Origin.PROPAGATED, replace_reviewed=self.replace_reviewed)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        verb = {Origin.DRAWN: "Draw", Origin.CLICKED: "Click", Origin.IMPORTED: "Import"}
        return said(verb.get(self.origin, "Track"), names(store, self.masks), self.frame)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id, mask in self.masks.items():
            key = Key(MASK, object_id, self.frame)
            old = store.mask(self.frame, object_id)
            committed = self.commit or (old is not None and old.committed)
            yield key, new_record(mask, self.origin, _for_object(self.confidence, object_id), committed)


@dataclass(frozen=True, slots=True)
class ClearMasks(ByAPerson):
    """Remove masks (committed ones too) over a range, or everywhere.

    Attributes
    ----------
    objects : sequence of int or None
        Which objects; None for all.
    frames : range or None
        Which frames; None for all.
    """

    objects: Sequence[int] | None = None
    frames: range | None = None
    kind = "clear"

    def __post_init__(self) -> None:
        door.settle(self, objects=partial(door.optional, door.ids), frames=partial(door.optional, door.span))

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return said("Clear", names(store, self.objects), self.frames)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id in store.objects if self.objects is None else self.objects:
            for key in store.known_keys(object_id, self.frames):
                yield key, None


@dataclass(frozen=True, slots=True)
class Commit(ByAPerson):
    """Promise that masks of a frame stay as they are until a person edits them (or take that back).

    Attributes
    ----------
    frame : int
        The 0-based frame whose masks are committed.
    objects : sequence of int or None
        Which objects; one without a mask there gets an empty one. None for all that have a mask.
    committed : bool
        False to take the promise back.
    """

    frame: int
    objects: Sequence[int] | None = None
    committed: bool = True
    kind = "commit"

    def __post_init__(self) -> None:
        door.settle(self, frame=frame_number, objects=partial(door.optional, door.ids), committed=door.flag)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        whose = "" if self.objects is None else names(store, self.objects)
        return said("Commit" if self.committed else "Uncommit", whose, self.frame)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        have = [one for one in store.objects if store.mask(self.frame, one) is not None]
        if self.committed and self.objects is None and not have:
            raise ProjectError(
                f"Frame {self.frame} has no mask to commit: draw one first, or name the objects."
            )
        for object_id in dict.fromkeys(have if self.objects is None else self.objects):
            need_object(store, object_id)
            record = store.mask(self.frame, object_id)
            if record is None and self.committed:
                record = new_record(Rle.empty(store.height, store.width), Origin.DRAWN, 1.0)
            if record is not None:
                yield Key(MASK, object_id, self.frame), replace(record, committed=self.committed)


@dataclass(frozen=True, slots=True)
class Review(ByAPerson):
    """Mark masks as looked at and right (or not).

    Attributes
    ----------
    frames : range or None
        Which frames; None for all.
    objects : sequence of int or None
        Which objects; None for all.
    reviewed : bool
        False to take it back.
    """

    frames: range | None = None
    objects: Sequence[int] | None = None
    reviewed: bool = True
    kind = "review"

    def __post_init__(self) -> None:
        door.settle(
            self,
            frames=partial(door.optional, door.span),
            objects=partial(door.optional, door.ids),
            reviewed=door.flag,
        )

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        word = "Good" if self.reviewed else "Review again"
        return said(word, names(store, self.objects), self.frames)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id in store.objects if self.objects is None else self.objects:
            for key in store.known_keys(object_id, self.frames):
                record = store.mask(key.frame, key.object)
                if record is not None:
                    yield key, replace(record, reviewed=self.reviewed)


def _for_object(value: float | Mapping[int, float], object_id: int) -> float:
    return value.get(object_id, 1.0) if isinstance(value, Mapping) else float(value)

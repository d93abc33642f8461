"""An edit that looks at a frame's masks before it decides what becomes of one, and of others for its sake."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial

from xmem_gui.arrays import Mask
from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.edits import (
    frame_number,
    masks_by_object,
    names,
    need_object,
    new_record,
    object_number,
    said,
)
from xmem_gui.project.history import RowChange, Rules
from xmem_gui.project.records import check_confidence
from xmem_gui.project.rle import Rle
from xmem_gui.project.rows import MASK, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import MaskRecord, Origin, VideoObject

Decide = Callable[[Mapping[int, Rle], Mapping[int, VideoObject]], Mapping[int, Mask]]
"""From a frame's masks and the objects, by id, to the masks (H, W) that shall be different."""


@dataclass(frozen=True, slots=True, eq=False)
class Rework:
    """Change one object's mask on one frame, and what others must give up for it, in one step.

    Attributes
    ----------
    frame, object : int
        Whose mask it is about.
    decide : callable
        Says what becomes of the frame's masks. Nothing changes the project meanwhile, so it has to be quick
        and may ask nothing of the project.
    verb : str
        What the history calls it, before the object's name.
    origin : Origin
        Where the object's mask comes from now. Others keep theirs, and all else that is known of them.
    commit : bool
        Whether to commit the object's mask too, if ``decide`` returns one; what is committed stays so.
    kind : str
        One word for the sort of edit.
    confidence : float
        Of the object's mask, 0 to 1.
    automatic : bool
        Whether nobody looks at this frame: committed, reviewed and locked masks are kept as they are.
    """

    frame: int
    object: int
    decide: Decide
    verb: str
    origin: Origin = Origin.DRAWN
    commit: bool = False
    kind: str = "paint"
    confidence: float = 1.0
    automatic: bool = False

    def __post_init__(self) -> None:
        door.settle(
            self, frame=frame_number, object=object_number, verb=door.text, kind=door.text,
            origin=partial(door.member, Origin), commit=door.flag,
            confidence=lambda value: check_confidence(door.real(value, "confidence")), automatic=door.flag,
        )  # fmt: skip

    @property
    def rules(self) -> Rules:
        """What it may do to masks that are there."""
        return Rules(automatic=self.automatic)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return said(self.verb, names(store, [self.object]), self.frame)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets.

        Raises
        ------
        ProjectError
            If there is no such object or frame.
        """
        need_object(store, self.object)
        if not 0 <= self.frame < store.frames:
            raise ProjectError(
                f"There is no frame {self.frame}: the video has frames 0 to {store.frames - 1}."
            )
        old = {one: record for one in store.objects if (record := store.mask(self.frame, one)) is not None}
        wanted = masks_by_object(self.decide({one: record.rle for one, record in old.items()}, store.objects))
        for one, mask in wanted.items():
            before = old.get(one)
            key = Key(MASK, one, self.frame)
            if one == self.object:
                committed = self.commit or (before is not None and before.committed)
                yield key, new_record(mask, self.origin, self.confidence, committed)
            elif before is not None:
                rle = new_record(mask, self.origin, 1.0).rle
                yield key, replace(before, rle=rle, area=rle.check())


@dataclass(frozen=True, slots=True, eq=False)
class GoBack(Rework):
    """Give one object's mask back all that was known of it before: origin, confidence, committed, reviewed.

    Attributes
    ----------
    known : MaskRecord
        What was known; the pixels are those that ``decide`` returns.
    """

    known: MaskRecord | None = None

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets; raises as `Rework.plan`."""
        for key, row in Rework.plan(self, store):
            if key.object == self.object and isinstance(row, MaskRecord) and self.known is not None:
                yield key, replace(self.known, rle=row.rle, area=row.area)
            else:
                yield key, row

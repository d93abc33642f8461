"""A frame's masks as they were before the last step that changed them, read from the history."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from xmem_gui.project import door
from xmem_gui.project.edits import ByAPerson, frame_number, names, said
from xmem_gui.project.history import RowChange
from xmem_gui.project.rle import Rle
from xmem_gui.project.rows import MASK, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import MaskRecord, StepInfo


@dataclass(frozen=True, slots=True)
class EarlierMasks:
    """A frame as it was before a step.

    Attributes
    ----------
    frame : int
        The 0-based frame number.
    step : StepInfo
        The newest step that changed a pixel of them and is not undone; a run that goes on is one too.
    masks : mapping of int to MaskRecord
        All masks of the frame as they were before it, by object id; of the objects that there are now.
    changed : tuple of int
        The objects whose pixels are others since.
    """

    frame: int
    step: StepInfo
    masks: Mapping[int, MaskRecord]
    changed: tuple[int, ...]


def find_earlier(store: Store, frame: int) -> EarlierMasks | None:
    """Return a frame's masks before the last step that changed them; None if the history knows of none.

    Raises
    ------
    ProjectError
        If the project is damaged there.
    """
    with store.lock:
        if not 0 <= frame < store.frames:
            return None
        now = {one: store.mask(frame, one) for one in store.objects}
        images = {one: store.images_before(frame, one) for one in store.objects}
        newest = max((_last_change(store, frame, one, now[one], images[one]) for one in now), default=0)
        if not newest:
            return None
        then = dict(now)
        for one, of_steps in images.items():
            first = next((step for step in of_steps if step >= newest), None)
            if first is not None:
                then[one] = store.unpacked(of_steps[first], frame, one)
        return EarlierMasks(
            frame,
            store.steps[newest],
            {one: record for one, record in then.items() if record is not None},
            tuple(one for one in now if _pixels(then[one]) != _pixels(now[one])),
        )


@dataclass(frozen=True, slots=True)
class RestoreMasks(ByAPerson):
    """Give a frame's masks the pixels that they had before the last step that changed them.

    Attributes
    ----------
    frame : int
        The 0-based frame number.
    commit : bool
        Whether to commit the masks that come back too.
    """

    frame: int
    commit: bool = False
    kind = "restore"

    def __post_init__(self) -> None:
        door.settle(self, frame=frame_number, commit=door.flag)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        found = find_earlier(store, self.frame)
        return said("Restore", "" if found is None else names(store, found.changed), self.frame)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets; none if there is nothing to bring back."""
        found = find_earlier(store, self.frame)
        for one in found.changed if found is not None else ():
            record = found.masks.get(one) if found is not None else None
            if record is not None and self.commit:
                record = replace(record, committed=True)
            yield Key(MASK, one, self.frame), record


def _last_change(
    store: Store, frame: int, object_id: int, now: MaskRecord | None, images: Mapping[int, bytes]
) -> int:
    """Return the number of the last step that changed a mask's pixels; 0 if none did."""
    after = _pixels(now)
    for step in sorted(images, reverse=True):
        before = _pixels(store.unpacked(images[step], frame, object_id))
        if before != after:
            return step
    return 0


def _pixels(record: MaskRecord | None) -> Rle | None:
    """Return a mask with a pixel inside; one without looks as none does."""
    return record.rle if record is not None and record.area else None

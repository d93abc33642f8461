"""What an edit is: a value that says what it is called and which rows it sets; the history does the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Protocol

import numpy as np

from xmem_gui.arrays import Mask
from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.history import RowChange, Rules
from xmem_gui.project.records import check_confidence
from xmem_gui.project.rle import Rle
from xmem_gui.project.store import Store
from xmem_gui.project.values import MaskRecord, Origin, VideoObject

MaskData = Mask | Rle


class Edit(Protocol):
    """Something a person (or a network) does to a project in one step."""

    @property
    def kind(self) -> str:
        """One word for the sort of edit."""
        ...

    @property
    def rules(self) -> Rules:
        """What it may do to masks that are there."""
        ...

    def label(self, store: Store) -> str:
        """Return what the history calls it, before it is made."""
        ...

    def plan(self, store: Store) -> Iterable[RowChange]:
        """Return the rows it sets, each once."""
        ...


class ByAPerson:
    """An edit that a person makes: it may change committed and reviewed masks."""

    rules = Rules()


def new_record(mask: MaskData, origin: Origin, confidence: float, committed: bool = False) -> MaskRecord:
    """Make the record of a new mask.

    Raises
    ------
    MaskError, ProjectError
        If the mask is damaged or no mask, or the confidence is not within 0 to 1.
    """
    sure = check_confidence(door.real(confidence, "confidence"))
    rle = mask.plain() if isinstance(mask, Rle) else Rle.from_mask(np.asarray(mask))
    return MaskRecord(rle, rle.check(), door.member(Origin, origin), sure, door.flag(committed))


def masks_by_object(masks: object) -> dict[int, MaskData]:
    """Return masks by object id.

    Raises
    ------
    ProjectError
        If they are not that.
    """
    if not isinstance(masks, Mapping):
        raise ProjectError("Masks are given by object number: expected {1: mask}.")
    return {door.whole(one, "object number"): mask for one, mask in masks.items()}


def confidences(value: object) -> float | dict[int, float]:
    """Return one confidence, or one by object id.

    Raises
    ------
    ProjectError
        If they are not numbers from 0 to 1.
    """
    if not isinstance(value, Mapping):
        return check_confidence(door.real(value, "confidence"))
    return {
        door.whole(one, "object number"): check_confidence(door.real(sure, "confidence"))
        for one, sure in value.items()
    }


frame_number = partial(door.whole, what="frame number")
object_number = partial(door.whole, what="object number")


def need_object(store: Store, object_id: int) -> VideoObject:
    """Return an object.

    Raises
    ------
    ProjectError
        If there is none of that id.
    """
    item = store.objects.get(object_id)
    if item is None:
        raise ProjectError(f"There is no object {object_id} (any more).")
    return item


def names(store: Store, objects: Iterable[int] | None) -> str:
    """Name objects for a label."""
    if objects is None:
        return "all objects"
    known = [store.objects[one].name if one in store.objects else f"object {one}" for one in objects]
    return ", ".join(known) if len(known) <= 3 else f"{len(known)} objects"


def span_label(frames: range | None) -> str:
    """Name a range of frames for a label, both ends included."""
    if frames is None:
        return "all frames"
    if len(frames) == 1:
        return f"frame {frames[0]:,}"
    return f"frames {frames[0]:,}–{frames[-1]:,}" if len(frames) else "no frame"


def said(verb: str, what: str, frames: range | int | None) -> str:
    """Return a label: what was done, to what, and where."""
    where = span_label(range(frames, frames + 1) if isinstance(frames, int) else frames)
    return f"{verb} – {what}, {where}" if what else f"{verb} – {where}"

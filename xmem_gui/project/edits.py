"""What an edit is: a value that says what it is called and which rows it sets; the history does the rest."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from xmem_gui.errors import ProjectError
from xmem_gui.project.history import Change, Rules
from xmem_gui.project.records import check_confidence
from xmem_gui.project.rle import Mask, Rle
from xmem_gui.project.store import Store
from xmem_gui.project.values import Colour, MaskRecord, Origin, VideoObject

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

    def plan(self, store: Store) -> Iterable[Change]:
        """Return the rows it sets, each once."""
        ...


class ByAPerson:
    """An edit that a person makes: it may change committed and reviewed masks."""

    rules = Rules()


def mask_record(mask: MaskData, origin: Origin, confidence: float, committed: bool = False) -> MaskRecord:
    """Make the record of a new mask.

    Raises
    ------
    MaskError, ProjectError
        If the mask is damaged, or the confidence is not within 0 to 1.
    """
    sure = check_confidence(confidence)
    rle = mask if isinstance(mask, Rle) else Rle.from_mask(mask)
    return MaskRecord(rle, rle.check(), origin, sure, committed)


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


def check_colour(colour: Colour) -> Colour:
    """Return the colour.

    Raises
    ------
    ProjectError
        If it is not three numbers from 0 to 255.
    """
    shades = tuple(colour)
    if len(shades) != 3 or not all(0 <= int(shade) <= 255 for shade in shades):
        raise ProjectError(f"{colour} is not a colour: expected red, green and blue, each 0 to 255.")
    return int(shades[0]), int(shades[1]), int(shades[2])


def names(store: Store, objects: Iterable[int] | None) -> str:
    """Name objects for a label."""
    if objects is None:
        return "all objects"
    known = [store.objects[one].name if one in store.objects else f"object {one}" for one in objects]
    return ", ".join(known) if len(known) <= 3 else f"{len(known)} objects"


def span(frames: range | None) -> str:
    """Name a range of frames for a label, both ends included."""
    if frames is None:
        return "everywhere"
    if len(frames) == 1:
        return str(frames[0])
    return f"{frames[0]}-{frames[-1]}" if len(frames) else "nowhere"

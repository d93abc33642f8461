"""Edits of objects: add, change, reorder, delete, merge, split, swap."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial, reduce

from xmem_gui.arrays import Colour
from xmem_gui.errors import ProjectError
from xmem_gui.project import door
from xmem_gui.project.classes import category_text
from xmem_gui.project.edits import ByAPerson, names, need_object, object_number, said, span_label
from xmem_gui.project.history import RowChange
from xmem_gui.project.rows import MASK, OBJECT, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import MAX_OBJECT, MAX_PRIORITY, MaskRecord, VideoObject, default_colour


@dataclass(frozen=True, slots=True)
class AddObject(ByAPerson):
    """Add an object, seen on top of the others.

    Attributes
    ----------
    name : str
        Its name; empty for "object N".
    colour : tuple of int or None
        Red, green, blue; None for one that stands apart.
    category : str
        Its class; empty for none.
    """

    name: str = ""
    colour: Colour | None = None
    category: str = ""
    kind = "add"

    def __post_init__(self) -> None:
        door.settle(self, name=door.text, colour=partial(door.optional, door.colour), category=category_text)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return f"Add {self.name or f'object {store.next_object}'}"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the row it sets."""
        new = store.next_object
        if new > MAX_OBJECT:
            raise ProjectError(f"A project can have no more than {MAX_OBJECT:,} objects.")
        highest = max((item.priority for item in store.objects.values()), default=0)
        top = min(highest + 1, MAX_PRIORITY)
        colour = default_colour(new) if self.colour is None else self.colour
        name = self.name or f"object {new}"
        yield Key(OBJECT, new), VideoObject(new, name, colour, top, category=self.category)


@dataclass(frozen=True, slots=True)
class ChangeObject(ByAPerson):
    """Change what is not None of an object.

    Attributes
    ----------
    object : int
        Which object.
    name, colour, priority, visible, locked
        As in `VideoObject`.
    """

    object: int
    name: str | None = None
    colour: Colour | None = None
    priority: int | None = None
    visible: bool | None = None
    locked: bool | None = None
    kind = "change"

    def __post_init__(self) -> None:
        flag = partial(door.optional, door.flag)
        door.settle(
            self,
            object=object_number,
            name=partial(door.optional, door.text),
            colour=partial(door.optional, door.colour),
            priority=partial(door.optional, priority_number),
            visible=flag,
            locked=flag,
        )

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        name = names(store, [self.object])
        if self.name is not None:
            return f"Rename {name} to {self.name}"
        words = {
            "Recolour": self.colour is not None,
            "Reorder": self.priority is not None,
            "Lock" if self.locked else "Unlock": self.locked is not None,
            "Show" if self.visible else "Hide": self.visible is not None,
        }
        return f"{next((word for word, on in words.items() if on), 'Change')} {name}"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the row it sets."""
        item = need_object(store, self.object)
        yield (
            Key(OBJECT, self.object),
            replace(
                item,
                name=item.name if self.name is None else self.name,
                colour=item.colour if self.colour is None else self.colour,
                priority=item.priority if self.priority is None else self.priority,
                visible=item.visible if self.visible is None else self.visible,
                locked=item.locked if self.locked is None else self.locked,
            ),
        )


@dataclass(frozen=True, slots=True)
class ReorderObjects(ByAPerson):
    """Set which object is seen where masks overlap.

    Attributes
    ----------
    objects : sequence of int
        All objects, the topmost first.
    """

    objects: Sequence[int]
    kind = "reorder"

    def __post_init__(self) -> None:
        door.settle(self, objects=door.ids)

    def label(self, store: Store) -> str:  # noqa: ARG002 (every edit's label may look)
        """Return what the history calls it."""
        return "Reorder objects"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        if sorted(self.objects) != sorted(store.objects):
            raise ProjectError("To reorder objects, name every object once.")
        for place, object_id in enumerate(reversed(self.objects), start=1):
            yield Key(OBJECT, object_id), replace(store.objects[object_id], priority=place)


@dataclass(frozen=True, slots=True)
class SwitchObjects(ByAPerson):
    """Show, hide, lock or unlock objects, all in one step.

    Attributes
    ----------
    objects : sequence of int
        Which objects.
    visible, locked
        As in `VideoObject`; None leaves it as it is.
    """

    objects: Sequence[int]
    visible: bool | None = None
    locked: bool | None = None
    kind = "change"

    def __post_init__(self) -> None:
        flag = partial(door.optional, door.flag)
        door.settle(self, objects=door.ids, visible=flag, locked=flag)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        words = [
            word
            for on, word in (
                (self.visible, "Show" if self.visible else "Hide"),
                (self.locked, "Lock" if self.locked else "Unlock"),
            )
            if on is not None
        ]
        return f"{' and '.join(words).capitalize() or 'Change'} {names(store, dict.fromkeys(self.objects))}"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id in dict.fromkeys(self.objects):
            item = need_object(store, object_id)
            visible = item.visible if self.visible is None else self.visible
            locked = item.locked if self.locked is None else self.locked
            yield Key(OBJECT, object_id), replace(item, visible=visible, locked=locked)


@dataclass(frozen=True, slots=True)
class DeleteObjects(ByAPerson):
    """Remove objects and all their masks; their ids are not used again.

    The masks stay in the file, unseen, for undo, as long as the step is kept.

    Attributes
    ----------
    objects : sequence of int
        Which objects.
    """

    objects: Sequence[int]
    kind = "delete"

    def __post_init__(self) -> None:
        door.settle(self, objects=door.ids)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return f"Delete {names(store, dict.fromkeys(self.objects))}"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id in dict.fromkeys(self.objects):
            item = need_object(store, object_id)
            if item.locked:
                raise ProjectError(f"{item.name} is locked: unlock it before deleting it.")
            yield Key(OBJECT, object_id), None


@dataclass(frozen=True, slots=True)
class MergeObjects(ByAPerson):
    """Add objects' masks to another's and remove them; without a range the objects that give go too.

    Attributes
    ----------
    source : int or tuple of int
        The object that gives its masks, or several.
    into : int
        The one that gets them.
    frames : range or None
        Which frames; None for all.
    """

    source: int | tuple[int, ...]
    into: int
    frames: range | None = None
    kind = "merge"

    def __post_init__(self) -> None:
        door.settle(self, source=_one_or_more, into=object_number, frames=partial(door.optional, door.span))

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        both = f"{names(store, self._sources)} into {names(store, [self.into])}"
        return said("Merge", both, self.frames)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for source in self._sources:
            _need_two(store, source, self.into)
        givers: dict[int, list[int]] = {}
        for source in self._sources:
            for key in store.known_keys(source, self.frames):
                givers.setdefault(key.frame, []).append(source)
        for frame in sorted(givers):
            records = [store.mask(frame, one) for one in (self.into, *givers[frame])]
            yield Key(MASK, self.into, frame), reduce(_united, (one for one in records if one is not None))
            for source in givers[frame]:
                yield Key(MASK, source, frame), None
        if self.frames is None:
            for source in self._sources:
                yield Key(OBJECT, source), None

    @property
    def _sources(self) -> tuple[int, ...]:
        given = (self.source,) if isinstance(self.source, int) else self.source
        return tuple(dict.fromkeys(given))


@dataclass(frozen=True, slots=True)
class SplitObject(ByAPerson):
    """Give an object's masks on a range of frames to a new object, seen on top of the others.

    Attributes
    ----------
    object : int
        The object that gives.
    frames : range
        The frames whose masks the new object takes over.
    name : str
        The new object's name; empty for the old one's with "(2)".
    """

    object: int
    frames: range
    name: str = ""
    kind = "split"

    def __post_init__(self) -> None:
        door.settle(self, object=object_number, frames=door.span, name=door.text)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        return said("Split", names(store, [self.object]), self.frames)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        item = need_object(store, self.object)
        keys = list(store.known_keys(self.object, self.frames))
        if not keys:
            raise ProjectError(f"{item.name} has no mask on {span_label(self.frames)}: nothing to split off.")
        (added,) = AddObject(self.name or f"{item.name} (2)", category=item.category).plan(store)
        yield added
        for key in keys:
            yield Key(MASK, added[0].object, key.frame), store.mask(key.frame, self.object)
            yield key, None


@dataclass(frozen=True, slots=True)
class SwapObjects(ByAPerson):
    """Give each of two objects the other's masks over a range, or everywhere.

    Attributes
    ----------
    first, second : int
        The two objects.
    frames : range or None
        Which frames; None for all.
    """

    first: int
    second: int
    frames: range | None = None
    kind = "swap"

    def __post_init__(self) -> None:
        door.settle(self, first=object_number, second=object_number, frames=partial(door.optional, door.span))

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        both = f"{names(store, [self.first])} and {names(store, [self.second])}"
        return said("Swap", both, self.frames)

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        _need_two(store, self.first, self.second)
        pair = (self.first, self.second)
        for frame in sorted({key.frame for one in pair for key in store.known_keys(one, self.frames)}):
            yield Key(MASK, self.first, frame), store.mask(frame, self.second)
            yield Key(MASK, self.second, frame), store.mask(frame, self.first)


def priority_number(value: object) -> int:
    """Return a priority.

    Raises
    ------
    ProjectError
        If it is no whole number, or out of all proportion.
    """
    number = door.whole(value, "priority")
    if abs(number) > MAX_PRIORITY:
        raise ProjectError(f"A priority lies between {-MAX_PRIORITY:,} and {MAX_PRIORITY:,}.")
    return number


def _one_or_more(value: object) -> int | tuple[int, ...]:
    return door.ids(value) if isinstance(value, (tuple, list)) else object_number(value)


def _united(one: MaskRecord, other: MaskRecord) -> MaskRecord:
    """Return both masks as one; it comes from where the first came from."""
    rle = one.rle.union(other.rle)
    return replace(
        one,
        rle=rle,
        area=rle.area,
        confidence=min(one.confidence, other.confidence),
        committed=one.committed or other.committed,
        reviewed=one.reviewed and other.reviewed,
    )


def _need_two(store: Store, first: int, second: int) -> None:
    need_object(store, first)
    need_object(store, second)
    if first == second:
        raise ProjectError("Choose two different objects.")

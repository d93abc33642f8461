"""Classes of objects: what kind of thing each is, such as a person; several objects can be of one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from xmem_gui.project import door
from xmem_gui.project.edits import ByAPerson, names, need_object
from xmem_gui.project.history import RowChange
from xmem_gui.project.rows import OBJECT, Key
from xmem_gui.project.store import Store
from xmem_gui.project.values import VideoObject


@dataclass(frozen=True, slots=True)
class ClassifyObjects(ByAPerson):
    """Say what kind of thing objects are, all in one step.

    Attributes
    ----------
    objects : sequence of int
        Which objects.
    category : str
        Their class, such as ``person``; empty for none.
    """

    objects: Sequence[int]
    category: str
    kind = "change"

    def __post_init__(self) -> None:
        door.settle(self, objects=door.ids, category=category_text)

    def label(self, store: Store) -> str:
        """Return what the history calls it."""
        whose = names(store, dict.fromkeys(self.objects))
        return f"Class {self.category} – {whose}" if self.category else f"No class – {whose}"

    def plan(self, store: Store) -> Iterator[RowChange]:
        """Return the rows it sets."""
        for object_id in dict.fromkeys(self.objects):
            yield Key(OBJECT, object_id), replace(need_object(store, object_id), category=self.category)


def classes_in_use(objects: Iterable[VideoObject]) -> tuple[str, ...]:
    """Return the classes that objects have, each once, in the order of the alphabet."""
    return tuple(sorted({one.category for one in objects if one.category}, key=str.casefold))


def category_text(value: object) -> str:
    """Return a class: one line without spaces around it; empty for none.

    Raises
    ------
    ProjectError
        If it is no text, or endless.
    """
    return " ".join(door.text(value, "class").split())

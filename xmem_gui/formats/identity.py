"""Which object each mask of a foreign file is of."""

from collections.abc import Hashable, Iterable

from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo, default_colour
from xmem_gui.formats.sidecar import MAX_OBJECTS
from xmem_gui.project.values import MAX_OBJECT


class ObjectTable:
    """Gives ids to the objects of a file: its own numbers where it has good ones, else the next free ones.

    Parameters
    ----------
    known
        Objects that are known by id.
    """

    def __init__(self, known: dict[int, ObjectInfo] | None = None) -> None:
        self._known = known or {}
        self._found: dict[Hashable, ObjectInfo] = {}
        self._used: set[int] = set()
        self._next = 1

    def numbered(self, number: int, name: str) -> int:
        """Return the id of the object that a file gives a number from 1."""
        if number > MAX_OBJECT:
            return self.keyed(("number", number), name)
        key = ("number", number)
        if key not in self._found:
            info = self._known.get(number) or ObjectInfo(
                number, name or f"object {number}", default_colour(number)
            )
            self._add(key, info)
        return number

    def keyed(self, key: Hashable, name: str) -> int:
        """Return the id of the object that a file tells apart by anything else."""
        if ("key", key) not in self._found:
            while self._next in self._used or self._next in self._known:
                self._next += 1
            info = ObjectInfo(self._next, name or f"object {self._next}", default_colour(self._next))
            self._add(("key", key), info)
        return self._found["key", key].id

    def objects(self) -> tuple[ObjectInfo, ...]:
        """Return all objects, the known ones too, in the order of ids."""
        found = {**self._known, **{info.id: info for info in self._found.values()}}
        return tuple(found[number] for number in sorted(found))

    def _add(self, key: Hashable, info: ObjectInfo) -> None:
        if len(self._found) >= MAX_OBJECTS:
            raise FormatError(f"The file names more than {MAX_OBJECTS} objects.")
        self._found[key] = info
        self._used.add(info.id)


def first_number(numbers: Iterable[int]) -> int:
    """Return what to add to a file's numbers so that they start at 1 or later."""
    lowest = min(numbers, default=1)
    return 0 if lowest >= 1 else 1 - lowest

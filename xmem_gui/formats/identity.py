"""Which object each mask of a file is of.

An object of a file is known by a key: the number of its track, its group and label, its label and its order
in the picture. Kinds of keys are different number spaces: a track 1, a group 1 and the first shape without
either are three objects. What number each gets here is decided when all are known, so that none takes the
number that another brings along.
"""

from collections.abc import Collection, Hashable
from dataclasses import dataclass, field

from xmem_gui.arrays import Colour
from xmem_gui.errors import FormatError
from xmem_gui.formats.annotation import ObjectInfo, palette_colour
from xmem_gui.formats.record import MAX_OBJECTS
from xmem_gui.project.values import MAX_OBJECT


def own_key(number: int) -> Hashable:
    """Return the key of an object that a file of ours lists by this id."""
    return ("own", number)


def ordered_name(name: str, order: int) -> str:
    """Return what the n-th object of one name in a picture is called: "dog", "dog 2", "dog 3"."""
    return f"{name} {order}" if name and order > 1 else name


@dataclass
class _Met:
    name: str
    number: int | None
    colour: Colour | None


@dataclass
class ObjectTable:
    """The objects of one file, by key.

    Attributes
    ----------
    known
        Those that a file of ours lists, by id: they keep everything, met or not.
    notes
        What a person should know of the numbers, once they are decided.
    """

    known: dict[int, ObjectInfo] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    _met: dict[Hashable, _Met] = field(default_factory=dict)

    def own(self, number: object, name: str = "") -> Hashable | None:
        """Return the key of the listed object of this number, or None if there is none.

        Nor is it the same object if the file calls it otherwise now; an empty name says nothing. An object
        that was written by its class is called so.
        """
        if not isinstance(number, int) or number not in self.known:
            return None
        return own_key(number) if name in ("", self.known[number].label) else None

    def meet(
        self, key: tuple[Hashable, ...], name: str, number: int | None = None, colour: Colour | None = None
    ) -> Hashable:
        """Note that a mask is of this object, and return its key.

        Parameters
        ----------
        key
            What tells it apart; begins with the kind of key.
        name
            What it is called; empty for "object N".
        number
            What the file calls it by number: it gets this one if no other has it.
        colour
            (r, g, b); None for the palette's.
        """
        if key not in self._met:
            if len(self._met) >= MAX_OBJECTS:
                raise FormatError(f"The file names more than {MAX_OBJECTS} objects.")
            self._met[key] = _Met(name, number, colour)
        return key

    def decide(self, having: Collection[Hashable] | None = None) -> dict[Hashable, ObjectInfo]:
        """Return every object by its key, numbered: those with good numbers first, then the others.

        With `having`, objects that are neither listed by the file nor in it are none: nothing of them could
        be read.
        """
        found: dict[Hashable, ObjectInfo] = {own_key(number): info for number, info in self.known.items()}
        used = set(self.known)
        keys = [key for key in self._met if having is None or key in having]
        numbers = {key: n for key in keys if (n := self._met[key].number) is not None}
        shift = int(not used and min(numbers.values(), default=1) == 0)
        if shift:
            self.notes.append("Objects are numbered from 0, and get numbers higher by 1.")
        for key, given in numbers.items():
            number = given + shift
            if 1 <= number <= MAX_OBJECT and number not in used:
                used.add(number)
                found[key] = self._info(key, number)
        free = 1
        for key in keys:
            if key not in found:
                while free in used:
                    free += 1
                used.add(free)
                found[key] = self._info(key, free)
        return found

    def _info(self, key: Hashable, number: int) -> ObjectInfo:
        met = self._met[key]
        return ObjectInfo(number, met.name or f"object {number}", met.colour or palette_colour(number))

"""What has changed in a document, as one value: which kinds of facts, on which frames, of which objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Flag, auto


class Fact(Flag):
    """A kind of fact that a project holds.

    Attributes
    ----------
    MASKS
        Pixels of a mask, or what is known of it: origin, confidence, committed, reviewed.
    OBJECTS
        An object is there or not, or its name, colour, priority, visibility or lock.
    HISTORY
        The steps that can be undone and redone, and what they are called.
    SETTINGS
        Values that are kept with the project (`Project.set_setting`).
    VIDEO
        Where the video is, what it looks like, how many frames it has.
    """

    NONE = 0
    MASKS = auto()
    OBJECTS = auto()
    HISTORY = auto()
    SETTINGS = auto()
    VIDEO = auto()


ALL_FACTS = Fact.MASKS | Fact.OBJECTS | Fact.HISTORY | Fact.SETTINGS | Fact.VIDEO


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """What one transaction has changed, or several together.

    Attributes
    ----------
    facts : Fact
        The kinds of facts that are different now.
    frames : frozenset of int or None
        Frames whose masks are different; None if it may be any.
    objects : frozenset of int or None
        Objects that are different themselves or have a mask that is; None if it may be any.
    """

    facts: Fact = Fact.NONE
    frames: frozenset[int] | None = frozenset()
    objects: frozenset[int] | None = frozenset()

    @classmethod
    def of_masks(cls, frames: Iterable[int], objects: Iterable[int]) -> DocumentChange:
        """Return the change of masks of some objects on some frames."""
        return cls(Fact.MASKS, frozenset(frames), frozenset(objects))

    @classmethod
    def joined(cls, changes: Iterable[DocumentChange]) -> DocumentChange:
        """Return several changes as one."""
        facts, frames, objects = Fact.NONE, [], []
        for change in changes:
            facts |= change.facts
            frames.append(change.frames)
            objects.append(change.objects)
        return cls(facts, _all(frames), _all(objects))

    def __or__(self, other: DocumentChange) -> DocumentChange:
        """Return both together."""
        return DocumentChange.joined((self, other))

    def __bool__(self) -> bool:
        return self.facts is not Fact.NONE

    @property
    def of_objects(self) -> bool:
        """Whether objects themselves are different, not only their masks."""
        return Fact.OBJECTS in self.facts

    @property
    def of_history(self) -> bool:
        """Whether there are other steps to undo or redo."""
        return Fact.HISTORY in self.facts

    def touches(self, frame: int) -> bool:
        """Whether the masks of a frame may be different."""
        return Fact.MASKS in self.facts and (self.frames is None or frame in self.frames)

    def concerns(self, object_id: int) -> bool:
        """Whether an object, or a mask of it, may be different."""
        return self.objects is None or object_id in self.objects


ANY_CHANGE = DocumentChange(ALL_FACTS, None, None)
"""All may be different: another process has written, or the document has only just been opened."""


def _all(sets: Sequence[frozenset[int] | None]) -> frozenset[int] | None:
    known = [one for one in sets if one is not None]
    return frozenset().union(*known) if len(known) == len(sets) else None


class ChangeNotes:
    """What a transaction that is going on has changed so far; used under the document's lock."""

    def __init__(self) -> None:
        self._facts = Fact.NONE
        self._frames: set[int] = set()
        self._objects: set[int] = set()
        self._any = False

    def __bool__(self) -> bool:
        return bool(self._frames) or self._facts is not Fact.NONE

    def mask(self, frame: int, object_id: int) -> None:
        """Note a mask that was set or removed."""
        self._frames.add(frame)
        self._objects.add(object_id)

    def object(self, object_id: int) -> None:
        """Note an object that came, went, or has other properties."""
        self._facts |= Fact.OBJECTS
        self._objects.add(object_id)

    def fact(self, fact: Fact) -> None:
        """Note a fact that is about no mask and no object."""
        if fact is not Fact.NONE:
            self._facts |= fact

    def anything(self) -> None:
        """Note that any frame and any object may be different."""
        self._facts, self._any = ALL_FACTS, True

    def taken(self) -> DocumentChange:
        """Return what was noted."""
        if self._any:
            return ANY_CHANGE
        facts = self._facts | Fact.MASKS if self._frames else self._facts
        return DocumentChange(facts, frozenset(self._frames), frozenset(self._objects))

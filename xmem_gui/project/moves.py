"""Where the pictures of a folder have gone: they are followed by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from xmem_gui.project.appearance import listed

GONE = -1


@dataclass(frozen=True, slots=True)
class Moves:
    """The new number of every frame.

    Attributes
    ----------
    to : tuple of int
        For each old frame its new number, or `GONE`.
    frames : int
        How many frames there are now.
    gone : tuple of str
        File names of the pictures that are not there any more.
    new : tuple of str
        File names of those that were not there.
    renamed : int
        How many have another name now.
    """

    to: tuple[int, ...]
    frames: int
    gone: tuple[str, ...] = ()
    new: tuple[str, ...] = ()
    renamed: int = 0

    @property
    def keeps_numbers(self) -> bool:
        """Whether every picture has the number that it had."""
        return self.to == tuple(range(len(self.to)))

    @property
    def words(self) -> tuple[str, ...]:
        """What has happened, in words."""
        found = []
        if self.new:
            found.append(f"{_count(self.new)} came into it ({listed(self.new)})")
        if self.gone:
            found.append(f"{_count(self.gone)} {_is(len(self.gone))} gone ({listed(self.gone)})")
        if self.renamed:
            found.append(
                f"{self.renamed:,} picture{'s' * (self.renamed > 1)} {_has(self.renamed)} another name"
            )
        if not found and not self.keeps_numbers:
            found.append("its pictures are in another order")
        return tuple(found)


def follow_names(
    old: Sequence[str], new: Sequence[str], old_sizes: Sequence[int] = (), new_sizes: Sequence[int] = ()
) -> Moves | None:
    """Find every picture again by its name; one that was renamed, by its size in bytes.

    Parameters
    ----------
    old, new : sequence of str
        File names of the pictures in order.
    old_sizes, new_sizes : sequence of int
        Bytes of the files; only used if there are as many as names.

    Returns
    -------
    Moves or None
        None if no picture is found again.
    """
    to = [GONE] * len(old)
    left = dict(enumerate(new))
    lost = dict(enumerate(old))
    _pair(lost, left, to, lambda _, name: name, lambda _, name: name)
    # A folder that was converted (00001.jpg is 00001.png now) keeps its numbers.
    _pair(lost, left, to, lambda _, name: _stem(name), lambda _, name: _stem(name))
    renamed = len(lost)
    if len(old_sizes) == len(old) and len(new_sizes) == len(new):
        _pair(lost, left, to, lambda frame, _: old_sizes[frame], lambda frame, _: new_sizes[frame])
    if len(lost) == len(old):
        return None
    return Moves(tuple(to), len(new), tuple(lost.values()), tuple(left.values()), renamed - len(lost))


IdentityOf = Callable[[int, str], Hashable]


def _pair(
    lost: dict[int, str], left: dict[int, str], to: list[int], tell_old: IdentityOf, tell_new: IdentityOf
) -> None:
    """Pair what is left of both sides where a mark is the only one of its kind on either."""
    old_marks = {frame: tell_old(frame, name) for frame, name in lost.items()}
    new_marks = {frame: tell_new(frame, name) for frame, name in left.items()}
    once = Counter(old_marks.values())
    found = Counter(new_marks.values())
    place = {mark: frame for frame, mark in new_marks.items() if found[mark] == 1}
    for frame, mark in old_marks.items():
        if once[mark] == 1 and mark in place:
            to[frame] = place[mark]
            del lost[frame], left[place[mark]]


def _stem(name: str) -> str:
    return PurePosixPath(name).stem


def _count(names: Sequence[str]) -> str:
    return f"{len(names):,} picture{'s' * (len(names) > 1)}"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def _has(count: int) -> str:
    return "has" if count == 1 else "have"

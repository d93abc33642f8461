"""Where the pictures of a folder have gone: they are followed by their names.

Where all were given other numbers (counted from 1 in place of 0, or anew without the first one), names lead
to other pictures. Then the sizes of their files tell.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from xmem_gui.project.appearance import listed

GONE = -1
_FEWEST = 4
"""Fewer sizes that fit may do so by chance."""
_SURE = 0.9
"""So many of the sizes have to fit, where names tell something else."""


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
    sized = len(old_sizes) == len(old) and len(new_sizes) == len(new)
    by = _renumbered(old, new, old_sizes, new_sizes) if sized else None
    if by is not None:
        step = by
        _pair(lost, left, to, lambda frame, _: frame + step, lambda frame, _: frame)
    renumbered = len(old) - len(lost)
    _pair(lost, left, to, lambda _, name: name, lambda _, name: name)
    # A folder that was converted (00001.jpg is 00001.png now) keeps its numbers.
    _pair(lost, left, to, lambda _, name: _stem(name), lambda _, name: _stem(name))
    renamed = len(lost)
    if sized:
        _pair(lost, left, to, lambda frame, _: old_sizes[frame], lambda frame, _: new_sizes[frame])
    if len(lost) == len(old):
        return None
    renamed += renumbered - len(lost)
    return Moves(tuple(to), len(new), tuple(lost.values()), tuple(left.values()), renamed)


def _renumbered(
    old: Sequence[str], new: Sequence[str], old_sizes: Sequence[int], new_sizes: Sequence[int]
) -> int | None:
    """Return by how many places all pictures have moved, if their names lead to others; else None.

    So it is where most files that kept their names have other sizes, and the sizes of nearly all are found
    again, in their order, a few files later or earlier.
    """
    place = {name: frame for frame, name in enumerate(new)}
    pairs = [(frame, place[name]) for frame, name in enumerate(old) if name in place]
    kept = sum(old_sizes[frame] == new_sizes[to] for frame, to in pairs)
    if len(pairs) < _FEWEST or 2 * kept > len(pairs):
        return None
    before, after = Counter(old_sizes), Counter(new_sizes)
    at = {size: to for to, size in enumerate(new_sizes) if before[size] == after[size] == 1}
    steps = Counter(at[size] - frame for frame, size in enumerate(old_sizes) if size in at)
    if not steps:
        return None
    by = steps.most_common(1)[0][0]
    both = [frame for frame in range(len(old)) if 0 <= frame + by < len(new)]
    fits = sum(old_sizes[frame] == new_sizes[frame + by] for frame in both)
    sure = 2 * len(both) > len(old) and fits >= max(_FEWEST, _SURE * len(both))
    return by if sure else None


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

"""Sequences of a data set one after the other, or side by side in other processes: with the same numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Protocol, TypeVar

_Item = TypeVar("_Item")
_Made = TypeVar("_Made")

SequenceTell = Callable[[int, int], None]
"""Told of (frames, objects or rounds done, how many in all) of the sequence at hand."""


class Spread(Protocol):
    """What gives sequences to other processes."""

    def __call__(
        self, work: Callable[..., Any], items: Mapping[str, Any], told: Callable[[str, int, int], None], /
    ) -> Iterator[tuple[str, Any]]:
        """Yield each item's name and what the work made of it, in the order of the items.

        Parameters
        ----------
        work
            Called with an item and a `SequenceTell`; it can be pickled, as can the items and what it returns.
        items
            The items to work on, by name.
        told
            Called with an item's name and what its work tells.

        Raises
        ------
        XmemGuiError
            If one cannot be done.
        """
        ...


def one_by_one(
    work: Callable[[_Item, SequenceTell], _Made],
    items: Mapping[str, _Item],
    told: Callable[[str, int, int], None],
) -> Iterator[tuple[str, _Made]]:
    """Do the work here, in order; a `Spread`."""
    for name, item in items.items():

        def tell(done: int, total: int, name: str = name) -> None:
            told(name, done, total)

        yield name, work(item, tell)

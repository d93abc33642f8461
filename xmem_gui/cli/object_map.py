"""``--map NAME_OR_ID=OBJECT|new``: where imported objects go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

import typer

if TYPE_CHECKING:
    from xmem_gui.formats import ImportPlan


class Named(Protocol):
    """An object, imported or of the project."""

    @property
    def id(self) -> int:
        """Its number."""
        ...

    @property
    def name(self) -> str:
        """What it is called."""
        ...


def read_map(texts: Iterable[str], plan: ImportPlan, objects: Sequence[Named]) -> dict[int, int | None]:
    """Return the object of the project, or None for a new one, of each imported object that is named.

    Parameters
    ----------
    texts
        As given on the command line.
    plan
        Whose objects are on the left.
    objects
        Those of the project, on the right.

    Raises
    ------
    typer.BadParameter
        If one is not of this form, or a name means no object or several.
    """
    found: dict[int, int | None] = {}
    for text in texts:
        left, equals, right = text.rpartition("=")
        if not equals or not left.strip() or not right.strip():
            raise typer.BadParameter(f"'{text}' is not such as rabbit=3 or 2=new", param_hint="--map")
        imported = _one(left.strip(), plan.objects, "the files have", text)
        if imported in found:
            raise typer.BadParameter(f"'{left}' is sent to two objects; say one", param_hint="--map")
        new = right.strip() == "new"
        found[imported] = None if new else _one(right.strip(), objects, "the project has", text)
    return found


def _one(word: str, objects: Sequence[Named], who: str, text: str) -> int:
    """Return the number of the object that a word means: its number, else its name."""
    if word.isascii() and word.isdigit() and len(word) < 19 and any(one.id == int(word) for one in objects):
        return int(word)
    named = [one.id for one in objects if one.name == word]
    if len(named) == 1:
        return named[0]
    if named:
        listed = ", ".join(map(str, named[:8]))
        why = f"{who} {len(named)} objects called '{word}': name one by its number ({listed})"
    else:
        listed = ", ".join(f"{one.id} ({one.name})" for one in objects[:8]) or "none"
        why = f"{who} no object '{word}'; there are {listed}"
    raise typer.BadParameter(f"'{text}': {why}", param_hint="--map")

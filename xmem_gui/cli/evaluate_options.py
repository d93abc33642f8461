"""Options and answers that several commands of ``xmem-gui evaluate`` share."""

from collections.abc import Callable, Mapping
from json import dumps
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer
from typer.core import TyperCommand

from xmem_gui.cli.console import ShowProgress, print_json, say, shown

if TYPE_CHECKING:
    from xmem_gui.evaluation import VosStep

Sequences = Annotated[
    # Typer evaluates it, and Python 3.10's typing wants it so in every place.
    Optional[list[str]],  # noqa: UP045
    typer.Option("--sequence", help="Only this sequence. Repeatable."),
]
DavisLayout = Annotated[
    Path, typer.Argument(help="A folder in the DAVIS layout: JPEGImages/ and Annotations/.", exists=True)
]
_STDOUT = Path("-")


class JsonToFileOrStdout(TyperCommand):
    """Lets ``--json`` stand alone, as with the other commands, or name a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare ``--json`` the value ``-``."""
        bare = [at for at, word in enumerate(args) if word == "--json"]
        for at in reversed(bare):
            if at + 1 == len(args) or args[at + 1].startswith("-"):
                args = [*args[: at + 1], "-", *args[at + 1 :]]
        return super().parse_args(ctx, args)


def check_json(json: Path | None, key: str) -> None:
    """Refuse a file for ``--json`` that is there and has nothing under a key of these results.

    Raises
    ------
    OutputError
        If it is no such file.
    """
    from xmem_gui.evaluation.scores import check_text

    if json is not None and json != _STDOUT:
        check_text(json, key)


def put_json(json: Path | None, facts: Mapping[str, Any], what: str) -> None:
    """Write results where ``--json`` says: to a file, or to stdout.

    Parameters
    ----------
    json
        The file; ``-`` for stdout, None for nowhere.
    facts
        The results as JSON values.
    what
        What they are, such as "Scores".
    """
    from xmem_gui.evaluation.scores import replace_text

    if json == _STDOUT:
        print_json(facts)
    elif json is not None:
        replace_text(json, dumps(facts, indent=2) + "\n")
        say(f"{what} are in {shown(json)}")


def steps_in(show: ShowProgress) -> "Callable[[VosStep], None]":
    """Return what shows the steps of an evaluation in a progress bar."""

    def step(at: "VosStep") -> None:
        show(at.frames, at.total, title=f"{at.sequence} ({at.index + 1}/{at.count}): {at.stage}")

    return step

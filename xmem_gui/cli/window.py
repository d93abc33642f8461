"""``xmem-gui``, ``xmem-gui FILE`` and ``xmem-gui open``: the window."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from xmem_gui.errors import MediaError, XmemGuiError

if TYPE_CHECKING:
    from xmem_gui.gui.session import Session


def with_open(arguments: Sequence[str], commands: Collection[str]) -> list[str]:
    """Return arguments with ``open`` put in where there is no command, or a path in its place."""
    for index, argument in enumerate(arguments):
        if not argument.startswith("-"):
            is_path = argument not in commands and (Path(argument).exists() or bool(Path(argument).suffix))
            return [*arguments[:index], *["open"] * is_path, *arguments[index:]]
    return [*arguments, "open"]


def open_window(
    path: Annotated[
        # Typer evaluates it, and Python 3.10's typing does not take "Path | None" in every place.
        Optional[Path],  # noqa: UP045
        typer.Argument(help="A video, a folder of images or a project (.xmem); none: the welcome page."),
    ] = None,
) -> None:
    """Open the window; `xmem-gui` and `xmem-gui FILE` do so too."""
    if path is not None and not path.exists():
        raise MediaError(f"There is no {path}: check its name.")
    show_window(path=path)


def show_window(
    *,
    path: Path | None = None,
    project: Path | None = None,
    sample: bool = False,
    then: Callable[[Session], None] | None = None,
) -> None:
    """Show the window until it is closed, and exit.

    Parameters
    ----------
    path
        What to open; None for the welcome page.
    project
        Where its project is or shall be made; beside it by default.
    sample
        Whether to open the sample instead.
    then
        Called in the window's thread once something is open.

    Raises
    ------
    XmemGuiError
        If no window can be shown here; it says why.
    """
    from xmem_gui.gui.platform_check import why_no_window

    why = why_no_window()
    if why:
        raise XmemGuiError(why)
    from xmem_gui.gui.app import Start, run

    raise typer.Exit(run(Start(path=path, project=project, sample=sample, then=then)))

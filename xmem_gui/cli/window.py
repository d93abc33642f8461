"""``xmem-gui``, ``xmem-gui FILE`` and ``xmem-gui open``: the window."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Annotated, Optional

import typer

from xmem_gui.cli import options
from xmem_gui.collector import Loading
from xmem_gui.errors import MediaError, XmemGuiError, why_no_file
from xmem_gui.gui.shell.start import WindowStart


def with_open(arguments: Sequence[str], commands: Collection[str]) -> list[str]:
    """Return arguments with ``open`` put in where there is no command, or a path in its place."""
    for index, argument in enumerate(arguments):
        if not argument.startswith("-"):
            is_path = argument not in commands and (_is_there(argument) or bool(Path(argument).suffix))
            return [*arguments[:index], *["open"] * is_path, *arguments[index:]]
    return [*arguments, "open"]


def _is_there(path: str) -> bool:
    try:
        return Path(path).exists()
    except (OSError, ValueError):
        return False


def open_window(
    path: Annotated[
        # Typer evaluates it, and Python 3.10's typing does not take "Path | None" in every place.
        Optional[Path],  # noqa: UP045
        typer.Argument(
            help="A video, a folder of images or a project (.xmem). Without one, the welcome page is shown."
        ),
    ] = None,
    project: options.ProjectFile = None,
    look_only: Annotated[
        bool, typer.Option("--look-only", help="Open read-only: change nothing and make no project.")
    ] = False,
) -> None:
    """Open the window; `xmem-gui` and `xmem-gui FILE` do so too."""
    if path is not None and (why := why_no_file(path, folder=True)):
        raise MediaError(why)
    show_window(WindowStart(path, project, look_only=look_only))


def show_window(start: WindowStart) -> None:
    """Show the window until it is closed, and exit.

    Parameters
    ----------
    start
        What the window opens and which settings it begins with.

    Raises
    ------
    XmemGuiError
        If no window can be shown here; it says why.
    """
    from xmem_gui.gui.shell.platform_check import why_no_window

    why = why_no_window()
    if why:
        raise XmemGuiError(why)
    from xmem_gui.gui.state.quick_imports import keep_imports_quick

    keep_imports_quick()
    loading = Loading()
    from xmem_gui.gui.app import run

    raise typer.Exit(run(start, loading))

"""What commands share: messages on stderr, progress, interruption, results as JSON on stdout."""

import json
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import typer
from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from xmem_gui.text import printable

INTERRUPTED = 130
_console = Console(stderr=True, highlight=False, soft_wrap=True, markup=False, emoji=False)


def shared_console() -> Console:
    """Return the console on stderr that everything for people goes to."""
    return _console


def say(message: str) -> None:
    """Print a message for people on stderr, as it stands: names in it are no markup."""
    _print(message)


def warn(sentence: str) -> None:
    """Print what a person should know."""
    _print(sentence, label="warning:", style="yellow")


def fail(sentence: str) -> None:
    """Print why something cannot be done."""
    _print(sentence, label="error:", style="bold red")


def refuse(sentence: str) -> None:
    """Print why something would not be done."""
    _print(sentence, label="refused:", style="yellow")


def put(text: str) -> None:
    """Print a line for people on stdout."""
    typer.echo(_encodable(printable(text)))


class PlainTable(Table):
    """A table whose cells are shown as they stand."""

    def __init__(self, *headings: str) -> None:
        super().__init__()
        for heading in headings:
            self.add_column(Text(heading))

    def add_row(self, *cells: RenderableType | None, **options: Any) -> None:
        """Add a row."""
        super().add_row(*(Text(printable(one)) if isinstance(one, str) else one for one in cells), **options)


def _print(message: str, *, label: str = "", style: str = "") -> None:
    text = Text(f"{label} " if label else "", style=style)
    _console.print(text.append(_encodable(printable(message, keep="\n")), style="not bold default"))


def shown(path: Path) -> str:
    """Return a path as people want to see it: relative to where they are, if it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except (ValueError, OSError):
        return str(path)


def print_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    text = json.dumps(facts, ensure_ascii=False, default=str)
    # Bytes of a name that are no text, and letters that stdout cannot write, are escaped as JSON does.
    typer.echo(text if text == _encodable(text) else json.dumps(facts, default=str))


def _encodable(text: str) -> str:
    """Return a text with what stdout's encoding cannot write escaped."""
    encoding = getattr(sys.stdout, "encoding", None) or "utf-8"
    return text.encode(encoding, "backslashreplace").decode(encoding)


class ShowProgress(Protocol):
    """Moves a progress bar."""

    def __call__(self, done: int, total: int | None, *, title: str = ...) -> None:
        """Show that ``done`` of ``total`` are done, under a new title if there is one."""


class _Speed(ProgressColumn):
    def render(self, task: Task) -> Text:
        return Text("" if task.speed is None else f"{task.speed:.1f} frames/s")


@contextmanager
def progress_bar(title: str) -> Iterator[ShowProgress]:
    """Show a bar with frames per second and time left; yields what moves it."""
    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), _Speed(),
        TimeRemainingColumn(compact=True),
    )  # fmt: skip
    with Progress(*columns, console=_console, transient=True) as bar:
        task = bar.add_task(printable(title), total=None)

        def show(done: int, total: int | None, *, title: str = title) -> None:
            bar.update(task, completed=done, total=total, description=printable(title))

        yield show


@contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Let Ctrl-C and SIGTERM ask for a clean stop; a second one stops at once.

    Yields a function that says whether a stop was asked for.
    """
    asked = False

    def ask(_number: int, _frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: asked
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)

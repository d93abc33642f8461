"""What commands share: messages on stderr, progress, interruption, results as JSON on stdout."""

import json
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import typer
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

INTERRUPTED = 130
_console = Console(stderr=True, highlight=False, soft_wrap=True)


def say(message: str) -> None:
    """Print a message for people on stderr; rich markup is understood."""
    _console.print(message)


def shown(path: Path) -> str:
    """Return a path as people want to see it: relative to where they are, if it is below."""
    try:
        return str(path.resolve().relative_to(Path.cwd()))
    except ValueError:
        return str(path)


def print_json(facts: Mapping[str, Any]) -> None:
    """Print one JSON object on stdout."""
    typer.echo(json.dumps(facts, ensure_ascii=False, default=str))


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
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), _Speed(),
        TimeRemainingColumn(compact=True),
    )  # fmt: skip
    with Progress(*columns, console=_console, transient=True) as bar:
        task = bar.add_task(title, total=None)

        def show(done: int, total: int | None, *, title: str = title) -> None:
            bar.update(task, completed=done, total=total, description=title)

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

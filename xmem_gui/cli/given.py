"""Paths as they are typed: what no file can be is a wrong command line, whichever command it is.

Typer checks that what is to be read exists. Here every path of every command is looked at besides: pipes,
sockets and devices are refused (they would be waited for), and so are names that are too long and characters
that no name may have.
"""

from __future__ import annotations

import errno
import functools
import inspect
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, get_type_hints

import typer

from xmem_gui.errors import in_words, why_no_file

_LONGEST = 255
"""Bytes of a name, on every file system in use."""


def look_at_paths(app: typer.Typer) -> None:
    """Let the paths of every command of an app, and of its groups, be looked at before it runs."""
    for group in app.registered_groups:
        if group.typer_instance is not None:
            look_at_paths(group.typer_instance)
    for command in app.registered_commands:
        if command.callback is not None and not hasattr(command.callback, "looks_at_paths"):
            command.callback = _looking(command.callback)


def path_parameters(function: Callable[..., Any]) -> frozenset[str]:
    """Return the names of a command's parameters that are paths."""
    hints = get_type_hints(inspect.unwrap(function))
    return frozenset(
        name for name, hint in hints.items() if hint is Path or Path in getattr(hint, "__args__", ())
    )


def wrong_with(path: Path) -> str:
    """Return why a path cannot be meant, in a sentence, or nothing; a path where nothing is can be."""
    for name in path.parts:
        if len(os.fsencode(name)) > _LONGEST:
            return in_words(OSError(errno.ENAMETOOLONG, ""), name)
    try:
        path.lstat()
    except FileNotFoundError:
        return ""
    except NotADirectoryError:
        return in_words(NotADirectoryError(errno.ENOTDIR, ""), path)
    except (OSError, ValueError) as error:
        return in_words(error, path)
    return "" if path.is_symlink() and not path.exists() else why_no_file(path, folder=True)


def _looking(command: Callable[..., Any]) -> Callable[..., Any]:
    names = path_parameters(command)

    @functools.wraps(command)
    def looks(*values: Any, **options: Any) -> Any:
        for name, path in _paths(options, names):
            # An option that takes a file or, as "-", stdout.
            if path != Path("-") and (wrong := wrong_with(path)):
                raise typer.BadParameter(wrong, param_hint=f"'{name}'")
        return command(*values, **options)

    looks.looks_at_paths = True  # type: ignore[attr-defined]
    return looks


def _paths(options: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Path]]:
    for name in sorted(names & options.keys()):
        given = options[name]
        for one in given if isinstance(given, (list, tuple)) else (given,):
            if isinstance(one, Path):
                yield name, one

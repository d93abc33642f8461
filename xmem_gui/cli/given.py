"""Paths as they are typed, of every command: what no file can be, and results that would touch what is read.

Typer checks that what is to be read exists. Here pipes, sockets and devices are refused besides (they would
be waited for), names that are too long, characters that no name may have; and results keep away from all else
on the command line. What a command reads beyond that, it checks itself (`outputs`).
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
from xmem_gui.outputs import Inputs

RESULTS = frozenset({"out", "json", "plot", "submission"})
"""The parameters, of whichever command, that say where results go. Every other path is read."""
TREES = frozenset({"dataset", "data", "root"})
"""Those that are read with all below them."""
NAMED = frozenset({"model", "mask", "decoded"})
"""Those in whose text a path may be, by itself or after a ``=``."""
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
        given = list(_paths(options, names))
        for name, path in given:
            if wrong := wrong_with(path):
                raise typer.BadParameter(wrong, param_hint=f"'{name}'")
        reads = [(name, path) for name, path in given if name not in RESULTS]
        inputs = Inputs(
            [*(path for name, path in reads if name not in TREES), *_paths_in_texts(options)],
            trees=[path for name, path in reads if name in TREES],
        )
        inputs.check(*(path for name, path in given if name in RESULTS), into=True)
        return command(*values, **options)

    looks.looks_at_paths = True  # type: ignore[attr-defined]
    return looks


def _paths(options: Mapping[str, Any], names: frozenset[str]) -> Iterator[tuple[str, Path]]:
    for name in sorted(names & options.keys()):
        # An option may take a file or, as "-", stdout.
        yield from (
            (name, one) for one in _values(options[name]) if isinstance(one, Path) and one != Path("-")
        )


def _paths_in_texts(options: Mapping[str, Any]) -> Iterator[Path]:
    for name in sorted(NAMED & options.keys()):
        for text in _values(options[name]):
            if isinstance(text, str):
                yield from (Path(one) for one in (text, text.partition("=")[2]) if one)


def _values(given: object) -> tuple[object, ...]:
    return tuple(given) if isinstance(given, (list, tuple)) else (given,)

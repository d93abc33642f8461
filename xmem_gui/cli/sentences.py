"""However a command ends, a person reads one sentence and a script an exit code.

0: done. 1: it could not be done. 2: the command line is wrong: an unknown option, a value or a path that
cannot be what is asked for. 130: stopped by Ctrl-C; what is finished is kept.
"""

from __future__ import annotations

from collections.abc import Callable

import typer

from xmem_gui.cli.console import INTERRUPTED, fail, say
from xmem_gui.errors import sentence_of

FAILED, USAGE = 1, 2
# Typer brings its own copy of Click, or uses the one that is installed, by its version.
_WrongUsage: type[Exception] = next(
    one
    for one in typer.BadParameter.__mro__
    if one.__name__ == "ClickException" and issubclass(one, Exception)
)


def code_of(command: Callable[[], int | None]) -> int:
    """Run a command and return its exit code; what is raised on the way is said."""
    try:
        return command() or 0
    except typer.Exit as end:
        return int(end.exit_code)
    except (KeyboardInterrupt, typer.Abort):
        return INTERRUPTED
    except _WrongUsage as error:
        return _tell_usage(error)
    except Exception as error:
        if not (sentence := sentence_of(error)):
            raise
        fail(sentence + _what_to_do(error))
    return FAILED


def _what_to_do(error: Exception) -> str:
    """Return what an option can help with, after the sentence of an error."""
    from xmem_gui.project import ProjectPlaceError

    return " --project FILE gives it another place." if isinstance(error, ProjectPlaceError) else ""


def _tell_usage(error: Exception) -> int:
    """Say what is wrong with a command line; Click's error knows which command it was."""
    if type(error).__name__ == "NoArgsIsHelpError":
        error.show()  # type: ignore[attr-defined]
        return USAGE
    fail(error.format_message())  # type: ignore[attr-defined]
    context = getattr(error, "ctx", None)
    if context is not None:
        say(f"`{context.command_path} --help` says how it is used.")
    return int(getattr(error, "exit_code", USAGE))

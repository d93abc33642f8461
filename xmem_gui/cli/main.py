"""The entry point: commands, and errors as one sentence on stderr."""

import logging
import sys
from typing import Annotated

import typer

from xmem_gui import __version__
from xmem_gui.cli import (
    batch,
    evaluate,
    export,
    formats,
    import_masks,
    info,
    models,
    plugins,
    propagate,
    relink,
    sample,
    segment,
    train,
    window,
)
from xmem_gui.cli.console import put
from xmem_gui.cli.given import look_at_paths
from xmem_gui.cli.sentences import code_of
from xmem_gui.cli.window import with_open
from xmem_gui.heap import keep_heap

app = typer.Typer(
    name="xmem-gui",
    help="Annotate video: click an object once and have it tracked through the whole clip. Without a "
    "command, or with only a file, the window opens.",
    epilog="Exit codes: 0 done, 1 it could not be done (a sentence says why), 2 the command line is wrong, "
    "130 stopped by Ctrl-C.",
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
)
app.command("open")(window.open_window)
app.command()(sample.sample)
app.command()(propagate.propagate)
app.command()(batch.batch)
app.command()(segment.segment)
app.command()(info.info)
app.command()(export.export)
app.command()(relink.relink)
app.command("import")(import_masks.import_masks)
app.command()(formats.formats)
app.command()(plugins.plugins)
app.add_typer(evaluate.app, name="evaluate")
app.add_typer(models.app, name="models")
app.add_typer(train.app, name="train")
look_at_paths(app)


def _version(asked: bool) -> None:
    if asked:
        put(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[  # noqa: ARG001 - its callback acts on it
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop."),
    ] = False,
    verbose: Annotated[bool, typer.Option("--verbose", help="Log every step on stderr.")] = False,
) -> None:
    if verbose:
        logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s")


def _commands() -> set[str]:
    names = {one.name or (one.callback.__name__ if one.callback else "") for one in app.registered_commands}
    return names | {group.name or "" for group in app.registered_groups}


def main() -> None:
    """Run the command line; never returns."""
    keep_heap()
    sys.exit(code_of(lambda: app(with_open(sys.argv[1:], _commands()), standalone_mode=False)))

"""``xmem-gui models``: what there is, and how to get it."""

import os
from typing import Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, interruptible, print_json, progress_bar, say, shown

app = typer.Typer(help="List, download and find models.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A name from `xmem-gui models list`.")]


@app.command("list")
def list_models(json: options.Json = False) -> None:
    """List the models and whether they are installed."""
    from xmem_gui.errors import XmemGuiError
    from xmem_gui.interaction.segmenter_plugins import SEGMENTER_PLUGINS
    from xmem_gui.model import MODELS, find_model

    rows = []
    for spec in MODELS.values():
        try:
            path = str(find_model(spec.name))
        except XmemGuiError:
            path = ""
        rows.append(
            {
                "name": spec.name,
                "title": spec.title,
                "licence": spec.licence,
                "path": path,
                "needs": spec.lack,
            }
        )
    for one in SEGMENTER_PLUGINS.facts():
        path = "" if one.trouble else one.package
        title = f"Clicks: from {one.package}"
        rows.append({"name": one.name, "title": title, "licence": "", "path": path, "needs": ""})
    if json:
        print_json({"models": rows})
        return
    table = PlainTable("name", "what", "licence", "installed")
    for row in rows:
        table.add_row(row["name"], row["title"], row["licence"], "yes" if row["path"] else "-")
    Console().print(table)
    lacks = {row["needs"]: [one["name"] for one in rows if one["needs"] == row["needs"]] for row in rows}
    for needs, names in lacks.items():
        if needs:
            say(f"{', '.join(names)}: {needs}")


@app.command()
def download(name: Name) -> None:
    """Download a model; a broken download goes on where it stopped."""
    from xmem_gui.errors import CheckpointError
    from xmem_gui.model import MODELS
    from xmem_gui.model import download as fetch

    if name not in MODELS:
        raise CheckpointError(f"There is no model '{name}'; there are {', '.join(MODELS)}.")
    with interruptible() as cancelled, progress_bar(name) as show:
        path = fetch(MODELS[name], progress=show, cancelled=cancelled)
    say(f"{name} is in {shown(path)}")
    if lack := MODELS[name].lack:
        say(lack)


@app.command()
def path(name: Name) -> None:
    """Print where a model's file is."""
    from xmem_gui.model import find_model

    # As it is, to the byte, for scripts.
    typer.echo(os.fsencode(find_model(name)))

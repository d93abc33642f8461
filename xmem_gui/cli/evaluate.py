"""``xmem-gui evaluate``: measure quality on data sets with known masks; a module for each command."""

import typer

from xmem_gui.cli.evaluate_clicks import clicks
from xmem_gui.cli.evaluate_compression import compression
from xmem_gui.cli.evaluate_interactive import interactive
from xmem_gui.cli.evaluate_made import made
from xmem_gui.cli.evaluate_options import JsonToFileOrStdout
from xmem_gui.cli.evaluate_paper import paper
from xmem_gui.cli.evaluate_vos import vos

app = typer.Typer(help="Measure quality on data sets with known masks.", no_args_is_help=True)
app.command()(vos)
app.command()(paper)
app.command()(compression)
app.command()(made)
app.command(cls=JsonToFileOrStdout)(interactive)
app.command(cls=JsonToFileOrStdout)(clicks)

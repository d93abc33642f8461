"""``xmem-gui evaluate paper``: XMem's published table, ours beside it."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, print_json, progress_bar, say, shown
from xmem_gui.cli.evaluate_options import steps_in
from xmem_gui.cli.evaluate_vos import all_that_matters

if TYPE_CHECKING:
    from xmem_gui.evaluation.paper import PaperResults


class Trainings(str, Enum):
    """What weights have seen: a column of the table."""

    davis_only = "davis-only"
    no_static = "no-static"
    standard = "standard"
    bl30k = "bl30k"


class Ways(str, Enum):
    """How frames are looked at: a kind of row."""

    plain = "plain"
    averaged = "averaged"
    large = "600p"


_TRAINED = {"xmem-s012": Trainings.bl30k, "xmem-s2": Trainings.no_static}


def paper(
    root: Annotated[
        Path,
        typer.Argument(
            help="A folder with DAVIS/2016, DAVIS/2017/trainval, DAVIS/2017/test-dev, YouTube2018, YouTube "
            "and MOSE, or some of them; or one data set.",
            exists=True,
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for predictions, scores and submissions.")] = Path(
        "evaluation/paper"
    ),
    protocol: Annotated[
        str | None, typer.Option(help="The protocol, if ROOT is one data set: davis-2016, davis-2017, ...")
    ] = None,
    way: Annotated[
        list[Ways] | None,
        typer.Option(help="Only this row: plain, averaged (multi-scale and flip) or 600p. Repeatable."),
    ] = None,
    model: options.Model = options.DEFAULTS.model,
    training: Annotated[
        Trainings | None,
        typer.Option(help="The table's column that the weights belong to. Known for XMem's own weights."),
    ] = None,
    device: options.Device = options.DEFAULTS.device,
    precision: options.PrecisionOption = options.Precisions.auto,
    json: options.Json = False,
) -> None:
    """Compute each row of XMem's published table for which there is data, and show both figures."""
    from json import dumps

    from xmem_gui.evaluation.paper import evaluate_paper
    from xmem_gui.evaluation.plots import check_plot, plot_paper
    from xmem_gui.evaluation.scores import check_text, replace_text

    check_text(out / "paper.json", "rows")
    check_plot(out / "paper.png")
    # The paper's figures are of whole frames.
    settings = options.settings_of(model=model, device=device, size=480, precision=precision, windows=False)
    column = training or _TRAINED.get(model, Trainings.standard)
    with progress_bar("") as show:
        results = evaluate_paper(
            root, settings, out=out, training=column.value, protocol=protocol,
            ways=tuple(one.value for one in way or Ways), matters=all_that_matters(settings),
            progress=steps_in(show),
        )  # fmt: skip
    Console(stderr=True).print(_table(results))
    for one in results.rows:
        if one.submission is not None:
            say(f"{shown(one.submission)}: the true masks are not public; send it to the server.")
    for missing in results.missing:
        say(f"{missing.title} is not there: {missing.source}")
    replace_text(out / "paper.json", dumps(results.as_dict(), indent=2) + "\n")
    if any(one.scores.scored for one in results.rows):
        plot_paper(out / "paper.png", results)
    say(f"The table is in {shown(out / 'paper.json')}")
    if json:
        print_json(results.as_dict())


def _table(results: "PaperResults") -> PlainTable:
    table = PlainTable("data set", "training", "frames", "J", "F", "ours", "published", "frames/s")
    for one in results.rows:
        cells = ["" if value != value else f"{value:.1f}" for value in (one.scores.j, one.scores.f, one.ours)]
        table.add_row(
            one.row.protocol, one.row.training, one.row.way, *cells, f"{one.row.published:.1f}",
            f"{one.speed.frames_per_second:.1f} ({one.speed.precision})",
        )  # fmt: skip
    return table

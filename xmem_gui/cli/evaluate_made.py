"""``xmem-gui evaluate made``: clips that are drawn to be hard."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, print_json, progress_bar, say, shown
from xmem_gui.cli.evaluate_options import steps_in
from xmem_gui.cli.evaluate_vos import all_that_matters

if TYPE_CHECKING:
    from xmem_gui.evaluation.made import MadeScores


def made(
    out: Annotated[Path, typer.Argument(help="Folder for clips, predictions and scores.")],
    difficulty: Annotated[
        list[str] | None,
        typer.Option(
            help="Draw only this difficulty: occlusion, fast, twins, scale or tiny. Repeatable.",
            metavar="NAME",
        ),
    ] = None,
    clips: Annotated[int, typer.Option(help="Number of clips of each difficulty.", min=1)] = 3,
    seed: Annotated[
        int, typer.Option(help="Seed of the random numbers: the same seed gives the same clips.", min=0)
    ] = 1,
    data: Annotated[
        Path | None,
        typer.Option(
            help="Use photos (backgrounds/*.jpg) and objects (cutouts/*.webp) from this folder.", exists=True
        ),
    ] = None,
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    json: options.Json = False,
) -> None:
    """Draw clips that are hard in one way each, follow their objects, and score each difficulty."""
    from xmem_gui.annotator import make_engine
    from xmem_gui.evaluation import EngineSegment
    from xmem_gui.evaluation.made import evaluate_made, make_clips
    from xmem_gui.evaluation.made_art import DrawnArt, FolderArt
    from xmem_gui.evaluation.made_scenes import DIFFICULTIES

    unknown = set(difficulty or ()) - set(DIFFICULTIES)
    if unknown:
        raise typer.BadParameter(
            f"'{min(unknown)}' is none of {', '.join(DIFFICULTIES)}", param_hint="--difficulty"
        )
    settings = options.settings_of(model=model, device=device, size=size)
    with progress_bar("") as show:
        names = make_clips(
            out / "clips", seed=seed, clips=clips, difficulties=difficulty or tuple(DIFFICULTIES),
            art=FolderArt(data) if data else DrawnArt(),
            progress=lambda name, done, total: show(done, total, title=f"{name}: draw"),
        )  # fmt: skip
        scores = evaluate_made(
            out / "clips", names, EngineSegment(make_engine(settings)), out=out / "predictions",
            settings=all_that_matters(settings), progress=steps_in(show),
        )  # fmt: skip
    Console(stderr=True).print(_table(scores))
    say(f"Clips, predictions and scores are in {shown(out)}")
    if json:
        print_json(scores.as_dict())


def _table(scores: "MadeScores") -> PlainTable:
    table = PlainTable("difficulty", "clips", "J", "F", "J&F", "J after return")
    for name, row in scores.difficulties.items():
        after = scores.after_return(name)
        table.add_row(
            name, str(len(row.sequences)), f"{row.j:.1f}", f"{row.f:.1f}", f"{row.j_and_f:.1f}",
            "" if after is None else f"{after:.1f}",
        )  # fmt: skip
    return table

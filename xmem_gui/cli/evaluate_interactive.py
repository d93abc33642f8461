"""``xmem-gui evaluate interactive``: how many corrections a clip takes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, progress_bar, say, shown
from xmem_gui.cli.evaluate_options import DavisLayout, Sequences, check_json, put_json
from xmem_gui.cli.on_cluster import CpusPerJob, GpusPerJob, Ray, elsewhere, spread_of

if TYPE_CHECKING:
    from xmem_gui.evaluation.interactive import InteractiveScores


def interactive(
    dataset: DavisLayout,
    corrections: Annotated[
        int, typer.Option(help="Number of frames to correct in each sequence.", min=0)
    ] = 10,
    policy: Annotated[
        list[str] | None,
        typer.Option(
            help="How the next frame is chosen: suggested, oracle, random or even. Repeatable.",
            metavar="NAME",
        ),
    ] = None,
    without_permanent: Annotated[
        bool,
        typer.Option(
            "--without-permanent", help="Repeat the suggested corrections without permanent memory."
        ),
    ] = False,
    sequence: Sequences = None,
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    json: Annotated[
        Path | None,
        typer.Option(help="Write the curves to this file instead of stdout.", metavar="[FILE]"),
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the curves into this picture.", metavar="PNG")
    ] = None,
    ray: Ray = None,
    gpus_per_job: GpusPerJob = None,
    cpus_per_job: CpusPerJob = 1.0,
) -> None:
    """Simulate an annotator: correct one frame, propagate, again; J&F after 0, 1, ... corrections."""
    from xmem_gui.evaluation.interactive import InteractiveStep, chosen_policies, evaluate_interactive
    from xmem_gui.evaluation.plots import check_plot, plot_lines
    from xmem_gui.evaluation.spreading import one_by_one

    check_json(json, "curve")
    if plot is not None:
        check_plot(plot)
    settings = options.settings_of(model=model, device=device, size=size)
    try:
        policies = chosen_policies(policy)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--policy") from None
    if without_permanent and "suggested" not in policies:
        raise typer.BadParameter("needs the policy 'suggested'", param_hint="--without-permanent")
    with (
        spread_of(ray, device=device, gpus=gpus_per_job, cpus=cpus_per_job) as spread,
        progress_bar("") as show,
    ):

        def step(at: InteractiveStep) -> None:
            show(at.corrections, corrections, title=f"{at.sequence}: {at.policy}")

        scores = evaluate_interactive(
            dataset.absolute(), elsewhere(settings) if ray else settings, corrections=corrections,
            policies=policies, without_permanent=without_permanent, sequences=sequence, progress=step,
            spread=spread or one_by_one,
        )  # fmt: skip
    Console(stderr=True).print(_table(scores))
    put_json(json, scores.as_dict(), "Curves")
    if plot is not None:
        lines = {
            name.replace("_", " "): (range(len(values)), values) for name, values in scores.curve.items()
        }
        plot_lines(plot, lines, x="corrections", y="J&F")
        say(f"The plot is {shown(plot)}")


def _table(scores: "InteractiveScores") -> PlainTable:
    table = PlainTable("corrections", *scores.curve)
    for at, row in enumerate(zip(*scores.curve.values(), strict=True)):
        table.add_row(str(at), *(f"{value:.1f}" for value in row))
    table.add_section()
    table.add_row("to reach 90", *(scores.needed(name) for name in scores.curve))
    return table

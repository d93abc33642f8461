"""``xmem-gui evaluate``: measure quality on datasets with known masks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from typer.core import TyperCommand

from xmem_gui.cli import options
from xmem_gui.cli.batch import CpusPerJob, GpusPerJob, Ray, elsewhere, spread_of
from xmem_gui.cli.console import PlainTable, print_json, progress_bar, say, shown
from xmem_gui.cli.evaluate_compression import compression
from xmem_gui.cli.evaluate_paper import paper
from xmem_gui.cli.evaluate_vos import all_that_matters, vos

if TYPE_CHECKING:
    from xmem_gui.evaluation import ClickScores

app = typer.Typer(help="Measure quality on data sets with known masks.", no_args_is_help=True)


app.command()(vos)
app.command()(paper)
app.command()(compression)


@app.command()
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
    from xmem_gui.evaluation import EngineSegment, VosStep
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

        def step(at: VosStep) -> None:
            show(at.frames, at.total, title=f"{at.sequence} ({at.index + 1}/{at.count}): {at.stage}")

        names = make_clips(
            out / "clips", seed=seed, clips=clips, difficulties=difficulty or tuple(DIFFICULTIES),
            art=FolderArt(data) if data else DrawnArt(),
            progress=lambda name, done, total: show(done, total, title=f"{name}: draw"),
        )  # fmt: skip
        scores = evaluate_made(
            out / "clips", names, EngineSegment(make_engine(settings)), out=out / "predictions",
            settings=all_that_matters(settings), progress=step,
        )  # fmt: skip
    table = PlainTable("difficulty", "clips", "J", "F", "J&F", "J after return")
    for name, row in scores.difficulties.items():
        after = scores.after_return(name)
        table.add_row(
            name, str(len(row.sequences)), f"{row.j:.1f}", f"{row.f:.1f}", f"{row.j_and_f:.1f}",
            "" if after is None else f"{after:.1f}",
        )  # fmt: skip
    Console(stderr=True).print(table)
    say(f"Clips, predictions and scores are in {shown(out)}")
    if json:
        print_json(scores.as_dict())


class _JsonToFileOrStdout(TyperCommand):
    """Lets ``--json`` stand alone, as with the other commands, or name a file."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a bare ``--json`` the value ``-``."""
        bare = [at for at, word in enumerate(args) if word == "--json"]
        for at in reversed(bare):
            if at + 1 == len(args) or args[at + 1].startswith("-"):
                args = [*args[: at + 1], "-", *args[at + 1 :]]
        return super().parse_args(ctx, args)


@app.command(cls=_JsonToFileOrStdout)
def interactive(
    dataset: Annotated[
        Path, typer.Argument(help="A folder in the DAVIS layout: JPEGImages/ and Annotations/.", exists=True)
    ],
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
    sequence: Annotated[list[str] | None, typer.Option(help="Only this sequence. Repeatable.")] = None,
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
    from json import dumps

    from xmem_gui.evaluation.interactive import InteractiveStep, chosen_policies, evaluate_interactive
    from xmem_gui.evaluation.plots import check_plot, plot_lines
    from xmem_gui.evaluation.scores import check_text, replace_text
    from xmem_gui.evaluation.spreading import one_by_one

    if json is not None and json != Path("-"):
        check_text(json, "curve")
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
    table = PlainTable("corrections", *scores.curve)
    for at, row in enumerate(zip(*scores.curve.values(), strict=True)):
        table.add_row(str(at), *(f"{value:.1f}" for value in row))
    table.add_section()
    table.add_row("to reach 90", *(scores.needed(name) for name in scores.curve))
    Console(stderr=True).print(table)
    if json == Path("-"):
        print_json(scores.as_dict())
    elif json is not None:
        replace_text(json, dumps(scores.as_dict(), indent=2) + "\n")
        say(f"Curves are in {shown(json)}")
    if plot is not None:
        lines = {
            name.replace("_", " "): (range(len(values)), values) for name, values in scores.curve.items()
        }
        plot_lines(plot, lines, x="corrections", y="J&F")
        say(f"The plot is {shown(plot)}")


@app.command(cls=_JsonToFileOrStdout)
def clicks(
    dataset: Annotated[
        Path, typer.Argument(help="A folder in the DAVIS layout: JPEGImages/ and Annotations/.", exists=True)
    ],
    every: Annotated[int, typer.Option(help="Use every n-th frame.", min=1)] = 10,
    scribbles: Annotated[bool, typer.Option("--scribbles", help="Draw strokes instead of clicks.")] = False,
    sequence: Annotated[list[str] | None, typer.Option(help="Only this sequence. Repeatable.")] = None,
    model: Annotated[
        str, typer.Option(help="A name from `xmem-gui models list`, or the path of a checkpoint.")
    ] = "compact",
    device: options.Device = options.DEFAULTS.device,
    json: Annotated[
        Path | None,
        typer.Option(help="Write the scores to this file instead of stdout.", metavar="[FILE]"),
    ] = None,
    ray: Ray = None,
    gpus_per_job: GpusPerJob = None,
    cpus_per_job: CpusPerJob = 1.0,
) -> None:
    """Count the simulated clicks to IoU 85 and 90; each is at the centre of the largest error, at most 20.

    "worse" is the share of clicks after the first that lower the IoU by more than a point. Then come three
    clicks that ask for nothing, "-" near mask and object but outside them, "+" inside both: "kept after" is
    the IoU with the mask as it was, "harmed by" the share of masks below 0.98.
    """
    from json import dumps

    from xmem_gui.device import choose_device
    from xmem_gui.evaluation import evaluate_clicks, replace_text
    from xmem_gui.evaluation.elsewhere import SegmenterElsewhere
    from xmem_gui.evaluation.scores import check_text
    from xmem_gui.evaluation.spreading import one_by_one
    from xmem_gui.interaction.segmenters import make_segmenter

    if json is not None and json != Path("-"):
        check_text(json, "noc85")
    segmenter = (
        SegmenterElsewhere(model, device) if ray is not None else make_segmenter(model, choose_device(device))
    )
    with (
        spread_of(ray, device=device, gpus=gpus_per_job, cpus=cpus_per_job) as spread,
        progress_bar("") as show,
    ):
        scores = evaluate_clicks(
            dataset.absolute(), segmenter, every=every, scribbles=scribbles, sequences=sequence,
            progress=lambda name, done, total: show(done, total, title=name), spread=spread or one_by_one,
        )  # fmt: skip
    for table in _click_tables(scores):
        Console(stderr=True).print(table)
    if json == Path("-"):
        print_json(scores.as_dict())
    elif json is not None:
        replace_text(json, dumps(scores.as_dict(), indent=2) + "\n")
        say(f"Scores are in {shown(json)}")


def _click_tables(scores: "ClickScores") -> tuple[PlainTable, PlainTable]:
    """Return what clicks gain, and what they spoil, by sequence."""
    from xmem_gui.evaluation import SIGNS

    gained = PlainTable(
        "sequence", "objects", "to 85", "to 90", "IoU after 1", "3", "5", "never 85", "never 90"
    )
    spoilt = PlainTable(
        "sequence", "worse", *(f"{name} {sign}" for sign in "-+" for name in ("kept after", "harmed by"))
    )
    for name in [*scores.runs, None]:
        row = scores if name is None else scores.of(name)
        if name is None:
            gained.add_section()
            spoilt.add_section()
        gained.add_row(
            name or "all",
            str(row.frames),
            *(f"{row.mean_prompts(target):.2f}" for target in (0.85, 0.9)),
            *(f"{row.iou_after(count):.3f}" for count in (1, 3, 5)),
            *(str(row.failures(target)) for target in (0.85, 0.9)),
        )
        spoilt.add_row(
            name or "all",
            _share(row.regressions()),
            *(cell for sign in SIGNS for cell in (_iou(row.kept(sign)), _share(row.harmed(sign)))),
        )
    return gained, spoilt


def _share(value: float | None) -> str:
    return "-" if value is None else f"{100 * value:.1f} %"


def _iou(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"

"""``xmem-gui evaluate clicks``: how many clicks a mask takes."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, progress_bar
from xmem_gui.cli.evaluate_options import DavisLayout, Sequences, check_json, put_json
from xmem_gui.cli.on_cluster import CpusPerJob, GpusPerJob, Ray, spread_of

if TYPE_CHECKING:
    from xmem_gui.evaluation import ClickScores


def clicks(
    dataset: DavisLayout,
    every: Annotated[int, typer.Option(help="Use every n-th frame.", min=1)] = 10,
    scribbles: Annotated[bool, typer.Option("--scribbles", help="Draw strokes instead of clicks.")] = False,
    sequence: Sequences = None,
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
    from xmem_gui.device import choose_device
    from xmem_gui.evaluation import evaluate_clicks
    from xmem_gui.evaluation.elsewhere import SegmenterElsewhere
    from xmem_gui.evaluation.spreading import one_by_one
    from xmem_gui.interaction.segmenters import make_segmenter

    check_json(json, "noc85")
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
    put_json(json, scores.as_dict(), "Scores")


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

"""``xmem-gui evaluate compression``: how far tracking survives encoders."""

from enum import Enum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import PlainTable, print_json, progress_bar, say, shown
from xmem_gui.cli.evaluate_options import Sequences
from xmem_gui.cli.evaluate_vos import Dataset, all_that_matters
from xmem_gui.cli.on_cluster import CpusPerJob, GpusPerJob, Ray, elsewhere, spread_of

if TYPE_CHECKING:
    from xmem_gui.evaluation.rate_curves import CompressionScores


class Firsts(str, Enum):
    """What the first frame is."""

    compressed = "compressed"
    clean = "clean"


def compression(
    dataset: Dataset,
    out: Annotated[Path, typer.Option(help="Folder for masks and curves.")] = Path("evaluation/compression"),
    codec: Annotated[
        list[str] | None,
        typer.Option(
            help="An encoder and its qualities (constant rate factors), such as x264 or x265=22,32,42; "
            "repeatable. By default x264, x265 and svt-av1.",
            metavar="NAME[=Q,Q,..]",
        ),
    ] = None,
    decoded: Annotated[
        list[str] | None,
        typer.Option(
            help="Score frames that another codec gave: DIR/SEQUENCE/*.png or .jpg, and DIR/bytes.json "
            "with the bytes of each sequence if known; repeatable.",
            metavar="NAME=DIR",
        ),
    ] = None,
    first: Annotated[
        Firsts, typer.Option(help="Whether objects are given on a decoded frame or on the original.")
    ] = Firsts.compressed,
    rate: Annotated[str, typer.Option(help="Frames per second, such as 24 or 30000/1001.")] = "24",
    protocol: Annotated[
        str | None, typer.Option(help="The data set's protocol. Detected from the folder if not given.")
    ] = None,
    sequence: Sequences = None,
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    plot: Annotated[
        Path | None, typer.Option(help="Draw J&F against bits per pixel into this picture.", metavar="PNG")
    ] = None,
    ray: Ray = None,
    gpus_per_job: GpusPerJob = None,
    cpus_per_job: CpusPerJob = 1.0,
    json: options.Json = False,
) -> None:
    """Encode sequences at several qualities, follow objects in the decoded frames: J&F against bits."""
    from xmem_gui.annotator import make_engine
    from xmem_gui.evaluation.compression import evaluate_compression
    from xmem_gui.evaluation.elsewhere import ViewElsewhere
    from xmem_gui.evaluation.plots import check_plot, plot_compression
    from xmem_gui.evaluation.protocols import find_protocol
    from xmem_gui.evaluation.rate_curves import write_compression
    from xmem_gui.evaluation.scores import check_text
    from xmem_gui.evaluation.views import Upright
    from xmem_gui.evaluation.vos import VosStep
    from xmem_gui.project.folder_lock import only_run

    check_text(out / "compression.json", "curves")
    if plot is not None:
        check_plot(plot)
    settings = options.settings_of(model=model, device=device, size=size)
    views = [Upright(make_engine(settings))] if ray is None else [ViewElsewhere(elsewhere(settings))]
    with (
        only_run(out),
        spread_of(ray, device=device, gpus=gpus_per_job, cpus=cpus_per_job) as spread,
        progress_bar("") as show,
    ):

        def step(at: VosStep) -> None:
            show(at.frames, at.total, title=f"{at.sequence}: {at.stage}")

        scores = evaluate_compression(
            dataset.absolute(), views, protocol=find_protocol(dataset, protocol), out=out,
            encoders=_encoders(codec), decoded=_folders(decoded), sequences=sequence, rate=_rate(rate),
            first=first.value, settings=all_that_matters(settings), progress=step,
            spread=spread,
        )  # fmt: skip
    _say_scores(scores)
    write_compression(out / "compression.json", scores)
    say(f"The curves are in {shown(out / 'compression.json')}")
    if plot is not None:
        plot_compression(plot, scores)
        say(f"The plot is {shown(plot)}")
    if json:
        print_json(scores.as_dict())


def _say_scores(scores: "CompressionScores") -> None:
    Console(stderr=True).print(_table(scores))
    say(f"J&F on the original frames: {scores.original:.1f}; reference: {scores.reference}.")
    for name, percent in scores.bd_rates().items():
        said = "not enough common qualities" if percent is None else f"{percent:+.1f} % bits for the same J&F"
        say(f"{name} against x264: {said}")


def _encoders(texts: list[str] | None) -> dict[str, tuple[int, ...]]:
    from xmem_gui.evaluation.codecs import ENCODERS

    found: dict[str, tuple[int, ...]] = {}
    for text in texts if texts is not None else ENCODERS:
        name, equals, listed = text.partition("=")
        numbers = [part.strip() for part in listed.split(",")] if equals else []
        if name not in ENCODERS or not all(part.isdecimal() for part in numbers):
            raise typer.BadParameter(
                f"'{text}' is not one of {', '.join(ENCODERS)}, or lists no whole numbers",
                param_hint="--codec",
            )
        found[name] = tuple(int(part) for part in numbers) or ENCODERS[name].qualities
    return found


def _folders(texts: list[str] | None) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for text in texts or ():
        name, equals, folder = text.partition("=")
        if not equals or not name or not Path(folder).is_dir():
            raise typer.BadParameter(f"'{text}' is not NAME=DIR with a folder", param_hint="--decoded")
        found[name] = Path(folder)
    return found


def _rate(text: str) -> Fraction:
    try:
        rate = Fraction(text)
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 0 < rate <= 1000:
        raise typer.BadParameter(f"'{text}' is not a number of frames a second", param_hint="--rate")
    return rate


def _table(scores: "CompressionScores") -> PlainTable:
    table = PlainTable("codec", "quality", "bits/pixel", "kbit/s", "J", "F", "J&F")
    for codec, points in scores.curves.items():
        for point in points:
            known = point.bits_per_pixel == point.bits_per_pixel
            table.add_row(
                codec, "" if point.quality is None else str(point.quality),
                *((f"{point.bits_per_pixel:.4f}", f"{point.kbit_per_second:,.0f}") if known else ("", "")),
                *(f"{value:.1f}" for value in (point.j, point.f, point.j_and_f)),
            )  # fmt: skip
    return table

"""``xmem-gui evaluate vos``: a data set by its protocol."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.console import Console

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, PlainTable, interruptible, print_json, progress_bar, say, shown
from xmem_gui.cli.evaluate_options import Sequences, steps_in
from xmem_gui.cli.heard import heard
from xmem_gui.cli.on_cluster import CpusPerJob, GpusPerJob, Ray, elsewhere, spread_of

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.evaluation import VosScores

Dataset = Annotated[
    Path,
    typer.Argument(
        help="A data set as it is handed out, any folder with JPEGImages/ and Annotations/, or a project.",
        exists=True,
    ),
]
ProtocolName = Annotated[
    # Typer evaluates it, and Python 3.10's typing wants it so in every place.
    Optional[str],  # noqa: UP045
    typer.Option(
        help="davis-2016, davis-2017, davis-2017-test-dev, youtube-vos-2018, youtube-vos-2019, mose, "
        "lvos, long-time, sa-v, burst or layout; found from the folder if not given."
    ),
]
Submission = Annotated[
    Optional[Path],  # noqa: UP045 - as above
    typer.Option(help="Write the masks as the data set's server wants them.", metavar="ZIP"),
]
OnlyNetwork = Annotated[
    bool,
    typer.Option(
        "--benchmark", help="Time only the network and the memory, as the paper does, and report peak memory."
    ),
]
ResumeOrAgain = Annotated[
    bool, typer.Option("--resume/--again", help="Keep finished sequences and go on with the rest.")
]
Flip = Annotated[bool, typer.Option("--flip", help="Average the result with that of the mirrored clip.")]
Scales = Annotated[
    str,
    typer.Option(
        help="Average over these shorter sides, such as 480,600,720; smaller clips are enlarged.",
        metavar="A,B,..",
    ),
]


def all_that_matters(settings: "EngineSettings") -> dict[str, object]:
    """Return the settings with what tells one file of weights from another."""
    from xmem_gui.model import find_model

    file = find_model(settings.model)
    return asdict(settings) | {"file": [file.name, file.stat().st_size, file.stat().st_mtime_ns]}


def scales_of(text: str) -> tuple[int, ...]:
    """Return the shorter sides that ``--scales`` names.

    Raises
    ------
    typer.BadParameter
        If one is no whole number above 0.
    """
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isdecimal() and int(part) > 0 for part in parts):
        raise typer.BadParameter(f"'{text}' does not list sizes such as 480,600,720", param_hint="--scales")
    return tuple(dict.fromkeys(int(part) for part in parts))


def vos(
    dataset: Dataset,
    out: Annotated[Path, typer.Option(help="Folder for predictions and scores.")] = Path("evaluation"),
    protocol: ProtocolName = None,
    submission: Submission = None,
    sequence: Sequences = None,
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    flip: Flip = False,
    scales: Scales = "",
    precision: options.PrecisionOption = options.Precisions.auto,
    benchmark: OnlyNetwork = False,
    memory_every: options.MemoryEvery = None,
    top_k: options.TopK = None,
    max_working: options.MaxWorking = None,
    min_working: options.MinWorking = None,
    max_long_term: options.MaxLongTerm = None,
    prototypes: options.Prototypes = None,
    windows: options.WindowsOption = True,
    resume: ResumeOrAgain = True,
    ray: Ray = None,
    gpus_per_job: GpusPerJob = None,
    cpus_per_job: CpusPerJob = 1.0,
    json: options.Json = False,
) -> None:
    """Segment every sequence from its first masks and score it as the data set's protocol says.

    With a project: track each object from its first committed mask, and compare with its others.
    """
    from xmem_gui.evaluation import evaluate_vos, find_protocol, make_segment, write_submission
    from xmem_gui.evaluation.elsewhere import SegmentElsewhere
    from xmem_gui.evaluation.submission import check_submission

    settings = options.settings_of(
        model=model, device=device, size=size, precision=precision, memory_every=memory_every, top_k=top_k,
        max_working_frames=max_working, min_working_frames=min_working,
        max_long_term_tokens=max_long_term, prototypes=prototypes, windows=windows,
    )  # fmt: skip
    if ray is not None and benchmark:
        raise typer.BadParameter("would time many machines: leave --ray out", param_hint="--benchmark")
    if dataset.is_file():
        _measure_project(dataset, settings, json=json)
        return
    rules, sizes = find_protocol(dataset, protocol), scales_of(scales)
    if submission is not None:
        check_submission(submission)
    segment = None if ray else make_segment(settings, scales=sizes, flip=flip, only_network=benchmark)
    with (
        spread_of(ray, device=device, gpus=gpus_per_job, cpus=cpus_per_job) as spread,
        progress_bar("") as show,
    ):
        scores = evaluate_vos(
            dataset.absolute(), segment or SegmentElsewhere(elsewhere(settings), sizes, flip), out=out,
            resume=resume and not benchmark, protocol=rules, sequences=sequence,
            settings=all_that_matters(settings) | {"scales": sizes, "flip": flip, "protocol": rules.id},
            progress=steps_in(show), spread=spread,
        )  # fmt: skip
    Console(stderr=True).print(table_of(scores))
    say(f"{rules.title}: predictions and scores are in {shown(out)}")
    facts = {"protocol": rules.id, **scores.as_dict()}
    if benchmark and segment is not None:
        speed = segment.benchmark(scores)
        say(speed.describe())
        facts["benchmark"] = asdict(speed)
    if submission is not None:
        files = write_submission(rules, rules.find(dataset, sequence), out, submission)
        say(f"{shown(submission)} has {files} files for {rules.server or 'its evaluation'}")
    elif rules.server and not scores.scored:
        say(f"The true masks are not public: send --submission FILE.zip to {rules.server}.")
    if json:
        print_json(facts)


def _measure_project(project: Path, settings: "EngineSettings", *, json: bool) -> None:
    from xmem_gui.annotator import Annotator
    from xmem_gui.errors import Cancelled
    from xmem_gui.evaluation.own import measure_own

    with heard(Annotator.open(project, create=False)) as annotator:
        try:
            with interruptible() as cancelled, progress_bar(project.name) as show:
                scores = measure_own(annotator, settings, progress=show, cancelled=cancelled)
        except Cancelled:
            say("Stopped.")
            raise typer.Exit(INTERRUPTED) from None
    table = PlainTable("object", "frames", "J", "F", "J&F")
    for name, row in scores.objects.items():
        table.add_row(scores.names[name], str(row.frames), *_cells(row.j, row.f, row.j_and_f))
    table.add_section()
    table.add_row("all", "", *_cells(scores.means.j, scores.means.f, scores.means.j_and_f))
    Console(stderr=True).print(table)
    for lone in scores.left_out:
        say(f"{lone} has fewer than two committed masks, and is left out.")
    if json:
        objects = {
            str(one): {"name": scores.names[one], "frames": row.frames, "j": row.j, "f": row.f}
            for one, row in scores.objects.items()
        }
        print_json({"j_and_f": scores.means.j_and_f, "objects": objects, "left_out": list(scores.left_out)})


def table_of(scores: "VosScores") -> PlainTable:
    """Return scores as a table: a row a sequence, then the means."""
    table = PlainTable("sequence", "objects", "J", "F", "J&F", "frames/s")
    for name, row in scores.sequences.items():
        speed = f"{row.timing.frames_per_second:.1f}" if row.timing else ""
        table.add_row(name, str(len(row.objects)), *_cells(row.j, row.f, row.j_and_f), speed)
    table.add_section()
    for name, group in scores.groups.items():
        table.add_row(name, str(group.objects), *_cells(group.j, group.f, (group.j + group.f) / 2), "")
    table.add_row("all", "", *_cells(scores.j, scores.f, scores.j_and_f), "")
    if scores.groups:
        table.add_row("overall", "", "", "", *_cells(scores.overall), "")
    return table


def _cells(*values: float) -> list[str]:
    return ["" if value != value else f"{value:.1f}" for value in values]

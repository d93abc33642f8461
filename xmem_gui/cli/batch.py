"""``xmem-gui batch``: many videos, on this machine or on a Ray cluster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, interruptible, print_json, say, shared_console, warn
from xmem_gui.cli.on_cluster import CpusPerJob, GpusPerJob, Ray, pool_of
from xmem_gui.text import printable

if TYPE_CHECKING:
    from xmem_gui.cluster.batch_report import BatchReport, JobStatus
    from xmem_gui.cluster.jobs import JobList
    from xmem_gui.cluster.tasks import Pool

_ROWS = 12
"""Jobs that are shown at once, each in a row of its own."""


Jobs = Annotated[
    str,
    typer.Argument(
        help="A folder of videos with masks or projects beside them, or a table (.csv, .jsonl) with the "
        "columns video, masks, project, model, range, export, name, first_number."
    ),
]
Upload = Annotated[
    bool,
    typer.Option(
        "--upload", help="With --ray: send files through the cluster, for machines that share no disk."
    ),
]
FramesPerPiece = Annotated[
    Optional[int],  # noqa: UP045 - typer evaluates it, and Python 3.10's typing wants it so in every place
    typer.Option(
        "--cut",
        metavar="FRAMES",
        help="With --ray: cut videos at committed frames into pieces of at least so many frames, which "
        "are tracked side by side; the masks are the same. 0 keeps each video whole.",
        min=0,
    ),
]


def batch(
    jobs: Jobs,
    out: Annotated[str, typer.Option(help="Folder for the results, one folder a job; a path or an address.")],
    export: Annotated[
        list[str] | None,
        typer.Option(help="Write masks in this format too (`xmem-gui formats` lists them); repeatable."),
    ] = None,
    frames: Annotated[
        str, typer.Option("--range", help="First and last frame, both included.", metavar="A:B")
    ] = ":",
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    first_number: options.FirstNumber = None,
    ray: Ray = None,
    gpus_per_job: GpusPerJob = None,
    cpus_per_job: CpusPerJob = 1.0,
    upload: Upload = False,
    cut: FramesPerPiece = 1000,
    resume: Annotated[
        bool, typer.Option("--resume", help="Do only what is missing or was made from something else.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only list the jobs.")] = False,
    json: Annotated[
        bool,
        typer.Option(
            "--json", help="Print a JSON object a line on stdout for every change, then the report."
        ),
    ] = False,
) -> None:
    """Track many videos both ways from what is given for each; write projects and exports.

    A job that fails does not stop the others; report.json and report.txt say how each ended, and the exit
    code is 1 if one failed. Ctrl-C leaves finished jobs whole; the same command with --resume does the rest.
    """
    from xmem_gui.cluster.batch import BatchOptions, BatchRun
    from xmem_gui.cluster.jobs import Defaults, check_formats, read_jobs

    try:
        check_formats(export or ())
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--export") from None
    if upload and ray is None:
        raise typer.BadParameter(
            "is for --ray: without, everything is on this machine", param_hint="--upload"
        )
    first, last = options.frame_range(frames)
    settings = options.settings_of(model=model, device=device, size=size)
    found = read_jobs(jobs, Defaults(settings, tuple(export or ()), first, last, first_number))
    if dry_run:
        _list(found, json=json)
        return
    tracked = BatchRun(found, out, BatchOptions(resume, (cut or None) if ray is not None else None, upload))
    with pool_of(ray, device=device, gpus=gpus_per_job, cpus=cpus_per_job) as pool:
        say(f"{len(found.jobs)} job{'s' * (len(found.jobs) != 1)} on {pool.title}")
        with interruptible() as cancelled, _progress(tracked.states, pool) as show:

            def changed(state: JobStatus) -> None:
                show(state)
                if json:
                    print_json(state.as_dict())

            report = tracked.run(pool, changed=changed, cancelled=cancelled)
    _tell(report)
    if json:
        print_json(report.as_dict())
    if report.stopped:
        say("Stopped; the same command with --resume does the rest.")
        raise typer.Exit(INTERRUPTED)
    if report.failed:
        raise typer.Exit(1)


def _list(found: JobList, *, json: bool) -> None:
    for job in found.jobs:
        given = job.project or ", ".join(job.masks)
        say(f"{job.name}: {job.video or 'the video of the project'}, tracked from {given}")
    for name, why in (*found.wrong, *found.left_out):
        warn(why if name in why else f"{name}: {why}")
    if json:
        print_json(
            {
                "jobs": [
                    {"job": job.name, "video": job.video, "masks": list(job.masks), "project": job.project}
                    for job in found.jobs
                ],
                "wrong": [{"job": name, "why": why} for name, why in found.wrong],
                "left_out": [{"video": name, "why": why} for name, why in found.left_out],
            }
        )


def _tell(report: BatchReport) -> None:
    for line in report.as_text().splitlines():
        say(line)
    say(f"Results and the report are in {_shown(report.out)}")


def _shown(out: str) -> str:
    from xmem_gui.cli.console import shown

    return out if "://" in out else shown(Path(out))


@contextmanager
def _progress(states: dict[str, JobStatus], pool: Pool) -> Iterator[Callable[[JobStatus], None]]:
    """Show a bar for all jobs and one for each that is on its way; yields what is told of changes."""
    from xmem_gui.cluster.batch_report import ENDED, JobStage

    columns = (
        TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    )  # fmt: skip
    with Progress(*columns, console=shared_console(), transient=True) as bars:
        everything = bars.add_task(f"all jobs on {printable(pool.title)}", total=len(states))
        rows: dict[str, TaskID] = {}

        def show(state: JobStatus) -> None:
            bars.update(everything, completed=sum(one.state in ENDED for one in states.values()))
            if state.state is JobStage.RUNNING:
                if state.name not in rows and len(rows) < _ROWS:
                    rows[state.name] = bars.add_task(printable(state.name), total=None)
                if state.name in rows:
                    bars.update(rows[state.name], completed=state.done, total=state.total)
                return
            if state.name in rows:
                bars.remove_task(rows.pop(state.name))

        yield show

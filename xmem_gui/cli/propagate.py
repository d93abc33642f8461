"""``xmem-gui propagate``: from a video and masks on some frames to masks on all."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, interruptible, print_json, progress_bar, say, shown, warn
from xmem_gui.propagation import Directions

if TYPE_CHECKING:
    from xmem_gui.annotator import PropagateRequest, PropagateSummary


MasksOption = Annotated[
    list[str],
    typer.Option(
        help="Index PNG of the first frame, FRAME=PNG, or a folder with one PNG per frame. Repeatable.",
        metavar="PNG|FRAME=PNG|DIR",
    ),
]


def propagate(
    video: Annotated[Path, typer.Argument(help="A video file or a folder of images.", exists=True)],
    mask: MasksOption,
    out: Annotated[Path, typer.Option(help="Folder for the masks, one PNG per frame.")],
    direction: Annotated[
        Directions,
        typer.Option(
            help="Direction to track. With both, frames between two masks are blended from both sides."
        ),
    ] = "forward",
    frames: Annotated[
        str, typer.Option("--range", help="First and last frame to track, both included.", metavar="A:B")
    ] = ":",
    model: options.Model = options.DEFAULTS.model,
    device: options.Device = options.DEFAULTS.device,
    size: options.SizeOption = options.DEFAULTS.size,
    memory_every: options.MemoryEvery = None,
    top_k: options.TopK = None,
    max_working: options.MaxWorking = None,
    min_working: options.MinWorking = None,
    max_long_term: options.MaxLongTerm = None,
    prototypes: options.Prototypes = None,
    windows: options.WindowsOption = True,
    first_number: options.FirstNumber = None,
    display_range: options.DisplayRangeOption = None,
    repair_masks: Annotated[
        bool,
        typer.Option("--repair-masks", help="Repair unexpected values in masks instead of refusing them."),
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Continue an interrupted run.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace masks that this program wrote to the folder before.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be tracked, and compute and write nothing.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Follow objects through a video.

    Masks are index images: 0 is the background, every other value an object. Ctrl-C keeps what is finished;
    the same command with --resume goes on.
    """
    from xmem_gui.annotator import PropagateRequest, propagate_to_folder

    first, last = options.frame_range(frames)
    request = PropagateRequest(
        video=video, masks=tuple(mask), out=out, direction=direction, first=first, last=last,
        settings=options.settings_of(
            model=model, device=device, size=size, memory_every=memory_every, top_k=top_k,
            max_working_frames=max_working, min_working_frames=min_working,
            max_long_term_tokens=max_long_term, prototypes=prototypes, windows=windows,
        ),
        first_number=first_number, resume=resume, overwrite=overwrite, repair=repair_masks,
        display_range=options.shown_range(display_range),
    )  # fmt: skip
    if dry_run:
        _say_plan(request, json=json)
        return
    with interruptible() as cancelled, progress_bar(video.name) as show:
        summary = propagate_to_folder(request, progress=lambda p: show(p.done, p.total), cancelled=cancelled)
    _tell(summary)
    if json:
        print_json(facts_of(summary) | {"warnings": list(summary.warnings), "cancelled": summary.cancelled})
    if summary.cancelled:
        say("Stopped. Run the same command with --resume to continue.")
        raise typer.Exit(INTERRUPTED)


def _say_plan(request: "PropagateRequest", *, json: bool) -> None:
    """Print what a run would do."""
    from xmem_gui.annotator import plan_to_folder

    plan, warnings = plan_to_folder(request)
    for warning in warnings:
        warn(warning)
    say(plan.describe())
    if json:
        print_json(
            {
                "frames": len(plan.frames),
                "steps": plan.steps,
                "objects": list(plan.objects),
                "key_frames": list(plan.key_frames),
                "stretches": [[one.frames[0], one.frames[-1]] for one in plan.stretches()],
                "plan": plan.describe().splitlines(),
                "warnings": list(warnings),
            }
        )


def facts_of(summary: "PropagateSummary") -> dict[str, object]:
    """Return what a run has done as JSON values."""
    return {
        "frames": summary.frames,
        "seconds": round(summary.seconds, 3),
        "frames_per_second": round(summary.frames_per_second, 3),
        "objects": list(summary.objects),
        "out": str(summary.out),
        "already": summary.already,
    }


def _tell(summary: "PropagateSummary") -> None:
    for warning in summary.warnings:
        warn(warning)
    if summary.already:
        say(f"The run in {shown(summary.out)} is already finished: all its masks are there.")
        return
    say(
        f"{summary.frames} masks of {len(summary.objects)} object{'s' * (len(summary.objects) != 1)} in "
        f"{shown(summary.out)} ({summary.frames_per_second:.1f} frames/s)"
    )

"""``xmem-gui export``: masks to other tools' formats."""

from pathlib import Path
from typing import TYPE_CHECKING

import typer

from xmem_gui.cli import export_options, options
from xmem_gui.cli.console import (
    INTERRUPTED,
    interruptible,
    print_json,
    progress_bar,
    refuse,
    say,
    shown,
    warn,
)
from xmem_gui.cli.heard import heard

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.formats import ExportRequest


def export(
    project: options.OpenedProject,
    format_id: export_options.FormatToWrite,
    out: export_options.ExportPlace,
    preset: export_options.PresetName = None,
    frames: export_options.ExportRange = ":",
    every: export_options.EveryNth = 1,
    status: export_options.StatusOption = export_options.Status.any,
    object_id: export_options.OnlyObjects = None,
    names: export_options.FileNames = None,
    start_number: export_options.StartNumber = None,
    images: export_options.WithImages = False,
    own_colours: export_options.OwnColours = False,
    quality: export_options.QualityOption = None,
    fill: export_options.Fill = 0.45,
    outline: export_options.OutlineWidth = 1,
    labels: export_options.WithLabels = False,
    dim: export_options.Dim = 0.0,
    feather: export_options.Feather = 0.0,
    choke: export_options.Choke = 0.0,
    refine: export_options.Refine = 0.0,
    overwrite: export_options.OverwriteExport = False,
    dry_run: export_options.DryRun = False,
    project_file: options.ProjectFile = None,
    json: options.Json = False,
) -> None:
    """Write masks in a format of other tools, whole or not at all.

    Where the video of a project is gone, masks are written without it; formats that hold its pictures say
    that they need it.
    """
    del preset  # its callback has used it
    from xmem_gui.formats import ExportRequest, FrameSelection, MatteEdge, Naming, OverlayLook

    first, last = options.frame_range(frames)
    request = ExportRequest(
        frames=FrameSelection(
            start=first,
            stop=None if last is None else last + 1,
            step=every,
            status="any" if status is export_options.Status.annotated else status.value,
            annotated_only=status is export_options.Status.annotated,
        ),
        objects=tuple(object_id) if object_id else None,
        naming=Naming(names if start_number is None else names or "%05d", start_number or 0),
        overwrite=overwrite,
        images=images,
        palette="objects" if own_colours else "davis",
        look=OverlayLook(fill=fill, outline=outline, labels=labels, dim=dim),
        quality=export_options.quality_of(quality),
        edge=MatteEdge(feather, choke, refine),
    )
    with heard(_open_to_read(project, project_file)) as annotator:
        plan = annotator.plan_export(format_id, out, request)
        for warning in plan.warnings:
            warn(warning)
        facts = {"frames": len(plan.frames), "files": plan.files, "objects": [o.id for o in plan.objects]}
        if dry_run:
            say(f"{plan.files} files for {len(plan.frames)} frames, such as {', '.join(plan.preview)}")
            for sentence in plan.refusals:
                refuse(sentence)
            written: tuple[Path, ...] = ()
        else:
            written = _write(annotator, format_id, out, request)
            say(f"{len(plan.frames)} frames in {', '.join(shown(path) for path in written)}")
    if json:
        print_json({**facts, "written": [str(path) for path in written]})


def _write(annotator: "Annotator", format_id: str, out: Path, request: "ExportRequest") -> tuple[Path, ...]:
    """Write what is asked for, which Ctrl-C stops; return the files and folders that have appeared."""
    from xmem_gui.errors import Cancelled

    try:
        with interruptible() as cancelled, progress_bar(format_id) as show:
            return annotator.export(format_id, out, request, progress=show, cancelled=cancelled)
    except Cancelled:
        say("Stopped. Nothing was written.")
        raise typer.Exit(INTERRUPTED) from None


def _open_to_read(path: Path, project: Path | None) -> "Annotator":
    """Open a project that exists, without its video if that is not at hand; a warning says so."""
    from xmem_gui.annotator import Annotator, VideoNotFoundError
    from xmem_gui.project import is_at_hand
    from xmem_gui.project.peek import is_project

    try:
        return Annotator.open(path, project=project, create=False)
    except VideoNotFoundError as error:
        if is_at_hand(path) and not is_project(path):
            raise  # this very video was asked for
        warn(f"{error} Masks are taken from the project, without the video.")
        return Annotator.open(error.project, without_video=True)

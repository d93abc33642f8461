"""``xmem-gui export`` and ``xmem-gui import``: masks to and from other tools' formats."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import (
    INTERRUPTED,
    interruptible,
    print_json,
    progress_bar,
    put,
    refuse,
    say,
    shown,
    warn,
)
from xmem_gui.cli.heard import heard
from xmem_gui.cli.presets import use_preset

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.formats import ImportPlan

OpenedProject = Annotated[Path, typer.Argument(help="A project (.xmem), or a video that has one.")]


class Status(str, Enum):
    """Which masks to write."""

    any = "any"
    annotated = "annotated"
    committed = "committed"
    reviewed = "reviewed"


def export(
    project: OpenedProject,
    format_id: Annotated[str, typer.Option("--format", help="A format; `xmem-gui formats` lists them.")],
    out: Annotated[Path, typer.Option(help="Folder to write to, or the file for formats of one file.")],
    preset: Annotated[
        str | None,
        typer.Option(
            help="A preset of the window's export dialog: its format, and its options where none is given.",
            is_eager=True,
            callback=use_preset,
            show_default=False,
        ),
    ] = None,
    frames: Annotated[
        str, typer.Option("--range", help="First and last frame to export, both included.", metavar="A:B")
    ] = ":",
    every: Annotated[int, typer.Option(help="Export only every n-th frame of the range.", min=1)] = 1,
    status: Annotated[
        Status,
        typer.Option(help="Export only frames with masks, only committed masks, or only reviewed ones."),
    ] = Status.any,
    object_id: Annotated[
        list[int] | None, typer.Option("--object", help="Export only this object, by number. Repeatable.")
    ] = None,
    names: Annotated[
        str | None,
        typer.Option(
            help="Pattern for file names, such as %05d. By default, files are named as in the source."
        ),
    ] = None,
    start_number: Annotated[
        int | None,
        typer.Option(
            help="Number of the first frame in such names (default: 0). Without --pattern, it implies %05d."
        ),
    ] = None,
    images: Annotated[bool, typer.Option("--images", help="Also write the frames' pictures.")] = False,
    own_colours: Annotated[
        bool, typer.Option("--own-colours", help="Of palettes: the objects' own colours, not those of DAVIS.")
    ] = False,
    quality: Annotated[
        str | None,
        typer.Option(
            help="Of overlay videos: fine (the default, looks as good as the original), good, small, or a "
            "number from 1 to 51, where lower is finer (H.264's crf).",
            show_default=False,
        ),
    ] = None,
    fill: Annotated[
        float, typer.Option(help="Of overlays: how opaque masks are inside.", min=0, max=1)
    ] = 0.45,
    outline: Annotated[
        int, typer.Option(help="Of overlays: width of outlines in pixels; 0 for none.", min=0, max=20)
    ] = 1,
    labels: Annotated[
        bool, typer.Option("--labels", help="Of overlays: write its object's name at each mask.")
    ] = False,
    dim: Annotated[
        float, typer.Option(help="Of overlays: how much darker it is where no mask is.", min=0, max=1)
    ] = 0.0,
    feather: Annotated[
        float,
        typer.Option(
            help="Of soft masks, mattes and cut-outs: over how many pixels the edge fades.", min=0, max=64
        ),
    ] = 0.0,
    choke: Annotated[
        float,
        typer.Option(help="Of these: by how many pixels they are narrower; wider below 0.", min=-32, max=32),
    ] = 0.0,
    refine: Annotated[
        float,
        typer.Option(
            help="Of these: how many pixels from the outline the edge may follow hair and blur.",
            min=0,
            max=32,
        ),
    ] = 0.0,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an earlier export in this format.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be written, and write nothing.")
    ] = False,
    project_file: options.ProjectFile = None,
    json: options.Json = False,
) -> None:
    """Write masks in a format of other tools, whole or not at all.

    Where the video of a project is gone, masks are written without it; formats that hold its pictures say
    that they need it.
    """
    del preset  # its callback has used it
    from xmem_gui.errors import Cancelled
    from xmem_gui.formats import ExportRequest, FrameSelection, MatteEdge, Naming, OverlayLook

    first, last = options.frame_range(frames)
    request = ExportRequest(
        frames=FrameSelection(
            start=first,
            stop=None if last is None else last + 1,
            step=every,
            status="any" if status is Status.annotated else status.value,
            annotated_only=status is Status.annotated,
        ),
        objects=tuple(object_id) if object_id else None,
        naming=Naming(names if start_number is None else names or "%05d", start_number or 0),
        overwrite=overwrite,
        images=images,
        palette="objects" if own_colours else "davis",
        look=OverlayLook(fill=fill, outline=outline, labels=labels, dim=dim),
        quality=_quality(quality),
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
            try:
                with interruptible() as cancelled, progress_bar(format_id) as show:
                    written = annotator.export(format_id, out, request, progress=show, cancelled=cancelled)
            except Cancelled:
                say("Stopped. Nothing was written.")
                raise typer.Exit(INTERRUPTED) from None
            say(f"{len(plan.frames)} frames in {', '.join(shown(path) for path in written)}")
    if json:
        print_json({**facts, "written": [str(path) for path in written]})


def _quality(text: str | None) -> int | None:
    """Return the quality that ``--quality`` gives, a word or a number; `ExportRequest` checks its range.

    Raises
    ------
    typer.BadParameter
        If it is neither.
    """
    from xmem_gui.formats import QUALITIES

    if text is None or text in QUALITIES:
        return None if text is None else QUALITIES[text]
    if not text.isdecimal():
        raise typer.BadParameter(
            f"'{text}' is not one of {', '.join(QUALITIES)}, nor a number", param_hint="--quality"
        )
    return int(text)


def import_masks(
    project: OpenedProject,
    source: Annotated[Path, typer.Argument(help="A file or folder of masks.", exists=True)],
    format_id: Annotated[
        str | None, typer.Option("--format", help="The format of the masks. Detected if not given.")
    ] = None,
    first_number: options.FirstNumber = None,
    into: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help="Where an imported object goes, by name or number: to an object of the project, by "
            "number or name, or to a new one (rabbit=3, 2=new); repeatable. By default an object goes to "
            "the one that the file was exported from, else becomes new.",
            metavar="NAME_OR_ID=OBJECT|new",
        ),
    ] = None,
    scale: Annotated[
        bool,
        typer.Option(
            "--scale", help="Scale masks of another size to the video's. Otherwise they are left out."
        ),
    ] = False,
    outline: Annotated[
        bool | None,
        typer.Option(
            "--outline/--no-outline",
            help="Whether the pixels under a polygon's outline belong to the object, as OpenCV traces it; by "
            "default they do in YOLO's labels and LabelMe's files, and not in COCO and CVAT.",
            show_default=False,
        ),
    ] = None,
    by_class: Annotated[
        bool,
        typer.Option(
            "--by-class",
            help="Make one object of each class in files that tell objects of a class apart only by order.",
        ),
    ] = False,
    repair_masks: Annotated[
        bool, typer.Option("--repair-masks", help="Make the repairs that the plan lists.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say what would be done, and change nothing.")
    ] = False,
    project_file: options.ProjectFile = None,
    json: options.Json = False,
) -> None:
    """Read masks of other tools into a project, as one undoable step."""
    from xmem_gui.annotator import Annotator, Receiving, plan_import, project_of, with_destinations
    from xmem_gui.cli.object_map import read_map
    from xmem_gui.video import open_source

    belonging = project_of(project, project_file)
    how = _HowRead(first_number=first_number, scale=scale, outline=outline, by_class=by_class)
    if dry_run and not belonging.exists:
        with open_source(project) as video:
            plan = plan_import(video, source, format_id, **how)
        plan = with_destinations(Receiving(), plan, read_map(into or (), plan, ()))
        _tell(plan)
    else:
        with heard(Annotator.open(project, project=project_file)) as annotator:
            plan = annotator.plan_import(source, format_id, **how)
            plan = annotator.send_objects(plan, read_map(into or (), plan, annotator.project.objects))
            _tell(plan)
            if not dry_run:
                _import(annotator, plan, belonging.place, repair=repair_masks)
    if json:
        print_json(_facts(plan, belonging.place) | {"changed": not dry_run})
    if dry_run and not plan.masks:
        say("There is nothing to import.")
        raise typer.Exit(1)


class _HowRead(TypedDict):
    """How masks are read, as the options say it."""

    first_number: int | None
    scale: bool
    outline: bool | None
    by_class: bool


def _import(annotator: "Annotator", plan: "ImportPlan", place: Path, *, repair: bool) -> None:
    """Do what a plan says, which Ctrl-C stops, and say what became of it."""
    from xmem_gui.errors import Cancelled

    try:
        with interruptible() as cancelled, progress_bar(plan.format_id) as show:
            changed = annotator.import_masks(plan, repair=repair, progress=show, cancelled=cancelled)
    except Cancelled:
        say("Stopped. Nothing was changed.")
        raise typer.Exit(INTERRUPTED) from None
    if changed:
        say(f"Imported into {shown(place)}")
    else:
        say("All of these masks are already in the project. Nothing was changed.")


def _facts(plan: "ImportPlan", place: Path) -> dict[str, object]:
    """Return a plan as ``--json`` has it."""
    return {
        "format": plan.format_id, "masks": plan.masks, "frames": len(plan.frames),
        "objects": [info.name for info in plan.objects], "project": str(place),
        "into": [
            {"imported": one.imported.id, "name": one.imported.name, "object": one.object_id,
             "new": one.new, "replaced": one.replaced}
            for one in plan.destinations
        ],
        "left_out": list(plan.left_out),
    }  # fmt: skip


def _tell(plan: "ImportPlan") -> None:
    """Say what a plan does, or refuse one that has a question, also where nothing is to be changed yet.

    Raises
    ------
    FormatError
        If it has one.
    """
    from xmem_gui.errors import FormatError

    if plan.question is not None:
        for warning in plan.warnings:
            warn(warning)
        raise FormatError(plan.question.refusal())
    say(plan.describe())


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


def formats() -> None:
    """List the formats that can be written and read."""
    from xmem_gui.formats import EXPORTERS, IMPORTERS, READ_BY

    for name, exporter in EXPORTERS.items():
        both = " and import" if name in IMPORTERS or name in READ_BY else ""
        put(f"{name:15} export{both:12} {exporter.title}")
    for name, importer in IMPORTERS.items():
        if name not in EXPORTERS:
            put(f"{name:15} import{'':12} {importer.title}")

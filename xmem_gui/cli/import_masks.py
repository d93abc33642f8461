"""``xmem-gui import``: masks of other tools into a project."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypedDict

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import INTERRUPTED, interruptible, print_json, progress_bar, say, shown, warn
from xmem_gui.cli.heard import heard

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.formats import ImportPlan


def import_masks(
    project: options.OpenedProject,
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

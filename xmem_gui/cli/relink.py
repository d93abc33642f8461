"""``xmem-gui relink``: tell a project where its video is now."""

from pathlib import Path
from typing import Annotated

import typer

from xmem_gui.cli import options
from xmem_gui.cli.console import print_json, say, shown


def relink(
    project: Annotated[Path, typer.Argument(help="A project (.xmem).", exists=True, dir_okay=False)],
    video: Annotated[Path, typer.Argument(help="Its video file or folder of images.", exists=True)],
    accept_changes: Annotated[
        bool,
        typer.Option(
            "--accept-changes",
            help="Accept the video although it is not quite the same. Masks of a folder follow its "
            "pictures by name, all others keep their frame numbers.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only say how the video differs, and change nothing.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Tell a project where its video is now; the video is known by its frames, not by its bytes."""
    from xmem_gui import annotator

    found = annotator.differences(project, video)
    if dry_run:
        say(
            "This is the same video."
            if found.same
            else f"This is not the same video: {' and '.join(found.what)}."
        )
    else:
        for sentence in annotator.relink(project, video, accept_changes=accept_changes):
            say(sentence)
        say(f"The video of {shown(project)} is {shown(video)}.")
    if json:
        print_json({"same": found.same, "differences": list(found.what), "changed": not dry_run})

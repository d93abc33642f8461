"""Options of ``xmem-gui export``: what is written, under which names, and how it looks."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

from xmem_gui.cli.presets import use_preset

# Typer evaluates these, and Python 3.10's typing does not take "str | None" in every place.


class Status(str, Enum):
    """Which masks to write."""

    any = "any"
    annotated = "annotated"
    committed = "committed"
    reviewed = "reviewed"


FormatToWrite = Annotated[str, typer.Option("--format", help="A format; `xmem-gui formats` lists them.")]
ExportPlace = Annotated[Path, typer.Option(help="Folder to write to, or the file for formats of one file.")]
PresetName = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="A preset of the window's export dialog: its format, and its options where none is given.",
        is_eager=True,
        callback=use_preset,
        show_default=False,
    ),
]
ExportRange = Annotated[
    str, typer.Option("--range", help="First and last frame to export, both included.", metavar="A:B")
]
EveryNth = Annotated[int, typer.Option(help="Export only every n-th frame of the range.", min=1)]
StatusOption = Annotated[
    Status,
    typer.Option(help="Export only frames with masks, only committed masks, or only reviewed ones."),
]
OnlyObjects = Annotated[
    Optional[list[int]],  # noqa: UP045
    typer.Option("--object", help="Export only this object, by number. Repeatable."),
]
FileNames = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(help="Pattern for file names, such as %05d. By default, files are named as in the source."),
]
StartNumber = Annotated[
    Optional[int],  # noqa: UP045
    typer.Option(
        help="Number of the first frame in such names (default: 0). Without --names, it implies %05d."
    ),
]
WithImages = Annotated[bool, typer.Option("--images", help="Also write the frames' pictures.")]
OwnColours = Annotated[
    bool, typer.Option("--own-colours", help="Of palettes: the objects' own colours, not those of DAVIS.")
]
QualityOption = Annotated[
    Optional[str],  # noqa: UP045
    typer.Option(
        help="Of overlay videos: fine (the default, looks as good as the original), good, small, or a "
        "number from 1 to 51, where lower is finer (H.264's crf).",
        show_default=False,
    ),
]
Fill = Annotated[float, typer.Option(help="Of overlays: how opaque masks are inside.", min=0, max=1)]
OutlineWidth = Annotated[
    int, typer.Option(help="Of overlays: width of outlines in pixels; 0 for none.", min=0, max=20)
]
WithLabels = Annotated[
    bool, typer.Option("--labels", help="Of overlays: write its object's name at each mask.")
]
Dim = Annotated[
    float, typer.Option(help="Of overlays: how much darker it is where no mask is.", min=0, max=1)
]
Feather = Annotated[
    float,
    typer.Option(
        help="Of soft masks, mattes and cut-outs: over how many pixels the edge fades.", min=0, max=64
    ),
]
Choke = Annotated[
    float,
    typer.Option(help="Of these: by how many pixels they are narrower; wider below 0.", min=-32, max=32),
]
Refine = Annotated[
    float,
    typer.Option(
        help="Of these: how many pixels from the outline the edge may follow hair and blur.",
        min=0,
        max=32,
    ),
]
OverwriteExport = Annotated[
    bool, typer.Option("--overwrite", help="Replace an earlier export in this format.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Only say what would be written, and write nothing.")]


def quality_of(text: str | None) -> int | None:
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

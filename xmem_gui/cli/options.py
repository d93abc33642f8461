"""Options that several commands share."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.video import DisplayRange as Shown

Model = Annotated[
    str, typer.Option(help="Model that tracks: compact, xmem, xmem-s012, or the path of a checkpoint.")
]
Device = Annotated[str, typer.Option(help="Device to compute on: auto, cuda, mps or cpu.")]
SizeOption = Annotated[
    int,
    typer.Option(
        help="Shorter side of the picture that the network sees, in pixels. 0 is the video's own.", min=0
    ),
]


class Precisions(str, Enum):
    """In which precision networks compute."""

    auto = "auto"
    float32 = "float32"


PrecisionOption = Annotated[
    Precisions,
    typer.Option(help="auto uses half precision where the device is faster with it; float32 never does."),
]
WindowsOption = Annotated[
    bool,
    typer.Option(
        "--windows/--whole-frames",
        help="On a processor, look for objects around where they were, which is faster, or in whole frames.",
    ),
]
_SUITED = "default: what suits the model"
MemoryEvery = Annotated[
    int | None, typer.Option(help=f"A frame enters working memory every so many frames ({_SUITED}).", min=1)
]
TopK = Annotated[int | None, typer.Option(help="Memory tokens that each position reads.", min=1)]
MaxWorking = Annotated[
    int | None, typer.Option(help="Frames at which working memory is consolidated.", min=1)
]
MinWorking = Annotated[int | None, typer.Option(help="Frames that stay in working memory then.", min=1)]
MaxLongTerm = Annotated[int | None, typer.Option(help="Tokens that long-term memory may hold.", min=1)]
Prototypes = Annotated[int | None, typer.Option(help="Tokens that one consolidation makes.", min=1)]
DisplayRangeOption = Annotated[
    str | None,
    typer.Option(
        "--display-range",
        metavar="LOW:HIGH",
        help="Values that are black and white, of pictures with more than 8 bits, for eyes and networks "
        "(default: found from the pictures).",
    ),
]
FirstNumber = Annotated[
    int | None,
    typer.Option(
        help="The number that the video's first frame has in the names of masks (usually 0 or 1); found out "
        "where only one is possible.",
    ),
]
ProjectFile = Annotated[
    # Typer evaluates it, and Python 3.10's typing does not take "Path | None" in every place.
    Optional[Path],  # noqa: UP045
    typer.Option(
        "--project",
        help="Where the video's project is, or shall be made; default: beside it.",
        metavar="FILE",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout.")]


def settings_of(
    *,
    model: str,
    device: str,
    size: int,
    precision: Precisions = Precisions.auto,
    windows: bool = True,
    **memory: int | None,
) -> "EngineSettings":
    """Return the engine's settings of the options above; memory settings by `MemoryConfig`'s names."""
    from xmem_gui.annotator import EngineSettings, memory_of

    given = {name: value for name, value in memory.items() if value is not None}
    return EngineSettings(
        model=model,
        device=device,
        size=size or None,
        memory=memory_of(model, **given) if given else None,
        precision=precision.value,
        windows=windows,
    )


def frame_range(text: str) -> tuple[int, int | None]:
    """Return the first and last frame of ``A:B``, either of which may be left out.

    Raises
    ------
    typer.BadParameter
        If it is no range.
    """
    first, colon, last = text.partition(":")
    if not colon or not (first or "0").isdecimal() or not (last or "0").isdecimal():
        raise typer.BadParameter(f"'{text}' is not a range such as 10:99, 10: or :99", param_hint="--range")
    return int(first or 0), int(last) if last else None


def shown_range(text: str | None) -> "Shown | None":
    """Return the range that ``--display-range`` gives.

    Raises
    ------
    typer.BadParameter
        If it is no range.
    """
    from xmem_gui.errors import MediaError
    from xmem_gui.video import DisplayRange as Shown

    try:
        return None if text is None else Shown.parse(text)
    except MediaError as error:
        raise typer.BadParameter(str(error), param_hint="--display-range") from None

"""Options that several commands share."""

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Optional

import typer

from xmem_gui.settings import ComputeChoices, MemoryChoices, Settings, row_of

if TYPE_CHECKING:
    from xmem_gui.annotator import EngineSettings
    from xmem_gui.video import DisplayRange as Shown

DEFAULTS = ComputeChoices()
"""What an option is that is not given; a first start of the window has the same."""
_SUITED = " Default: what suits the model."


def _number(kind: type[Settings], name: str, more: str) -> Any:
    """Return the option of a number that the window's settings have too, with its help and its range."""
    about = row_of(kind, name)
    label = f"{about.label}, in {about.unit}" if about.unit else about.label
    return typer.Option(help=f"{label}. {about.help}{more}", min=int(about.least), max=int(about.most))


_MODEL, _DEVICE = row_of(ComputeChoices, "model"), row_of(ComputeChoices, "device")
Model = Annotated[str, typer.Option(help=f"{_MODEL.help} compact, xmem, xmem-s012, or a checkpoint file.")]
Device = Annotated[str, typer.Option(help=f"{_DEVICE.help} auto, cuda, mps or cpu.")]
SizeOption = Annotated[int, _number(ComputeChoices, "size", " 0: the video's own.")]


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
MemoryEvery = Annotated[int | None, _number(MemoryChoices, "memory_every", _SUITED)]
TopK = Annotated[int | None, _number(MemoryChoices, "top_k", _SUITED)]
MaxWorking = Annotated[int | None, _number(MemoryChoices, "max_working_frames", _SUITED)]
MinWorking = Annotated[int | None, _number(MemoryChoices, "min_working_frames", _SUITED)]
MaxLongTerm = Annotated[int | None, _number(MemoryChoices, "max_long_term_tokens", _SUITED)]
Prototypes = Annotated[int | None, _number(MemoryChoices, "prototypes", _SUITED)]
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
OpenedProject = Annotated[Path, typer.Argument(help="A project (.xmem), or a video that has one.")]
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
    from xmem_gui.annotator.propagation.request import read_range

    try:
        return read_range(text)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--range") from None


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

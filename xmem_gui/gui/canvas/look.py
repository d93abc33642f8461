"""How masks are shown over the picture, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from xmem_gui.arrays import Colour


class Mode(str, Enum):
    """What is drawn of picture and masks; the values are the ids of the actions after ``view.``."""

    OVERLAY = "overlay"
    OUTLINE = "outline"
    MASK = "mask"
    CUTOUT = "cutout"
    MATTE = "matte"
    FADED = "faded"
    IMAGE = "image"


@dataclass(frozen=True)
class Look:
    """How a frame is drawn.

    Attributes
    ----------
    mode
        The view: picture, overlay, outline, mask, cut-out, soft matte or faded.
    opacity
        0 to 1: of the colours in the overlay, of the fog in the faded background.
    backdrop
        What is behind a cut-out or a soft matte: a colour, or None for a checkerboard.
    selected
        Whose outline is drawn stronger.
    line
        Width of outlines in device pixels.
    edge
        Feather, choke and refine of a soft matte, in pixels of the video.
    """

    mode: Mode = Mode.OVERLAY
    opacity: float = 0.45
    backdrop: Colour | None = None
    selected: int | None = None
    line: int = 1
    edge: tuple[float, float, float] = (0.0, 0.0, 0.0)

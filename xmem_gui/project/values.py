"""What a project holds, as values: objects, mask records, and where a mask came from."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass
from enum import Enum

from xmem_gui.arrays import Colour
from xmem_gui.project.rle import Rle

MAX_OBJECT = (1 << 24) - 1
MAX_FRAME = (1 << 38) - 1
MAX_PRIORITY = (1 << 40) - 1


class Origin(str, Enum):
    """Where a mask came from."""

    DRAWN = "drawn"
    CLICKED = "clicked"
    PROPAGATED = "propagated"
    IMPORTED = "imported"


ORIGINS = tuple(Origin)


@dataclass(frozen=True, slots=True)
class VideoObject:
    """One thing followed through the video.

    Attributes
    ----------
    id : int
        1 or more; given once and never used again, not even after the object is deleted.
    name : str
        What people call it.
    colour : tuple of int
        Red, green, blue, each 0 to 255.
    priority : int
        Where masks overlap in an index image, the higher one is seen.
    visible : bool
        Whether the window draws it.
    locked : bool
        Whether its masks are kept from being changed.
    category : str
        What kind of thing it is, its class, such as ``person``; empty if nobody said.
    """

    id: int
    name: str
    colour: Colour
    priority: int = 0
    visible: bool = True
    locked: bool = False
    category: str = ""


@dataclass(frozen=True, slots=True)
class MaskRecord:
    """One object's mask on one frame, as it is stored.

    Attributes
    ----------
    rle : Rle
        The mask at the video's size.
    area : int
        Number of pixels inside; 0 says that the object is known not to be seen.
    origin : Origin
        Where the mask came from.
    confidence : float
        0 to 1; 1 for what a person made.
    committed : bool
        Whether propagation may never change it.
    reviewed : bool
        Whether a person has looked at it and agreed.
    """

    rle: Rle
    area: int
    origin: Origin
    confidence: float = 1.0
    committed: bool = False
    reviewed: bool = False


@dataclass(frozen=True, slots=True)
class StepInfo:
    """One undoable step.

    Attributes
    ----------
    id : int
        Steps are numbered in the order in which they were begun.
    kind : str
        ``set``, ``clear``, ``paint``, ``propagate``, ...
    label : str
        For people: "Propagate rabbit 12-80".
    state : StepState
        Whether it is still being written, done, or undone.
    size : int
        Bytes that its way back takes up.
    created : float
        Seconds since 1970.
    """

    id: int
    kind: str
    label: str
    state: StepState
    size: int
    created: float


class StepState(int, Enum):
    """What has become of a step."""

    OPEN = 0
    DONE = 1
    UNDONE = 2


_PALETTE: tuple[Colour, ...] = (
    (0, 210, 255), (225, 240, 0), (225, 45, 90), (120, 90, 255), (45, 255, 195), (180, 240, 135),
    (180, 105, 30), (0, 165, 255), (210, 165, 15), (225, 120, 165), (75, 255, 255), (225, 30, 180),
)  # fmt: skip
"""Chosen by search: any two stay apart with deuteranopia and protanopia too, the first ones furthest."""


def default_colour(object_id: int) -> Colour:
    """Return a colour that stands apart from those of the ids before it.

    The first twelve do so for colour-blind people too; after them hues are stepped through.
    """
    if 1 <= object_id <= len(_PALETTE):
        return _PALETTE[object_id - 1]
    hue = (object_id * 0.61803398875) % 1.0
    saturation = (0.85, 0.65, 1.0)[object_id % 3]
    red, green, blue = colorsys.hsv_to_rgb(hue, saturation, 0.95)
    return round(red * 255), round(green * 255), round(blue * 255)

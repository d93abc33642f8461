"""Which way a run goes, and what it needs of a video."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from xmem_gui.arrays import RgbImage

Directions = Literal["forward", "backward", "both"]
"""Which way objects are tracked from a frame; both ways is forward to the end and backward to the start."""


class FrameReader(Protocol):
    """What a run needs of a video."""

    def __len__(self) -> int: ...

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) RGB."""
        ...


class Direction(str, Enum):
    """Which way the engine goes; it never goes both ways at once."""

    FORWARD = "forward"
    BACKWARD = "backward"


def frames_of_run(start: int, stop: int, direction: Direction) -> range:
    """Return the frames that a run visits: from ``start`` to ``stop``, both included."""
    return range(start, stop + 1) if direction is Direction.FORWARD else range(start, stop - 1, -1)

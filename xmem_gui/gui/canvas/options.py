"""What the tools are set to, as a value."""

from __future__ import annotations

from dataclasses import dataclass, replace

from xmem_gui.gui.state.preferences import Values
from xmem_gui.settings import row_of

_RADIUS = row_of(Values, "brush")
SMALLEST, LARGEST = _RADIUS.least, _RADIUS.most
"""Radius of the brush in pixels of the video."""


@dataclass(frozen=True)
class ToolOptions:
    """What the tools are set to; lengths are pixels of the video.

    Attributes
    ----------
    radius
        Radius of the brush and the eraser, in pixels of the video.
    scribble
        Half the width of a scribble.
    subtract
        Whether tools take away where they would add.
    tolerance
        How far a flood goes, of 255.
    amount
        By how much to grow, shrink and smooth, and how far from the border to look for edges.
    island
        Parts of fewer pixels are islands.
    pressure
        Whether a pen's pressure changes the brush's size.
    """

    radius: float = 12.0
    scribble: float = 3.0
    subtract: bool = False
    tolerance: int = 16
    amount: float = 3.0
    island: int = 64
    pressure: bool = True

    def resized(self, factor: float) -> ToolOptions:
        """Return a brush of another size: at least half a pixel more or less."""
        step = max(abs(self.radius * (factor - 1)), 0.5)
        return self.with_radius(self.radius + (step if factor > 1 else -step))

    def with_radius(self, radius: float) -> ToolOptions:
        """Return a brush of a radius, rounded to half pixels."""
        return replace(self, radius=min(max(round(radius * 2) / 2, SMALLEST), LARGEST))

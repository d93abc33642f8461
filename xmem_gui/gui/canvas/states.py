"""What a hand has done so far, as values: what the tools remember between two events."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

PointerPlace = tuple[float, float]
"""x and y in pixels of the video."""


@dataclass(frozen=True)
class Path:
    """Where a pressed pointer has been.

    Attributes
    ----------
    points
        Positions (x, y) in video pixels, in the order in which they were passed.
    radii
        Of the brush at each.
    erase
        Whether pixels are removed instead of added.
    """

    points: tuple[PointerPlace, ...] = ()
    radii: tuple[float, ...] = ()
    erase: bool = False

    def to(self, x: float, y: float, radius: float) -> Path:
        """Return the path gone on to a place; the same place again only if pressed harder."""
        if self.points and self.points[-1] == (x, y):
            return replace(self, radii=(*self.radii[:-1], max(self.radii[-1], radius)))
        return replace(self, points=(*self.points, (x, y)), radii=(*self.radii, radius))

    def tail(self, count: int) -> Path:
        """Return its last points."""
        return replace(self, points=self.points[-count:], radii=self.radii[-count:])

    @property
    def is_loop(self) -> bool:
        """Whether it goes around something."""
        return len(self.points) > 2


@dataclass(frozen=True)
class Corners:
    """A polygon being made.

    Attributes
    ----------
    points
        The corners (x, y) in video pixels, in the order in which they were placed.
    erase
        Whether pixels are removed instead of added.
    """

    points: tuple[PointerPlace, ...] = ()
    erase: bool = False

    def plus(self, x: float, y: float) -> Corners:
        """Return it with one more corner."""
        return replace(self, points=(*self.points, (x, y)))

    def less(self) -> Corners:
        """Return it without the last corner."""
        return replace(self, points=self.points[:-1])

    def closes_at(self, x: float, y: float, reach: float) -> bool:
        """Whether a click at a place, within ``reach`` of the first corner, closes it."""
        return len(self.points) > 2 and math.dist(self.points[0], (x, y)) <= reach


@dataclass(frozen=True)
class Span:
    """A rectangle being drawn, from where the button went down to where the pointer is."""

    start: PointerPlace
    end: PointerPlace

    def to(self, x: float, y: float) -> Span:
        """Return it drawn on to a place."""
        return replace(self, end=(x, y))

    def is_wider_than(self, pixels: float) -> bool:
        """Whether both its sides are longer than so many pixels."""
        return min(abs(self.end[i] - self.start[i]) for i in (0, 1)) > pixels

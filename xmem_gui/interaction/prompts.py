"""Prompts: what a person says of an object, as values.

Positions are continuous: pixel (column 3, row 5) covers x from 3 to 4 and y from 5 to 6, and its centre is at
(3.5, 5.5). So a place (x, y) is in pixel (floor x, floor y), an image of W x H pixels reaches from (0, 0) to
(W, H), and a box around that pixel alone is Box(3, 5, 4, 6). A network that counts from pixel centres
wants 0.5 subtracted.

Where prompts contradict each other, points win over strokes, and later ones over earlier ones.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from xmem_gui.arrays import Mask, Points, Size
from xmem_gui.errors import PromptError
from xmem_gui.interaction.brush import brush_stroke
from xmem_gui.interaction.patches import Patch


@dataclass(frozen=True, slots=True)
class Point:
    """A click.

    Attributes
    ----------
    x, y : float
        In video pixels; may be outside the image, where it says nothing.
    positive : bool
        Whether the object is there, or is not.

    Raises
    ------
    PromptError
        If a coordinate is not a finite number.
    """

    x: float
    y: float
    positive: bool = True

    def __post_init__(self) -> None:
        _need_numbers("point", self.x, self.y)

    def inside(self, size: Size) -> bool:
        """Whether it is in an image of ``size`` (H, W)."""
        return 0 <= self.x < size[1] and 0 <= self.y < size[0]


@dataclass(frozen=True, slots=True, eq=False)
class Stroke:
    """A scribble: a smooth line of some width through points.

    Attributes
    ----------
    points : (N, 2) float64
        Where the pointer was, x and y in video pixels; a read-only copy of what is given. May be empty.
    radius : float
        Half the line's width in pixels; 0 for the thinnest line.
    positive : bool
        Whether the object is there, or is not.

    Raises
    ------
    PromptError
        If the points are not pairs of finite numbers, or the radius is not one of at least 0.
    """

    points: Points
    radius: float = 0.0
    positive: bool = True

    def __init__(self, points: ArrayLike, radius: float = 0.0, positive: bool = True) -> None:
        array: NDArray[Any] = np.array(points, np.float64)
        if array.size == 0:
            array = np.zeros((0, 2))
        if array.ndim != 2 or array.shape[1] != 2:
            raise PromptError(f"The points of a stroke are (N, 2), x and y each, not {array.shape}.")
        _need_numbers("stroke", *array.ravel())
        if not (math.isfinite(radius) and radius >= 0):
            raise PromptError(f"The radius of a stroke is a number of pixels from 0, not {radius}.")
        array.setflags(write=False)
        object.__setattr__(self, "points", array)
        object.__setattr__(self, "radius", float(radius))
        object.__setattr__(self, "positive", bool(positive))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Stroke) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash(self._key())

    def _key(self) -> tuple[bytes, float, bool]:
        return self.points.tobytes(), self.radius, self.positive

    def patch(self, size: Size) -> Patch:
        """Return the pixels it covers of an image of ``size`` (H, W)."""
        return brush_stroke(self.points, self.radius, size)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle around the object; its corners may be given in any order.

    Attributes
    ----------
    x0, y0 : float
        Left and upper edge in video pixels.
    x1, y1 : float
        Right and lower edge; the whole image is Box(0, 0, W, H).

    Raises
    ------
    PromptError
        If a coordinate is not a finite number.
    """

    x0: float
    y0: float
    x1: float
    y1: float

    def __post_init__(self) -> None:
        _need_numbers("box", self.x0, self.y0, self.x1, self.y1)
        for low, high in (("x0", "x1"), ("y0", "y1")):
            one, other = getattr(self, low), getattr(self, high)
            object.__setattr__(self, low, min(one, other))
            object.__setattr__(self, high, max(one, other))

    @property
    def is_empty(self) -> bool:
        """Whether it has no area."""
        return self.x0 == self.x1 or self.y0 == self.y1

    def clipped(self, size: Size) -> Box | None:
        """Return its part inside an image of ``size`` (H, W); None if there is no area left."""
        x0, x1 = (min(max(x, 0.0), float(size[1])) for x in (self.x0, self.x1))
        y0, y1 = (min(max(y, 0.0), float(size[0])) for y in (self.y0, self.y1))
        box = Box(x0, y0, x1, y1)
        return None if box.is_empty else box


Prompt = Point | Stroke | Box
"""One thing that is said of an object."""


@dataclass(frozen=True, slots=True)
class Prompts:
    """All that has been said of one object on one frame, in the order in which it was said.

    Attributes
    ----------
    points : tuple of Point
        Clicks, the oldest first.
    strokes : tuple of Stroke
        Scribbles, the oldest first.
    box : Box or None
        A rectangle around the object.
    """

    points: tuple[Point, ...] = ()
    strokes: tuple[Stroke, ...] = ()
    box: Box | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is said: no point, no stroke that has points, no box with an area."""
        return (
            not self.points
            and not any(len(stroke.points) for stroke in self.strokes)
            and (self.box is None or self.box.is_empty)
        )

    @property
    def count(self) -> int:
        """How many things are said."""
        return len(self.points) + len(self.strokes) + (self.box is not None)

    def plus(self, prompt: Prompt) -> Prompts:
        """Return these and one more; a box takes the place of the one before."""
        if isinstance(prompt, Point):
            return replace(self, points=(*self.points, prompt))
        if isinstance(prompt, Stroke):
            return replace(self, strokes=(*self.strokes, prompt))
        return replace(self, box=prompt)

    def since(self, earlier: Prompts) -> tuple[Prompt, ...] | None:
        """Return what was added to earlier ones: a box, strokes, points; None if some of them are gone."""
        points, strokes = len(earlier.points), len(earlier.strokes)
        if (
            self.points[:points] != earlier.points
            or self.strokes[:strokes] != earlier.strokes
            or earlier.box not in (None, self.box)
        ):
            return None
        box = () if self.box is None or self.box == earlier.box else (self.box,)
        return (*box, *self.strokes[strokes:], *self.points[points:])

    def clipped(self, size: Size) -> Prompts:
        """Return what says something of an image of ``size`` (H, W).

        Points outside go, and strokes that touch none of its pixels; others keep all their points. The box is
        cut to the image, and goes if it has no area there.
        """
        return Prompts(
            tuple(point for point in self.points if point.inside(size)),
            tuple(stroke for stroke in self.strokes if not stroke.patch(size).is_empty),
            None if self.box is None else self.box.clipped(size),
        )

    def labels(self, size: Size) -> NDArray[np.int8]:
        """Return (H, W): 1 under positive points and strokes, -1 under negative ones, 0 elsewhere."""
        labels = np.zeros(size, np.int8)
        self._draw_strokes(labels, 1, -1)
        for point in self.points:
            if point.inside(size):
                labels[int(point.y), int(point.x)] = 1 if point.positive else -1
        return labels

    def positive_mask(self, size: Size) -> Mask:
        """Return the pixels (H, W) that are said to be in the object; never one of `negative_mask`."""
        return self.labels(size) > 0

    def negative_mask(self, size: Size) -> Mask:
        """Return the pixels (H, W) that are said not to be in the object."""
        return self.labels(size) < 0

    def obeyed(self, probability: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return a copy of a probability (H, W): 1 under positive strokes, 0 under negative ones.

        Points change nothing: a single pixel would be an island or a hole.
        """
        result: NDArray[np.float32] = probability.copy()
        self._draw_strokes(result, 1, 0)
        return result

    def _draw_strokes(self, canvas: NDArray[Any], positive: float, negative: float) -> None:
        height, width = canvas.shape
        for stroke in self.strokes:
            patch = stroke.patch((height, width))
            rows, columns = patch.pixels.shape
            under = canvas[patch.y : patch.y + rows, patch.x : patch.x + columns]
            under[patch.pixels] = positive if stroke.positive else negative


def _need_numbers(what: str, *coordinates: float) -> None:
    for value in coordinates:
        if not math.isfinite(value):
            raise PromptError(f"A {what} needs finite numbers of pixels as coordinates, not {value}.")

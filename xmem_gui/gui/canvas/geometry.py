"""Where the video lies on the canvas: exact both ways, without a window."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

LARGEST = 64.0
"""Device pixels that one pixel of the video takes at most."""
_KEPT = 48.0
"""Device pixels of the video that stay on the canvas however it is moved."""
_MARGIN = 4.0
"""Device pixels around a video that fits."""
_AROUND = 0.2
"""Of a box's longer side: what is seen on each side of a box that fills the canvas."""
_LEAST_AROUND = 8
"""Pixels of the video that are seen there at least."""


@dataclass(frozen=True)
class Region:
    """Whole pixels of the video.

    Attributes
    ----------
    left, top
        The first column and row.
    right, bottom
        The column and row after the last ones inside.
    """

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        """Columns."""
        return max(self.right - self.left, 0)

    @property
    def height(self) -> int:
        """Rows."""
        return max(self.bottom - self.top, 0)

    @property
    def is_empty(self) -> bool:
        """Whether it has no pixel."""
        return self.width == 0 or self.height == 0

    def covers(self, other: Region) -> bool:
        """Whether all of another region is in this one."""
        return other.is_empty or (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


@dataclass(frozen=True)
class Place:
    """How the video is shown.

    Attributes
    ----------
    scale
        Device pixels to one pixel of the video: 1 is 100 %.
    x, y
        Where the video's upper left corner is, in device pixels of the canvas.
    """

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    def to_canvas(self, x: float, y: float) -> tuple[float, float]:
        """Return where a place of the video is, in device pixels."""
        return self.x + x * self.scale, self.y + y * self.scale

    def to_video(self, x: float, y: float) -> tuple[float, float]:
        """Return which place of the video is at a place of the canvas, in device pixels."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def moved(self, dx: float, dy: float) -> Place:
        """Return it moved by device pixels."""
        return replace(self, x=self.x + dx, y=self.y + dy)

    def zoomed(self, scale: float, x: float, y: float) -> Place:
        """Return it at another scale, with what is at a place of the canvas staying there."""
        at = self.to_video(x, y)
        return Place(scale, x - at[0] * scale, y - at[1] * scale)

    def exposed(self, video: tuple[int, int], canvas: tuple[int, int], *, margin: int = 0) -> Region:
        """Return the pixels of a video (width, height) that a canvas (width, height) shows.

        ``margin`` is in device pixels on each side.
        """
        left, top = self.to_video(-margin, -margin)
        right, bottom = self.to_video(canvas[0] + margin, canvas[1] + margin)
        return Region(
            min(max(math.floor(left), 0), video[0]),
            min(max(math.floor(top), 0), video[1]),
            max(min(math.ceil(right), video[0]), 0),
            max(min(math.ceil(bottom), video[1]), 0),
        )


def fitting(video: tuple[int, int], canvas: tuple[int, int]) -> Place:
    """Return the place in which all of a video (width, height) is as large as a canvas allows."""
    room = [max(side - 2 * _MARGIN, 1.0) for side in canvas]
    scale = min(room[0] / max(video[0], 1), room[1] / max(video[1], 1), LARGEST)
    return centred(scale, video, canvas)


def framing(box: Region, video: tuple[int, int], canvas: tuple[int, int]) -> Place:
    """Return the place in which a box of a video fills a canvas, with a margin where the video has one."""
    around = max(box.width, box.height) * _AROUND
    margin = math.ceil(max(around, _LEAST_AROUND))
    seen = Region(
        max(box.left - margin, 0), max(box.top - margin, 0),
        min(box.right + margin, video[0]), min(box.bottom + margin, video[1]),
    )  # fmt: skip
    place = fitting((seen.width, seen.height), canvas)
    return place.moved(-round(seen.left * place.scale), -round(seen.top * place.scale))


def centred(scale: float, video: tuple[int, int], canvas: tuple[int, int]) -> Place:
    """Return the place in which the middle of a video is in the middle of a canvas."""
    x, y = ((canvas[i] - video[i] * scale) / 2 for i in (0, 1))
    return Place(scale, round(x), round(y))


def kept(place: Place, video: tuple[int, int], canvas: tuple[int, int]) -> Place:
    """Return the place with its scale within bounds and a part of the video on the canvas."""
    least = min(fitting(video, canvas).scale, 1.0) / 4
    scale = min(max(place.scale, least), LARGEST)
    if scale != place.scale:
        place = place.zoomed(scale, canvas[0] / 2, canvas[1] / 2)
    x, y = (
        min(max(start, _KEPT - video[i] * scale), canvas[i] - _KEPT)
        for i, start in enumerate((place.x, place.y))
    )
    return Place(scale, x, y)


def bound_scale(scale: float, video: tuple[int, int], canvas: tuple[int, int]) -> float:
    """Return the nearest scale that `kept` leaves as it is."""
    return min(max(scale, min(fitting(video, canvas).scale, 1.0) / 4), LARGEST)

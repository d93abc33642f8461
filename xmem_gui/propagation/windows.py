"""Windows: rectangles of a frame that pass the network instead of the frame.

A window is measured in cells; a cell is one token of the memory, 16 x 16 pixels of the network's input.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from torch import Tensor

CELL = 16
"""Pixels of the network's input along a cell's side."""

Grid = tuple[int, int]
"""Cells of a frame, down and across."""

Bounds = tuple[float, float, float, float]
"""Top, left, bottom and right, in pixels of the network's input."""

_SIZE_STEP = 4
"""Windows are so many cells high and wide, or a multiple, that convolutions meet few different sizes."""
_CALL = 100
"""What a call of the network costs, as so many cells: so many more may be computed to save one."""


class Window(NamedTuple):
    """Cells ``[top, top + height) x [left, left + width)`` of a frame."""

    top: int
    left: int
    height: int
    width: int

    @property
    def cells(self) -> int:
        """How many cells it holds."""
        return self.height * self.width

    def of(self, maps: Tensor, scale: int = 1) -> Tensor:
        """Cut it out of maps (..., h * scale, w * scale), of which ``scale`` positions are a cell: a view."""
        top, left, height, width = (scale * one for one in self)
        return maps[..., top : top + height, left : left + width]

    def resized(self, height: int, width: int, grid: Grid) -> "Window":
        """Return a window of another size around the same middle, moved so that it lies in the frame."""
        top = min(max(self.top - (height - self.height) // 2, 0), grid[0] - height)
        left = min(max(self.left - (width - self.width) // 2, 0), grid[1] - width)
        return Window(top, left, height, width)


def whole_window(grid: Grid) -> Window:
    """Return the window that is the frame."""
    return Window(0, 0, *grid)


def around(box: Bounds, margin: float, grid: Grid) -> Window:
    """Return the window of the cells that a box touches, grown by so many pixels on each side."""
    top, height = _span(box[0] - margin, box[2] + margin, grid[0])
    left, width = _span(box[1] - margin, box[3] + margin, grid[1])
    return Window(top, left, height, width)


def batches(windows: Mapping[int, Window], grid: Grid, most: int) -> Iterator[dict[int, Window]]:
    """Group windows where one call costs less than two, at most so many, and give those of a group one size.

    Every window comes once, grown if need be; the order depends on nothing but the windows.
    """
    batch: list[int] = []
    height = width = 0
    for name in sorted(windows, key=lambda name: (-windows[name].cells, name)):
        one = windows[name]
        taller, wider = max(height, one.height), max(width, one.width)
        surplus = (len(batch) + 1) * taller * wider - len(batch) * height * width - one.cells
        if batch and (len(batch) == most or surplus > _CALL):
            yield {kept: windows[kept].resized(height, width, grid) for kept in batch}
            batch, taller, wider = [], one.height, one.width
        batch.append(name)
        height, width = taller, wider
    if batch:
        yield {kept: windows[kept].resized(height, width, grid) for kept in batch}


def _span(low: float, high: float, cells: int) -> tuple[int, int]:
    """Return the first and the number of the cells, of so many, that pixels between two places touch."""
    first = min(max(int(low // CELL), 0), cells - 1)
    end = min(max(int(-(-high // CELL)), first + 1), cells)
    length = min(-(-(end - first) // _SIZE_STEP) * _SIZE_STEP, cells)
    return min(first, cells - length), length

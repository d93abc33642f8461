"""Brush and eraser: round, smooth between events, as wide as the pen presses."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QPainter

from xmem_gui.gui.canvas.rendition import Touch
from xmem_gui.gui.canvas.states import Path
from xmem_gui.gui.canvas.tools.base import IdleTool, Pointer

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk, Target
    from xmem_gui.gui.canvas.sketch import Sketch

_LEAST_PRESSURE = 0.15
_SEEN = 4
"""Points of which the latest piece of a stroke is drawn: so many shape the curve between the last two."""


class BrushTool(IdleTool):
    """Paints the selected object, or erases; the right button or Alt does the other.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    erase
        Whether it is the eraser.
    """

    cursor: Literal["cross", "none"] = "none"

    def __init__(self, desk: Desk, *, erase: bool = False) -> None:
        self.id = "tool.eraser" if erase else "tool.brush"
        self._desk, self._erase = desk, erase
        self._path: Path | None = None
        self._target: Target | None = None
        self._frame = 0
        self._at: Pointer | None = None
        self._sizing: tuple[float, float] | None = None

    @property
    def path(self) -> Path | None:
        """The stroke being drawn."""
        return self._path

    @property
    def is_busy(self) -> bool:
        """Whether a stroke or a change of size is going on."""
        return self._path is not None or self._sizing is not None

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke, or with Shift a change of size."""
        self._at = pointer
        if pointer.shift:
            self._sizing = pointer.x, self._desk.options.radius
            return
        erase = self._erase != pointer.subtracts
        self._target = self._desk.target(erase=erase)
        if self._target is not None:
            self._frame = self._desk.session.frame
            self._path = Path(erase=erase)
            self._go_on(pointer)

    def move(self, pointer: Pointer) -> None:
        """Go on with it."""
        if self._sizing is not None:
            start, radius = self._sizing
            # The circle stays where it was and grows to the right.
            self._desk.options = self._desk.options.with_radius(radius + (pointer.x - start) / 2)
            return
        self._at = pointer
        if self._path is not None:
            self._go_on(pointer)
        self._desk.repaint.emit()

    def release(self, _: Pointer) -> None:
        """Hand the stroke to the document."""
        path, target, frame = self._path, self._target, self._frame
        self._path = self._target = self._sizing = None
        if path is not None and target is not None:
            self._desk.edit(
                target,
                lambda annotator, one: annotator.editing.brush(
                    frame, one, path.points, path.radii, erase=path.erase
                ),
            )
        self._desk.repaint.emit()

    def hover(self, pointer: Pointer) -> None:
        """Show where it would paint."""
        self._at = pointer
        self._desk.repaint.emit()

    def leave(self) -> None:
        """Show nothing."""
        self._at = None
        self._desk.repaint.emit()

    def cancel(self) -> bool:
        """Give the stroke up."""
        busy = self.is_busy
        self._path = self._target = self._sizing = None
        if busy:
            self._desk.drop_live()
            self._desk.repaint.emit()
        return busy

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw the brush, and the stroke of an object that is not there yet."""
        if self._path is not None and self._target is not None and self._target.id is None:
            sketch.stroke(painter, self._path.points, self._path.radii[-1], sketch.colour)
        if self._at is not None:
            erase = self._path.erase if self._path is not None else self._erase != self._at.alt
            sketch.circle(painter, self._at.x, self._at.y, self._radius(self._at), erase=erase)

    def _radius(self, pointer: Pointer) -> float:
        options = self._desk.options
        if not options.pressure:
            return options.radius
        return options.radius * max(pointer.pressure, _LEAST_PRESSURE)

    def _go_on(self, pointer: Pointer) -> None:
        from xmem_gui.interaction import brush_stroke

        assert self._path is not None
        assert self._target is not None
        self._path = self._path.to(pointer.x, pointer.y, self._radius(pointer))
        if self._target.id is None:
            return
        tail = _near(self._path.tail(_SEEN))
        patch = brush_stroke(tail.points, tail.radii, self._desk.size)
        if not patch.is_empty:
            self._desk.live(
                Touch(self._frame, self._target.id, patch.x, patch.y, patch.pixels, erase=tail.erase)
            )


def _near(path: Path) -> Path:
    """Return the path without a first part that is far away: it has been drawn already."""
    while len(path.points) > 2 and math.dist(path.points[0], path.points[-1]) > 400:
        path = replace(path, points=path.points[1:], radii=path.radii[1:])
    return path

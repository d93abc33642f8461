"""Polygon and lasso: what is inside is added, or taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPainter

from xmem_gui.gui.canvas.states import Corners, Path
from xmem_gui.gui.canvas.tools.base import IdleTool, Pointer

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk
    from xmem_gui.gui.canvas.sketch import Sketch


class PolygonTool(IdleTool):
    """Corners by clicks; a click on the first, a double click or Enter closes it.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    """

    id = "tool.polygon"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._corners: Corners | None = None
        self._frame = 0
        self._at: Pointer | None = None

    @property
    def corners(self) -> Corners | None:
        """The polygon being made."""
        return self._corners

    @property
    def is_busy(self) -> bool:
        """Whether there is a corner."""
        return self._corners is not None

    def press(self, pointer: Pointer) -> None:
        """Set a corner, or close it."""
        self._at = pointer
        if self._corners is None:
            self._frame = self._desk.session.frame
            erase = pointer.subtracts != self._desk.options.subtract
            self._corners = Corners(erase=erase)
        elif self._corners.closes_at(pointer.x, pointer.y, pointer.reach):
            self.accept()
            return
        self._corners = self._corners.plus(pointer.x, pointer.y)
        self._desk.repaint.emit()

    def double(self, pointer: Pointer) -> None:
        """Close it where the first of the two clicks set a corner."""
        if not self.accept():
            self.press(pointer)

    def move(self, pointer: Pointer) -> None:
        """Show the next side."""
        self.hover(pointer)

    def hover(self, pointer: Pointer) -> None:
        """Show the next side."""
        self._at = pointer
        if self._corners is not None:
            self._desk.repaint.emit()

    def accept(self) -> bool:
        """Close it."""
        corners, frame = self._corners, self._frame
        if corners is None or len(corners.points) < 3:
            return False
        target = self._desk.target(erase=corners.erase)
        if target is None:
            # It stays: what stood in the way can be mended, and Enter closes it then.
            return False
        self.cancel()
        self._desk.edit(
            target,
            lambda annotator, one: annotator.editing.polygon(frame, one, corners.points, erase=corners.erase),
        )
        return True

    def cancel(self) -> bool:
        """Forget its corners."""
        busy, self._corners = self.is_busy, None
        if busy:
            self._desk.repaint.emit()
        return busy

    def back(self) -> bool:
        """Take back the last corner."""
        if self._corners is None:
            return False
        self._corners = self._corners.less() if len(self._corners.points) > 1 else None
        self._desk.repaint.emit()
        return True

    def delete(self) -> bool:
        """Take back the last corner."""
        return self.back()

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw its sides and corners."""
        if self._corners is None:
            return
        points = self._corners.points
        colour = sketch.subtract if self._corners.erase else sketch.colour
        if self._at is not None:
            sketch.line(painter, (points[-1], (self._at.x, self._at.y)), colour, dashed=True)
            if len(points) > 1:
                faint = QColor(colour)
                faint.setAlpha(110)
                sketch.line(painter, ((self._at.x, self._at.y), points[0]), faint, dashed=True)
        sketch.line(painter, points, colour, dashed=False)
        closing = self._at is not None and self._corners.closes_at(self._at.x, self._at.y, self._at.reach)
        for number, (x, y) in enumerate(points):
            sketch.handle(painter, x, y, hot=number == 0 and closing)


class LassoTool(IdleTool):
    """A line drawn around something.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    """

    id = "tool.lasso"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._path: Path | None = None
        self._frame = 0

    @property
    def path(self) -> Path | None:
        """The line being drawn."""
        return self._path

    @property
    def is_busy(self) -> bool:
        """Whether a line is being drawn."""
        return self._path is not None

    def press(self, pointer: Pointer) -> None:
        """Begin the line."""
        self._frame = self._desk.session.frame
        erase = pointer.subtracts != self._desk.options.subtract
        self._path = Path(erase=erase).to(pointer.x, pointer.y, 0)

    def move(self, pointer: Pointer) -> None:
        """Go on with it."""
        if self._path is not None:
            self._path = self._path.to(pointer.x, pointer.y, 0)
            self._desk.repaint.emit()

    def release(self, _: Pointer) -> None:
        """Close it."""
        path, frame = self._path, self._frame
        self.cancel()
        if path is None or not path.is_loop:
            return
        target = self._desk.target(erase=path.erase)
        if target is not None:
            self._desk.edit(
                target,
                lambda annotator, one: annotator.editing.polygon(frame, one, path.points, erase=path.erase),
            )

    def cancel(self) -> bool:
        """Forget the line."""
        busy, self._path = self.is_busy, None
        if busy:
            self._desk.repaint.emit()
        return busy

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw the line."""
        if self._path is not None:
            colour = sketch.subtract if self._path.erase else sketch.colour
            sketch.line(painter, self._path.points, colour, dashed=False)
            ends = (self._path.points[-1], self._path.points[0])
            sketch.line(painter, ends, colour, dashed=True)


class FillTool(IdleTool):
    """Adds the pixels around a click that look like it, or takes them away.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    """

    id = "tool.fill"

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def press(self, pointer: Pointer) -> None:
        """Fill."""
        frame, options = self._desk.session.frame, self._desk.options
        erase = pointer.subtracts != options.subtract
        height, width = self._desk.size
        inside = 0 <= pointer.x < width and 0 <= pointer.y < height
        target = self._desk.target(erase=erase) if inside else None
        if target is None:
            return
        self._desk.edit(
            target,
            lambda annotator, one: annotator.editing.flood_fill(
                frame, one, pointer.x, pointer.y, tolerance=options.tolerance, erase=erase
            ),
        )

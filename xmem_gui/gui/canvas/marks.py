"""Prompts drawn on the canvas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtGui import QPainter

from xmem_gui.gui.canvas.sketch import Sketch
from xmem_gui.gui.canvas.tools.prompts import Hit, corners

if TYPE_CHECKING:
    from xmem_gui.interaction import Prompts


def paint_marks(painter: QPainter, sketch: Sketch, prompts: Prompts, hot: Hit | None) -> None:
    """Draw strokes, the box and clicks; the one under the pointer stands out."""
    for number, stroke in enumerate(prompts.strokes):
        colour = sketch.add if stroke.positive else sketch.subtract
        points = [(float(x), float(y)) for x, y in stroke.points]
        sketch.stroke(
            painter, points, stroke.radius, colour.lighter(130) if hot == ("stroke", number) else colour
        )
    frame = corners(prompts)
    if frame:
        sketch.line(painter, (*frame, frame[0]), sketch.add, dashed=True)
        for number, (x, y) in enumerate(frame):
            sketch.handle(painter, x, y, hot=hot == ("corner", number))
    for number, point in enumerate(prompts.points):
        sketch.mark(painter, point.x, point.y, positive=point.positive, hot=hot == ("point", number))

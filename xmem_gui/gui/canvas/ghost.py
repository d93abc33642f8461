"""What a click would take, drawn while the pointer rests: dashed, and nothing like a mask that is there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath

from xmem_gui.arrays import Mask

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.sketch import Sketch

Outline = tuple[tuple[float, float], ...]
"""Places (x, y) of the video, closed: the last is the first."""

_FILL = 45
"""Opacity of what is inside, of 255."""


@dataclass(frozen=True, eq=False)
class Ghost:
    """A mask that is not there.

    Attributes
    ----------
    frame
        On which frame it would be.
    outlines
        Around its parts and holes.
    """

    frame: int
    outlines: tuple[Outline, ...]


def make_ghost(frame: int, mask: Mask) -> Ghost:
    """Return the outlines of a mask (H, W), through the centres of its outermost pixels."""
    found, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    lines = [contour.reshape(-1, 2) + 0.5 for contour in found if len(contour) > 2]
    return Ghost(frame, tuple((*map(tuple, line.tolist()), tuple(line[0].tolist())) for line in lines))


def paint_ghost(painter: QPainter, sketch: Sketch, ghost: Ghost, colour: QColor | None = None) -> None:
    """Draw its outlines dashed, in a lighter shade of a colour, and its inside hardly.

    Parameters
    ----------
    painter
        It counts in logical pixels of the canvas.
    sketch
        Where the video lies on the canvas, and its colours.
    ghost
        The mask that is not there.
    colour
        Of its object; None for the selected one's.
    """
    light = (colour or sketch.colour).lighter(140)
    inside = QPainterPath()
    for outline in ghost.outlines:
        inside.addPolygon(sketch.polygon(outline))
    shade = QColor(light)
    shade.setAlpha(_FILL)
    inside.setFillRule(Qt.FillRule.OddEvenFill)
    painter.fillPath(inside, shade)
    for outline in ghost.outlines:
        sketch.line(painter, outline, light, dashed=True)

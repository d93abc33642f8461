"""Prompts become masks: what a hand does, as pure functions of arrays.

Positions are (x, y) in video pixels, with the centre of pixel (0, 0) at (0.5, 0.5) (`prompts`). Strokes,
polygons and fills give a `Patch`; whole-mask tools give a mask. `respect` settles an edit with the
other objects' masks.
"""

from xmem_gui.arrays import Mask, as_mask, as_rgb
from xmem_gui.interaction.between import Between
from xmem_gui.interaction.brush import brush_stroke
from xmem_gui.interaction.edges import snap_by_colour, snap_to_edges, soften_edges
from xmem_gui.interaction.fill import fill_holes, flood_fill, keep_largest, keep_part_at, remove_islands
from xmem_gui.interaction.locks import Overlap, Painted, respect
from xmem_gui.interaction.morphology import grow, shrink, smooth_edge
from xmem_gui.interaction.patches import Patch
from xmem_gui.interaction.polygon import FillRule, fill_polygon
from xmem_gui.interaction.prompts import Box, Point, Prompts, Stroke
from xmem_gui.interaction.segmenter import PreparedImage, Segmenter

__all__ = [
    "Between",
    "Box",
    "FillRule",
    "Mask",
    "Overlap",
    "Painted",
    "Patch",
    "Point",
    "PreparedImage",
    "Prompts",
    "Segmenter",
    "Stroke",
    "as_mask",
    "as_rgb",
    "brush_stroke",
    "fill_holes",
    "fill_polygon",
    "flood_fill",
    "grow",
    "keep_largest",
    "keep_part_at",
    "remove_islands",
    "respect",
    "shrink",
    "smooth_edge",
    "snap_by_colour",
    "snap_to_edges",
    "soften_edges",
]

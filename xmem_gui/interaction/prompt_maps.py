"""Prompts drawn as the maps that the compact click model reads."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.interaction.prompts import Prompts

POINT_RADIUS = 5
"""Of the disk that a click becomes, in pixels of the network's input."""

STROKE_RADIUS = 2
"""The least radius of a stroke, likewise."""


def prompt_maps(
    prompts: Prompts,
    size: tuple[int, int],
    *,
    origin: tuple[float, float] = (0, 0),
    scale: tuple[float, float] = (1, 1),
) -> NDArray[np.float32]:
    """Return positive prompts, negative prompts and the box's inside as maps (3, H, W) of 0 and 1.

    Where disks or strokes overlap, the rules of `Prompts` hold: points win, and later ones.

    Parameters
    ----------
    prompts : Prompts
        Those outside of the maps are not drawn.
    size : (H, W)
        Size of the maps in pixels.
    origin : (x, y)
        Place in the prompts' pixels that the maps' upper left corner shows.
    scale : (x, y)
        Pixels of the maps to one pixel of the prompts, across and down.
    """
    labels = np.zeros(size, np.int8)

    def moved(places: NDArray[np.float64]) -> NDArray[np.float64]:
        # Within what OpenCV draws; what is so far outside is not seen anyway.
        return np.clip((places - origin) * scale - 0.5, -(2**14), 2**14)

    def at(places: NDArray[np.float64]) -> NDArray[np.int32]:
        return np.rint(moved(places)).astype(np.int32)

    for stroke in prompts.strokes:
        if len(stroke.points):
            radius = max(STROKE_RADIUS, round(stroke.radius * min(scale)))
            value = 1 if stroke.positive else -1
            cv2.polylines(labels, [at(stroke.points)], False, value, 2 * radius + 1)
    for point in prompts.points:
        x, y = at(np.array([point.x, point.y]))
        cv2.circle(labels, (int(x), int(y)), POINT_RADIUS, 1 if point.positive else -1, -1)
    box = np.zeros(size, np.float32)
    if prompts.box is not None:
        corners = [[prompts.box.x0, prompts.box.y0], [prompts.box.x1, prompts.box.y1]]
        (x0, y0), (x1, y1) = np.ceil(moved(np.array(corners))).astype(int).clip(min=0)
        box[y0:y1, x0:x1] = 1
    return np.stack([(labels > 0).astype(np.float32), (labels < 0).astype(np.float32), box])

"""Picture and masks become what is seen: pure functions of arrays, at whatever size they are given."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import IndexMask, Picture
from xmem_gui.gui.canvas.edges import Edges, blend
from xmem_gui.gui.canvas.look import Look, Mode
from xmem_gui.gui.pictures.layers import Layers

_CELL = 8
"""Pixels of a square of the checkerboard, and between the stripes of a locked object."""
_LIGHT, _DARK = 204, 152


def compose(
    base: Picture,
    index: IndexMask,
    layers: Layers,
    look: Look,
    edges: Edges,
    *,
    at: tuple[int, int] = (0, 0),
    matte: NDArray[np.uint8] | None = None,
) -> Picture:
    """Draw masks over a picture.

    Parameters
    ----------
    base : (H, W, 4)
        The video's picture, uint8 in the order blue, green, red, unused.
    index : (H, W)
        Who is seen at each pixel, numbered as in ``layers.objects``.
    layers
        The objects: their colours, and who is locked.
    look
        How masks are drawn: the view, opacity and outline.
    edges
        How much of a pixel a mask covers there.
    at : (x, y)
        Where the upper left pixel lies in a larger picture, so that patterns join.
    matte : (H, W) or None
        How much of each pixel is kept in the soft matte, 0 to 255; None in other views.

    Returns
    -------
    (H, W, 4) uint8
        BGRX, newly made.
    """
    inside = (index > 0).view(np.uint8)
    if look.mode is Mode.MASK:
        return _colours(index, layers)
    if look.mode is Mode.MATTE and matte is not None:
        out = _backdrop(base.shape, look, at)
        blend(out, base, matte)
        return out
    if look.mode is Mode.CUTOUT:
        out = _backdrop(base.shape, look, at)
        blend(out, base, edges.inside(inside))
        return out
    if look.mode is Mode.FADED:
        out = _fogged(base, look.opacity)
        blend(out, base, edges.inside(inside))
    else:
        out = base.copy()
    if look.mode is Mode.IMAGE or not inside.any():
        return out
    box = _box(inside, margin=edges.reach)
    within, shown, mask = out[box], np.ascontiguousarray(index[box]), np.ascontiguousarray(inside[box])
    if look.mode is Mode.OVERLAY:
        mixed = _tinted(within, shown, layers, look, (at[0] + box[1].start, at[1] + box[0].start))
        part = np.ascontiguousarray(within)
        blend(part, mixed, edges.inside(mask))
        within[...] = part
    _outline(within, shown, layers, look, edges)
    return out


def _tinted(base: Picture, index: IndexMask, layers: Layers, look: Look, at: tuple[int, int]) -> Picture:
    """Return a picture with each object's colour mixed in, striped where the object is locked."""
    # A pixel that is covered in part may lie outside: its neighbour's colour covers it.
    near = np.asarray(cv2.dilate(index, np.ones((3, 3), np.uint8), iterations=2), index.dtype)
    colours = _colours(np.where(index, index, near), layers)
    mixed = np.asarray(cv2.addWeighted(base, 1 - look.opacity, colours, look.opacity, 0), np.uint8)
    _stripe(mixed, base, index, layers, at)
    return mixed


def _outline(out: Picture, index: IndexMask, layers: Layers, look: Look, edges: Edges) -> None:
    """Draw outlines, inside of the objects; the selected one's is as wide again, with a light line."""
    selected = layers.slot(look.selected)
    for slot in _present(index):
        mask = (index == slot).view(np.uint8)
        box = _box(mask, margin=edges.reach)
        own, part = np.ascontiguousarray(mask[box]), np.ascontiguousarray(out[box])
        colour = (*layers.objects[slot - 1].colour[::-1], 255)
        thin, wide = edges.lines(own, look.line, 2 * look.line)
        blend(part, colour, wide if slot == selected else thin)
        if slot == selected:
            blend(part, (255,) * 4, thin)
        out[box] = part


def _present(index: IndexMask) -> list[int]:
    """Return the numbers in an index, without 0."""
    if index.dtype == np.uint8:
        counts = cv2.calcHist([index], [0], None, [256], [0, 256])
        return [slot for slot in np.flatnonzero(counts).tolist() if slot]
    return [slot for slot in np.unique(index).tolist() if slot]


def _over(below: Picture, above: Picture, mask: NDArray[np.uint8]) -> Picture:
    """Return ``below``, changed to ``above`` where the mask is not zero."""
    return np.asarray(cv2.copyTo(above, mask, below), np.uint8)


def _box(mask: NDArray[np.uint8], *, margin: int) -> tuple[slice, slice]:
    """Return the rows and columns that hold a mask and a little around it."""
    x, y, width, height = cv2.boundingRect(mask)
    return slice(max(y - margin, 0), y + height + margin), slice(max(x - margin, 0), x + width + margin)


def _colours(index: IndexMask, layers: Layers) -> Picture:
    """Return each pixel's object's colour (H, W, 4), black where there is none."""
    table = np.zeros((max(len(layers.objects) + 1, 256), 4), np.uint8)
    table[:, 3] = 255
    for slot, one in enumerate(layers.objects, start=1):
        table[slot, :3] = one.colour[::-1]
    if index.dtype == np.uint8:
        channels = [cv2.LUT(index, np.ascontiguousarray(table[:, i])) for i in range(4)]
        return np.asarray(cv2.merge(channels), np.uint8)
    picture: Picture = table[index]
    return picture


def _stripe(mixed: Picture, base: Picture, index: IndexMask, layers: Layers, at: tuple[int, int]) -> None:
    """Let the picture through in stripes where an object is locked."""
    locked = [slot for slot, one in enumerate(layers.objects, start=1) if one.locked]
    if not locked:
        return
    height, width = index.shape
    x, y = at[0] % (2 * _CELL), at[1] % (2 * _CELL)
    stripes = _diagonals(y + height, x + width)[y:, x:]
    owned = np.zeros(max(len(layers.objects) + 1, 256), np.uint8)
    owned[locked] = 1
    theirs = cv2.LUT(index, owned) if index.dtype == np.uint8 else owned[index]
    mixed[...] = _over(mixed, np.ascontiguousarray(base), np.asarray(theirs, np.uint8) & stripes)


def _fogged(base: Picture, opacity: float) -> Picture:
    grey = cv2.cvtColor(cv2.cvtColor(base, cv2.COLOR_BGRA2GRAY), cv2.COLOR_GRAY2BGRA)
    fog = np.asarray(cv2.addWeighted(base, (1 - opacity) * 0.6, grey, 0.25, 0), np.uint8)
    fog[..., 3] = 255
    return fog


def _backdrop(shape: tuple[int, ...], look: Look, at: tuple[int, int]) -> Picture:
    height, width = shape[:2]
    if look.backdrop is not None:
        out = np.empty((height, width, 4), np.uint8)
        out[:] = (*look.backdrop[::-1], 255)
        return out
    x, y = at[0] % (2 * _CELL), at[1] % (2 * _CELL)
    board: Picture = _checkerboard(y + height, x + width)[y:, x:].copy()
    return board


def _tiled(cell: Picture, height: int, width: int) -> Picture:
    """Return a square cell repeated over (height, width)."""
    side = cell.shape[0]
    repeats = (-(-height // side), -(-width // side), *(1,) * (cell.ndim - 2))
    return np.tile(cell, repeats)[:height, :width]


@lru_cache(maxsize=4)
def _diagonals(height: int, width: int) -> Picture:
    steps = np.arange(2 * _CELL)
    return _tiled((np.add.outer(steps, steps) % (2 * _CELL) < _CELL // 2).astype(np.uint8), height, width)


@lru_cache(maxsize=4)
def _checkerboard(height: int, width: int) -> Picture:
    odd = np.add.outer(np.arange(2 * _CELL) // _CELL, np.arange(2 * _CELL) // _CELL) % 2
    cell = np.full((2 * _CELL, 2 * _CELL, 4), 255, np.uint8)
    cell[..., :3] = np.where(odd, _DARK, _LIGHT)[..., None]
    return _tiled(cell, height, width)

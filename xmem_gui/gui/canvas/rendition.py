"""A frame as it is seen at one scale: made in the decode thread, touched up by the brush in the window's."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import IndexMask, Mask, Picture, RgbImage
from xmem_gui.gui.canvas.compose import compose
from xmem_gui.gui.canvas.edges import Edges
from xmem_gui.gui.canvas.geometry import Region
from xmem_gui.gui.canvas.look import Look
from xmem_gui.gui.pictures.layers import Layers
from xmem_gui.gui.pictures.mattes import matte_objects
from xmem_gui.gui.pictures.pixels import image_of, reduced

if TYPE_CHECKING:
    from PySide6.QtGui import QImage


CRISP = 2.0
"""From this scale on, pixels are squares; below, they are smoothed."""


@dataclass(frozen=True, eq=False)
class Touch:
    """Pixels that look changed before the document says so.

    Attributes
    ----------
    frame, object
        The 0-based frame and the object whose mask it is.
    x, y
        Column and row of the first pixel.
    pixels : (h, w) bool
        The pixels inside the region that are meant.
    erase
        Whether they are taken away, else added.
    alone
        Whether the object has no other pixels: this is its whole mask.
    """

    frame: int
    object: int
    x: int
    y: int
    pixels: Mask
    erase: bool = False
    alone: bool = False


@dataclass(frozen=True)
class Sight:
    """Which part of a frame, at what scale, and how.

    Attributes
    ----------
    frame
        The 0-based frame that is shown.
    region
        Which pixels of it; all of them where it is made smaller.
    scale
        Device pixels to a pixel of the video.
    look
        The view, opacity and outline that masks are drawn with.
    """

    frame: int
    region: Region
    scale: float
    look: Look

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) in device pixels."""
        return max(round(self.region.height * self.scale), 1), max(round(self.region.width * self.scale), 1)


class Rendition:
    """What is seen of a `Sight`.

    Attributes
    ----------
    sight
        The frame, the look and the objects that this picture was made for.
    layers
        The masks as the document has them, of the video's size or of that of the sight.
    image
        The picture, RGB32; shares its memory with this object.
    """

    def __init__(
        self,
        sight: Sight,
        pixels: RgbImage,
        layers: Layers,
        touches: Iterable[Touch] = (),
        matte: NDArray[np.uint8] | None = None,
    ) -> None:
        self.sight, self.layers = sight, layers
        self._base = _scaled(pixels, sight)
        self._index = _sampled_index(layers.index, sight)
        self._whole = matte
        self._matte = None if matte is None else _scaled_matte(matte[_part(sight.region)], sight)
        for touch in touches:
            if touch.frame == sight.frame:
                self._mark(touch)
        self._edges = Edges(sight.scale if sight.scale < CRISP else 1, sight.look.line)
        self._pixels = compose(self._base, self._index, layers, sight.look, self._edges, matte=self._matte)
        self.image: QImage = image_of(self._pixels)

    def touch(self, touch: Touch) -> tuple[int, int, int, int]:
        """Show a change at once; return what is different as (x, y, width, height) in device pixels."""
        box = self._mark(touch)
        if box is None:
            return 0, 0, 0, 0
        reach = 2 * self._edges.reach
        height, width = self.sight.size
        # Outlines change a little beyond the pixels, and look at neighbours a little beyond that.
        top, bottom, left, right = box
        rows, columns = _wider(top, bottom, reach, height), _wider(left, right, reach, width)
        seen_rows, seen_columns = _wider(*rows, reach, height), _wider(*columns, reach, width)
        seen = slice(*seen_rows), slice(*seen_columns)
        drawn = compose(
            self._base[seen], np.ascontiguousarray(self._index[seen]), self.layers, self.sight.look,
            self._edges, at=(seen_columns[0], seen_rows[0]),
            matte=None if self._matte is None else np.ascontiguousarray(self._matte[seen]),
        )  # fmt: skip
        self._pixels[slice(*rows), slice(*columns)] = drawn[
            rows[0] - seen_rows[0] : rows[1] - seen_rows[0],
            columns[0] - seen_columns[0] : columns[1] - seen_columns[0],
        ]
        return columns[0], rows[0], columns[1] - columns[0], rows[1] - rows[0]

    def matte_in(self, region: Region, live: Layers) -> NDArray[np.uint8] | None:
        """Return the soft matte with what is being painted in it; None in other views.

        Parameters
        ----------
        region
            Where it is needed; elsewhere it is of no use.
        live
            The masks as they look now, at the video's size.

        Returns
        -------
        (H, W) uint8 or None
            0 to 255; hard where the masks have changed, until the document has it.
        """
        if self._whole is None:
            return None
        part = _part(region)
        objects = matte_objects(self.layers, self.sight.look.selected)
        slots = np.array([self.layers.slot(one) for one in objects], live.index.dtype)
        was, now = np.isin(self.layers.index[part], slots), np.isin(live.index[part], slots)
        found = np.empty_like(self._whole)
        found[part] = np.where(was == now, self._whole[part], 255 * now.astype(np.uint8))
        return found

    def _mark(self, touch: Touch) -> tuple[int, int, int, int] | None:
        """Change the index; return (top, bottom, left, right) of it in device pixels."""
        slot = self.layers.slot(touch.object)
        if not slot:
            return None
        shown = self._matte if touch.object in matte_objects(self.layers, self.sight.look.selected) else None
        if touch.alone:
            if shown is not None:
                shown[self._index == slot] = 0
            self._index[self._index == slot] = 0
        region, (height, width) = self.sight.region, self.sight.size
        rows, first_row = _sampled(touch.y - region.top, touch.pixels.shape[0], region.height, height)
        columns, first_column = _sampled(touch.x - region.left, touch.pixels.shape[1], region.width, width)
        if touch.alone and (not rows.size or not columns.size):
            return 0, height, 0, width
        if not rows.size or not columns.size:
            return None
        meant = touch.pixels[rows][:, columns]
        bottom, right = first_row + rows.size, first_column + columns.size
        part = self._index[first_row:bottom, first_column:right]
        _put(part, meant, self.layers, slot, erase=touch.erase)
        if shown is not None:
            # Hard until the document has it, and its matte is made.
            shown[first_row:bottom, first_column:right][meant] = 255 * (part[meant] == slot)
        return (0, height, 0, width) if touch.alone else (first_row, bottom, first_column, right)


class LiveLayers:
    """Layers with touches in them, at the video's size; those that come one by one are added one by one."""

    def __init__(self) -> None:
        self._layers: Layers | None = None
        self._live: Layers | None = None
        self._done: tuple[Touch, ...] = ()

    def of(self, layers: Layers, touches: tuple[Touch, ...]) -> Layers:
        """Return layers with touches of their frame in them; what is returned changes with the next call.

        Parameters
        ----------
        layers
            The masks as the document has them; left as they are.
        touches
            What they look changed by, in order.
        """
        if not touches:
            return layers
        done = self._done
        if layers is not self._layers or self._live is None or touches[: len(done)] != done:
            self._layers, done = layers, ()
            self._live = Layers(layers.index.copy(), layers.objects, layers.size)
        for touch in touches[len(done) :]:
            _touch(self._live, touch)
        self._done = touches
        return self._live


def _touch(layers: Layers, touch: Touch) -> None:
    """Change an index that may be changed, at the video's size."""
    slot = layers.slot(touch.object)
    if not slot:
        return
    if touch.alone:
        layers.index[layers.index == slot] = 0
    height, width = touch.pixels.shape
    top, left = max(touch.y, 0), max(touch.x, 0)
    part = layers.index[top : max(touch.y + height, 0), left : max(touch.x + width, 0)]
    meant = touch.pixels[top - touch.y :, left - touch.x :][: part.shape[0], : part.shape[1]]
    _put(part, meant, layers, slot, erase=touch.erase)


def _put(part: IndexMask, meant: Mask, layers: Layers, slot: int, *, erase: bool) -> None:
    """Give pixels to an object, but none of a locked one; or take them from it."""
    if erase:
        part[meant & (part == slot)] = 0
        return
    locked = [n for n, one in enumerate(layers.objects, start=1) if one.locked and n != slot]
    part[meant & ~np.isin(part, np.array(locked, part.dtype))] = slot


def _scaled(pixels: RgbImage, sight: Sight) -> Picture:
    """Return what is seen of a frame, in BGRX; of one that is made smaller, not all pixels need be there."""
    part = pixels if sight.scale < 1 else pixels[_part(sight.region)]
    return np.asarray(cv2.cvtColor(_resized(part, sight), cv2.COLOR_RGB2BGRA), np.uint8)


def _sampled_index(index: IndexMask, sight: Sight) -> IndexMask:
    """Return who is seen at each pixel; of masks that are made smaller, not all pixels need be there."""
    height, width = sight.size
    part = index if sight.scale < 1 else np.ascontiguousarray(index[_part(sight.region)])
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_NEAREST))


def _resized(pixels: Picture, sight: Sight) -> Picture:
    height, width = sight.size
    if sight.scale < 1:
        return reduced(pixels, (height, width))
    if sight.scale == 1:
        return pixels
    how = cv2.INTER_NEAREST if sight.scale >= CRISP else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.ascontiguousarray(pixels), (width, height), interpolation=how), np.uint8)


def _scaled_matte(matte: NDArray[np.uint8], sight: Sight) -> NDArray[np.uint8]:
    height, width = sight.size
    how = cv2.INTER_AREA if sight.scale < 1 else cv2.INTER_LINEAR
    how = cv2.INTER_NEAREST if sight.scale >= CRISP else how
    return np.asarray(cv2.resize(np.ascontiguousarray(matte), (width, height), interpolation=how), np.uint8)


def _sampled(start: int, count: int, pixels: int, size: int) -> tuple[NDArray[np.int64], int]:
    """Return which of ``count`` pixels from ``start`` on each device pixel shows, and the first of those.

    As OpenCV's nearest neighbour does: device pixel i of ``size`` shows pixel floor(i * pixels / size).
    """
    step = pixels / size
    first = max(math.floor(start / step) - 1, 0)
    last = min(math.ceil((start + count) / step) + 1, size)
    shown = np.minimum(np.floor(np.arange(first, last) * step).astype(np.int64), pixels - 1) - start
    inside = np.flatnonzero((shown >= 0) & (shown < count))
    if not inside.size:
        return inside, 0
    return shown[inside], first + int(inside[0])


def _part(region: Region) -> tuple[slice, slice]:
    return slice(region.top, region.bottom), slice(region.left, region.right)


def _wider(start: int, stop: int, margin: int, limit: int) -> tuple[int, int]:
    return max(start - margin, 0), min(stop + margin, limit)

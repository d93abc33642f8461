"""Masks as COCO run lengths: made, checked and undone without trusting the bytes.

A COCO run-length string counts pixels down the columns, zeros first, each count written as a difference
to the one two before it in groups of five bits. What this module writes, pycocotools reads, and the
other way round; but pycocotools trusts its input, so every string from a file is checked here first.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from pycocotools import mask as coco

from xmem_gui.arrays import Mask
from xmem_gui.errors import MaskError

MAX_PIXELS = 1 << 28
"""No mask has more pixels than this (16384 x 16384)."""
_MAX_DIGITS = 7


@dataclass(frozen=True, slots=True)
class Rle:
    """One binary mask as a compressed COCO run-length string.

    Attributes
    ----------
    counts : bytes
        The string, as in the ``counts`` of a COCO annotation.
    height, width : int
        Size of the mask in pixels.
    """

    counts: bytes
    height: int
    width: int
    _area: int | None = field(default=None, compare=False, repr=False)  # known once the string is checked

    def plain(self) -> Rle:
        """Return the same mask in plain values, checked.

        Raises
        ------
        MaskError
            If it is none.
        """
        if type(self.counts) is bytes and type(self.height) is type(self.width) is int:
            return self
        try:
            counts, height, width = (
                bytes(self.counts),
                operator.index(self.height),
                operator.index(self.width),
            )
        except TypeError:
            raise MaskError("A run-length mask needs bytes, and whole numbers for its size.") from None
        return Rle(counts, height, width)

    @classmethod
    def from_mask(cls, mask: npt.NDArray[Any]) -> Rle:
        """Encode a mask of shape (H, W); what is not zero is inside.

        Raises
        ------
        MaskError
            If the array does not have two axes, or is too large.
        """
        if mask.ndim != 2:
            raise MaskError(f"A mask has two axes (rows, columns), not {mask.ndim}.")
        if mask.dtype.kind not in "buif" or (mask.dtype.kind == "f" and not np.isfinite(mask).all()):
            raise MaskError(f"A mask holds truth values or finite numbers, not {mask.dtype} with others.")
        height, width = (int(side) for side in mask.shape)
        _check_size(height, width)
        runs = _runs(mask)
        return cls(_compress(runs, height, width), height, width, sum(runs[1::2]))

    @classmethod
    def empty(cls, height: int, width: int) -> Rle:
        """Return the mask of this size with no pixel inside."""
        _check_size(height, width)
        return cls(_compress([height * width], height, width), height, width, 0)

    @classmethod
    def from_coco(cls, value: Mapping[str, Any]) -> Rle:
        """Read a COCO ``segmentation`` (compressed or plain counts) and check it.

        Raises
        ------
        MaskError
            If it is not a run-length mask, or its counts do not fill its size.
        """
        size, counts = value.get("size"), value.get("counts")
        if not isinstance(size, (list, tuple)) or len(size) != 2 or not all(_is_int(side) for side in size):
            raise MaskError("A run-length mask lacks its size: expected [height, width].")
        height, width = int(size[0]), int(size[1])
        _check_size(height, width)
        if isinstance(counts, str):
            try:
                counts = counts.encode("ascii")
            except UnicodeEncodeError:
                raise MaskError("A run-length mask holds characters that COCO does not use.") from None
        if isinstance(counts, list):
            return cls(_from_plain(counts, height, width), height, width, sum(counts[1::2]))
        if not isinstance(counts, bytes):
            raise MaskError("A run-length mask lacks its counts: expected a string or a list of numbers.")
        return cls(counts, height, width, cls(counts, height, width).check())

    def to_coco(self) -> dict[str, Any]:
        """Return ``{"size": [H, W], "counts": str}``, ready for JSON."""
        return {"size": [self.height, self.width], "counts": self.counts.decode("ascii")}

    def to_mask(self) -> Mask:
        """Decode to a C-ordered boolean array of shape (H, W).

        Raises
        ------
        MaskError
            If the counts are damaged or do not fill the mask's size.
        """
        return _filled(parse(self.counts, self.height, self.width), self.height, self.width)

    def sampled(self, height: int, width: int) -> Mask:
        """Decode to a smaller size, without making the whole mask: every pixel is the nearest one's value.

        Parameters
        ----------
        height, width : int
            Size of the array that is returned, of at most the mask's own size. Pixels are taken as OpenCV's
            nearest neighbour does.

        Raises
        ------
        MaskError
            As `to_mask` does.
        """
        ends = np.cumsum(parse(self.counts, self.height, self.width))
        column, row = np.divmod(ends, self.height)
        # How many of the pixels that are taken lie before the end of each run, down the columns.
        columns, rows = _taken(width, self.width), _taken(height, self.height)
        before = columns[column] * height
        before += np.where(columns[np.minimum(column + 1, self.width)] > columns[column], rows[row], 0)
        return _filled(np.diff(before, prepend=0), height, width)

    def check(self) -> int:
        """Check the string and return the number of pixels inside.

        Raises
        ------
        MaskError
            If the counts are damaged or do not fill the mask's size.
        """
        if self._area is not None:
            return self._area
        return int(parse(self.counts, self.height, self.width)[1::2].sum())

    @property
    def area(self) -> int:
        """Number of pixels inside."""
        return self.check()

    @property
    def bounds(self) -> tuple[int, int, int, int]:
        """The tight box (x, y, width, height) in pixels; all zero for an empty mask."""
        if self.check() == 0:
            return 0, 0, 0, 0
        box = coco.toBbox({"size": [self.height, self.width], "counts": self.counts})
        x, y, width, height = (int(side) for side in box)
        return x, y, width, height

    def union(self, other: Rle) -> Rle:
        """Return the pixels inside either mask.

        Raises
        ------
        MaskError
            If the sizes differ, or either string is damaged.
        """
        if (self.height, self.width) != (other.height, other.width):
            raise MaskError(
                f"Masks of {self.width}x{self.height} and {other.width}x{other.height} cannot be joined."
            )
        return Rle.from_mask(self.to_mask() | other.to_mask())


def parse(counts: bytes, height: int, width: int) -> npt.NDArray[np.int64]:
    """Return the run lengths (zeros first, down the columns) of a compressed string.

    Nothing is allocated beyond a small multiple of the string, whose length is bounded by the size.

    Raises
    ------
    MaskError
        If the string is damaged, a run is negative, or the runs do not add up to ``height * width``.
    """
    _check_size(height, width)
    if not counts or len(counts) > 2 * height * width + 64:
        raise MaskError(f"A run-length mask of {width}x{height} has {len(counts)} characters: it is damaged.")
    raw = np.frombuffer(counts, np.uint8) - np.uint8(48)
    if raw.max() > 63 or raw[-1] & 0x20:
        raise MaskError("A run-length mask is damaged: it holds characters that COCO does not use.")
    ends = np.flatnonzero((raw & 0x20) == 0)
    starts = np.concatenate(([0], ends[:-1] + 1))
    digits = ends - starts + 1
    if digits.max() > _MAX_DIGITS:
        raise MaskError("A run-length mask is damaged: one of its counts is too long.")
    values: npt.NDArray[np.int64] = (raw[starts] & 0x1F).astype(np.int64)
    for place in range(1, int(digits.max())):
        longer = np.flatnonzero(digits > place)
        values[longer] |= (raw[starts[longer] + place] & 0x1F).astype(np.int64) << (5 * place)
    below = np.flatnonzero(raw[ends] & 0x10)
    values[below] -= np.int64(1) << (5 * digits[below])
    values[1::2] = np.cumsum(values[1::2])
    values[2::2] = np.cumsum(values[2::2])
    total = height * width
    if values.min() < 0 or values.max() > total or int(values.sum()) != total:
        raise MaskError(f"A run-length mask does not fill its {width}x{height} pixels: it is damaged.")
    return values


def _filled(runs: npt.NDArray[np.int64], height: int, width: int) -> Mask:
    """Return the (H, W) mask of runs that fill it, zeros first, down the columns."""
    inside = (np.arange(runs.size) & 1).astype(np.uint8)
    columns = np.repeat(inside, runs).reshape(width, height)
    rows: Mask = np.ascontiguousarray(cv2.transpose(columns)).view(np.bool_)
    return rows.reshape(height, width)


def _taken(count: int, of: int) -> npt.NDArray[np.int64]:
    """Return how many of the places that ``count`` pixels are taken from lie before each place, and all."""
    places = np.minimum(np.floor(np.arange(count) * (1 / (count / of))).astype(np.int64), of - 1)
    return np.searchsorted(places, np.arange(of + 1))


def _runs(mask: npt.NDArray[Any]) -> list[int]:
    inside = mask.view(np.uint8) if mask.dtype == np.bool_ else (mask != 0).view(np.uint8)
    height, width = inside.shape
    filled = np.flatnonzero(inside.any(axis=0))
    if filled.size == 0:
        return [height * width]
    left, right = int(filled[0]), int(filled[-1]) + 1
    columns = cv2.transpose(np.ascontiguousarray(inside[:, left:right])).ravel()
    edges = np.flatnonzero(columns[1:] != columns[:-1]) + (left * height + 1)
    first, last = [left * height] if columns[0] else [], [right * height] if columns[-1] else []
    bounds = np.concatenate(([0], first, edges, last, [height * width])).astype(np.int64)
    runs: list[int] = np.diff(bounds).tolist()
    return runs if runs[-1] else runs[:-1]


def _compress(runs: list[int], height: int, width: int) -> bytes:
    packed = coco.frPyObjects({"size": [height, width], "counts": runs}, height, width)
    return bytes(packed["counts"])


def _from_plain(counts: list[Any], height: int, width: int) -> bytes:
    if len(counts) > height * width + 2 or not all(_is_int(count) and count >= 0 for count in counts):
        raise MaskError("A run-length mask is damaged: its counts are not whole numbers.")
    if sum(counts) != height * width:
        raise MaskError(f"A run-length mask does not fill its {width}x{height} pixels: it is damaged.")
    return _compress(counts, height, width)


def _is_int(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check_size(height: int, width: int) -> None:
    if height < 1 or width < 1 or height * width > MAX_PIXELS:
        raise MaskError(
            f"A mask of {width}x{height} pixels is not possible: expected 1 to {MAX_PIXELS} pixels."
        )

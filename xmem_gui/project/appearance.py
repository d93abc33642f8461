"""What a video looks like: what tells it from others, whatever its file is called or made of."""

from __future__ import annotations

import base64
import binascii
import json
import math
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from xmem_gui.text import printable

GRID = 32
"""Cells across and down into which a frame is averaged to be compared."""
_CELLS = GRID * GRID * 3
_MOST_SAMPLES = 32
_MOST_PICTURE = 1 << 18
_MOST_TEXT = 1 << 26


@dataclass(frozen=True, slots=True)
class Sample:
    """One frame as it is remembered.

    Attributes
    ----------
    frame : int
        The 0-based frame number.
    cells : bytes
        (`GRID`, `GRID`, 3) uint8: the frame averaged in cells, red green blue.
    picture : bytes
        A small JPEG for people to look at; empty if there is none.
    """

    frame: int
    cells: bytes
    picture: bytes = b""

    def unlikeness(self, other: Sample) -> tuple[float, float]:
        """Return by how much two frames differ: the largest difference of a cell, and the mean; 0 to 255."""
        difference = np.abs(_numbers(self.cells) - _numbers(other.cells))
        return float(difference.max()), float(difference.mean())


@dataclass(frozen=True, slots=True)
class Appearance:
    """What is remembered of a video beside its size and number of frames.

    Attributes
    ----------
    rate : float
        Average frames a second.
    times : tuple of float
        Seconds of evenly spread frames (`spread`) after the first.
    names : tuple of str
        File names of a folder's pictures, in order; empty for a video file.
    sizes : tuple of int
        Bytes of those files, in order; empty if not known.
    samples : tuple of Sample
        A few frames, in order.
    """

    rate: float = 0.0
    times: tuple[float, ...] = ()
    names: tuple[str, ...] = ()
    sizes: tuple[int, ...] = ()
    samples: tuple[Sample, ...] = ()

    def to_json(self, of: str) -> str:
        """Return the text that `from_json` reads; ``of`` is the digest of the video's frame times."""
        names = "\0".join(self.names).encode("utf-8", "surrogatepass")
        value = {
            "of": of,
            "rate": self.rate,
            "times": [round(time, 6) for time in self.times],
            "names": _text(zlib.compress(names)),
            "sizes": _text(zlib.compress(np.asarray(self.sizes, "<i8").tobytes())),
            "samples": [
                {"frame": one.frame, "cells": _text(one.cells), "picture": _text(one.picture)}
                for one in self.samples
            ],
        }
        return json.dumps(value)

    @classmethod
    def from_json(cls, text: str | None, *, of: str, frames: int) -> Appearance | None:
        """Read what `to_json` wrote; None if it is damaged, or of another video than ``of`` says."""
        try:
            value = json.loads(text or "")
            if value["of"] != of:
                return None
            joined = _unpacked(value["names"]).decode("utf-8", "surrogatepass")
            names = tuple(joined.split("\0")) if joined else ()
            sizes = tuple(np.frombuffer(_unpacked(value["sizes"]), "<i8").tolist())
            found = cls(
                float(value["rate"]),
                tuple(float(time) for time in value["times"]),
                names,
                sizes,
                tuple(_sample(one, frames) for one in value["samples"][:_MOST_SAMPLES]),
            )
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError, OverflowError, zlib.error):
            return None
        whole = all(map(math.isfinite, (found.rate, *found.times))) and found.rate >= 0
        fits = len(names) in (0, frames) and len(sizes) in (0, len(names)) and len(found.times) <= frames
        return found if whole and fits else None


def spread(frames: int, most: int = 256) -> list[int]:
    """Return evenly spread frame numbers, the first and the last among them."""
    return sorted(set(np.linspace(0, frames - 1, min(frames, most)).round().astype(int).tolist()))


def listed(names: Sequence[str], most: int = 3) -> str:
    """Return the first few names as one text that can be shown."""
    shown = ", ".join(printable(name) for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def _numbers(cells: bytes) -> npt.NDArray[np.float64]:
    return np.frombuffer(cells, np.uint8).astype(np.float64)


def _sample(value: dict[str, object], frames: int) -> Sample:
    frame, cells, picture = value["frame"], _bytes(value["cells"]), _bytes(value["picture"])
    if type(frame) is not int or not 0 <= frame < frames:
        raise ValueError
    if len(cells) != _CELLS or len(picture) > _MOST_PICTURE:
        raise ValueError
    return Sample(frame, cells, picture)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        raise ValueError
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None


def _unpacked(text: object) -> bytes:
    unpacker = zlib.decompressobj()
    data = unpacker.decompress(_bytes(text), _MOST_TEXT)
    if unpacker.unconsumed_tail or not unpacker.eof:
        raise ValueError
    return data

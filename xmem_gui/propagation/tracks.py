"""Where objects were of late, and so where to look for them."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from xmem_gui.propagation.result import CERTAIN, POSSIBLE
from xmem_gui.propagation.windows import CELL, Bounds, Grid, Window, around, whole_window

_NOWHERE: Bounds = (math.nan, math.nan, math.nan, math.nan)
_LEFT_OUT = 0.005
"""The share of a mask's pixels that may lie beyond each side of its box: specks do not widen it."""
_FORGETS = 0.05
"""How far, in each frame, the box that an object had of late draws back to the one that it has."""
_SMOOTH = 0.5
_USUAL = 0.2
"""What the newest frame counts in an object's motion, and in its usual confidence."""
_PATIENCE, _LOST_EVERY = 150, 3
"""An object that was seen in none of so many frames is then looked for in every third."""


@dataclass(frozen=True)
class WindowConfig:
    """When an object is looked for in a window, and in how large a one.

    Parameters
    ----------
    every
        The whole frame is looked at for all objects every so many frames, at the next that is remembered.
    margin
        Pixels of the network's input between the object's box and each side of its window.
    doubt
        What is added to the margin where confidence is 0, as a share of the box's side.
    fall
        By how much confidence must fall below what is usual of the object for a look at the whole frame.
    smallest
        Frames of fewer cells are always looked at whole.
    largest
        The share of the frame above which a window is the whole frame.
    """

    every: int = 15
    margin: float = 32.0
    doubt: float = 0.25
    fall: float = 0.25
    smallest: int = 600
    largest: float = 0.6

    def suit(self, grid: Grid) -> bool:
        """Whether a frame is large enough for windows."""
        return grid[0] * grid[1] >= self.smallest


@dataclass(frozen=True)
class _Track:
    """One object of late: boxes in pixels of the network's input, NaN where it was not to be seen."""

    box: Bounds
    late: Bounds
    motion: Bounds
    confidence: float
    usual: float
    unseen: int

    @property
    def seen(self) -> bool:
        return self.unseen == 0

    def row(self) -> list[float]:
        return [*self.box, *self.late, *self.motion, self.confidence, self.usual, self.unseen]

    @classmethod
    def of_row(cls, row: Sequence[float]) -> "_Track":
        box, late, motion = ((row[at], row[at + 1], row[at + 2], row[at + 3]) for at in (0, 4, 8))
        return cls(box, late, motion, row[12], row[13], int(row[14]))


_FIELDS = 15


class Tracks:
    """What is known of where each object is.

    Windows are made of it, and masks of windows: it is saved with the memory, so that a run that was
    interrupted goes on bit for bit.
    """

    def __init__(self) -> None:
        self._tracks: dict[int, _Track] = {}
        self._since_whole = 0

    def clear(self) -> None:
        """Know nothing: the next frame is looked at whole."""
        self._tracks.clear()
        self._since_whole = 0

    def forget(self, objects: Iterable[int]) -> None:
        """Know nothing of some objects."""
        for name in objects:
            self._tracks.pop(name, None)

    def see(self, name: int, soft: Tensor, window: Window) -> None:
        """Note an object's probabilities in a window, (H, W); where it was not looked for, (0, 0)."""
        box, confidence = _measure(soft)
        box = _moved(box, CELL * window.top, CELL * window.left)
        seen, before = not math.isnan(box[0]), self._tracks.get(name)
        if before is None or not before.seen:
            unseen = 0 if seen else (before.unseen if before else 0) + 1
            self._tracks[name] = _Track(box, box, (0.0, 0.0, 0.0, 0.0), confidence, confidence, unseen)
            return
        usual = before.usual + _USUAL * (confidence - before.usual)
        if not seen:
            self._tracks[name] = _Track(box, box, before.motion, confidence, usual, 1)
            return
        motion = _joined(
            before.motion,
            _joined(box, before.box, lambda now, then: now - then),
            lambda old, new: old + _SMOOTH * (new - old),
        )
        faded = _joined(before.late, box, lambda late, now: late + _FORGETS * (now - late))
        self._tracks[name] = _Track(box, _around_both(faded, box), motion, confidence, usual, 0)

    def windows(
        self, objects: Iterable[int], grid: Grid, config: WindowConfig, *, remembered: bool
    ) -> dict[int, Window] | None:
        """Return where to look for objects in the next frame, or None for everywhere.

        A window without cells is that of an object that is not looked for in this frame.

        Parameters
        ----------
        objects
            Names of the objects that are tracked.
        grid
            Rows and columns of cells in the frame's feature map.
        config
            The rules by which windows are chosen.
        remembered
            Whether the frame enters the memory.
        """
        self._since_whole += 1
        due = self._since_whole >= (config.every if remembered else 2 * config.every)
        everywhere = whole_window(grid)
        found = {name: self._window(name, grid, config) for name in objects}
        if due or not config.suit(grid) or all(one == everywhere for one in found.values()):
            self._since_whole = 0
            return None
        return found

    def drawn(self, name: int, grid: Grid, config: WindowConfig) -> Window:
        """Return the window of the mask that an object has in this frame."""
        track = self._tracks.get(name)
        return (
            whole_window(grid)
            if track is None or not track.seen
            else _limited(track.late, config.margin, grid, config)
        )

    def _window(self, name: int, grid: Grid, config: WindowConfig) -> Window:
        track = self._tracks.get(name)
        if track is None:
            return whole_window(grid)
        if not track.seen:
            waits = track.unseen > _PATIENCE and self._since_whole % _LOST_EVERY
            return Window(0, 0, 0, 0) if waits else whole_window(grid)
        if track.confidence < track.usual - config.fall:
            return whole_window(grid)
        box, motion = track.box, track.motion
        moved = _around_both(track.late, _joined(box, motion, lambda side, move: side + move))
        side = math.sqrt((box[2] - box[0]) * (box[3] - box[1]))
        doubt = config.doubt * (1 - track.confidence) * side
        return _limited(moved, config.margin + doubt + max(map(abs, motion)) / 2, grid, config)

    def state(self) -> dict[str, Tensor]:
        """Return everything as named tensors, fit for safetensors."""
        rows = [track.row() for track in self._tracks.values()]
        return {
            "objects": torch.tensor(list(self._tracks), dtype=torch.int64),
            "tracks": torch.tensor(rows, dtype=torch.float64).reshape(-1, _FIELDS),
            "since_whole": torch.tensor([self._since_whole]),
        }

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Replace everything by what `state` returned; by nothing, if it was saved without.

        Raises
        ------
        ValueError
            If it is not what `state` returns; nothing has changed then.
        """
        if not state:
            self.clear()
            return
        names, rows, since = (state.get(name) for name in ("objects", "tracks", "since_whole"))
        if (
            names is None
            or rows is None
            or since is None
            or since.shape != (1,)
            or rows.shape != (len(names), _FIELDS)
        ):
            raise ValueError("the tracks are none")
        unsure = rows[:, 12:]
        if not bool(unsure.isfinite().all()) or bool(rows.isinf().any()) or names.dtype != torch.int64:
            raise ValueError("the tracks are none")
        known = [_Track.of_row(row) for row in rows.tolist()]
        if any(one.unseen < 0 or (one.seen and not all(map(math.isfinite, one.row()))) for one in known):
            raise ValueError("the tracks are none")
        self._tracks = dict(zip(names.tolist(), known, strict=True))
        self._since_whole = int(since)


def _limited(box: Bounds, margin: float, grid: Grid, config: WindowConfig) -> Window:
    """Return a box's window, or the whole frame where it would be most of it."""
    window, everywhere = around(box, margin, grid), whole_window(grid)
    return window if window.cells <= config.largest * everywhere.cells else everywhere


def _measure(soft: Tensor) -> tuple[Bounds, float]:
    """Return the box of an object in (H, W), and its confidence as `FrameResult.confidence` has it."""
    # Numpy counts what is true many times as fast as torch does.
    array = soft.float().cpu().numpy()
    possible = array > POSSIBLE
    count = int(np.count_nonzero(possible))
    if not count:
        return _NOWHERE, 1 - float(array.max()) if array.size else 1.0
    mask = array > 0.5
    if not mask.any():
        mask = possible
    top, bottom = _extent(mask.sum(1))
    left, right = _extent(mask.sum(0))
    return (top, left, bottom, right), int(np.count_nonzero(array > CERTAIN)) / count


def _extent(counts: NDArray[np.int64]) -> tuple[float, float]:
    """Return where most of the pixels of rows or columns, (n,) so many in each, begin and end."""
    summed = counts.cumsum()
    total = int(summed[-1])
    left_out = int(_LEFT_OUT * total)
    first, last = np.searchsorted(summed, [left_out + 1, total - left_out])
    return float(first), float(last + 1)


def _moved(box: Bounds, down: int, right: int) -> Bounds:
    return box[0] + down, box[1] + right, box[2] + down, box[3] + right


def _around_both(one: Bounds, other: Bounds) -> Bounds:
    return min(one[0], other[0]), min(one[1], other[1]), max(one[2], other[2]), max(one[3], other[3])


def _joined(one: Bounds, other: Bounds, how: Callable[[float, float], float]) -> Bounds:
    """Return what becomes of two boxes, side by side."""
    a, b, c, d = (how(x, y) for x, y in zip(one, other, strict=True))
    return a, b, c, d

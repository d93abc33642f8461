"""Pictures as frames, of which some may be bad: what image folders and TIFF stacks share."""

from __future__ import annotations

import logging
import threading
from abc import abstractmethod
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.video.display_range import DisplayRange, StoredValues, automatic_range, is_deep
from xmem_gui.video.pictures import PictureError, to_rgb
from xmem_gui.video.source import FrameSource, freeze

logger = logging.getLogger(__name__)

DEFAULT_RATE = 24.0
_SAMPLED = 12
"""Pictures, evenly taken, from which the automatic display range is found."""
_NAMED = 3
_SENTENCES = 8


class PictureSequence(FrameSource):
    """Pictures as frames, one file or page each.

    A picture that cannot be read, or has another size than the first good one, is given as the nearest
    earlier good one (at the very start: the first good one), with a line in ``warnings`` and its number in
    ``damaged``; numbers never shift.

    Parameters
    ----------
    path : Path
        The folder or file.
    name : str
        Name for people: that of the folder or file.
    count : int
        Number of pictures.
    rate : float
        Frames a second; pictures carry no times.
    shown : DisplayRange or None
        Which values of deep pictures are black and white; None to find it from pictures evenly taken.

    Raises
    ------
    MediaError
        None of the pictures can be read.
    """

    def __init__(
        self, *, path: Path, name: str, count: int, rate: float, shown: DisplayRange | None = None
    ) -> None:
        if not (np.isfinite(rate) and rate > 0):
            raise MediaError(f"{rate} is not a frame rate: give a number above 0.")
        self._faults: dict[int, PictureError] = {}
        self._guard = threading.Lock()
        self._closed = False
        self._range: DisplayRange | None = None
        first = self._first_good(path, count)
        height, width = first.shape[:2]
        super().__init__(
            path=path, name=name, size=(width, height), rate=float(rate), timestamps=np.arange(count) / rate
        )
        self._find_faults()
        if is_deep(first) or self._has_deep():
            self._range = shown or automatic_range(self._sample())

    @property
    def display_range(self) -> DisplayRange | None:
        """Which values are shown as black and white; None where pictures have 8 bits."""
        return self._range

    @property
    def damaged(self) -> frozenset[int]:
        """The frames found so far that cannot be used and are given as another one."""
        with self._guard:
            return frozenset(self._faults)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Sentences about the bad pictures met so far; grows as frames are read."""
        with self._guard:
            faults = sorted(self._faults.items())
        return (*self._warnings, *_sentences(faults, self.path.name, len(self)))

    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only.

        Raises
        ------
        MediaError
            There is no such frame, neither it nor any other can be read, or the source is closed.
        """
        index = self.check_index(index)
        if self._closed:
            raise MediaError(f"{self.path.name} is closed: open it again to read frames.")
        try:
            for other in (*range(index, -1, -1), *range(index + 1, len(self))):
                values = self._good(other)
                if values is not None:
                    return freeze(to_rgb(values, self._range))
        finally:
            self._tell_warnings()
        raise MediaError(
            f"No picture of {self.path.name} can be read any more: check that it is still there."
        )

    def close(self) -> None:
        """Refuse further frames."""
        self._closed = True

    @abstractmethod
    def _read(self, index: int) -> StoredValues:
        """Return a picture as `read_values` does, or raise what it raises."""

    @abstractmethod
    def _check_there(self) -> None:
        """Raise MediaError where not this or that picture is missing but all of them are."""

    def _find_faults(self) -> None:
        """Look for bad pictures before anybody works with them, as far as that is quick."""

    def _has_deep(self) -> bool:
        """Whether any picture is known to have more than 8 bits."""
        return False

    def _good(self, index: int) -> StoredValues | None:
        """Return a picture of the right size, or None and remember what is wrong."""
        if index in self._faults:
            return None
        try:
            values = self._read(index)
            self._check_size(index, (values.shape[1], values.shape[0]))
        except PictureError as error:
            self._check_there()
            self._mark(index, error)
            return None
        return values

    def _check_size(self, index: int, size: tuple[int, int]) -> None:
        if size != (self.width, self.height):
            what = f"{size[0]}x{size[1]} pixels, not {self.width}x{self.height}"
            raise PictureError(self.picture_name(index), f"is {what}", f"are {what}")

    def picture_name(self, index: int) -> str:
        """Return what the picture of a frame is called in a sentence."""
        return self.frame_name(index)

    def _mark(self, index: int, error: PictureError) -> None:
        heard = bool(self.warned)
        before = set(self.warnings) if heard else set()
        with self._guard:
            self._faults.setdefault(index, error)
        if heard:
            self._untold.extend(text for text in self.warnings if text not in before)

    def _first_good(self, path: Path, count: int) -> StoredValues:
        error: PictureError | None = None
        for index in range(count):
            try:
                return self._read(index)
            except PictureError as found:
                error = error or found
                self._faults[index] = found
        raise MediaError(f"No picture in {path.name} can be read. The first: {error}") from error

    def _sample(self) -> Iterator[StoredValues]:
        for index in dict.fromkeys(np.linspace(0, len(self) - 1, _SAMPLED).round().astype(int).tolist()):
            values = self._good(index)
            if values is not None and is_deep(values):
                yield values


def _sentences(faults: list[tuple[int, PictureError]], name: str, frames: int) -> Iterator[str]:
    """Say which pictures are bad and why: those after each other with the same fault in one sentence."""
    runs: list[list[tuple[int, PictureError]]] = []
    for index, error in faults:
        last = runs[-1][-1] if runs else None
        if last is not None and last[0] == index - 1 and last[1].fault == error.fault:
            runs[-1].append((index, error))
        else:
            runs.append([(index, error)])
    for run in runs[:_SENTENCES]:
        first, error = run[0]
        names = ", ".join(one.name for _, one in run[:_NAMED]) + (", ..." if len(run) > _NAMED else "")
        which = f"Frame {first}" if len(run) == 1 else f"{len(run)} frames from {first} to {run[-1][0]}"
        fault = error.fault if len(run) == 1 else error.fault_of_many
        yield f"{which} of {name} ({names}) {fault}. The nearest good frame is shown instead."
    rest = sum(len(run) for run in runs[_SENTENCES:])
    if rest:
        yield f"{rest} more of the {frames} frames of {name} are bad."

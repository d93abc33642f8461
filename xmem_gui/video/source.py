"""What every source of frames offers, whatever it reads them from."""

from __future__ import annotations

import contextlib
import copy
import logging
import operator
import threading
from abc import ABC, abstractmethod
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from xmem_gui.arrays import RgbImage
from xmem_gui.errors import MediaError
from xmem_gui.listeners import Listeners
from xmem_gui.video.decoded import DecodedFrame
from xmem_gui.video.display_range import DisplayRange

logger = logging.getLogger(__name__)

SourceT = TypeVar("SourceT", bound="FrameSource")


class FrameSource(ABC):
    """Frames by number: 0-based, in the order a player shows them, all of one size.

    Parameters
    ----------
    path : Path
        The video file or image folder.
    name : str
        The file's name without its extension, or the folder's name.
    size : tuple of int
        (width, height) in pixels, as displayed (after rotation).
    rate : float
        Average frames a second.
    timestamps : (N,) array
        When each frame is shown, in seconds, never decreasing.
    warnings : tuple of str
        What a person should know about this source, one plain sentence each.

    Attributes
    ----------
    warned : Listeners of str
        Told of each sentence that comes to ``warnings`` later, such as of a damaged frame for which its
        neighbour is shown, in the thread that decodes: a listener reads no frames there. Twins share it.

    Notes
    -----
    ``frame`` may be called from any thread. A subclass has to implement ``frame`` only; ``group_start`` where
    a frame cannot be decoded alone, and ``close`` and ``twin`` where something has to be closed.
    """

    def __init__(
        self,
        *,
        path: Path,
        name: str,
        size: tuple[int, int],
        rate: float,
        timestamps: npt.NDArray[np.float64],
        warnings: tuple[str, ...] = (),
    ) -> None:
        self._path, self._name, self._size, self._rate = path, name, size, rate
        self._timestamps = np.array(timestamps, np.float64)
        self._timestamps.flags.writeable = False
        self.warned: Listeners[str] = Listeners(f"warnings of {path.name}")
        # Of all twins: what one of them finds is true of the others.
        self._warnings, self._untold = list(warnings), deque[str]()
        self._warning = threading.Lock()

    @property
    def path(self) -> Path:
        """The video file or image folder."""
        return self._path

    @property
    def name(self) -> str:
        """The file's name without its extension, or the folder's name."""
        return self._name

    @property
    def width(self) -> int:
        """Pixels across, as displayed."""
        return self._size[0]

    @property
    def height(self) -> int:
        """Pixels down, as displayed."""
        return self._size[1]

    @property
    def rate(self) -> float:
        """Average frames a second."""
        return self._rate

    @property
    def timestamps(self) -> npt.NDArray[np.float64]:
        """When each frame is shown: (N,) float64 seconds, read-only."""
        return self._timestamps

    @property
    def warnings(self) -> tuple[str, ...]:
        """Plain sentences about damage met so far and other things to know; may grow as frames are read."""
        return tuple(self._warnings)

    @property
    def display_range(self) -> DisplayRange | None:
        """Which stored values are shown as black and white; None where there is no choice, as with 8 bits."""
        return None

    @property
    def damaged(self) -> frozenset[int]:
        """The frames found so far that cannot be had, for which another one is given."""
        return frozenset()

    def _warn(self, text: str) -> None:
        """Note a sentence, unless it is known; `_tell_warnings` tells it."""
        with self._warning:
            if text not in self._warnings:
                self._warnings.append(text)
                self._untold.append(text)

    def _tell_warnings(self) -> None:
        """Tell what was noted; to be called without a lock that a listener may need."""
        while self._untold:
            with contextlib.suppress(IndexError):  # another thread has told it
                text = self._untold.popleft()
                logger.info("%s", text)
                self.warned.tell(text)

    def __len__(self) -> int:
        return len(self._timestamps)

    @abstractmethod
    def frame(self, index: int) -> RgbImage:
        """Return frame ``index`` as (H, W, 3) uint8 RGB, contiguous, read-only.

        Raises
        ------
        MediaError
            There is no such frame, it cannot be decoded, or the source is closed.
        """

    def decoded(self, index: int) -> DecodedFrame:
        """Return frame ``index`` to be made into RGB later, in the size in which it is needed.

        Raises
        ------
        MediaError
            As `frame` does.
        """
        return DecodedFrame.of(self.frame(index))

    @property
    def named(self) -> bool:
        """Whether frames have names of their own, as pictures in a folder do; a video's are only numbers."""
        return False

    def frame_name(self, index: int) -> str:
        """Return the name under which results of this frame are filed, such as ``00012``."""
        return f"{self.check_index(index):05d}"

    def group_start(self, index: int) -> int:
        """Return the first frame that has to be decoded to reach ``index`` (itself, if it stands alone)."""
        return self.check_index(index)

    def check_index(self, index: int) -> int:
        """Return ``index`` as an int, or raise MediaError when the source has no such frame."""
        number = operator.index(index)
        if not 0 <= number < len(self):
            raise MediaError(
                f"{self.path.name} has no frame {number}: "
                f"its {len(self)} frames are numbered 0 to {len(self) - 1}."
            )
        return number

    def twin(self) -> FrameSource:
        """Return another reader of the same frames, to be closed by itself; nothing is indexed again."""
        return copy.copy(self)

    def close(self) -> None:  # noqa: B027 - a source with nothing to close is complete
        """Let go of files and threads; closing twice does no harm."""

    def __enter__(self: SourceT) -> SourceT:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def freeze(image: npt.NDArray[np.uint8]) -> RgbImage:
    """Return the image contiguous and read-only, so that threads and a cache can share it."""
    frozen = np.ascontiguousarray(image)
    frozen.flags.writeable = False
    return frozen

"""What every frame looks like to the network, kept beside the project to compare frames by."""

from __future__ import annotations

import contextlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from xmem_gui.files import remove_leftovers, replacing
from xmem_gui.project import places

if TYPE_CHECKING:
    from xmem_gui.annotator.propagation.tracker import TrackedFrame

_log = logging.getLogger(__name__)
_FILE = "frames.safetensors"


def descriptors_path(project: Path) -> Path:
    """Return where a project's are."""
    return places.memory_folder(project) / _FILE


class Descriptors:
    """A vector for every frame that was looked at.

    Parameters
    ----------
    frames
        Number of frames in the video.
    path
        Where they are kept; made again where the file is lost, so nobody is told.
    """

    def __init__(self, frames: int, path: Path) -> None:
        self._frames, self._path = frames, path
        self._vectors: NDArray[np.float16] | None = None
        self._known = np.zeros(frames, np.bool_)
        self._changed = False
        with contextlib.suppress(OSError, SafetensorError, KeyError, ValueError, TypeError):
            if not path.is_file():  # a pipe would be waited for
                return
            found = load_file(path)
            vectors, known = found["vectors"], found["known"].astype(np.bool_)
            of_this = vectors.shape[:1] == known.shape == (frames,)
            if of_this and vectors.ndim == 2 and vectors.dtype == np.float16 and np.isfinite(vectors).all():
                self._vectors, self._known = vectors, known

    def put(self, result: TrackedFrame) -> None:
        """Note what a frame looks like."""
        if result.descriptor is None:
            return
        vector = result.descriptor.cpu().numpy()
        if self._vectors is None or self._vectors.shape[1] != len(vector):
            self._vectors = np.zeros((self._frames, len(vector)), np.float16)
            self._known = np.zeros(self._frames, np.bool_)
        self._vectors[result.frame] = vector
        self._known[result.frame] = True
        self._changed = True

    def nearest(self, others: NDArray[np.int64]) -> NDArray[np.float32] | None:
        """Return how unlike the most similar of some frames each frame is, (frames,), 0 to 1.

        1 is the width of all that was seen of the video. NaN where a frame was not looked at; None where
        none of ``others`` was.
        """
        # A copy: a propagation may be adding frames meanwhile.
        vectors, known = self._vectors, self._known.copy()
        if vectors is None or not known[others].any():
            return None
        seen = vectors[known].astype(np.float32)
        seen -= seen.mean(0)
        squares = (seen**2).sum(1)
        places = np.cumsum(known)[others[known[others]]] - 1
        least = np.full(len(seen), np.inf, np.float32)
        for place in places:
            np.minimum(least, squares + squares[place] - 2 * seen @ seen[place], out=least)
        width = max(2 * float(np.sqrt(squares.max())), 1e-6)
        found = np.full(self._frames, np.nan, np.float32)
        found[known] = np.sqrt(np.maximum(least, 0)) / width
        return found

    def save(self) -> None:
        """Bring them to the disk."""
        if not self._changed or self._vectors is None:
            return
        try:
            places.make_folder(self._path.parent)
            remove_leftovers(self._path)
            with replacing(self._path, sync=False) as temporary:
                temporary.write_bytes(save({"vectors": self._vectors, "known": self._known}))
            self._changed = False
        except (OSError, SafetensorError) as error:
            _log.warning("What frames look like cannot be saved: %s", error)

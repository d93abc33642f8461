"""Prepared images, kept so that no frame is prepared twice while there is room."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future

from xmem_gui.arrays import RgbImage
from xmem_gui.interaction.segmenter import PreparedImage, Segmenter

FeatureKey = tuple[int, str]
"""Frame, and name of the model."""


class FeatureCache:
    """Prepared images by frame and model; those not used for longest go first.

    May be used from any thread: whoever asks for what another thread is preparing waits for it.

    Parameters
    ----------
    budget_bytes : int
        What the images kept may hold together. The one asked for last stays in any case.
    """

    def __init__(self, budget_bytes: int = 256 << 20) -> None:
        self._budget = budget_bytes
        self._lock = threading.Lock()
        self._kept: OrderedDict[FeatureKey, PreparedImage] = OrderedDict()
        self._coming: dict[FeatureKey, Future[PreparedImage]] = {}
        self._seconds: dict[str, float] = {}

    @property
    def nbytes(self) -> int:
        """Bytes held now."""
        with self._lock:
            return sum(one.nbytes for one in self._kept.values())

    def quickest(self, model: str) -> float | None:
        """Return the seconds in which a model has prepared an image, at its quickest; None if it has not."""
        with self._lock:
            return self._seconds.get(model)

    def holds(self, frame: int, model: str) -> bool:
        """Whether `get` would return at once."""
        with self._lock:
            return (frame, model) in self._kept

    def get(self, frame: int, segmenter: Segmenter, image: Callable[[], RgbImage]) -> PreparedImage:
        """Return a frame's features, prepared now if they are not here.

        Parameters
        ----------
        frame : int
            The 0-based number of the frame to prepare.
        segmenter : Segmenter
            The segmenter that prepares the frame if it is not in the cache.
        image : callable
            Reads the picture (H, W, 3); called only if it has to be prepared.

        Raises
        ------
        XmemGuiError
            As reading or preparing raises it; the next call tries anew.
        """
        key = frame, segmenter.name
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            coming = self._coming.get(key)
            mine: Future[PreparedImage] = Future()
            if coming is None:
                self._coming[key] = mine
        if coming is not None:
            return coming.result()
        try:
            picture = image()
            began = time.perf_counter()
            prepared = segmenter.prepare(picture)
            took = time.perf_counter() - began
        except BaseException as error:
            with self._lock:
                self._coming.pop(key, None)
            mine.set_exception(error)
            raise
        with self._lock:
            self._seconds[segmenter.name] = min(took, self._seconds.get(segmenter.name, took))
            # `clear` may have said meanwhile that it is not wanted any more.
            if self._coming.pop(key, None) is mine:
                self._kept[key] = prepared
                self._make_room()
        mine.set_result(prepared)
        return prepared

    def clear(self) -> None:
        """Let go of everything, also of what is being prepared just now."""
        with self._lock:
            self._kept.clear()
            self._coming.clear()

    def _make_room(self) -> None:
        held = sum(one.nbytes for one in self._kept.values())
        while held > self._budget and len(self._kept) > 1:
            held -= self._kept.popitem(last=False)[1].nbytes

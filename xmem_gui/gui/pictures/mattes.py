"""Soft mattes of the frames looked at last: what an export would write, as pictures of numbers."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from xmem_gui.gui.pictures.layers import Layers

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

_KEPT = 3
_Key = tuple[int, tuple[int, ...], tuple[float, float, float]]


class MatteCache:
    """Mattes that are made once for each state of the document; for one thread."""

    def __init__(self) -> None:
        self._mattes: OrderedDict[_Key, tuple[Layers, NDArray[np.uint8]]] = OrderedDict()

    def of(
        self,
        annotator: Annotator,
        frame: int,
        layers: Layers,
        *,
        chosen: int | None,
        edge: tuple[float, float, float],
    ) -> NDArray[np.uint8]:
        """Return the (H, W) matte of an object, 0 to 255; it may take a while.

        Parameters
        ----------
        annotator
            The open project with its video and probabilities.
        frame
            The 0-based frame number.
        layers
            The frame's masks as the document has them: others are of another state.
        chosen
            Whose matte; where that object is not shown, of all that are, together.
        edge
            Feather, choke and refine, in pixels of the video.
        """
        from xmem_gui.formats import MatteEdge

        objects = matte_objects(layers, chosen)
        key = frame, objects, edge
        found = self._mattes.get(key)
        if found is None or found[0] is not layers:
            matte = annotator.annotation.with_edge(MatteEdge(*edge)).matte(frame, objects)
            found = layers, np.asarray(np.rint(matte * 255), np.uint8)
        self._mattes[key] = found
        self._mattes.move_to_end(key)
        while len(self._mattes) > _KEPT:
            self._mattes.popitem(last=False)
        return found[1]


def matte_objects(layers: Layers, chosen: int | None) -> tuple[int, ...]:
    """Return whose matte is shown: an object's, or where it is not shown, that of all that are."""
    shown = tuple(one.id for one in layers.objects)
    return (chosen,) if chosen is not None and chosen in shown else shown

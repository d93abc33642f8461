"""The engine: one step per frame, directions, ranges, corrections and confidence."""

from typing import TYPE_CHECKING

from xmem_gui.lazily import lazily
from xmem_gui.propagation.directions import Direction, Directions, FrameReader, frames_of_run

if TYPE_CHECKING:
    from xmem_gui.arrays import Mask
    from xmem_gui.propagation.blending import FirstPass
    from xmem_gui.propagation.engine import Engine
    from xmem_gui.propagation.geometry import Geometry
    from xmem_gui.propagation.result import Fetch, FrameResult
    from xmem_gui.propagation.tracks import WindowConfig
else:
    __getattr__ = lazily(
        __name__,
        {
            "Engine": "engine",
            "Fetch": "result",
            "FirstPass": "blending",
            "FrameResult": "result",
            "Geometry": "geometry",
            "Mask": "engine",
            "WindowConfig": "tracks",
        },
    )

__all__ = [
    "Direction",
    "Directions",
    "Engine",
    "Fetch",
    "FirstPass",
    "FrameReader",
    "FrameResult",
    "Geometry",
    "Mask",
    "WindowConfig",
    "frames_of_run",
]

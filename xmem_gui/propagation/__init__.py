"""The engine: one step per frame, directions, ranges, corrections and confidence."""

from xmem_gui.propagation.blending import FirstPass
from xmem_gui.propagation.engine import Engine, Mask, best_precision
from xmem_gui.propagation.geometry import Geometry
from xmem_gui.propagation.result import FrameResult
from xmem_gui.propagation.run import Direction, Frames, frames_of_run, propagate

__all__ = [
    "Direction",
    "Engine",
    "FirstPass",
    "FrameResult",
    "Frames",
    "Geometry",
    "Mask",
    "best_precision",
    "frames_of_run",
    "propagate",
]

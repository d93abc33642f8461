"""The application without a window."""

from xmem_gui.annotator.annotator import PROJECT_SUFFIX, Annotator
from xmem_gui.annotator.compute import EngineSettings, choose_device, make_engine, memory_of, suited_memory
from xmem_gui.annotator.given_masks import find_masks, read_masks
from xmem_gui.annotator.overlay import overlay, write_overlay
from xmem_gui.annotator.passes import Pass, plan_passes
from xmem_gui.annotator.propagating import Progress, PropagateRequest, PropagateSummary, propagate_to_folder

__all__ = [
    "PROJECT_SUFFIX",
    "Annotator",
    "EngineSettings",
    "Pass",
    "Progress",
    "PropagateRequest",
    "PropagateSummary",
    "choose_device",
    "find_masks",
    "make_engine",
    "memory_of",
    "overlay",
    "plan_passes",
    "propagate_to_folder",
    "read_masks",
    "suited_memory",
    "write_overlay",
]

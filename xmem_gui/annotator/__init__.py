"""The application without a window."""

from typing import TYPE_CHECKING

from xmem_gui.annotator.annotator import Annotator
from xmem_gui.annotator.compute import EngineSettings, make_engine, memory_of, suited_memory
from xmem_gui.annotator.given_masks import find_masks, read_masks
from xmem_gui.annotator.import_preview import numbering_previews
from xmem_gui.annotator.imports import ObjectMap, Receiving, plan_import, with_destinations
from xmem_gui.annotator.mask_tools import Editing
from xmem_gui.annotator.matte import soft_matte
from xmem_gui.annotator.memory_report import MemoryReport, PermanentFrame, TierReport
from xmem_gui.annotator.overlay import write_overlay
from xmem_gui.annotator.project_of_video import PROJECT_SUFFIX, project_of, project_place
from xmem_gui.annotator.prompting import Prompting
from xmem_gui.annotator.propagation.plan import LeftAlone, Plan, PlanOutOfDateError, Stretch, Why
from xmem_gui.annotator.propagation.request import Propagation
from xmem_gui.annotator.propagation.resumable import Resumable
from xmem_gui.annotator.propagation.suggestions import Suggestion
from xmem_gui.annotator.proposing import FirstLook, PromptSettings, Proposal
from xmem_gui.annotator.ranges import Ranged, RangeEditing
from xmem_gui.annotator.rescue import (
    VideoNotFoundError,
    differences,
    relink,
    salvage,
)
from xmem_gui.annotator.summary import ProjectSummary, summary_of
from xmem_gui.device import choose_device
from xmem_gui.lazily import lazily

if TYPE_CHECKING:
    from xmem_gui.annotator.propagation.folder_run import (
        Progress,
        PropagateRequest,
        PropagateSummary,
        plan_to_folder,
        propagate_to_folder,
    )
else:
    __getattr__ = lazily(
        __name__,
        {
            "Progress": "propagation.folder_run",
            "PropagateRequest": "propagation.folder_run",
            "PropagateSummary": "propagation.folder_run",
            "plan_to_folder": "propagation.folder_run",
            "propagate_to_folder": "propagation.folder_run",
        },
    )

__all__ = [
    "PROJECT_SUFFIX",
    "Annotator",
    "Editing",
    "EngineSettings",
    "FirstLook",
    "LeftAlone",
    "MemoryReport",
    "ObjectMap",
    "PermanentFrame",
    "Plan",
    "PlanOutOfDateError",
    "Progress",
    "ProjectSummary",
    "PromptSettings",
    "Prompting",
    "PropagateRequest",
    "PropagateSummary",
    "Propagation",
    "Proposal",
    "RangeEditing",
    "Ranged",
    "Receiving",
    "Resumable",
    "Stretch",
    "Suggestion",
    "TierReport",
    "VideoNotFoundError",
    "Why",
    "choose_device",
    "differences",
    "find_masks",
    "make_engine",
    "memory_of",
    "numbering_previews",
    "plan_import",
    "plan_to_folder",
    "project_of",
    "project_place",
    "propagate_to_folder",
    "read_masks",
    "relink",
    "salvage",
    "soft_matte",
    "suited_memory",
    "summary_of",
    "with_destinations",
    "write_overlay",
]

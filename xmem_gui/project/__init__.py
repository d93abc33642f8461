"""The document: objects, masks per (frame, object), commits, history, autosave, recovery."""

from xmem_gui.arrays import Mask
from xmem_gui.project.appearance import GRID, Appearance, Sample, spread
from xmem_gui.project.backups import Backup
from xmem_gui.project.changes import ANY_CHANGE, DocumentChange, Fact
from xmem_gui.project.classes import ClassifyObjects, classes_in_use
from xmem_gui.project.earlier import EarlierMasks, RestoreMasks
from xmem_gui.project.edits import Edit
from xmem_gui.project.history import Outcome
from xmem_gui.project.lock import LockOwner
from xmem_gui.project.mask_edits import ClearMasks, Commit, Review, SetMasks
from xmem_gui.project.moves import Moves, follow_names
from xmem_gui.project.notices import Gravity, Notice, Remedy
from xmem_gui.project.object_edits import (
    AddObject,
    ChangeObject,
    DeleteObjects,
    MergeObjects,
    ReorderObjects,
    SplitObject,
    SwapObjects,
    SwitchObjects,
)
from xmem_gui.project.opening import DamagedProjectError, ProjectPlaceError
from xmem_gui.project.paths import host_of, is_at_hand, same_place
from xmem_gui.project.project import Project
from xmem_gui.project.queries import Counts, Doubt, MaskState, Queries, What
from xmem_gui.project.recognition import Comparison, compare
from xmem_gui.project.renumber import renumber
from xmem_gui.project.rework import GoBack, Rework
from xmem_gui.project.rle import Rle
from xmem_gui.project.runs import Run
from xmem_gui.project.salvage import Salvage
from xmem_gui.project.strips import LaneStrip
from xmem_gui.project.trouble import SaveTrouble
from xmem_gui.project.values import MaskRecord, Origin, StepInfo, StepState, VideoObject, default_colour
from xmem_gui.project.video_reference import (
    Changed,
    Fingerprint,
    Found,
    Location,
    Missing,
    Moved,
    Remote,
    VideoReference,
    timestamps_digest,
)
from xmem_gui.project.writer import Pending

__all__ = [
    "ANY_CHANGE",
    "GRID",
    "AddObject",
    "Appearance",
    "Backup",
    "ChangeObject",
    "Changed",
    "ClassifyObjects",
    "ClearMasks",
    "Commit",
    "Comparison",
    "Counts",
    "DamagedProjectError",
    "DeleteObjects",
    "DocumentChange",
    "Doubt",
    "EarlierMasks",
    "Edit",
    "Fact",
    "Fingerprint",
    "Found",
    "GoBack",
    "Gravity",
    "LaneStrip",
    "Location",
    "LockOwner",
    "Mask",
    "MaskRecord",
    "MaskState",
    "MergeObjects",
    "Missing",
    "Moved",
    "Moves",
    "Notice",
    "Origin",
    "Outcome",
    "Pending",
    "Project",
    "ProjectPlaceError",
    "Queries",
    "Remedy",
    "Remote",
    "ReorderObjects",
    "RestoreMasks",
    "Review",
    "Rework",
    "Rle",
    "Run",
    "Salvage",
    "Sample",
    "SaveTrouble",
    "SetMasks",
    "SplitObject",
    "StepInfo",
    "StepState",
    "SwapObjects",
    "SwitchObjects",
    "VideoObject",
    "VideoReference",
    "What",
    "classes_in_use",
    "compare",
    "default_colour",
    "follow_names",
    "host_of",
    "is_at_hand",
    "renumber",
    "same_place",
    "spread",
    "timestamps_digest",
]

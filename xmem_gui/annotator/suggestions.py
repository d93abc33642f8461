"""Which frames are worth the next corrections."""

from dataclasses import dataclass

from xmem_gui.annotator.descriptors import Descriptors
from xmem_gui.project import Project


@dataclass(frozen=True)
class Suggestion:
    """A frame worth a correction.

    Attributes
    ----------
    frame
        Which.
    object
        The object that is least sure there; None if no single one stands out.
    confidence
        Its confidence, 0 to 1.
    distance
        How much the frame differs from the committed ones, 0 (equal) to 1 (the most different of all).
    score
        By which suggestions are ordered, 0 to 1.
    """

    frame: int
    object: int | None
    confidence: float
    distance: float
    score: float


def suggest(project: Project, descriptors: Descriptors, count: int) -> list[Suggestion]:
    """Choose frames, the most useful first."""
    found = project.query.doubts(threshold=1.0, most=count)
    return [Suggestion(one.frame, one.object, one.confidence, 0.0, 1 - one.confidence) for one in found]

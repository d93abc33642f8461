"""Stretches of frames in which an object's masks are in doubt: what a person reviews."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from xmem_gui.project import Project

_GAP = 2
"""Frames between two stretches that are one to a person."""


@dataclass(frozen=True)
class DoubtfulSpan:
    """A stretch in which one object's masks are in doubt.

    Attributes
    ----------
    object
        The object's id.
    frames
        From its first frame to its last.
    worst
        The frame where the confidence is lowest.
    confidence
        The confidence there, 0 to 1.
    """

    object: int
    frames: range
    worst: int
    confidence: float


def doubtful_spans(project: Project, threshold: float, *, most: int = 100) -> list[DoubtfulSpan]:
    """Return the stretches where masks nobody has made, committed or reviewed have low confidence.

    Parameters
    ----------
    project
        The document.
    threshold
        Confidence below this is low, 0 to 1.
    most
        So many are returned at most.

    Returns
    -------
    list
        The least sure first.
    """
    found: list[DoubtfulSpan] = []
    for one in project.objects:
        if one.locked:
            continue
        doubt = np.nan_to_num(project.query.doubt(one.id))
        low = np.flatnonzero((doubt > 0) & (1 - doubt < threshold))
        if not low.size:
            continue
        for part in np.split(low, np.flatnonzero(np.diff(low) > _GAP + 1) + 1):
            worst = int(part[doubt[part].argmax()])
            span = range(int(part[0]), int(part[-1]) + 1)
            found.append(DoubtfulSpan(one.id, span, worst, float(1 - doubt[worst])))
    found.sort(key=lambda span: (span.confidence, span.frames.start, span.object))
    return found[:most]

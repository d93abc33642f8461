"""Which frames are worth the next corrections, and which stretches are worth a review."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xmem_gui.annotator.propagation.descriptors import Descriptors
from xmem_gui.arrays import Mask
from xmem_gui.project import Project

_STRANGE, _FAR = 0.15, 0.1
"""What a frame that looks like no committed one adds to its doubt, and one that is far from all of them."""
_GAP = 2
"""Frames between two stretches that are one to a person."""
_REACH = 1 / 12
_LONGEST_REACH = 50.0
"""Over what share of the video, and over how many frames at most, a correction helps its neighbours."""


@dataclass(frozen=True)
class Suggestion:
    """A frame worth a correction.

    Attributes
    ----------
    frame
        The 0-based frame number.
    object
        The object that is least sure there; None where there is no mask that could be wrong.
    confidence
        Its confidence, 0 to 1.
    distance
        How much the frame differs from the committed ones, from 0 (not at all) to 1.
    score
        How much there is to mend in the frame and around it, 0 to 1; suggestions are ordered by it.
    """

    frame: int
    object: int | None
    confidence: float
    distance: float
    score: float


@dataclass(frozen=True)
class DoubtfulSpan:
    """A stretch in which one object's masks are in doubt.

    Attributes
    ----------
    object
        Id of the object that the span is about.
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


@dataclass(frozen=True)
class _Doubts:
    """By frame: the mean doubt of the objects, whether any mask may be changed, and the worst object."""

    mean: NDArray[np.float32]
    open: Mask
    least: NDArray[np.float32]
    worst: NDArray[np.int64]


def suggest(project: Project, descriptors: Descriptors, count: int) -> list[Suggestion]:
    """Choose frames, the most useful first.

    A frame is useful if the masks in it and around it are in doubt: their confidence is low, or the frame
    is unlike those committed, or far from them. Each choice takes the doubts away that it would mend, so
    that the next one lies elsewhere.
    """
    doubts = _doubts(project)
    keys = np.array(project.query.key_frames(), np.int64)
    if not len(keys) or not doubts.open.any():
        return []
    distance = _distance(descriptors, keys, project.frames)
    far = np.abs(np.arange(project.frames)[:, None] - keys[_neighbours(keys, project.frames)]).min(1)
    worry = doubts.mean + _STRANGE * distance + _FAR * far / project.frames
    worry[~doubts.open] = 0
    reach = min(max(project.frames * _REACH, 1.0), _LONGEST_REACH)
    around = np.exp(-np.abs(np.arange(-int(6 * reach), int(6 * reach) + 1)) / reach)
    free = doubts.open.copy()
    found: list[Suggestion] = []
    for _ in range(min(count, int(free.sum()))):
        gain = np.convolve(worry, around, "same" if len(worry) >= len(around) else "full")
        surplus = (len(gain) - len(worry)) // 2
        gain = np.where(free, gain[surplus : surplus + len(worry)], -1.0)
        best = int(gain.argmax())
        if gain[best] <= 0:
            break
        score = float(min(gain[best] / around.sum(), 1.0))
        named = int(doubts.worst[best]) or None
        found.append(Suggestion(best, named, float(doubts.least[best]), float(distance[best]), score))
        offset = np.abs(np.arange(len(worry)) - best)
        worry = worry * (1 - np.exp(-offset / reach))
        free[max(best - 1, 0) : best + 2] = False
    return found


def doubtful_spans(project: Project, threshold: float, *, most: int = 100) -> list[DoubtfulSpan]:
    """Return the stretches where masks nobody has made, committed or reviewed have low confidence.

    Parameters
    ----------
    project
        The open project, which is only read.
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


def _doubts(project: Project) -> _Doubts:
    frames = project.frames
    total, counted = np.zeros(frames, np.float32), np.zeros(frames, np.float32)
    least, worst = np.ones(frames, np.float32), np.zeros(frames, np.int64)
    for one in project.objects:
        if one.locked:
            continue
        doubt = project.query.doubt(one.id)
        is_open, known = doubt > 0, np.isfinite(doubt)
        total += np.where(known, doubt, 0)
        counted += known
        lower = is_open & (1 - doubt < least)
        least[lower], worst[lower] = 1 - doubt[lower], one.id
    mean = (total / np.maximum(counted, 1)).astype(np.float32)
    return _Doubts(mean, worst > 0, least, worst)


def _distance(descriptors: Descriptors, keys: NDArray[np.int64], frames: int) -> NDArray[np.float32]:
    """Return by frame how unlike the most similar committed frame it is, 0 to 1; 0 where nothing is known."""
    nearest = descriptors.nearest(keys)
    return np.zeros(frames, np.float32) if nearest is None else np.nan_to_num(nearest)


def _neighbours(keys: NDArray[np.int64], frames: int) -> NDArray[np.int64]:
    """Return for every frame the places in ``keys`` of the ones before and after it, (frames, 2)."""
    after = np.searchsorted(keys, np.arange(frames)).clip(0, len(keys) - 1)
    return np.stack([(after - 1).clip(0), after], 1)

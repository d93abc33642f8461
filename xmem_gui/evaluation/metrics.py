"""Region similarity J and contour accuracy F (Perazzi et al., CVPR 2016), as in ``vos-benchmark``."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from xmem_gui.arrays import Mask

TOLERANCE = 0.008
"""How far apart two contours may be and still match, as a share of the picture's diagonal."""


@dataclass(frozen=True)
class ObjectScores:
    """Mean scores of one object over some frames of a sequence, from 0 to 100, and how many frames."""

    j: float
    f: float
    frames: int

    @property
    def j_and_f(self) -> float:
        """The mean of J and F."""
        return (self.j + self.f) / 2


def region_similarity(prediction: Mask, truth: Mask) -> float:
    """Return J, intersection over union, from 0 to 1; two empty masks agree (1).

    Parameters
    ----------
    prediction, truth
        The two masks to compare, (H, W) bool of one size.
    """
    union = int(np.count_nonzero(prediction | truth))
    return int(np.count_nonzero(prediction & truth)) / union if union else 1.0


def contour_accuracy(prediction: Mask, truth: Mask, *, tolerance: float = TOLERANCE) -> float:
    """Return F, the harmonic mean of contour precision and recall, from 0 to 1.

    A contour pixel is right if the other mask has one within ``ceil(tolerance * diagonal)`` pixels
    (Euclidean). Two masks without contours agree (1); against one without, F is 0. A mask that fills the
    frame has none.

    Parameters
    ----------
    prediction, truth
        The two masks to compare, (H, W) bool of one size.
    tolerance
        Share of the picture's diagonal.
    """
    radius = int(np.ceil(tolerance * np.linalg.norm(prediction.shape)))
    ours, theirs = contour(prediction), contour(truth)
    window = _window_around(ours | theirs)
    if window is None:
        return 1.0
    ours, theirs = ours[window], theirs[window]
    if not ours.any() or not theirs.any():
        return 0.0
    precision = np.count_nonzero(ours & _near(theirs, radius)) / np.count_nonzero(ours)
    recall = np.count_nonzero(theirs & _near(ours, radius)) / np.count_nonzero(theirs)
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def contour(mask: Mask) -> Mask:
    """Return the pixels that differ from their neighbour to the right, below, or below right (Martin 2003).

    The last row is compared to the right only, the last column downwards only, and the last corner is never
    one.

    Parameters
    ----------
    mask
        The mask to trace, (H, W) bool.
    """
    edge = np.zeros(mask.shape, dtype=np.bool_)
    edge[:, :-1] |= mask[:, :-1] ^ mask[:, 1:]
    edge[:-1, :] |= mask[:-1, :] ^ mask[1:, :]
    edge[:-1, :-1] |= mask[:-1, :-1] ^ mask[1:, 1:]
    return edge


class SequenceMeter:
    """Gathers the scores of one sequence, frame by frame, by the rules of ``vos-benchmark``.

    An object counts from the first frame in which it is in the truth or in the prediction, also in frames
    where it is in neither (they agree there: 1). Only objects that are somewhere in the truth have scores.
    Which frames to add is the caller's business: by the semi-supervised rule all that have a truth but the
    first and the last of them.
    """

    def __init__(self) -> None:
        self._in_truth: set[int] = set()
        self._seen: set[int] = set()
        self._j: dict[int, list[float]] = {}
        self._f: dict[int, list[float]] = {}

    def add(self, prediction: NDArray[np.uint8], truth: NDArray[np.uint8]) -> None:
        """Add one frame.

        Parameters
        ----------
        prediction, truth
            (H, W) index masks of one size.
        """
        if prediction.shape != truth.shape:
            raise ValueError(f"a prediction of shape {prediction.shape} for a truth of shape {truth.shape}")
        self._in_truth |= _objects(truth)
        self._seen |= self._in_truth | _objects(prediction)
        for number in self._seen:
            ours, theirs = prediction == number, truth == number
            self._j.setdefault(number, []).append(region_similarity(ours, theirs))
            self._f.setdefault(number, []).append(contour_accuracy(ours, theirs))

    def scores(self) -> dict[int, ObjectScores]:
        """Return the scores by object number, for the objects of the truth."""
        return _means(self._j, self._f, self._in_truth)


class SpanMeter:
    """Gathers the scores of one sequence where it is laid down in which frames each object counts.

    So it is in davis2017-evaluation (every object of the first mask, in all frames but the first and last),
    YouTube-VOS, LVOS and SA-V. Masks of different objects may overlap.

    Parameters
    ----------
    spans
        The frames of each object, by its number; objects without frames have no scores.
    """

    def __init__(self, spans: Mapping[int, Sequence[int]]) -> None:
        self._spans = {number: frozenset(span) for number, span in spans.items() if span}
        self._j: dict[int, list[float]] = {number: [] for number in self._spans}
        self._f: dict[int, list[float]] = {number: [] for number in self._spans}

    def add(self, frame: int, prediction: NDArray[np.uint8], truth: Mapping[int, Mask]) -> None:
        """Add one frame.

        Parameters
        ----------
        frame
            0-based number of the frame.
        prediction
            The predicted index mask, (H, W) uint8, 0 for background.
        truth
            (H, W) of each object that is there, by number.
        """
        for number, span in self._spans.items():
            if frame in span:
                ours = prediction == number
                theirs = truth.get(number, np.zeros_like(ours))
                self._j[number].append(region_similarity(ours, theirs))
                self._f[number].append(contour_accuracy(ours, theirs))

    def scores(self) -> dict[int, ObjectScores]:
        """Return the scores by object number."""
        return _means(self._j, self._f, (number for number in self._spans if self._j[number]))


def _objects(mask: NDArray[np.uint8]) -> set[int]:
    return {int(number) for number in np.flatnonzero(np.bincount(mask.ravel(), minlength=1))} - {0}


def _window_around(mask: Mask) -> tuple[slice, slice] | None:
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not rows.size:
        return None
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def _near(mask: Mask, radius: int) -> Mask:
    """Dilate by the disc of pixels at most `radius` away."""
    reach = np.arange(-radius, radius + 1)
    disc = (reach[:, None] ** 2 + reach[None, :] ** 2 <= radius**2).astype(np.uint8)
    return np.asarray(cv2.dilate(mask.astype(np.uint8), disc)) > 0


def _means(
    j: Mapping[int, list[float]], f: Mapping[int, list[float]], objects: Iterable[int]
) -> dict[int, ObjectScores]:
    """Return the scores of objects over their frames, in percent, by number."""
    return {
        number: ObjectScores(
            j=100 * float(np.mean(j[number])), f=100 * float(np.mean(f[number])), frames=len(j[number])
        )
        for number in sorted(objects)
    }

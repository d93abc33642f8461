from collections.abc import Callable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from xmem_gui.evaluation.metrics import SequenceMeter, contour, contour_accuracy, region_similarity

Frames = list[tuple[np.ndarray, np.ndarray]]


def blobs(rng: np.random.Generator, shape: tuple[int, int], objects: int) -> np.ndarray:
    mask = np.zeros(shape, dtype=np.uint8)
    for number in range(1, objects + 1):
        centre = (int(rng.integers(0, shape[1])), int(rng.integers(0, shape[0])))
        axes = (int(rng.integers(0, shape[1] // 3 + 1)), int(rng.integers(0, shape[0] // 3 + 1)))
        cv2.ellipse(mask, centre, axes, float(rng.integers(0, 180)), 0, 360, number, -1)
    return mask


def clip_of_blobs(seed: int) -> Frames:
    rng = np.random.default_rng(seed)
    shape = (int(rng.integers(20, 200)), int(rng.integers(20, 250)))
    frames = []
    for _ in range(5):
        truth = blobs(rng, shape, int(rng.integers(0, 4)))
        shift = np.roll(truth, rng.integers(-4, 5, 2).tolist(), axis=(0, 1))
        frames.append((np.where(rng.random(shape) < 0.01, np.uint8(5), shift), truth))
    return frames


def clip_of_noise(seed: int) -> Frames:
    rng = np.random.default_rng(seed)
    return [
        (rng.integers(0, 4, (31, 47), np.uint8), rng.integers(0, 4, (31, 47), np.uint8)) for _ in range(3)
    ]


def clip_of_edge_cases(seed: int) -> Frames:
    empty, full, pixel, border = (np.zeros((40, 60), np.uint8) for _ in range(4))
    full[:] = 1
    pixel[39, 59] = 2
    border[0], border[-1], border[:, 0], border[:, -1] = 1, 1, 2, 3
    kinds = [empty, full, pixel, border, np.flip(border).copy()]
    order = np.random.default_rng(seed).permutation(25)
    return [(kinds[i // 5], kinds[i % 5]) for i in order]


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("make", [clip_of_blobs, clip_of_noise, clip_of_edge_cases])
def test_scores_are_those_of_vos_benchmark(make: Callable[[int], Frames], seed: int) -> None:
    evaluator = pytest.importorskip("vos_benchmark.evaluator").Evaluator()
    meter = SequenceMeter()
    for prediction, truth in make(seed):
        evaluator.feed_frame(prediction, truth)
        meter.add(prediction, truth)
    j, f = evaluator.conclude()
    scores = meter.scores()
    assert set(scores) == set(j)
    for number, single in scores.items():
        assert single.j == pytest.approx(j[number], abs=1e-9)
        assert single.f == pytest.approx(f[number], abs=1e-9)
        assert single.frames == len(evaluator.object_iou[number])


masks = hnp.arrays(np.bool_, st.just((9, 14)))


@settings(max_examples=50, deadline=None)
@given(ours=masks, theirs=masks)
def test_scores_are_symmetric_shares(ours: np.ndarray, theirs: np.ndarray) -> None:
    for measure in (region_similarity, contour_accuracy):
        value = measure(ours, theirs)
        assert 0 <= value <= 1
        assert value == measure(theirs, ours)
        assert measure(ours, ours) == 1


def test_empty_masks_agree() -> None:
    empty, full = np.zeros((8, 9), np.bool_), np.ones((8, 9), np.bool_)
    square = empty.copy()
    square[2:5, 2:5] = True
    assert region_similarity(empty, empty) == contour_accuracy(empty, empty) == 1
    assert region_similarity(empty, square) == contour_accuracy(empty, square) == 0
    assert contour_accuracy(empty, full) == 1
    assert region_similarity(empty, full) == 0


def test_contours_match_within_the_tolerance() -> None:
    ours, theirs = np.zeros((90, 120), np.bool_), np.zeros((90, 120), np.bool_)
    ours[20:60, 20:60] = True
    theirs[22:62, 20:60] = True
    assert contour_accuracy(ours, theirs) == 1
    assert contour_accuracy(ours, theirs, tolerance=0.004) < 1


def test_contour_lies_towards_the_origin() -> None:
    mask = np.zeros((5, 5), np.bool_)
    mask[2, 2] = True
    expected = np.zeros((5, 5), np.bool_)
    expected[1:3, 1:3] = True
    np.testing.assert_array_equal(contour(mask), expected)


def test_an_object_counts_from_its_first_frame_on() -> None:
    nothing, something = np.zeros((6, 6), np.uint8), np.full((6, 6), 3, np.uint8)
    meter = SequenceMeter()
    for prediction, truth in [(nothing, nothing), (nothing, something), (nothing, nothing)]:
        meter.add(prediction, truth)
    assert meter.scores()[3].frames == 2
    assert meter.scores()[3].j == 50


def test_masks_of_two_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="shape"):
        SequenceMeter().add(np.zeros((2, 3), np.uint8), np.zeros((3, 2), np.uint8))

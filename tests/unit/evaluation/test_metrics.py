import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from vos_benchmark_scores import recorded_clip, recorded_scores

from xmem_gui.evaluation.metrics import SequenceMeter, contour, contour_accuracy, region_similarity


@pytest.mark.parametrize("clip", sorted(recorded_scores()))
def test_scores_are_those_of_vos_benchmark(clip: str) -> None:
    predictions, truths = recorded_clip(clip)
    meter = SequenceMeter()
    for prediction, truth in zip(predictions, truths, strict=True):
        meter.add(prediction, truth)
    scores, recorded = meter.scores(), recorded_scores()[clip]
    assert set(scores) == set(recorded)
    for number, single in scores.items():
        assert single.j == pytest.approx(recorded[number].j, abs=1e-9)
        assert single.f == pytest.approx(recorded[number].f, abs=1e-9)
        assert single.frames == recorded[number].frames


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

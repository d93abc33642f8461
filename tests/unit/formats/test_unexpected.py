import cv2
import numpy as np
import pytest

from xmem_gui.formats.unexpected import give_to_nearest, unexpected_values


def disc(
    value: int, *, size: int = 96, radius: int = 30, centre: tuple[int, int] | None = None
) -> np.ndarray:
    mask = np.zeros((size, size), dtype=np.uint8)
    cv2.circle(mask, centre or (size // 2, size // 2), radius, value, -1)
    return mask


def smoothly_enlarged(mask: np.ndarray) -> np.ndarray:
    return cv2.resize(mask, (160, 150), interpolation=cv2.INTER_LINEAR)


@pytest.mark.parametrize("value", [255, 200, 38, 3, 2])
def test_smooth_edges_of_one_object_are_found(value: int) -> None:
    mask = smoothly_enlarged(disc(value))
    blends = set(np.unique(mask).tolist()) - {0, value}
    assert blends
    found = unexpected_values(mask)
    assert set(found) == blends
    assert found == {v: int((mask == v).sum()) for v in blends}


def test_smooth_edges_between_two_objects_are_found() -> None:
    two = np.maximum(disc(75, radius=20, centre=(30, 40)), disc(150, radius=20, centre=(58, 40)))
    mask = smoothly_enlarged(two)
    assert set(unexpected_values(mask)) == set(np.unique(mask).tolist()) - {0, 75, 150}


def test_stray_pixels_of_several_high_values_are_found() -> None:
    mask = np.maximum(disc(1, radius=20, centre=(25, 25)), disc(2, radius=20, centre=(70, 70)))
    mask[5, 60] = mask[90, 10] = 77
    mask[2, 2:5] = 201
    assert unexpected_values(mask) == {77: 2, 201: 3}


@pytest.mark.parametrize("place", [(5, 5), (48, 18), (48, 17), (48, 48)])
@pytest.mark.parametrize("other", [1, 3])
def test_a_one_pixel_object_among_small_numbers_is_not_suspected(place: tuple[int, int], other: int) -> None:
    mask = np.maximum(disc(other), disc(4 - other, radius=8, centre=(8, 85)))
    mask[place] = 2
    assert unexpected_values(mask) == {}


def test_a_thin_piece_of_an_object_is_not_suspected_where_others_are_missing() -> None:
    mask = disc(7)
    mask[:, 90:] = 9
    edge = np.flatnonzero(mask[40])[0]
    mask[36:44, edge] = 3
    assert unexpected_values(mask) == {}


def test_a_lone_small_object_of_any_number_is_not_suspected() -> None:
    mask = np.zeros((20, 20), dtype=np.uint8)
    mask[3, 4] = 200
    assert unexpected_values(mask) == {}


def test_every_number_at_once_is_not_suspected() -> None:
    mask = np.arange(256, dtype=np.uint8).reshape(16, 16)
    assert unexpected_values(mask) == {}
    assert unexpected_values(np.kron(mask, np.ones((4, 4), dtype=np.uint8))) == {}


def test_known_objects_leave_no_doubt() -> None:
    mask = disc(2)
    mask[0, :5] = 3
    assert unexpected_values(mask, {2}) == {3: 5}
    assert unexpected_values(mask, [2, 3]) == {}
    assert unexpected_values(mask, []) == {2: int((mask == 2).sum()), 3: 5}


def test_pixels_go_to_the_nearest_expected_value() -> None:
    mask = np.array([[0, 0, 9, 9, 5, 5, 5, 8, 1]], dtype=np.uint8)
    repaired = give_to_nearest(mask, [9, 8])
    np.testing.assert_array_equal(repaired[:, [0, 1, 2, 3, 4, 5, 6, 8]], [[0, 0, 0, 5, 5, 5, 5, 1]])
    assert repaired[0, 7] in (5, 1)
    np.testing.assert_array_equal(give_to_nearest(mask, []), mask)


def test_repair_of_a_smoothed_mask_moves_no_edge_by_more_than_a_pixel() -> None:
    mask = smoothly_enlarged(disc(255))
    repaired = give_to_nearest(mask, unexpected_values(mask))
    assert set(np.unique(repaired)) == {0, 255}
    half = mask >= 128
    differ = (repaired == 255) != half
    band = cv2.dilate(half.astype(np.uint8), np.ones((3, 3), np.uint8)) - cv2.erode(
        half.astype(np.uint8), np.ones((3, 3), np.uint8)
    )
    assert not differ[band == 0].any()

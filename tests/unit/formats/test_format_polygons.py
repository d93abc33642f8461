import cv2
import numpy as np
import pytest
from format_cases import KINDS, make_mask
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from xmem_gui.errors import FormatError
from xmem_gui.formats.filling import fill_rings, union_rings
from xmem_gui.formats.polygons import join, keyhole, trace

pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy:DeprecationWarning"
)


@st.composite
def masks(draw: st.DrawFn) -> np.ndarray:
    height, width = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    mask = make_mask(draw(st.sampled_from(KINDS)), height, width, draw(st.integers(0, 9999)))
    return ~mask if draw(st.booleans()) else mask


@given(masks())
@settings(max_examples=150, deadline=None)
def test_tracing_and_filling_is_exact_in_every_shape(mask: np.ndarray) -> None:
    parts = trace(mask)
    rings = [ring for part in parts for ring in (part.outer, *part.holes)]
    np.testing.assert_array_equal(fill_rings(rings, mask.shape), mask)
    np.testing.assert_array_equal(union_rings([keyhole(part) for part in parts], mask.shape), mask)
    if parts:
        one = join([keyhole(part) for part in parts])
        np.testing.assert_array_equal(fill_rings([one], mask.shape), mask)


@given(masks())
@settings(max_examples=60, deadline=None)
def test_pycocotools_fills_the_same_pixels(mask: np.ndarray) -> None:
    rings = [keyhole(part).ravel().tolist() for part in trace(mask)]
    if rings:
        found = coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(rings, *mask.shape)))
        np.testing.assert_array_equal(found.astype(bool), mask)


@given(masks())
@settings(max_examples=60, deadline=None)
def test_parts_are_the_connected_components(mask: np.ndarray) -> None:
    count, _ = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    parts = trace(mask)
    assert len(parts) == count - 1
    total = sum(_signed(part.outer) - sum(_signed(hole) for hole in part.holes) for part in parts)
    assert abs(total - mask.sum()) <= 0.13 * sum(len(r) * 40 for p in parts for r in (p.outer, *p.holes)) + 1


def _signed(ring: np.ndarray) -> float:
    x, y = ring.T
    return abs(float(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1)))) / 2


def test_a_large_smooth_shape_is_exact_in_opencv() -> None:
    y, x = np.mgrid[:540, :960]
    mask = np.hypot(y - 260, x - 470) < 201.5
    (part,) = trace(mask)
    picture = np.zeros(mask.shape, dtype=np.uint8)
    cv2.fillPoly(picture, [part.outer.astype(np.int32)], 1)
    np.testing.assert_array_equal(picture.astype(bool), mask)


def test_polygons_drawn_by_hand_are_filled_as_by_pycocotools() -> None:
    rng = np.random.default_rng(3)
    angle = np.sort(rng.random(40)) * 2 * np.pi
    ring = np.stack((150 + 110 * np.cos(angle), 100 + 80 * np.sin(angle)), axis=1)
    wanted = coco_mask.decode(coco_mask.frPyObjects([ring.ravel().tolist()], 200, 300))[..., 0].astype(bool)
    found = fill_rings([ring], (200, 300))
    assert (found & wanted).sum() / (found | wanted).sum() > 0.99


def test_polygons_are_cut_at_the_edges_of_the_picture() -> None:
    ring = np.array([[-50.0, -50.0], [500.0, -50.0], [500.0, 5.0], [-50.0, 5.0]])
    wanted = np.zeros((20, 30), dtype=bool)
    wanted[:5] = True
    np.testing.assert_array_equal(fill_rings([ring], (20, 30)), wanted)
    np.testing.assert_array_equal(union_rings([ring], (20, 30)), wanted)


@pytest.mark.parametrize("value", [np.nan, np.inf, 1e300])
def test_corners_that_are_no_place_are_refused(value: float) -> None:
    with pytest.raises(FormatError, match="no place"):
        fill_rings([np.array([[0.0, 0.0], [value, 1.0], [2.0, 2.0]])], (9, 9))


def test_a_polygon_too_costly_to_fill_is_refused() -> None:
    ring = np.tile(np.array([[0.0, 0.0], [3.0, 4000.0]]), (20_000, 1))
    with pytest.raises(FormatError, match="too many long edges"):
        fill_rings([ring], (4000, 10))

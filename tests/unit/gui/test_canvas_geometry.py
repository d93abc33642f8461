"""Where the video lies on the canvas."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xmem_gui.gui.canvas.geometry import LARGEST, Place, Region, bound_scale, fitting, framing, kept

SCALES = st.floats(0.01, 64)
PLACES = st.builds(Place, SCALES, st.floats(-5000, 5000), st.floats(-5000, 5000))
POINTS = st.tuples(st.floats(-5000, 5000), st.floats(-5000, 5000))
SIZES = st.tuples(st.integers(1, 8000), st.integers(1, 8000))


@given(PLACES, POINTS)
def test_there_and_back(place: Place, point: tuple[float, float]) -> None:
    on_canvas = place.to_canvas(*point)
    assert place.to_video(*on_canvas) == pytest.approx(point, abs=1e-6 * (1 + 5000 / place.scale))


@given(st.sampled_from([0.25, 0.5, 1.0, 2.0, 8.0]), st.integers(-999, 999), st.integers(0, 4000))
def test_whole_pixels_are_exact(scale: float, offset: int, pixel: int) -> None:
    place = Place(scale, offset, offset)
    assert place.to_video(*place.to_canvas(pixel + 0.5, pixel + 0.5)) == (pixel + 0.5, pixel + 0.5)


@given(PLACES, SCALES, POINTS)
def test_zooming_keeps_what_is_under_the_pointer(
    place: Place, scale: float, point: tuple[float, float]
) -> None:
    before = place.to_video(*point)
    after = place.zoomed(scale, *point).to_video(*point)
    assert after == pytest.approx(before, rel=1e-6, abs=1e-3)


@given(SIZES, SIZES)
def test_what_fits_is_all_on_the_canvas(video: tuple[int, int], canvas: tuple[int, int]) -> None:
    place = fitting(video, canvas)
    assert 0 < place.scale <= LARGEST
    if min(canvas) > 30:
        right, bottom = place.to_canvas(*video)
        assert place.x >= 0
        assert place.y >= 0
        assert right <= canvas[0] + 1
        assert bottom <= canvas[1] + 1


@given(PLACES, SIZES, st.tuples(st.integers(100, 4000), st.integers(100, 4000)))
def test_some_of_the_video_stays_on_the_canvas(
    place: Place, video: tuple[int, int], canvas: tuple[int, int]
) -> None:
    there = kept(place, video, canvas)
    assert bound_scale(there.scale, video, canvas) == there.scale
    right, bottom = there.to_canvas(*video)
    assert there.x < canvas[0]
    assert there.y < canvas[1]
    assert right > 0
    assert bottom > 0


@given(PLACES, SIZES, SIZES)
def test_exposed_pixels_are_those_on_the_canvas(
    place: Place, video: tuple[int, int], canvas: tuple[int, int]
) -> None:
    region = place.exposed(video, canvas)
    assert Region(0, 0, *video).covers(region)
    left, top = (max(math.floor(value), 0) for value in place.to_video(0, 0))
    if not region.is_empty:
        assert (region.left, region.top) == (left, top)
    assert place.exposed(video, canvas, margin=50).covers(region)


@given(SIZES, st.tuples(st.integers(100, 4000), st.integers(100, 4000)), st.data())
def test_a_framed_box_is_all_on_the_canvas(
    video: tuple[int, int], canvas: tuple[int, int], data: st.DataObject
) -> None:
    left, top = (data.draw(st.integers(0, side - 1)) for side in video)
    right, bottom = (
        data.draw(st.integers(start + 1, side)) for start, side in zip((left, top), video, strict=True)
    )
    place = framing(Region(left, top, right, bottom), video, canvas)
    low, high = place.to_canvas(left, top), place.to_canvas(right, bottom)
    assert min(low) >= -2
    assert high[0] <= canvas[0] + 2
    assert high[1] <= canvas[1] + 2
    assert place.scale >= fitting(video, canvas).scale

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xmem_gui.gui.timeline.filmstrip import thumbnail_step
from xmem_gui.gui.timeline.lane_store import window_of
from xmem_gui.gui.timeline.scale import CLOSEST, Scale
from xmem_gui.gui.timeline.timecode import frame_shown_at, parse_place, timecode

zooms = st.lists(st.tuples(st.floats(0.1, 10), st.floats(0, 1)), max_size=6)


@st.composite
def scales(draw):
    """A scale after some zooming and moving."""
    scale = Scale.fit(draw(st.integers(1, 200_000)), draw(st.integers(50, 4000)))
    for factor, share in draw(zooms):
        scale = scale.zoomed(factor, share * scale.width).moved((share - 0.5) * scale.width)
    return scale


@settings(max_examples=40)
@given(scales(), st.floats(0, 1))
def test_a_frames_pixels_lead_back_to_it(scale, share):
    seen = scale.seen()
    frame = seen[int(share * (len(seen) - 1))]
    assert scale.frame_at(scale.centre_of(frame)) == frame
    assert scale.frame_at(scale.x_of(frame) + 0.25 * scale.pixels) == frame


@settings(max_examples=40)
@given(scales(), st.floats(-1000, 10_000))
def test_every_pixel_has_a_frame(scale, x):
    assert 0 <= scale.frame_at(x) < scale.frames


@settings(max_examples=40)
@given(scales())
def test_no_more_is_seen_than_there_is(scale):
    assert 0 <= scale.first <= max(0, scale.frames - scale.visible) + 1e-6
    assert scale.pixels <= max(CLOSEST, scale.width / scale.frames) + 1e-6


@settings(max_examples=40)
@given(scales(), st.floats(0.2, 5), st.floats(0, 1))
def test_zooming_keeps_what_is_under_the_mouse_unless_an_end_is_in_the_way(scale, factor, share):
    x = share * scale.width
    zoomed = scale.zoomed(factor, x)
    under, after = scale.first + x / scale.pixels, zoomed.first + x / zoomed.pixels
    at_an_end = zoomed.first <= 1e-6 or zoomed.first >= zoomed.frames - zoomed.visible - 1e-6
    assert at_an_end or after == pytest.approx(under, abs=1e-3)


@settings(max_examples=40)
@given(scales(), st.data())
def test_a_shown_frame_is_seen_whole(scale, data):
    frame = data.draw(st.integers(0, scale.frames - 1))
    shown = scale.showing(frame)
    assert shown.visible == scale.visible
    if scale.visible >= 1:
        assert shown.x_of(frame) >= -1e-6
        assert shown.x_of(frame + 1) <= shown.width + 1e-3


@settings(max_examples=40)
@given(scales(), st.floats(20, 200))
def test_labelled_ticks_have_room(scale, room):
    step = scale.tick_step(room)
    assert step * scale.pixels >= room - 1e-6 or step == 1
    assert str(step).rstrip("0") in {"1", "2", "5"}


@settings(max_examples=40)
@given(scales(), st.sampled_from([1.0, 1.5, 2.0]))
def test_the_parts_fetched_cover_what_is_seen_and_are_no_finer_than_the_screen(scale, ratio):
    window, seen = window_of(scale, ratio), scale.seen()
    assert window.start <= seen.start
    assert window.start + len(window) * window.step >= seen.stop
    assert window.step == 1 or window.step < 2 * scale.visible / (scale.width * ratio)
    assert len(window) <= 2 * scale.width * ratio + 3


@settings(max_examples=40)
@given(st.floats(0.001, 100), st.floats(20, 200))
def test_thumbnails_leave_no_holes_and_are_cut_little(pixels, width):
    step = thumbnail_step(width, pixels)
    assert step == 1 or step * pixels <= width
    assert step * pixels > width / 2 or step * pixels + pixels > width / 2


def test_times_are_written_as_people_read_them():
    assert timecode(8.8333) == "00:08.833"
    assert timecode(3725.5) == "1:02:05.500"


def test_typed_places():
    times = 3.0 + np.arange(1000) / 25
    assert parse_place("212", times) == 212
    assert parse_place(" f 999 ", times) == 999
    assert parse_place("1,204", times) == 999
    assert parse_place("0:08.84", times) == 221
    assert parse_place("8.84", times) == parse_place("8.84 s", times) == 221
    assert parse_place("9:59:59", times) == 999
    assert parse_place("", times) is parse_place("abc", times) is parse_place("-3", times) is None
    assert parse_place("3", np.zeros(0)) is None


@settings(max_examples=40)
@given(st.lists(st.floats(0.002, 3), min_size=1, max_size=50), st.data())
def test_the_time_written_of_a_frame_leads_back_to_it_at_any_rate(gaps, data):
    times = np.cumsum([0.0, *gaps])
    frame = data.draw(st.integers(0, len(times) - 1))
    written = timecode(float(times[frame] - times[0]))
    assert parse_place(written, times) == frame
    assert frame_shown_at(float(times[frame]), times) == frame

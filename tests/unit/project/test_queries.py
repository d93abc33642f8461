import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_samples import new_project, pattern

from xmem_gui.project import Doubt, Origin, Review, SetMasks, What

FRAMES = 40


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Object 1 is seen on 5-9 and 20-24 and known not to be on 10-14; object 2 is seen on 8-11."""
    with new_project(tmp_path_factory.mktemp("queries") / "p.xmem", frames=FRAMES) as project:
        for name in ("rabbit", "rock", "none"):
            project.add_object(name)
        with project.run() as run:
            for frame in range(5, 15):
                run.put(frame, {1: pattern(3 if frame < 10 else 0)}, confidence=frame / 16)
            for frame in range(20, 25):
                run.put(frame, {1: pattern(3)}, confidence=0.25)
        for frame in range(8, 12):
            project.apply(SetMasks(frame, {2: pattern(4)}))
        project.commit(9, [2])
        project.commit(22)
        project.apply(Review(range(23, 24)))
        yield project


def test_spans(project):
    assert project.query.spans(1) == [range(5, 10), range(20, 25)]
    assert project.query.spans(2) == [range(8, 12)]
    assert project.query.spans(3) == project.query.spans(99) == []


def test_frames(project):
    assert project.query.key_frames() == [9, 22]
    assert project.query.key_frames([2]) == [9]
    assert project.query.known_frames(1, range(8, 22)) == [8, 9, 10, 11, 12, 13, 14, 20, 21]
    assert project.query.masks_on(9) == [1, 2]
    assert project.query.masks_on(30) == project.query.masks_on(-1) == project.query.masks_on(999) == []
    assert project.query.low_frames(threshold=0.4) == [5, 6, 20, 21, 24]


def test_counts(project):
    counts = project.query.counts(threshold=0.4)
    assert (counts.known, counts.present, counts.committed, counts.reviewed, counts.low) == (19, 14, 2, 1, 5)
    assert project.query.counts([2]).known == 4
    assert project.query.counts([3]).known == project.query.counts([99]).known == 0


def test_doubts_come_lowest_first(project):
    doubts = project.query.doubts(threshold=0.4, most=4)
    assert doubts == [Doubt(20, 1, 0.25), Doubt(21, 1, 0.25), Doubt(24, 1, 0.25), Doubt(5, 1, 0.3125)]


def test_next_and_previous(project):
    query = project.query
    assert [query.next(What.KEY, frame) for frame in (-5, 8, 9, 22)] == [9, 9, 22, None]
    assert [query.previous(What.KEY, frame) for frame in (999, 22, 9)] == [22, 9, None]
    assert query.next(What.PRESENT, 11) == 20
    assert query.previous(What.PRESENT, 20) == 11
    assert query.next(What.SPAN, 5) == 8
    assert query.next(What.SPAN, 5, [1]) == 20
    assert query.previous(What.SPAN, 20, [1]) == 5
    assert query.next(What.LOW, 6, threshold=0.4) == 20
    assert query.previous(What.LOW, 24, threshold=0.4) == 21
    assert query.next(What.MISSING, 7, [1]) == 15
    assert query.next(What.LOW, 0, threshold=0.0) is None


def test_spans_across_blocks_of_the_search(tmp_path):
    with new_project(tmp_path / "p.xmem", frames=20_000) as project:
        project.add_object()
        for frame in (8190, 8191, 8192, 8193, 19_999):
            project.apply(SetMasks(frame, {1: pattern(3)}))
        assert project.query.next(What.SPAN, 0) == 8190
        assert project.query.next(What.SPAN, 8190) == 19_999
        assert project.query.previous(What.SPAN, 19_999) == 8190
        assert project.query.previous(What.PRESENT, 19_999) == 8193


@settings(max_examples=60, deadline=None)
@given(
    bins=st.integers(0, 60),
    span=st.one_of(st.none(), st.tuples(st.integers(0, FRAMES), st.integers(0, FRAMES))),
)
def test_strips_hold_the_lowest_of_each_part(project, bins, span):
    frames = None if span is None else range(min(span), max(span))
    strip = project.query.confidence_strip(1, bins, frames)
    assert strip.shape == (bins,)
    start, stop = (0, FRAMES) if frames is None else (frames.start, frames.stop)
    for number in range(bins):
        low = start + number * (stop - start) // bins
        high = max(start + (number + 1) * (stop - start) // bins, low + 1)
        records = [project.record(frame, 1) for frame in range(low, min(high, stop))]
        values = [record.confidence for record in records if record is not None]
        assert np.array_equal(strip[number], np.float32(min(values, default=np.nan)), equal_nan=True)


@settings(max_examples=60)
@given(st.integers(0, FRAMES + 3), st.integers(0, 30), st.integers(1, 7), st.sampled_from([1, 2, 99]))
def test_a_strip_tells_of_each_part_what_its_frames_are(project, start, parts, step, object_id):
    strip = project.query.strip(object_id, range(start, start + parts * step, step))
    assert len(strip) == parts
    for number in range(parts):
        first = start + number * step
        records = [project.record(f, object_id) for f in range(first, min(first + step, FRAMES))]
        known = [record for record in records if record is not None]
        assert strip.present[number] == any(record.area for record in known)
        assert strip.key[number] == any(record.committed for record in known)
        least = np.float32(min((record.confidence for record in known), default=np.nan))
        assert np.array_equal(strip.confidence[number], least, equal_nan=True)


def test_a_persons_masks_are_never_in_doubt(project):
    project.apply(SetMasks(30, {3: pattern(5)}, Origin.CLICKED, 0.1))
    assert project.query.doubts([3]) == []
    project.undo()


def test_states_tell_what_is_known_of_a_frame_without_reading_masks(project):
    states = project.query.states(9)
    assert list(states) == [1, 2]
    assert (states[1].present, states[1].committed, states[1].origin) == (True, False, Origin.PROPAGATED)
    assert states[1].confidence == 9 / 16
    assert (states[2].committed, states[2].origin) == (True, Origin.DRAWN)
    assert not project.query.states(12)[1].present
    assert project.query.states(23)[1].reviewed
    assert project.query.states(30) == project.query.states(-1) == {}

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_project import SIZE, open_frames

from xmem_gui.annotator import Editing, RangeEditing
from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project import ChangeObject, Origin, Project, Review, SetMasks


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    document, video = open_frames(tmp_path)
    document.video = video  # type: ignore[attr-defined]
    yield document
    document.close()
    video.close()


@pytest.fixture
def ranges(project: Project) -> RangeEditing:
    return RangeEditing(project, Editing(project, project.video))  # type: ignore[attr-defined]


def box(top: int, left: int, height: int, width: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def test_pasting_over_a_range_is_one_step_that_keeps_committed_frames(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    drawn = box(0, 0, 3, 3)
    project.apply(SetMasks(2, {one: drawn}, commit=True))
    pasted = box(4, 4, 6, 6)
    told: list[tuple[int, int, int | None]] = []
    done = ranges.paste(range(1, 4), one, pasted, progress=lambda *so_far: told.append(so_far))
    assert (done.changed, done.kept, done.is_whole) == (2, 1, True)
    assert told == [(1, 3, 1), (2, 3, 2), (3, 3, 3)]
    assert done.step is not None
    assert done.step.label == "Paste – one, frames 1–3"
    assert (project.mask(2, one) == drawn).all()
    assert all((project.mask(frame, one) == pasted).all() for frame in (1, 3))
    assert project.query.key_frames([one]) == [1, 2, 3]
    project.undo()
    assert project.query.known_frames(one) == [2]
    project.redo()
    assert ranges.paste(range(1, 4), one, pasted, replace=True).changed == 1
    assert (project.mask(2, one) == pasted).all()


def test_what_others_are_promised_stays_theirs(project: Project, ranges: RangeEditing):
    one, kept, loose = (project.add_object(name).id for name in ("one", "kept", "loose"))
    project.apply(SetMasks(0, {kept: box(0, 0, 4, 4)}, commit=True))
    project.apply(SetMasks(0, {loose: box(4, 0, 4, 4)}, Origin.PROPAGATED))
    project.apply(SetMasks(1, {kept: box(0, 0, 4, 4)}, Origin.PROPAGATED))
    project.apply(Review(range(1, 2), [kept]))
    ranges.paste(range(2), one, box(0, 0, 8, 4))
    assert (project.mask(0, kept) == box(0, 0, 4, 4)).all()
    assert (project.mask(0, one) == box(4, 0, 4, 4)).all()
    assert not project.mask(0, loose).any()
    assert (project.mask(1, one) == box(4, 0, 4, 4)).all()


def test_absence_is_a_committed_empty_mask(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    editing = Editing(project, project.video)  # type: ignore[attr-defined]
    project.apply(SetMasks(0, {one: box(4, 4, 6, 6)}, commit=True))
    project.apply(SetMasks(1, {one: box(4, 4, 6, 6)}, Origin.PROPAGATED))
    outcome = editing.not_here(1, one)
    assert outcome.step is not None
    assert outcome.step.label == "Not in this frame – one, frame 1"
    record = project.record(1, one)
    assert record is not None
    assert (record.area, record.committed) == (0, True)
    editing.commit = False
    assert editing.not_here(2, one).step is not None
    assert project.query.key_frames([one]) == [0, 1, 2]
    done = ranges.not_here(range(4), one)
    assert (done.changed, done.kept) == (1, 1)
    assert done.step is not None
    assert done.step.label == "Not in these frames – one, frames 0–3"
    assert project.mask(0, one).any()
    assert project.query.key_frames([one]) == [0, 1, 2, 3]
    assert ranges.not_here(range(4), one).step is None


def test_what_is_finished_stays_when_it_is_stopped(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    asked: list[bool] = []

    def cancelled() -> bool:
        asked.append(len(asked) == 2)
        return asked[-1]

    done = ranges.paste(range(4), one, box(0, 0, 2, 2), cancelled=cancelled)
    assert (done.changed, done.is_whole) == (2, False)
    assert project.query.known_frames(one) == [0, 1]
    project.undo()
    assert project.query.known_frames(one) == []
    assert project.next_undo.label.startswith("Add")


def test_what_cannot_be_done_changes_nothing(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    before = project.history
    for frames in (range(0), range(-1, 2), range(3, 5), range(0, 4, 2), range(3, 0, -1)):
        with pytest.raises(ProjectError, match="range of frames"):
            ranges.not_here(frames, one)
    with pytest.raises(MaskError):
        ranges.paste(range(2), one, np.zeros((3, 3), bool))
    with pytest.raises(ProjectError):
        ranges.paste(range(2), one + 7, box(0, 0, 2, 2))
    assert project.history == before
    project.apply(ChangeObject(one, locked=True))
    with pytest.raises(ProjectError, match="locked"):
        ranges.not_here(range(2), one)
    assert project.query.known_frames(one) == []


def test_interpolating_fills_between_committed_frames(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    for frame, left in ((0, 2), (3, 8)):
        project.apply(SetMasks(frame, {one: box(4, left, 6, 6)}, commit=True))
    project.apply(SetMasks(1, {one: box(0, 0, 2, 2)}, Origin.PROPAGATED, confidence=0.1))
    frames = ranges.between_keys(1, one)
    assert frames == range(4)
    done = ranges.interpolate(frames, one)
    assert (done.changed, done.kept, done.is_whole) == (2, 0, True)
    assert done.step is not None
    assert (done.step.kind, done.step.label) == ("interpolate", "Interpolate – one, frames 1–2")
    for frame, left in ((1, 4), (2, 6)):
        record = project.record(frame, one)
        assert record is not None
        assert (record.rle.to_mask() == box(4, left, 6, 6)).all()
        assert (record.committed, record.origin, record.confidence) == (False, Origin.PROPAGATED, 1.0)
    assert ranges.interpolate(frames, one).step is None
    project.apply(Review(range(1, 2), [one]))
    project.apply(SetMasks(3, {one: box(4, 20, 6, 6)}))
    assert ranges.interpolate(frames, one).kept == 1
    assert (project.mask(1, one) == box(4, 4, 6, 6)).all()
    assert (project.mask(2, one) == box(4, 14, 6, 6)).all()


def test_interpolating_between_several_committed_frames_changes_none_of_them(
    project: Project, ranges: RangeEditing
):
    one = project.add_object("one").id
    project.apply(SetMasks(0, {one: box(4, 2, 6, 6)}, commit=True))
    project.apply(SetMasks(2, {one: np.zeros(SIZE, bool)}, commit=True))
    with pytest.raises(ProjectError, match="needed"):
        ranges.interpolate(range(1, 4), one)
    done = ranges.interpolate(range(4), one)
    assert done.changed == 1
    assert (project.mask(1, one) == box(4, 2, 6, 6)).all()
    assert project.query.low_frames([one]) == [1]
    assert not project.mask(2, one).any()
    project.apply(SetMasks(1, {one: box(4, 2, 6, 6)}, commit=True))
    with pytest.raises(ProjectError, match="already"):
        ranges.interpolate(range(4), one)


def test_key_frames_around_a_frame(project: Project, ranges: RangeEditing):
    one = project.add_object("one").id
    with pytest.raises(ProjectError, match="on a frame before"):
        ranges.between_keys(0, one)
    for frame in (0, 2):
        project.apply(SetMasks(frame, {one: box(4, 2, 6, 6)}, commit=True))
    assert [ranges.between_keys(frame, one) for frame in range(3)] == [range(3)] * 3
    with pytest.raises(ProjectError, match="not between"):
        ranges.between_keys(3, one)
    with pytest.raises(ProjectError):
        ranges.between_keys(1, one + 5)

"""Deleting an object leaves its masks unseen in the file, as long as a step can bring them back."""

import sqlite3
from contextlib import closing

import pytest
from project_samples import FRAMES, new_project, pattern, state

from xmem_gui.errors import ProjectError
from xmem_gui.project import ClearMasks, DeleteObjects, Project, SetMasks


@pytest.fixture
def project(tmp_path):
    project = new_project(tmp_path / "p.xmem", undo_bytes=400_000)
    for name in ("rabbit", "rock"):
        project.add_object(name)
    for frame in range(FRAMES):
        project.apply(SetMasks(frame, {1: pattern(frame), 2: pattern(frame + 7)}, confidence=0.5))
    yield project
    project.close()


def masks_in_file(path):
    with closing(sqlite3.connect(path)) as database:
        rows = database.execute("SELECT object, count(*) FROM masks GROUP BY object")
        return dict(rows.fetchall())


def test_nothing_is_seen_of_a_deleted_object(project):
    project.apply(DeleteObjects([1]))
    query = project.query
    assert query.counts().known == FRAMES
    assert query.masks_on(3) == [2]
    assert list(query.states(3)) == [2]
    assert query.known_frames(1) == query.spans(1) == []
    assert project.mask(3, 1) is project.record(3, 1) is None
    assert list(project.records(3)) == [2]
    assert project.apply(ClearMasks([1])).step is None
    with pytest.raises(ProjectError, match="no object 1"):
        project.apply(SetMasks(3, {1: pattern(4)}))


def test_the_outcome_names_the_masks_that_went_and_came_back(project):
    for outcome in (project.apply(DeleteObjects([1])), project.undo(), project.redo()):
        assert outcome.frames == tuple(range(FRAMES))
        assert outcome.objects == (1,)


def test_deleting_costs_the_history_next_to_nothing(project):
    assert project.apply(DeleteObjects([1])).step.size < 300


def test_undo_after_opening_again_brings_back_what_was_there(project):
    before = state(project)
    project.apply(DeleteObjects([1]))
    for _ in range(2):
        project.close()
        project = Project.open(project.path, backup_every=None)
        project.undo()
        assert state(project) == before
        project.redo()
    project.close()


def test_masks_that_no_step_can_bring_back_leave_the_file(project):
    path = project.path
    project.apply(DeleteObjects([1]))
    project.close()
    assert masks_in_file(path) == {1: FRAMES, 2: FRAMES}
    with Project.open(path, backup_every=None, undo_bytes=0) as again:
        again.apply(ClearMasks([2], range(1)))
        again.apply(ClearMasks([2], range(1, 2)))
        assert len(again.history) == 1
    with Project.open(path, backup_every=None) as again:
        assert [item.id for item in again.objects] == [2]
    assert masks_in_file(path) == {2: FRAMES - 2}


def test_salvage_does_not_bring_a_deleted_object_back(project):
    path = project.path
    project.apply(DeleteObjects([1]))
    project.close()
    again, report = Project.salvage(path, backup_every=None)
    with again:
        assert (report.objects, report.masks, report.lost) == (1, FRAMES, 0)
        assert [item.name for item in again.objects] == ["rock"]


def test_a_discarded_run_does_not_touch_what_was_deleted_meanwhile(project):
    with project.run() as run:
        run.put(0, {1: pattern(20)})
        project.apply(DeleteObjects([1]))
        run.discard()
    project.undo()
    assert (project.mask(0, 1) == pattern(20)).all()

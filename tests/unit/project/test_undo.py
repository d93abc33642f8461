"""Undo and redo: exact, bounded, and ended by a new edit."""

import numpy as np
import pytest
from project_samples import FRAMES, new_project, paint, pattern, state

from xmem_gui.project import (
    AddObject,
    ChangeObject,
    ClearMasks,
    Commit,
    DeleteObjects,
    MergeObjects,
    Origin,
    Project,
    ReorderObjects,
    Review,
    Rework,
    Rle,
    SetMasks,
    SplitObject,
    SwapObjects,
)


def every_edit():
    blob = pattern(3)
    return [
        SetMasks(2, {1: blob, 2: pattern(4)}, Origin.CLICKED),
        SetMasks(3, {1: Rle.from_mask(blob)}, Origin.PROPAGATED, {1: 0.5}),
        ClearMasks([1], range(4)),
        ClearMasks(),
        paint(1, 2, np.ones((2, 2), bool), y=2),
        paint(1, 2, np.ones((3, 2), bool), y=3, erase=True),
        Rework(1, 1, lambda masks, _: {one: ~mask.to_mask() for one, mask in masks.items()}, "Paint"),
        MergeObjects(1, 2, range(1, 3)),
        MergeObjects(1, 2),
        SplitObject(1, range(3, 12)),
        SwapObjects(1, 2, range(0, 9, 2)),
        SwapObjects(1, 2),
        DeleteObjects([1, 2]),
        AddObject("ball", (1, 2, 3)),
        ChangeObject(1, name="hare", colour=(9, 9, 9), priority=7, visible=False, locked=True),
        ReorderObjects([1, 2]),
        Commit(1),
        Commit(8, [2]),
        Review(range(5), [1]),
    ]


@pytest.mark.parametrize("edit", every_edit(), ids=lambda edit: f"{edit.kind}")
@pytest.mark.parametrize("reopen", [False, True], ids=["", "reopened"])
def test_undo_and_redo_restore_every_edit_exactly(tmp_path, edit, reopen):
    project = new_project(tmp_path / "p.xmem")
    for name in ("rabbit", "rock"):
        project.add_object(name)
    for frame in range(6):
        masks = {1: pattern(frame), 2: pattern(frame + 7)}
        project.apply(SetMasks(frame, masks, confidence=0.5 + frame / 16))
    before = state(project)
    outcome = project.apply(edit)
    after = state(project)
    assert outcome.step is not None
    assert after != before
    for expected, move in ((before, "undo"), (after, "redo"), (before, "undo")):
        if reopen:
            project.close()
            project = Project.open(project.path, backup_every=None)
        moved = getattr(project, move)()
        assert set(moved.changed) == set(outcome.changed)
        assert state(project) == expected
    project.close()


def test_a_new_edit_ends_what_could_be_redone(project):
    project.apply(SetMasks(0, {1: pattern(2)}))
    project.undo()
    project.apply(SetMasks(1, {1: pattern(2)}))
    assert project.next_redo is None
    assert project.redo().step is None
    assert project.mask(0, 1) is None


def test_an_edit_that_changes_nothing_is_no_step(project):
    project.apply(SetMasks(0, {1: pattern(2)}))
    steps = project.history
    assert project.apply(SetMasks(0, {1: pattern(2)})).step is None
    assert project.apply(ClearMasks([2])).step is None
    assert project.history == steps


def test_history_is_bounded_by_bytes_oldest_first(tmp_path):
    with new_project(tmp_path / "p.xmem", undo_bytes=2000) as project:
        project.add_object()
        for number in range(200):
            project.apply(SetMasks(number % FRAMES, {1: pattern(number + 2)}))
            assert sum(step.size for step in project.history) <= 2000
        last = state(project)
        kept = [step.id for step in project.history]
        assert kept == list(range(kept[-1] - len(kept) + 1, kept[-1] + 1))
        undone = 0
        while project.undo().step is not None:
            undone += 1
        assert undone == len(kept) > 5
        while project.redo().step is not None:
            pass
        assert state(project) == last


def test_one_step_larger_than_the_bound_can_still_be_undone(tmp_path):
    with new_project(tmp_path / "p.xmem", undo_bytes=10) as project:
        project.add_object()
        project.apply(SetMasks(0, {1: pattern(2)}))
        project.apply(SetMasks(1, {1: pattern(3)}))
        assert len(project.history) == 1
        project.undo()
        assert project.mask(1, 1) is None
        project.redo()
        assert np.array_equal(project.mask(1, 1), pattern(3))


def test_no_number_is_given_to_two_steps(tmp_path):
    path = tmp_path / "p.xmem"
    with new_project(path) as project:
        project.add_object("rabbit")
        gone = project.apply(SetMasks(2, {1: pattern(1)})).step.id
        project.undo()
        with project.run():
            pass
        assert [step.id for step in project.history] == [1]
    with Project.open(path) as project:
        assert project.apply(SetMasks(2, {1: pattern(2)})).step.id > gone

"""Runs: one step that is written while results come in, beside other edits."""

import numpy as np
import pytest
from project_samples import FRAMES, HEIGHT, WIDTH, pattern, state

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project import (
    DeleteObjects,
    Origin,
    Rle,
    SetMasks,
    StepState,
)


def test_a_run_is_one_step(project):
    before = state(project)
    with project.run() as run:
        for frame in range(FRAMES):
            run.put(frame, {1: pattern(frame), 2: pattern(frame + 1)}, confidence=0.75)
    assert project.record(3, 2).confidence == 0.75
    after = state(project)
    project.undo()
    assert state(project) == before
    project.redo()
    assert state(project) == after


def test_a_run_that_fails_keeps_its_frames_as_one_step(project):
    run = project.run()
    with pytest.raises(ZeroDivisionError), run:
        run.put(0, {1: pattern(2)}, confidence=1 / (run.put(1, {1: pattern(2)}).kept != ()))
    assert np.array_equal(project.mask(1, 1), pattern(2))
    project.undo()
    assert project.mask(1, 1) is None


def test_a_discarded_import_leaves_nothing(project):
    project.apply(SetMasks(0, {1: pattern(2)}))
    before, history = state(project), project.history
    with project.run(Origin.IMPORTED, label="Import masks") as run:
        new = run.add_object("new").id
        run.put(0, {1: pattern(3), new: pattern(4)})
        run.discard()
    assert (state(project), project.history) == (before, history)


def test_a_bad_frame_sets_nothing_and_the_run_goes_on(project):
    with project.run() as run:
        with pytest.raises(MaskError):
            run.put(0, {1: pattern(2), 2: Rle(b"x", HEIGHT, WIDTH)})
        assert project.records(0) == {}
        run.put(1, {1: pattern(2)})
    assert project.mask(1, 1) is not None


def test_edits_beside_a_run_are_kept_by_it(project):
    with project.run() as run:
        run.put(0, {1: pattern(2)})
        project.apply(SetMasks(5, {1: pattern(9)}))
        assert run.put(5, {1: pattern(3)}).kept == ((5, 1),)
        project.undo()
        assert project.mask(5, 1) is None
        assert project.next_undo is None
        project.redo()
    assert np.array_equal(project.mask(5, 1), pattern(9))
    project.undo()
    project.undo()
    assert state(project)[1] == [{}] * FRAMES


def test_results_for_an_object_deleted_meanwhile_are_left_out(project):
    with project.run() as run:
        run.put(0, {1: pattern(2)})
        project.apply(DeleteObjects([1]))
        assert run.put(1, {1: pattern(2), 2: pattern(3)}).kept == ((1, 1),)


def test_only_one_run_at_a_time_and_none_after_its_end(project):
    with project.run() as run, pytest.raises(ProjectError, match="already"):
        project.run()
    with pytest.raises(ProjectError, match="ended"):
        run.put(0, {1: pattern(2)})
    assert project.history[-1].state is StepState.DONE


def test_an_empty_run_is_no_step(project):
    history = project.history
    with project.run():
        pass
    assert project.history == history

"""A frame's masks before the last step that changed them, and having them again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_samples import HEIGHT, WIDTH, new_project, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    ChangeObject,
    ClearMasks,
    DeleteObjects,
    Origin,
    RestoreMasks,
    Review,
    SetMasks,
)


def earlier_masks(project, frame=0):
    """Return (label of the step, masks before it, who changed) of a frame; None if nothing is known."""
    found = project.earlier(frame)
    if found is None:
        return None
    return found.step.label, {one: r.rle.to_mask() for one, r in found.masks.items()}, found.changed


def test_without_history_nothing_is_known(project):
    assert project.earlier(0) is None
    assert project.earlier(99) is None
    project.apply(SetMasks(3, {1: pattern(3)}))
    assert project.earlier(0) is None
    assert project.earlier(3) is not None


def test_before_a_run_the_frame_had_what_it_had(project):
    project.apply(SetMasks(0, {1: pattern(2), 2: pattern(3)}, Origin.CLICKED))
    with project.run() as run:
        for frame in range(3):
            run.put(frame, {1: pattern(4 + frame)})
        during = project.earlier(0)
        assert during is not None
        assert during.step.id == run.step.id, "a run that goes on counts"
    label, masks, changed = earlier_masks(project)
    assert label == "Track – rabbit, frames 0–2"
    assert changed == (1,)
    assert (masks[1] == pattern(2)).all()
    assert (masks[2] == pattern(3)).all(), "what the run left alone is there too"
    label, masks, changed = earlier_masks(project, 1)
    assert (label, masks, changed) == ("Track – rabbit, frames 0–2", {}, (1,))


def test_steps_that_change_no_pixel_here_are_passed_over(project):
    with project.run() as run:
        run.put(0, {1: pattern(4)})
        run.put(1, {1: pattern(5)})
    project.commit(0)
    project.apply(Review())
    project.apply(ChangeObject(1, name="hare"))
    project.apply(SetMasks(1, {1: pattern(6)}))
    project.apply(SetMasks(0, {2: pattern(0)}))
    found = project.earlier(0)
    assert found is not None
    assert found.step.kind == "propagate"
    assert found.changed == (1,)
    assert 1 not in found.masks


def test_undone_steps_do_not_count_and_redone_ones_do(project):
    project.apply(SetMasks(0, {1: pattern(2)}, Origin.CLICKED))
    project.apply(SetMasks(0, {1: pattern(3)}))
    assert (earlier_masks(project)[1][1] == pattern(2)).all()
    project.undo()
    assert earlier_masks(project)[1:] == ({}, (1,))
    project.redo()
    assert (earlier_masks(project)[1][1] == pattern(2)).all()


def test_a_deleted_object_is_left_out(project):
    project.apply(SetMasks(0, {1: pattern(2), 2: pattern(3)}))
    project.apply(SetMasks(0, {2: pattern(4)}))
    project.apply(DeleteObjects([2]))
    label, masks, changed = earlier_masks(project)
    assert (masks, changed) == ({}, (1,))
    assert label.startswith("Draw – rabbit, rock")


def test_it_is_known_after_reopening(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.apply(SetMasks(0, {1: pattern(2)}))
        project.apply(SetMasks(0, {1: pattern(3)}))
    with type(project).open(tmp_path / "p.xmem") as project:
        assert (earlier_masks(project)[1][1] == pattern(2)).all()


def test_restoring_is_one_step_and_can_be_undone(project):
    project.apply(SetMasks(0, {1: pattern(2), 2: pattern(3)}, Origin.PROPAGATED, confidence=0.5))
    with project.run() as run:
        run.put(0, {1: pattern(4), 2: pattern(5)})
        run.put(1, {1: pattern(6)})
    outcome = project.apply(RestoreMasks(0, commit=True))
    assert outcome.step is not None
    assert outcome.step.label == "Restore – rabbit, rock, frame 0"
    records = project.records(0)
    assert (records[1].rle.to_mask() == pattern(2)).all()
    assert (records[2].rle.to_mask() == pattern(3)).all()
    assert all(record.committed and record.origin is Origin.PROPAGATED for record in records.values())
    assert records[1].confidence == pytest.approx(0.5, abs=0.01)
    assert (project.mask(1, 1) == pattern(6)).all(), "other frames stay"
    project.undo()
    assert (project.mask(0, 1) == pattern(4)).all()
    assert not project.records(0)[1].committed


def test_restored_twice_it_is_as_it_was(project):
    project.apply(SetMasks(0, {1: pattern(2)}))
    project.apply(ClearMasks([1], range(1)))
    project.apply(RestoreMasks(0))
    assert (project.mask(0, 1) == pattern(2)).all()
    project.apply(RestoreMasks(0))
    assert project.mask(0, 1) is None


def test_without_anything_to_restore_no_step_is_made(project):
    before = len(project.history)
    assert project.apply(RestoreMasks(0)).step is None
    assert len(project.history) == before


def test_a_locked_object_is_not_restored(project):
    project.apply(SetMasks(0, {1: pattern(2)}))
    project.apply(ChangeObject(1, locked=True))
    with pytest.raises(ProjectError, match="rabbit is locked"):
        project.apply(RestoreMasks(0))
    assert (project.mask(0, 1) == pattern(2)).all()


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from([1, 2]), st.integers(0, 4)), min_size=1, max_size=8))
def test_it_is_the_state_before_the_last_change(tmp_path_factory, edits):
    """The model keeps what was seen after each step; masks of seed 0 are seen nowhere."""
    empty = np.zeros((HEIGHT, WIDTH), bool)
    states = [{1: empty, 2: empty}]
    with new_project(tmp_path_factory.mktemp("project") / "p.xmem") as project:
        project.add_object("rabbit")
        project.add_object("rock")
        for one, seed in edits:
            project.apply(SetMasks(0, {one: pattern(seed)}))
            states.append({**states[-1], one: pattern(seed)})
        now = states[-1]
        other = next((s for s in reversed(states) if any((s[one] != now[one]).any() for one in now)), None)
        found = project.earlier(0)
        assert (found is None) == (other is None)
        if found is not None and other is not None:
            for one in now:
                seen = found.masks[one].rle.to_mask() if one in found.masks else empty
                assert (seen == other[one]).all()
            assert found.changed == tuple(one for one in now if (other[one] != now[one]).any())
            project.apply(RestoreMasks(0))
            for one in now:
                mask = project.mask(0, one)
                assert ((empty if mask is None else mask) == other[one]).all()

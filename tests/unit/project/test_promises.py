"""What is committed, reviewed or locked stays as it is."""

import numpy as np
import pytest
from project_samples import paint, pattern

from xmem_gui.errors import ProjectError
from xmem_gui.project import (
    ChangeObject,
    ClearMasks,
    DeleteObjects,
    MergeObjects,
    Origin,
    Review,
    SetMasks,
)


def test_propagation_never_changes_a_committed_mask(project):
    project.apply(SetMasks(4, {1: pattern(2)}))
    project.commit(4)
    assert project.apply(SetMasks(4, {1: pattern(3)}, Origin.PROPAGATED)).kept == ((4, 1),)
    with project.run() as run:
        assert run.put(4, {1: pattern(3), 2: pattern(4)}).kept == ((4, 1),)
    assert np.array_equal(project.mask(4, 1), pattern(2))
    assert np.array_equal(project.mask(4, 2), pattern(4))


def test_uncommitted_masks_may_change_again(project):
    project.apply(SetMasks(4, {1: pattern(2)}))
    project.commit(4)
    project.uncommit(4)
    project.apply(SetMasks(4, {1: pattern(3)}, Origin.PROPAGATED))
    assert np.array_equal(project.mask(4, 1), pattern(3))


def test_a_person_may_change_a_committed_mask_and_it_stays_committed(project):
    project.apply(SetMasks(4, {1: pattern(2)}))
    project.commit(4)
    project.apply(SetMasks(4, {1: pattern(3)}))
    project.apply(paint(4, 1, np.ones((1, 1), bool)))
    assert project.record(4, 1).committed


def test_committing_an_object_that_is_not_seen_keeps_it_away(project):
    project.commit(4, [2])
    assert project.record(4, 2).area == 0
    with project.run() as run:
        assert run.put(4, {2: pattern(3)}).kept == ((4, 2),)


def test_reviewed_masks_change_only_when_asked(project):
    project.apply(SetMasks(4, {1: pattern(2)}, Origin.PROPAGATED))
    project.apply(Review(range(4, 5)))
    with project.run() as run:
        assert run.put(4, {1: pattern(3)}).kept == ((4, 1),)
    with project.run(replace_reviewed=True) as run:
        assert run.put(4, {1: pattern(3)}).kept == ()
    assert np.array_equal(project.mask(4, 1), pattern(3))


def test_locked_objects_are_kept_from_propagation_and_people(project):
    project.apply(SetMasks(4, {1: pattern(2)}))
    project.apply(ChangeObject(1, locked=True))
    with project.run() as run:
        assert run.put(4, {1: pattern(3)}).kept == ((4, 1),)
        assert run.put(5, {1: pattern(3)}).kept == ((5, 1),)
    for edit in (SetMasks(4, {1: pattern(3)}), ClearMasks(), MergeObjects(1, 2), DeleteObjects([1])):
        with pytest.raises(ProjectError, match="rabbit is locked"):
            project.apply(edit)
    project.commit(4)
    project.apply(ChangeObject(1, locked=False))
    project.apply(SetMasks(4, {1: pattern(3)}))

import threading

import numpy as np
import pytest
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, pattern

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project import (
    AddObject,
    ChangeObject,
    ClearMasks,
    Commit,
    DeleteObjects,
    MergeObjects,
    Origin,
    Paint,
    PaintMode,
    Project,
    ReorderObjects,
    Review,
    Rle,
    SetMasks,
    SplitObject,
    StepState,
    SwapObjects,
)


@pytest.fixture
def project(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        project.add_object("rabbit")
        project.add_object("rock")
        yield project


def state(project):
    return project.objects, [project.records(frame) for frame in range(project.frames)]


def every_edit():
    blob = pattern(3)
    return [
        SetMasks(2, {1: blob, 2: pattern(4)}, Origin.CLICKED),
        SetMasks(3, {1: Rle.from_mask(blob)}, Origin.PROPAGATED, {1: 0.5}),
        ClearMasks([1], range(4)),
        ClearMasks(),
        Paint(1, 2, 2, 2, np.ones((2, 2))),
        Paint(1, 2, -1, 3, np.ones((9, 2)), PaintMode.ERASE),
        Paint(1, 1, 3, 3, pattern(5, 3, 3), PaintMode.REPLACE),
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


def test_labels_say_what_was_done(project):
    with project.run() as run:
        for frame in range(3, 9):
            run.put(frame, {1: pattern(frame)})
    project.commit(4)
    project.apply(Paint(4, 1, 0, 0, np.ones((2, 2))))
    project.apply(ClearMasks([1, 2], range(5, 8)))
    labels = [step.label for step in project.history[2:]]
    assert labels == ["Propagate rabbit 3-8", "Commit 4", "Paint rabbit 4", "Clear rabbit, rock 5-7"]


def test_merging_several_objects_is_one_step(project):
    third = project.add_object().id
    for frame, masks in ((0, {1: pattern(2), 2: pattern(3), third: pattern(4)}), (1, {2: pattern(5)})):
        project.apply(SetMasks(frame, masks, confidence=0.25 if frame else 1.0))
    steps = len(project.history)
    project.apply(MergeObjects((2, third), 1))
    assert len(project.history) == steps + 1
    assert [item.id for item in project.objects] == [1]
    assert np.array_equal(project.mask(0, 1), pattern(2) | pattern(3) | pattern(4))
    assert np.array_equal(project.mask(1, 1), pattern(5))
    project.undo()
    assert [item.id for item in project.objects] == [1, 2, third]


def test_splitting_gives_the_masks_of_a_range_to_a_new_object(project):
    for frame in range(4):
        project.apply(SetMasks(frame, {1: pattern(frame + 2)}))
    before = [project.record(frame, 1) for frame in range(4)]
    outcome = project.apply(SplitObject(1, range(2, FRAMES)))
    new = project.objects[-1]
    assert outcome.step.label == "Split rabbit 2-11"
    assert new.name == "rabbit (2)"
    assert project.query.known_frames(1) == [0, 1]
    assert [project.record(frame, new.id) for frame in (2, 3)] == before[2:]
    with pytest.raises(ProjectError, match="nothing to split off"):
        project.apply(SplitObject(1, range(2, FRAMES)))


def test_ids_are_never_used_again(project):
    path = project.path
    third = project.add_object().id
    project.apply(DeleteObjects([third]))
    fourth = project.add_object().id
    project.undo()
    project.close()
    with Project.open(path, backup_every=None) as again:
        assert again.add_object().id == fourth + 1 == third + 2


def test_more_than_255_objects(tmp_path):
    with new_project(tmp_path / "p.xmem") as project:
        with project.run(Origin.IMPORTED) as run:
            ids = [run.add_object(f"cell {n}").id for n in range(300)]
            run.put(0, {one: pattern(one % 50 + 2) for one in ids})
        project.close()
        with Project.open(project.path, backup_every=None) as again:
            assert len(again.objects) == 300
            assert all(np.array_equal(again.mask(0, one), pattern(one % 50 + 2)) for one in ids)
            again.undo()
            assert again.objects == ()


def test_painting_works_at_the_edges(project):
    project.apply(Paint(0, 1, -2, -2, np.ones((4, 4))))
    project.apply(Paint(0, 1, WIDTH - 1, HEIGHT - 1, np.ones((9, 9))))
    expected = np.zeros((HEIGHT, WIDTH), bool)
    expected[:2, :2] = expected[-1, -1] = True
    assert np.array_equal(project.mask(0, 1), expected)
    assert project.apply(Paint(0, 1, WIDTH + 5, 0, np.ones((2, 2)))).step is None


def test_an_outcome_names_what_is_different_now(project):
    project.apply(SetMasks(3, {1: pattern(2), 2: pattern(2)}))
    outcome = project.apply(ClearMasks([2]))
    assert (outcome.frames, outcome.objects) == ((3,), (2,))
    outcome = project.apply(ChangeObject(1, name="hare"))
    assert (outcome.frames, outcome.objects) == ((), (1,))


def test_merge_joins_pixels_and_removes_the_object(project):
    first, second = pattern(2), pattern(3)
    project.apply(SetMasks(0, {1: first, 2: second}))
    project.apply(SetMasks(1, {1: first}))
    project.apply(MergeObjects(1, 2))
    assert [item.id for item in project.objects] == [2]
    assert np.array_equal(project.mask(0, 2), first | second)
    assert np.array_equal(project.mask(1, 2), first)


@pytest.mark.parametrize(
    ("edit", "error", "words"),
    [
        (SetMasks(0, {9: pattern(2)}), ProjectError, "no object 9"),
        (SetMasks(FRAMES, {1: pattern(2)}), ProjectError, "no frame 12: the video has frames 0 to 11"),
        (SetMasks(-1, {1: pattern(2)}), ProjectError, "no frame -1"),
        (SetMasks(0, {1: pattern(2, 3, 3)}), ProjectError, "3x3, but the video is 7x6"),
        (SetMasks(0, {1: Rle(b"nonsense", HEIGHT, WIDTH)}), MaskError, "damaged"),
        (SetMasks(0, {1: pattern(2)}, confidence=1.5), ProjectError, "confidence"),
        (SetMasks(0, {1: pattern(2)}, confidence=float("nan")), ProjectError, "confidence"),
        (SwapObjects(1, 1), ProjectError, "two different"),
        (MergeObjects(1, 5), ProjectError, "no object 5"),
        (DeleteObjects([1, 7]), ProjectError, "no object 7"),
        (ChangeObject(1, colour=(1, 2, 300)), ProjectError, "colour"),
        (ReorderObjects([1]), ProjectError, "every object once"),
        (Commit(3), ProjectError, "no mask to commit"),
        (Paint(0, 1, 0, 0, np.ones(3)), MaskError, "two axes"),
        (ClearMasks([1], range(5, 0, -1)), ProjectError, "forwards"),
    ],
)
def test_what_is_not_possible_is_refused_whole(project, edit, error, words):
    project.apply(SetMasks(1, {1: pattern(2)}))
    before = state(project), project.history
    with pytest.raises(error, match=words):
        project.apply(edit)
    assert (state(project), project.history) == before


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


class TestPromises:
    def test_propagation_never_changes_a_committed_mask(self, project):
        project.apply(SetMasks(4, {1: pattern(2)}))
        project.commit(4)
        assert project.apply(SetMasks(4, {1: pattern(3)}, Origin.PROPAGATED)).kept == ((4, 1),)
        with project.run() as run:
            assert run.put(4, {1: pattern(3), 2: pattern(4)}).kept == ((4, 1),)
        assert np.array_equal(project.mask(4, 1), pattern(2))
        assert np.array_equal(project.mask(4, 2), pattern(4))

    def test_uncommitted_masks_may_change_again(self, project):
        project.apply(SetMasks(4, {1: pattern(2)}))
        project.commit(4)
        project.uncommit(4)
        project.apply(SetMasks(4, {1: pattern(3)}, Origin.PROPAGATED))
        assert np.array_equal(project.mask(4, 1), pattern(3))

    def test_a_person_may_change_a_committed_mask_and_it_stays_committed(self, project):
        project.apply(SetMasks(4, {1: pattern(2)}))
        project.commit(4)
        project.apply(SetMasks(4, {1: pattern(3)}))
        project.apply(Paint(4, 1, 0, 0, np.ones((1, 1))))
        assert project.record(4, 1).committed

    def test_committing_an_object_that_is_not_seen_keeps_it_away(self, project):
        project.commit(4, [2])
        assert project.record(4, 2).area == 0
        with project.run() as run:
            assert run.put(4, {2: pattern(3)}).kept == ((4, 2),)

    def test_reviewed_masks_change_only_when_asked(self, project):
        project.apply(SetMasks(4, {1: pattern(2)}, Origin.PROPAGATED))
        project.apply(Review(range(4, 5)))
        with project.run() as run:
            assert run.put(4, {1: pattern(3)}).kept == ((4, 1),)
        with project.run(replace_reviewed=True) as run:
            assert run.put(4, {1: pattern(3)}).kept == ()
        assert np.array_equal(project.mask(4, 1), pattern(3))

    def test_locked_objects_are_kept_from_propagation_and_people(self, project):
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


class TestRuns:
    def test_a_run_is_one_step(self, project):
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

    def test_a_run_that_fails_keeps_its_frames_as_one_step(self, project):
        run = project.run()
        with pytest.raises(ZeroDivisionError), run:
            run.put(0, {1: pattern(2)}, confidence=1 / (run.put(1, {1: pattern(2)}).kept != ()))
        assert np.array_equal(project.mask(1, 1), pattern(2))
        project.undo()
        assert project.mask(1, 1) is None

    def test_a_discarded_import_leaves_nothing(self, project):
        project.apply(SetMasks(0, {1: pattern(2)}))
        before, history = state(project), project.history
        with project.run(Origin.IMPORTED, label="Import masks") as run:
            new = run.add_object("new").id
            run.put(0, {1: pattern(3), new: pattern(4)})
            run.discard()
        assert (state(project), project.history) == (before, history)

    def test_a_bad_frame_sets_nothing_and_the_run_goes_on(self, project):
        with project.run() as run:
            with pytest.raises(MaskError):
                run.put(0, {1: pattern(2), 2: Rle(b"x", HEIGHT, WIDTH)})
            assert project.records(0) == {}
            run.put(1, {1: pattern(2)})
        assert project.mask(1, 1) is not None

    def test_edits_beside_a_run_are_kept_by_it(self, project):
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

    def test_results_for_an_object_deleted_meanwhile_are_left_out(self, project):
        with project.run() as run:
            run.put(0, {1: pattern(2)})
            project.apply(DeleteObjects([1]))
            assert run.put(1, {1: pattern(2), 2: pattern(3)}).kept == ((1, 1),)

    def test_only_one_run_at_a_time_and_none_after_its_end(self, project):
        with project.run() as run, pytest.raises(ProjectError, match="already"):
            project.run()
        with pytest.raises(ProjectError, match="ended"):
            run.put(0, {1: pattern(2)})
        assert project.history[-1].state is StepState.DONE

    def test_an_empty_run_is_no_step(self, project):
        history = project.history
        with project.run():
            pass
        assert project.history == history


def test_edits_from_many_threads_all_arrive(project):
    def work(one):
        for frame in range(FRAMES):
            project.apply(SetMasks(frame, {one: pattern(frame + one)}))
            assert np.array_equal(project.mask(frame, one), pattern(frame + one))

    threads = [threading.Thread(target=work, args=(one,)) for one in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    path = project.path
    project.close()
    with Project.open(path, backup_every=None) as again:
        assert again.query.counts().known == 2 * FRAMES


def test_settings_are_kept_and_are_no_steps(project):
    history = project.history
    project.set_setting("range", [3, 9])
    assert project.setting("range") == [3, 9]
    assert project.history == history
    path = project.path
    project.close()
    with Project.open(path, backup_every=None) as again:
        assert again.setting("range") == [3, 9]
        assert again.setting("frame", 7) == 7

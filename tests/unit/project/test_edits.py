import threading

import numpy as np
import pytest
from project_samples import FRAMES, HEIGHT, WIDTH, new_project, paint, pattern, state

from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.project import (
    ChangeObject,
    ClearMasks,
    Commit,
    DeleteObjects,
    MergeObjects,
    Origin,
    Project,
    ReorderObjects,
    Rework,
    Rle,
    SetMasks,
    SplitObject,
    SwapObjects,
    SwitchObjects,
)


def test_labels_say_what_was_done(project):
    with project.run() as run:
        for frame in range(3, 9):
            run.put(frame, {1: pattern(frame)})
    project.commit(4)
    project.apply(paint(4, 1, np.ones((2, 2), bool)))
    project.apply(ClearMasks([1, 2], range(5, 8)))
    labels = [step.label for step in project.history[2:]]
    assert labels == [
        "Track – rabbit, frames 3–8", "Commit – frame 4", "Paint – rabbit, frame 4",
        "Clear – rabbit, rock, frames 5–7",
    ]  # fmt: skip


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
    assert outcome.step.label == "Split – rabbit, frames 2–11"
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
        (lambda: SetMasks(0, {9: pattern(2)}), ProjectError, "no object 9"),
        (
            lambda: SetMasks(FRAMES, {1: pattern(2)}),
            ProjectError,
            "no frame 12: the video has frames 0 to 11",
        ),
        (lambda: SetMasks(-1, {1: pattern(2)}), ProjectError, "no frame -1"),
        (lambda: SetMasks(0, {1: pattern(2, 3, 3)}), ProjectError, "3x3, but the video is 7x6"),
        (lambda: SetMasks(0, {1: Rle(b"nonsense", HEIGHT, WIDTH)}), MaskError, "damaged"),
        (lambda: SetMasks(0, {1: pattern(2)}, confidence=1.5), ProjectError, "confidence"),
        (lambda: SetMasks(0, {1: pattern(2)}, confidence=float("nan")), ProjectError, "confidence"),
        (lambda: SwapObjects(1, 1), ProjectError, "two different"),
        (lambda: MergeObjects(1, 5), ProjectError, "no object 5"),
        (lambda: DeleteObjects([1, 7]), ProjectError, "no object 7"),
        (lambda: ChangeObject(1, colour=(1, 2, 300)), ProjectError, "colour"),
        (lambda: ReorderObjects([1]), ProjectError, "every object once"),
        (lambda: Commit(3), ProjectError, "no mask to commit"),
        (lambda: Rework(0, 1, lambda *_: {1: np.ones(3)}, "Paint"), MaskError, "two axes"),
        (lambda: ClearMasks([1], range(5, 0, -1)), ProjectError, "forwards"),
    ],
)
def test_what_is_not_possible_is_refused_whole(project, edit, error, words):
    project.apply(SetMasks(1, {1: pattern(2)}))
    before = state(project), project.history
    with pytest.raises(error, match=words):
        project.apply(edit())
    assert (state(project), project.history) == before


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


def test_objects_are_switched_together_and_back_in_one_step(project):
    before = project.objects
    project.apply(SwitchObjects([1, 2, 2], visible=False, locked=True))
    assert [(item.visible, item.locked) for item in project.objects] == [(False, True)] * 2
    assert project.history[-1].label == "Hide and lock rabbit, rock"
    project.undo()
    assert project.objects == before
    with pytest.raises(ProjectError):
        project.apply(SwitchObjects([1, 99], visible=False))
    assert project.objects == before

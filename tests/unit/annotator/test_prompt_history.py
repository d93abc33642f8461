"""What the window does with prompts, done by a script: they add up, are undone, and are taken back."""

import numpy as np
import pytest
from small_project import SIZE, DiscSegmenter, open_frames

from xmem_gui.annotator import Editing, Prompting
from xmem_gui.annotator.prompt_log import PromptLog
from xmem_gui.errors import ProjectError, XmemGuiError
from xmem_gui.interaction import Point, Prompts
from xmem_gui.project import ChangeObject, Origin, Review, SetMasks

ONE, TWO, THREE = Point(10.5, 10.5), Point(16.5, 10.5), Point(16.5, 16.5)
DRAWN = np.zeros(SIZE, bool)
DRAWN[2:5, 2:5] = True


@pytest.fixture
def segmenter(monkeypatch):
    made = DiscSegmenter()
    monkeypatch.setattr("xmem_gui.interaction.segmenters.make_segmenter", lambda model, device: made)
    return made


@pytest.fixture
def opened(tmp_path, segmenter):
    project, video = open_frames(tmp_path)
    with project, video:
        project.add_object("one")
        yield project, Prompting(project, video, Editing(project, video))


def test_prompts_add_up_and_each_is_one_committed_step(opened):
    project, prompting = opened
    assert prompting.prompts(0, 1) is None
    first = prompting.add(0, 1, ONE)
    second = prompting.add(0, 1, TWO)
    assert [first.step.label, second.step.label] == ["Click – one, frame 0"] * 2
    assert prompting.prompts(0, 1) == Prompts((ONE, TWO))
    assert project.record(0, 1).committed
    assert project.mask(0, 1)[10, 16]
    assert prompting.prompts(1, 1) is None


def test_undo_takes_prompts_back_and_redo_brings_them(opened):
    project, prompting = opened
    prompting.add(0, 1, ONE)
    prompting.add(0, 1, TWO)
    project.undo()
    assert prompting.prompts(0, 1) == Prompts((ONE,))
    project.undo()
    assert prompting.prompts(0, 1) is None
    project.redo()
    project.redo()
    assert prompting.prompts(0, 1) == Prompts((ONE, TWO))


def test_what_was_undone_is_gone_once_something_else_is_done(opened):
    project, prompting = opened
    prompting.add(0, 1, ONE)
    prompting.add(0, 1, TWO)
    project.undo()
    prompting.add(0, 1, THREE)
    assert prompting.prompts(0, 1) == Prompts((ONE, THREE))
    project.undo()
    project.apply(SetMasks(3, {1: DRAWN}))
    assert prompting.prompts(0, 1) == Prompts((ONE,))
    project.undo()
    project.redo()
    assert prompting.prompts(0, 1) == Prompts((ONE,))


def test_discarding_goes_back_to_the_mask_before_the_first_prompt(opened):
    project, prompting = opened
    project.apply(SetMasks(0, {1: DRAWN}, Origin.PROPAGATED, 0.5))
    project.apply(Review(range(1), None))
    before = project.record(0, 1)
    prompting.add(0, 1, ONE)
    prompting.add(0, 1, TWO)
    assert (project.mask(0, 1) != DRAWN).any()
    assert prompting.discard(0, 1).step is not None
    assert project.record(0, 1) == before, "also neither clicked nor committed"
    assert prompting.prompts(0, 1) is None
    assert prompting.discard(0, 1) is None


def test_discarding_where_there_was_no_mask_leaves_none(opened):
    project, prompting = opened
    prompting.set(0, 1, Prompts((ONE, TWO)))
    prompting.set(0, 1, Prompts())
    assert project.record(0, 1) is None


def test_who_has_moved_on_keeps_the_mask(opened):
    project, prompting = opened
    prompting.add(0, 1, ONE)
    made = project.mask(0, 1)
    prompting.settle()
    assert prompting.discard(0, 1) is None
    assert (project.mask(0, 1) == made).all()


def test_after_moving_on_only_what_came_since_is_taken_back(opened):
    project, prompting = opened
    prompting.add(0, 1, ONE)
    made = project.mask(0, 1)
    prompting.settle()
    prompting.add(0, 1, TWO)
    prompting.discard(0, 1)
    assert (project.mask(0, 1) == made).all()


def test_prompts_asked_for_but_not_answered_take_nothing_along(opened):
    """Whoever has moved on, asks again, and changes their mind before the answer keeps the mask there is."""
    project, prompting = opened
    prompting.add(0, 1, ONE)
    made = project.mask(0, 1)
    prompting.settle()
    asked = prompting.ask(0, 1, Prompts((ONE, TWO)))
    proposal = prompting.answer(asked)
    prompting.discard(0, 1)
    assert not prompting.is_wanted(asked)
    assert prompting.put(asked, proposal) is None
    assert (project.mask(0, 1) == made).all()


def test_forgetting_keeps_the_mask(opened):
    project, prompting = opened
    prompting.add(0, 1, ONE)
    made = project.mask(0, 1)
    prompting.forget(0, 1)
    assert prompting.prompts(0, 1) is None
    assert (project.mask(0, 1) == made).all()


def test_all_prompts_can_be_asked_anew(opened, segmenter):
    _, prompting = opened
    assert prompting.again(0, 1) is None
    prompting.add(0, 1, ONE)
    prompting.add(0, 1, TWO)
    prompting.again(0, 1)
    assert segmenter.asked[-1][0] == Prompts((ONE, TWO))
    assert prompting.prompts(0, 1) == Prompts((ONE, TWO))


def test_the_newest_question_is_the_one_that_counts(opened):
    project, prompting = opened
    first = prompting.ask(0, 1, Prompts((ONE,)))
    second = prompting.ask(0, 1, Prompts((ONE, THREE)))
    assert (prompting.is_wanted(first), prompting.is_wanted(second)) == (False, True)
    assert prompting.put(first, prompting.answer(first)) is None
    assert project.record(0, 1) is None
    assert prompting.put(second, prompting.answer(second)).step is not None


def test_what_cannot_be_answered_does_not_count(opened, segmenter, monkeypatch):
    project, prompting = opened
    prompting.add(0, 1, ONE)

    def fail(image):
        raise XmemGuiError("The device has gone.")

    monkeypatch.setattr(segmenter, "prepare", fail)
    with pytest.raises(XmemGuiError, match="gone"):
        prompting.add(1, 1, ONE)
    assert prompting.prompts(1, 1) is None
    project.apply(ChangeObject(1, locked=True))
    with pytest.raises(ProjectError, match="locked"):
        prompting.add(0, 1, TWO)
    assert prompting.prompts(0, 1) == Prompts((ONE,))


# The log alone


def log(*steps):
    made = PromptLog(0, 1)
    for number, step in enumerate(steps):
        made.add(Prompts((Point(number, number),))).step = step
    return made


def test_steps_that_are_undone_take_their_prompts_along():
    one = log(10, 11)
    everything = one.current
    one.follow(undo=10, redo=11)
    assert len(one.current.points) == 1
    one.follow(undo=9, redo=10)
    assert one.current is None
    one.follow(undo=10, redo=11)
    one.follow(undo=11, redo=None)
    assert one.current is everything


def test_what_was_undone_does_not_come_back_after_something_else():
    one = log(10)
    one.follow(undo=9, redo=10)
    one.follow(undo=12, redo=None)
    assert (one.current, one.rounds) == (None, [])


def test_a_new_prompt_after_undoing_replaces_what_was_undone():
    one = log(10)
    one.follow(undo=9, redo=10)
    newer = Prompts((Point(4, 4),))
    one.add(newer)
    assert [each.prompts for each in one.rounds] == [newer]
    assert one.current is newer

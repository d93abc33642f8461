from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_project import SIZE, DiscSegmenter, open_frames

from xmem_gui.annotator import Editing, Prompting, PromptSettings
from xmem_gui.errors import CheckpointError, ProjectError, XmemGuiError
from xmem_gui.interaction import Box, Point, Prompts
from xmem_gui.project import ChangeObject, Origin, Project, SetMasks

FIRST = Prompts((Point(10.5, 10.5),))
SECOND = FIRST.plus(Point(12.5, 10.5))


@pytest.fixture
def segmenter(monkeypatch: pytest.MonkeyPatch) -> DiscSegmenter:
    made = DiscSegmenter()
    monkeypatch.setattr("xmem_gui.interaction.segmenters.make_segmenter", lambda model, device: made)
    return made


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    document, video = open_frames(tmp_path)
    document.video = video  # type: ignore[attr-defined]
    document.add_object("one")
    document.add_object("other")
    yield document
    document.close()
    video.close()


@pytest.fixture
def prompting(project: Project) -> Prompting:
    video = project.video  # type: ignore[attr-defined]
    return Prompting(project, video, Editing(project, video))


def test_a_proposal_becomes_one_clicked_and_committed_step(project, prompting, segmenter):
    proposal = prompting.propose(0, 1, FIRST)
    assert proposal.mask.shape == SIZE
    assert proposal.mask[10, 10]
    assert (proposal.mask == (proposal.probability >= 0.5)).all()
    assert project.record(0, 1) is None
    outcome = prompting.accept(proposal)
    assert outcome.step.label == "Click one 0"
    record = project.record(0, 1)
    assert (record.origin, record.committed) == (Origin.CLICKED, True)
    assert (project.mask(0, 1) == proposal.mask).all()
    assert project.undo().frames == (0,)
    assert project.record(0, 1) is None


def test_accepting_without_a_commit(project, prompting, segmenter):
    prompting.accept(prompting.propose(0, 1, FIRST), commit=False)
    assert project.record(0, 1).committed is False


def test_locked_objects_keep_their_pixels_and_unlocked_give_way(project, prompting, segmenter):
    everything = np.ones(SIZE, bool)
    project.apply(SetMasks(0, {2: everything}, Origin.PROPAGATED, confidence=0.5))
    proposal = prompting.propose(0, 1, FIRST)
    prompting.accept(proposal)
    assert (project.mask(0, 2) == ~proposal.mask).all()
    assert project.record(0, 2).origin is Origin.PROPAGATED
    project.undo()
    project.apply(ChangeObject(2, locked=True))
    prompting.accept(proposal)
    assert project.mask(0, 2).all()
    assert not project.mask(0, 1).any()
    with pytest.raises(ProjectError, match="other is locked"):
        prompting.accept(prompting.propose(0, 2, FIRST))


def test_a_frame_is_prepared_once(project, prompting, segmenter):
    assert not prompting.is_prepared(0)
    prompting.prepare(0)
    assert prompting.is_prepared(0)
    prompting.prepare(0)
    prompting.propose(0, 1, FIRST)
    prompting.propose(0, 2, FIRST)
    assert segmenter.prepared == 1
    prompting.propose(1, 1, FIRST)
    assert segmenter.prepared == 2


def test_each_round_goes_on_from_the_one_before(project, prompting, segmenter):
    first = prompting.propose(0, 1, FIRST)
    assert segmenter.asked[-1][1] is None
    prompting.propose(0, 1, SECOND)
    assert np.allclose(segmenter.asked[-1][1], first.probability, atol=1e-3)
    second = prompting.propose(0, 1, SECOND)
    prompting.accept(second)
    prompting.propose(0, 1, SECOND.plus(Box(0, 0, 5, 5)))
    assert np.allclose(segmenter.asked[-1][1], second.probability, atol=1e-3)
    assert prompting.prompts_of(0, 1).box == Box(0, 0, 5, 5)


def test_it_begins_with_the_mask_that_the_object_has(project, prompting, segmenter):
    mask = np.zeros(SIZE, bool)
    mask[2:6] = True
    project.apply(SetMasks(0, {1: mask}))
    prompting.propose(0, 1, FIRST, use_current=False)
    assert segmenter.asked[-1][1] is None
    prompting.forget(0, 1)
    prompting.propose(0, 1, FIRST)
    assert (segmenter.asked[-1][1] == mask).all()
    # A moved or deleted prompt: from where the first one began.
    prompting.accept(prompting.propose(0, 1, SECOND))
    prompting.propose(0, 1, Prompts((Point(3.5, 3.5),)))
    assert (segmenter.asked[-1][1] == mask).all()


def test_an_edit_by_another_tool_is_what_the_next_round_begins_with(project, prompting, segmenter):
    prompting.accept(prompting.propose(0, 1, FIRST))
    mask = np.zeros(SIZE, bool)
    mask[2:6] = True
    project.apply(SetMasks(0, {1: mask}))
    prompting.propose(0, 1, SECOND)
    assert (segmenter.asked[-1][1] == mask).all()


def test_undoing_leads_back_to_the_round_before(project, prompting, segmenter):
    first = prompting.propose(0, 1, FIRST)
    prompting.accept(first)
    prompting.accept(prompting.propose(0, 1, SECOND))
    project.undo()
    prompting.propose(0, 1, FIRST.plus(Point(11.5, 14.5)))
    assert (segmenter.asked[-1][1] == first.mask).all()
    # It still knows that nothing was there before the first prompt.
    prompting.propose(0, 1, Prompts((Point(3.5, 3.5),)))
    assert segmenter.asked[-1][1] is None


def test_a_preview_leaves_no_trace(project, prompting, segmenter):
    prompting.propose(0, 1, FIRST)
    prompting.propose(0, 1, SECOND, preview=True)
    assert prompting.prompts_of(0, 1) == FIRST
    assert prompting.prompts_of(1, 1) == Prompts()
    prompting.forget(0, 1)
    assert prompting.prompts_of(0, 1) == Prompts()


def test_other_settings_hold_from_the_next_call_on(project, prompting, segmenter):
    prompting.prepare(0)
    assert prompting.settings == PromptSettings()
    prompting.settings = PromptSettings(device="cpu")
    assert not prompting.is_prepared(0)
    prompting.prepare(0)
    assert segmenter.prepared == 2


def test_refusals_name_what_is_wrong(project, prompting, tmp_path):
    with pytest.raises(ProjectError, match="no object 7"):
        prompting.propose(0, 7, FIRST)
    prompting.settings = PromptSettings(model=str(tmp_path / "nothing.pth"))
    with pytest.raises(CheckpointError, match=r"nothing\.pth' is neither a file nor the name of a model"):
        prompting.propose(0, 1, FIRST)
    prompting.settings = PromptSettings(device="quantum")
    with pytest.raises(XmemGuiError, match="no device 'quantum'"):
        prompting.prepare(0)

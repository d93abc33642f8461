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
SECOND = FIRST.plus(Point(16.5, 10.5))


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
def editing(project: Project) -> Editing:
    return Editing(project, project.video)  # type: ignore[attr-defined]


@pytest.fixture
def prompting(project: Project, editing: Editing) -> Prompting:
    return Prompting(project, project.video, editing)  # type: ignore[attr-defined]


def test_a_proposal_becomes_one_clicked_and_committed_step(project, prompting, segmenter):
    proposal = prompting.propose(0, 1, FIRST)
    assert proposal.mask.shape == SIZE
    assert proposal.mask[10, 10]
    assert (proposal.mask == (proposal.probability >= 0.5)).all()
    assert project.record(0, 1) is None
    outcome = prompting.accept(proposal)
    assert outcome.step.label == "Click – one, frame 0"
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
        prompting.accept(prompting.propose(0, 2, FIRST, use_current=False))


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
    assert prompting.would(0, 1, SECOND)[10, 17]
    assert prompting.would(0, None, SECOND)[10, 17]
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


class Says:
    """A prepared image that always gives one answer; a segmenter of such images."""

    name, nbytes = "says", 0

    def __init__(self, mask: np.ndarray) -> None:
        self.mask = mask
        self.asked: list[Prompts] = []

    def prepare(self, image):
        return self

    def predict(self, prompts, previous_mask=None):
        self.asked.append(prompts)
        return self.mask.astype(np.float32)


@pytest.fixture
def says(monkeypatch: pytest.MonkeyPatch) -> Says:
    made = Says(np.zeros(SIZE, bool))
    monkeypatch.setattr("xmem_gui.interaction.segmenters.make_segmenter", lambda model, device: made)
    return made


def rectangle(*blocks) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    for block in blocks:
        mask[block] = True
    return mask


BODY, EAR, FAR = np.s_[6:20, 4:20], np.s_[3:6, 10:14], np.s_[20:23, 28:31]


def click(prompting, *points, **options):
    prompting.accept(prompting.propose(0, 1, Prompts(points), **options))


def test_a_correction_of_a_tracked_mask_changes_only_what_is_connected(project, prompting, says):
    project.apply(SetMasks(0, {1: rectangle(BODY)}, Origin.PROPAGATED, confidence=0.5))
    says.mask = rectangle(BODY, EAR, FAR)
    click(prompting, Point(12, 4))
    assert (project.mask(0, 1) == rectangle(BODY, EAR)).all()
    click(prompting, Point(12, 4), Point(1, 22, positive=False))
    assert (project.mask(0, 1) == rectangle(BODY, EAR)).all()
    assert len(says.asked) == 1
    click(prompting, Point(12, 4), Point(1, 22, positive=False), whole=True)
    assert (project.mask(0, 1) == rectangle(BODY, EAR, FAR)).all()


def test_painted_pixels_stay_when_a_click_would_take_them_away(project, prompting, editing, says):
    project.apply(SetMasks(0, {1: rectangle(BODY)}, Origin.PROPAGATED, confidence=0.5))
    editing.brush(0, 1, [(10, 4.5), (14, 4.5)], 1.4)
    painted = project.mask(0, 1) & ~rectangle(BODY)
    assert painted.any()
    says.mask = rectangle(BODY) & ~rectangle(np.s_[6:8, 10:20])
    click(prompting, Point(18.5, 6.5, positive=False))
    after = project.mask(0, 1)
    assert after[painted].all()
    assert not after[7, 12]
    # Also after reopening the program, whose prompts are gone, and when a mark is deleted.
    prompting.forget(0, 1)
    click(prompting, Point(18.5, 8.5, positive=False))
    click(prompting, Point(19.5, 19.5, positive=False))
    assert project.mask(0, 1)[painted].all()
    click(prompting, Point(12, 4.5, positive=False))
    assert not project.mask(0, 1)[painted].any()


def test_prompts_from_before_a_stroke_of_the_brush_have_had_their_say(project, prompting, editing, says):
    says.mask = rectangle(BODY, EAR)
    click(prompting, Point(12, 10))
    editing.brush(0, 1, [(12, 10)], 3, erase=True)
    erased = project.mask(0, 1)
    says.mask = rectangle(BODY, EAR, np.s_[16:18, 20:24])
    click(prompting, Point(12, 10), Point(22, 17))
    after = project.mask(0, 1)
    assert after[17, 22]
    assert not after[10, 12]
    assert (after & ~rectangle(np.s_[16:18, 20:24]) == erased).all()


def test_without_the_last_mark_it_is_as_before_it(project, prompting, says):
    project.apply(SetMasks(0, {1: rectangle(BODY)}, Origin.PROPAGATED, confidence=0.5))
    says.mask = rectangle(BODY, EAR, FAR)
    click(prompting, Point(12, 4))
    click(prompting, Point(12, 4), Point(29, 21))
    assert (project.mask(0, 1) == says.mask).all()
    click(prompting, Point(12, 4))
    assert (project.mask(0, 1) == rectangle(BODY, EAR)).all()


def test_what_is_kept_in_half_precision_is_on_its_side_of_one_half(project, prompting, says):
    project.apply(SetMasks(0, {1: rectangle(BODY)}, Origin.PROPAGATED, confidence=0.5))
    says.mask = np.where(rectangle(BODY, EAR), 0.500001, 0.499999)
    click(prompting, Point(12, 4))
    click(prompting, Point(12, 4), Point(25, 2))
    changed = project.mask(0, 1) != rectangle(BODY, EAR)
    assert changed[2, 25]
    assert not changed[8:].any()


def test_how_long_a_first_look_takes_is_known_after_one_here(prompting, segmenter):
    prompting.settings = PromptSettings("disc", "cpu")
    assert prompting.first_look is None
    prompting.prepare(0)
    look = prompting.first_look
    assert (look.model, look.device) == ("disc", "cpu")
    assert look.seconds > 0
    prompting.settings = PromptSettings("other", "cpu")
    assert prompting.first_look is None


def test_corrections_are_counted_where_there_was_no_mask_before(project, prompting, segmenter):
    assert prompting.corrections(0, 1) == 0
    for number, x in enumerate((10.5, 12.5, 14.5)):
        prompting.add(0, 1, Point(x, 10.5))
        assert prompting.corrections(0, 1) == number
    project.undo()
    assert prompting.corrections(0, 1) == 1
    project.apply(SetMasks(1, {1: np.ones(SIZE, bool)}, Origin.PROPAGATED, confidence=0.5))
    for x in (10.5, 12.5, 14.5):
        prompting.add(1, 1, Point(x, 10.5, positive=x < 13))
    assert prompting.corrections(1, 1) == 0

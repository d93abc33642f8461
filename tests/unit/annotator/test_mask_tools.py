from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from small_project import SIZE, open_frames

from xmem_gui.annotator import Editing
from xmem_gui.errors import MaskError, ProjectError
from xmem_gui.interaction import Overlap
from xmem_gui.project import ChangeObject, Origin, Project, SetMasks
from xmem_gui.project.values import MaskRecord


@pytest.fixture
def project(tmp_path: Path) -> Iterator[Project]:
    document, video = open_frames(tmp_path)
    document.video = video  # type: ignore[attr-defined]
    yield document
    document.close()
    video.close()


@pytest.fixture
def editing(project: Project) -> Editing:
    return Editing(project, project.video)  # type: ignore[attr-defined]


def box(top: int, left: int, height: int, width: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[top : top + height, left : left + width] = True
    return mask


def two_objects(project: Project) -> tuple[int, int]:
    """Return the ids of two objects; the second has a mask, known to come from a propagation."""
    one, other = project.add_object("one").id, project.add_object("other").id
    project.apply(SetMasks(0, {other: box(4, 4, 8, 8)}, Origin.PROPAGATED, confidence=0.5))
    return one, other


def test_a_stroke_is_one_step_of_a_committed_mask(project: Project, editing: Editing):
    one = project.add_object("one").id
    outcome = editing.brush(1, one, [(5, 5), (20, 5)], [1, 4])
    assert outcome.step is not None
    assert outcome.step.label == "Paint – one, frame 1"
    record = project.record(1, one)
    assert record is not None
    assert (record.origin, record.committed) == (Origin.DRAWN, True)
    mask = project.mask(1, one)
    assert mask[8, 20]  # wider where the pen was pressed
    assert not mask[8, 5]
    project.undo()
    assert project.record(1, one) is None


def test_painting_takes_pixels_from_others_and_leaves_all_else_of_them(project: Project, editing: Editing):
    one, other = two_objects(project)
    outcome = editing.polygon(0, one, [(0, 0), (8, 0), (8, 24), (0, 24)])
    assert outcome.objects == (one, other)
    record = project.record(0, other)
    assert isinstance(record, MaskRecord)
    assert (record.origin, record.confidence, record.committed) == (Origin.PROPAGATED, 0.5, False)
    assert (project.mask(0, other) == box(4, 8, 8, 4)).all()
    assert (project.mask(0, one) == box(0, 0, 24, 8)).all()
    project.undo()
    assert (project.mask(0, other) == box(4, 4, 8, 8)).all()
    assert project.mask(0, one) is None


def test_painting_never_eats_a_locked_object(project: Project, editing: Editing):
    one, other = two_objects(project)
    project.apply(ChangeObject(other, locked=True))
    editing.polygon(0, one, [(0, 0), (8, 0), (8, 24), (0, 24)])
    assert (project.mask(0, other) == box(4, 4, 8, 8)).all()
    assert (project.mask(0, one) == (box(0, 0, 24, 8) & ~box(4, 4, 8, 8))).all()


def test_objects_may_share_pixels_if_told_so(project: Project, editing: Editing):
    one, other = two_objects(project)
    editing.overlap = Overlap.SHARE
    editing.set_mask(0, one, box(0, 0, 24, 8))
    assert (project.mask(0, other) == box(4, 4, 8, 8)).all()
    assert (project.mask(0, one) == box(0, 0, 24, 8)).all()


def test_a_locked_object_refuses_every_tool(project: Project, editing: Editing):
    _, other = two_objects(project)
    project.apply(ChangeObject(other, locked=True))
    for edit in (
        lambda: editing.brush(0, other, [(5, 5)], 3, erase=True),
        lambda: editing.grow(0, other, 2),
        lambda: editing.clear(0, [other]),
        lambda: editing.copy_from(0, 1, other),
    ):
        with pytest.raises(ProjectError, match="other is locked: unlock it"):
            edit()
    assert (project.mask(0, other) == box(4, 4, 8, 8)).all()


@pytest.mark.parametrize(
    ("tool", "arguments", "before", "after"),
    [
        ("fill_holes", {}, box(4, 4, 8, 8) & ~box(6, 6, 2, 2), box(4, 4, 8, 8)),
        ("remove_islands", {"min_area": 5}, box(4, 4, 8, 8) | box(20, 20, 2, 2), box(4, 4, 8, 8)),
        ("keep_largest", {}, box(4, 4, 8, 8) | box(20, 20, 2, 2), box(4, 4, 8, 8)),
        ("keep_part_at", {"x": 21, "y": 21}, box(4, 4, 8, 8) | box(20, 20, 2, 2), box(20, 20, 2, 2)),
        ("shrink", {"radius": 1}, box(4, 4, 8, 8), box(5, 5, 6, 6)),
        ("snap_by_colour", {"band": 4}, box(9, 9, 6, 8), box(8, 8, 8, 10)),
        ("snap_to_edges", {"band": 3}, box(8, 8, 8, 9), box(8, 8, 8, 10)),
    ],
)
def test_tools_rework_a_mask(project, editing, tool, arguments, before, after):
    one = project.add_object("one").id
    project.apply(SetMasks(0, {one: before}))
    outcome = getattr(editing, tool)(0, one, **arguments)
    assert outcome.frames == (0,)
    assert (project.mask(0, one) == after).all()
    assert project.undo().frames == (0,)
    assert (project.mask(0, one) == before).all()


def test_grow_and_smooth_change_a_mask(project: Project, editing: Editing):
    one = project.add_object("one").id
    editing.set_mask(0, one, box(8, 8, 1, 1))
    editing.grow(0, one, 1)
    assert project.mask(0, one).sum() == 5
    editing.set_mask(0, one, box(4, 4, 12, 12))
    editing.smooth_edge(0, one, 4)
    assert not project.mask(0, one)[4, 4]


def test_a_fill_adds_what_looks_alike_and_takes_it_away_again(project: Project, editing: Editing):
    one = project.add_object("one").id
    editing.flood_fill(0, one, 10, 10)
    assert (project.mask(0, one) == box(8, 8, 8, 10)).all()
    editing.flood_fill(0, one, 10, 10, erase=True)
    assert not project.mask(0, one).any()


def test_what_changes_nothing_makes_no_step(project: Project, editing: Editing):
    one, other = two_objects(project)
    steps = project.history
    assert editing.brush(0, one, [(-50, -50)], 3).step is None
    assert editing.brush(0, one, [], 3).step is None
    assert editing.brush(0, one, [(5, 5)], 3, erase=True).step is None
    assert editing.fill_holes(0, one).step is None
    assert editing.fill_holes(0, other).step is None
    assert editing.flood_fill(0, one, -1, 5).step is None
    assert project.history == steps
    assert project.record(0, other).committed is False


def test_copy_from_another_frame(project: Project, editing: Editing):
    one, other = two_objects(project)
    editing.set_mask(1, one, box(0, 0, 6, 6))
    editing.copy_from(1, 0, one)
    assert (project.mask(0, one) == box(0, 0, 6, 6)).all()
    assert (project.mask(0, other) == (box(4, 4, 8, 8) & ~box(0, 0, 6, 6))).all()
    with pytest.raises(ProjectError, match="Frame 3 has no mask of one to copy"):
        editing.copy_from(3, 0, one)


def test_clear_one_frame_or_a_range(project: Project, editing: Editing):
    one, other = two_objects(project)
    for frame in range(4):
        editing.set_mask(frame, one, box(20, 20, 2, 2))
    editing.clear(0, [one])
    assert project.query.known_frames(one) == [1, 2, 3]
    project.apply(ChangeObject(other, locked=True))
    assert editing.clear(range(1, 3)).frames == (1, 2)
    assert editing.clear(range(1)).step is None  # only the locked object is there
    assert project.query.known_frames(one) == [3]
    assert project.query.known_frames(other) == [0]


def test_refusals_name_what_is_wrong(project: Project, editing: Editing):
    one = project.add_object("one").id
    with pytest.raises(ProjectError, match="no object 7"):
        editing.brush(0, 7, [(5, 5)], 3)
    with pytest.raises(ProjectError, match="no object 7"):
        editing.fill_holes(0, 7)
    with pytest.raises(ProjectError, match="no frame 99: the video has frames 0 to 3"):
        editing.brush(99, one, [(5, 5)], 3)
    with pytest.raises(MaskError, match="for frame 0 is 5 x 4, but the video is 32 x 24"):
        editing.set_mask(0, one, np.ones((4, 5), bool))
    assert project.history[-1].kind == "add"


def test_an_edit_made_meanwhile_is_not_lost(project: Project, editing: Editing, monkeypatch):
    """A slow tool works on a copy; what another thread paints meanwhile stays."""
    one = project.add_object("one").id
    editing.set_mask(0, one, box(8, 8, 4, 4) | box(20, 20, 2, 2))

    def slow(mask):
        editing.brush(0, one, [(2.5, 2.5)], 0)
        return mask & ~box(20, 20, 2, 2)

    monkeypatch.setattr("xmem_gui.interaction.keep_largest", slow)
    editing.keep_largest(0, one)
    assert (project.mask(0, one) == (box(8, 8, 4, 4) | box(2, 2, 1, 1))).all()

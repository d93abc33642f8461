import numpy as np
import pytest

from xmem_gui.annotator import Propagation
from xmem_gui.annotator.propagation.basis import Basis
from xmem_gui.annotator.propagation.commits import CommittedMasks
from xmem_gui.annotator.propagation.start import Start, find_start
from xmem_gui.errors import XmemGuiError
from xmem_gui.project import ChangeObject, Fingerprint, Origin, Project, SetMasks, VideoReference

MASK = np.ones((6, 8), bool)


def start_of(project, frame, direction, **asked) -> Start:
    basis = Basis.of_project(project, CommittedMasks(project).now(), 0, frame)
    return find_start(Propagation(direction, near=frame, **asked), basis)


@pytest.fixture
def project(tmp_path):
    """Object 1 has key frames 10 and 40, object 2 has key frame 20."""
    mark = Fingerprint(8, 6, 60, 2.4, "0" * 64, 1)
    with Project.create(tmp_path / "p.xmem", video=VideoReference(tmp_path / "clip.mp4", mark)) as project:
        for name in ("rabbit", "rock"):
            project.add_object(name)
        for frame, one in ((10, 1), (40, 1), (20, 2)):
            project.apply(SetMasks(frame, {one: MASK}, commit=True))
        yield project


@pytest.mark.parametrize(
    ("frame", "directions", "objects", "start"),
    [
        (20, "forward", None, 20),
        (30, "forward", None, 20),
        (30, "backward", None, 40),
        (33, "both", None, 40),
        (27, "both", None, 20),
        (27, "both", [1], 40),
        (30, "forward", [1], 10),
        (55, "both", None, 40),
    ],
)
def test_the_key_frame_on_the_way_is_where_it_starts(project, frame, directions, objects, start):
    assert start_of(project, frame, directions, objects=objects) == Start(start)


@pytest.mark.parametrize("origin", [Origin.DRAWN, Origin.CLICKED, Origin.IMPORTED])
def test_masks_a_person_made_are_committed_first(project, origin):
    project.apply(SetMasks(30, {1: MASK, 2: MASK}, origin))
    assert start_of(project, 30, "forward") == Start(30, (1, 2))
    assert start_of(project, 30, "forward", objects=[2]) == Start(30, (2,))


def test_what_was_propagated_is_empty_or_is_locked_is_not_committed(project):
    project.apply(SetMasks(30, {1: MASK}, Origin.PROPAGATED))
    assert start_of(project, 30, "forward") == Start(20)
    project.apply(SetMasks(30, {1: np.zeros_like(MASK)}))
    assert start_of(project, 30, "forward") == Start(20)
    project.apply(SetMasks(30, {1: MASK}))
    project.apply(ChangeObject(1, locked=True))
    assert start_of(project, 30, "forward") == Start(20)


@pytest.mark.parametrize(
    ("frame", "directions", "says"),
    [(5, "forward", "frame 5 or before it"), (50, "backward", "frame 50 or after it")],
)
def test_with_nothing_on_the_way_it_says_what_to_do(project, frame, directions, says):
    with pytest.raises(XmemGuiError, match=says):
        start_of(project, frame, directions)


def test_without_objects_masks_or_with_all_locked_it_says_so(tmp_path):
    mark = Fingerprint(8, 6, 60, 2.4, "0" * 64, 1)
    with Project.create(tmp_path / "q.xmem", video=VideoReference(tmp_path / "clip.mp4", mark)) as project:
        with pytest.raises(XmemGuiError, match="no object"):
            start_of(project, 0, "both")
        project.add_object("rabbit")
        with pytest.raises(XmemGuiError, match="Frame 3 has no mask"):
            start_of(project, 3, "both")
        project.apply(ChangeObject(1, locked=True))
        with pytest.raises(XmemGuiError, match="rabbit is locked"):
            start_of(project, 3, "both")

"""Which pixels a person has set by hand, as the history tells."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_samples import HEIGHT, WIDTH, new_project, paint, pattern

from xmem_gui.project import ClearMasks, Origin, SetMasks

SIZE = HEIGHT, WIDTH
HERE = np.s_[2:4, 1:3]


def block() -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[HERE] = True
    return mask


ADD, ERASE = paint(0, 1, block()), paint(0, 1, block(), erase=True)


def test_nothing_is_painted_of_what_was_clicked_or_propagated(project):
    assert project.painted(0, 1) is None
    project.apply(SetMasks(0, {1: pattern(3)}, Origin.PROPAGATED))
    project.apply(SetMasks(0, {1: pattern(4)}, Origin.CLICKED))
    assert project.painted(0, 1) is None


def test_brush_and_eraser_leave_painted_pixels_inside_and_outside(project):
    project.apply(SetMasks(0, {1: ~block()}, Origin.CLICKED))
    project.apply(ADD)
    assert (project.painted(0, 1) == block()).all()
    project.apply(ERASE)
    assert (project.painted(0, 1) == block()).all()
    assert project.painted(1, 1) is None
    assert project.painted(0, 2) is None
    project.apply(ClearMasks([1], range(1)))
    assert project.painted(0, 1) is None


@pytest.mark.parametrize("undo_bytes", [512 << 20, 0])
def test_it_is_known_after_reopening_and_of_a_drawn_mask_without_its_history(tmp_path, undo_bytes):
    with new_project(tmp_path / "p.xmem", undo_bytes=undo_bytes) as project:
        project.add_object("rabbit")
        project.apply(ADD)
        project.apply(SetMasks(5, {1: pattern(2)}))
        project.apply(SetMasks(6, {1: pattern(2)}))
    with type(project).open(tmp_path / "p.xmem") as project:
        assert (project.painted(0, 1) == block()).all()


def test_a_mask_that_is_taken_back_is_painted_as_it_was(project):
    project.apply(ADD)
    project.apply(SetMasks(0, {1: pattern(3)}, Origin.CLICKED))
    project.apply(SetMasks(0, {1: block()}, Origin.DRAWN))
    assert (project.painted(0, 1) == block()).all()


EDITS = st.one_of(
    st.tuples(st.sampled_from(["draw", "click"]), st.integers(0, 9)),
    st.sampled_from([("clear", 0), ("undo", 0), ("redo", 0)]),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(EDITS, max_size=12))
def test_whoever_set_a_pixel_last_owns_it(tmp_path_factory, edits):
    """The model keeps every state, and who set each of its pixels last."""
    empty = np.zeros(SIZE, bool)
    states, at = [(empty, "clear", empty)], 0
    with new_project(tmp_path_factory.mktemp("project") / "p.xmem") as project:
        project.add_object("rabbit")
        for what, seed in edits:
            if what == "undo":
                at -= at > 0
                if project.next_undo.kind != "add":
                    project.undo()
            elif what == "redo":
                at += project.redo().step is not None
            else:
                mask, _, ours = states[at]
                new = empty if what == "clear" else pattern(seed)
                changed = mask != new
                ours = ours | changed if what == "draw" else ours & ~changed if what == "click" else empty
                drawn = next((n for n, (_, how, _) in enumerate(states) if how == "draw"), at + 1)
                for back, how, owned in states[drawn : at + 1]:
                    if what != "clear" and how == what and (back == new).all():
                        ours = owned
                        break
                edit = ClearMasks([1], range(1))
                if what != "clear":
                    edit = SetMasks(0, {1: new}, Origin.DRAWN if what == "draw" else Origin.CLICKED)
                if project.apply(edit).step is not None:
                    states[at + 1 :] = [(new, what, ours)]
                    at += 1
            found = project.painted(0, 1)
            assert ((empty if found is None else found) == states[at][2]).all()

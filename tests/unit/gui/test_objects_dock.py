"""The list of objects: what its rows, buttons and actions do to the document."""

import pytest
from objects_dock_hand import add, choose, names, shown

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtWidgets import QToolButton

from xmem_gui.gui.docks import ObjectsDock
from xmem_gui.gui.docks.object_delegate import Part
from xmem_gui.gui.docks.object_model import ObjectRole
from xmem_gui.project import (
    DeleteObjects,
    Origin,
    SetMasks,
)

SIZE = (48, 64)


def test_adding_selects_and_renaming_is_kept(objects_dock, session):
    assert names(objects_dock.model) == ["grass", "rock", "rabbit"]
    assert session.selected == 3
    assert objects_dock.view.currentIndex().row() == 0


def test_digits_and_the_list_select(objects_dock, session, actions):
    actions["object.select_1"].trigger()
    assert objects_dock.view.currentIndex().data() == "rabbit"
    objects_dock.view.setCurrentIndex(objects_dock.model.index(1))
    assert session.selected == 2
    actions["object.next"].trigger()
    assert session.selected == 1
    actions["object.next"].trigger()
    assert session.selected == 3


def test_buttons_of_a_row(objects_dock, session, settle):
    for part in (Part.EYE, Part.LOCK, Part.SOLO):
        objects_dock.delegate.clicked.emit(part, 2)
    settle()
    rock = session.objects[1]
    assert (rock.visible, rock.locked, session.solo) == (False, True, 2)
    objects_dock.delegate.clicked.emit(Part.SOLO, 2)
    assert session.solo is None


def test_states_follow_frame_and_document(objects_dock, session, settle):
    def states():
        return [objects_dock.model.index(row).data(ObjectRole.STATE) for row in range(3)]

    mask = np.ones(SIZE, bool)
    session.edit(lambda one: one.project.apply(SetMasks(2, {1: mask}, commit=True)))
    settle()
    assert states() == [None, None, None]
    session.frame = 2
    settle()
    assert states()[2].committed
    session.edit(lambda one: one.project.apply(SetMasks(2, {3: ~mask}, Origin.PROPAGATED, 0.5)))
    settle()
    assert not states()[0].present


def test_deleting_several_is_one_step(objects_dock, session, actions, settle):
    objects_dock.view.selectAll()
    assert objects_dock.chosen == [3, 2, 1]
    actions["object.delete"].trigger()
    settle()
    assert session.objects == []
    assert session.selected is None
    session.edit(lambda one: one.undo())
    settle()
    assert names(objects_dock.model) == ["grass", "rock", "rabbit"]


def test_merging_the_rows_selected_into_the_current_one(objects_dock, session, actions, settle):
    mask = np.zeros(SIZE, bool)
    mask[:5] = True
    session.edit(lambda one: one.project.apply(SetMasks(1, {1: mask, 2: mask[::-1], 3: mask})))
    settle()
    objects_dock.view.selectAll()
    session.selected = 1
    actions["object.merge"].trigger()
    settle()
    assert [one.id for one in session.objects] == [1]
    assert np.array_equal(session.annotator.project.mask(1, 1), mask | mask[::-1])


def test_splitting_from_here_selects_the_new_object(objects_dock, session, actions, settle):
    mask = np.ones(SIZE, bool)
    for frame in (1, 5):
        session.edit(lambda one, frame=frame: one.project.apply(SetMasks(frame, {1: mask})))
    session.selected = 1
    session.frame = 4
    settle()
    actions["object.split"].trigger()
    settle()
    assert session.selected == 4
    assert session.annotator.project.query.known_frames(4) == [5]


def test_masks_are_deleted_over_the_range_only(objects_dock, session, actions, settle):
    mask = np.ones(SIZE, bool)
    for frame in range(6):
        session.edit(lambda one, frame=frame: one.project.apply(SetMasks(frame, {3: mask})))
    said = []
    session.notice.connect(said.append)
    actions["object.delete_range"].trigger()
    assert "in point" in said[0].text
    session.marks = (2, 4)
    actions["object.delete_range"].trigger()
    settle()
    assert session.annotator.project.query.known_frames(3) == [0, 1, 5]


def test_moving_in_the_order(objects_dock, actions, settle):
    actions["object.lower"].trigger()
    settle()
    assert names(objects_dock.model) == ["rock", "grass", "rabbit"]
    actions["object.raise"].trigger()
    settle()
    assert names(objects_dock.model) == ["grass", "rock", "rabbit"]


def test_sentences_where_there_is_no_object(qtbot, empty_session, context):
    objects_dock = ObjectsDock(context)
    qtbot.addWidget(objects_dock)
    objects_dock.show()
    assert not objects_dock.view.isVisible()


def test_what_was_deleted_can_be_had_back_by_a_button(qtbot, objects_dock, session, actions, settle):
    said = []
    session.notice.connect(said.append)
    mask = np.ones((48, 64), bool)
    for frame in (2, 5):
        session.edit(lambda a, frame=frame: a.project.apply(SetMasks(frame, {3: mask})))
    settle()
    session.selected = 3
    actions["object.delete"].trigger()
    settle()
    assert said[-1].text == "Deleted grass, with masks on 2 frames."
    (undo,) = said[-1].offers
    undo.do()
    settle()
    assert [one.id for one in session.objects] == [1, 2, 3]
    assert session.annotator.project.mask(2, 3).all()
    undo.do()
    settle()
    assert "since" in said[-1].text


def test_an_object_that_comes_back_is_selected_again(qtbot, objects_dock, session, actions, settle):
    session.selected = 2
    actions["object.delete"].trigger()
    settle()
    assert session.selected is None
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert session.selected == 2
    session.selected = None
    session.edit(lambda annotator: annotator.add_object("more") and None)
    settle()
    assert session.selected is None, "who selects none wants none"


def test_the_button_of_one_deletion_does_not_undo_another(qtbot, objects_dock, session, actions, settle):
    said = []
    session.notice.connect(said.append)
    for one in (3, 2):
        session.selected = one
        actions["object.delete"].trigger()
        settle()
    earlier, later = said
    earlier.offers[0].do()
    settle()
    assert [one.id for one in session.objects] == [1]
    assert "since" in said[-1].text
    later.offers[0].do()
    settle()
    assert [one.id for one in session.objects] == [1, 2]


def test_several_are_hidden_and_locked_in_one_step(objects_dock, session, actions, settle):
    objects_dock.view.selectAll()
    steps = len(session.annotator.project.history)
    actions["object.visible"].trigger()
    settle()
    assert [one.visible for one in session.objects] == [False] * 3
    assert len(session.annotator.project.history) == steps + 1
    objects_dock.delegate.clicked.emit(Part.LOCK, 2)
    settle()
    assert [one.locked for one in session.objects] == [True] * 3
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert [one.locked for one in session.objects] == [False] * 3


def test_some_hidden_and_some_shown_are_all_shown(objects_dock, session, actions, settle):
    objects_dock.delegate.clicked.emit(Part.EYE, 1)
    settle()
    objects_dock.view.selectAll()
    actions["object.visible"].trigger()
    settle()
    assert [one.visible for one in session.objects] == [True] * 3


def test_what_is_chosen_in_the_list_is_known_to_all(objects_dock, session, settle):
    heard = []
    session.chosen_changed.connect(lambda: heard.append(session.chosen))
    choose(objects_dock, 1, 3)
    assert session.chosen == (1, 3)
    assert heard[-1] == (1, 3)
    session.pick(2)
    assert session.chosen == (2,)
    objects_dock.view.selectAll()
    session.edit(lambda one: one.project.apply(DeleteObjects((3,))))
    settle()
    assert session.chosen == (1, 2)
    session.close()
    settle()
    assert session.chosen == ()


def test_several_are_deleted_as_one_step(objects_dock, session, actions, settle):
    choose(objects_dock, 1, 3)
    steps = len(session.annotator.project.history)
    actions["object.delete"].trigger()
    settle()
    assert names(objects_dock.model) == ["rock"]
    assert len(session.annotator.project.history) == steps + 1


def test_without_objects_only_adding_is_offered(qtbot, session, context, actions, settle):
    empty = ObjectsDock(context)
    qtbot.addWidget(empty)
    empty.show()

    def offered() -> set[str]:
        buttons = [one for one in empty.findChildren(QToolButton) if one.isVisible() and one.defaultAction()]
        return {one.defaultAction().objectName() for one in buttons}

    assert empty.sentence.startswith("No objects yet.")
    assert offered() == {"object.add"}
    actions["object.add"].trigger()
    settle()
    assert empty.sentence == ""
    assert offered() == {"object.add", "object.merge", "object.split", "object.delete"}


def test_from_ten_objects_on_they_are_filtered_by_name_or_number(objects_dock, session, settle):
    assert objects_dock.filter.isHidden()
    add(session, settle, 9)
    assert objects_dock.filter.isVisible()
    objects_dock.filter.setText(" RO ")
    assert shown(objects_dock) == ["rock"]
    objects_dock.filter.setText("7")
    assert shown(objects_dock) == ["thing 7", "thing 3"]  # the number of an object, and the name of another
    objects_dock.filter.clear()
    assert len(shown(objects_dock)) == 12


def test_what_the_filter_hides_is_not_meant(objects_dock, session, actions, settle):
    add(session, settle, 9)
    objects_dock.view.selectAll()
    objects_dock.filter.setText("thing")
    assert sorted(objects_dock.chosen) == list(range(4, 13))
    actions["object.delete"].trigger()
    settle()
    assert names(objects_dock.model) == ["grass", "rock", "rabbit"]
    assert objects_dock.filter.isHidden()
    assert shown(objects_dock) == ["grass", "rock", "rabbit"]

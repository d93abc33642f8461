import pytest

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtCore import QItemSelectionModel, QModelIndex, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QToolButton

from xmem_gui.gui.docks import HistoryDock, ObjectsDock
from xmem_gui.gui.docks.class_dialog import ClassDialog
from xmem_gui.gui.docks.object_delegate import Part, part_at, place_of
from xmem_gui.gui.docks.object_model import ObjectModel, ObjectRole
from xmem_gui.project import (
    ChangeObject,
    ClassifyObjects,
    DeleteObjects,
    MaskState,
    Origin,
    SetMasks,
    VideoObject,
)

SIZE = (48, 64)


def objects(count):
    return [VideoObject(one, f"object {one}", (one, 0, 0), one) for one in range(1, count + 1)]


def names(model):
    return [model.index(row).data() for row in range(model.rowCount())]


def test_the_topmost_object_comes_first_and_each_wears_its_number(qtbot):
    model = ObjectModel()
    model.set_objects(objects(12), editable=True)
    assert model.ids == list(range(12, 0, -1))
    assert [model.index(row).data(ObjectRole.NUMBER) for row in (0, 3, 11)] == [12, 9, 1]


def test_only_rows_that_changed_are_told(qtbot):
    model = ObjectModel()
    model.set_objects(objects(3), editable=True)
    told = []
    model.dataChanged.connect(lambda first, last: told.append(first.row()))
    model.set_objects([*objects(2), VideoObject(3, "rock", (9, 9, 9), 3)], editable=True)
    model.set_states({1: MaskState(True, False, False, Origin.PROPAGATED, 0.5)})
    assert told == [0, 2]
    assert model.index(2).data(ObjectRole.STATE).confidence == 0.5


def test_a_drop_between_rows_asks_for_the_new_order(qtbot):
    model = ObjectModel()
    model.set_objects(objects(4), editable=True)
    asked = []
    model.reordered.connect(asked.append)
    data = model.mimeData([model.index(0), model.index(2)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 4, 0, QModelIndex())
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, -1, 0, QModelIndex())
    model.dropMimeData(model.mimeData([model.index(1)]), Qt.DropAction.MoveAction, 1, 0, QModelIndex())
    assert asked == [[3, 1, 4, 2], [3, 1, 4, 2]]


def test_nothing_can_be_changed_in_a_read_only_project(qtbot):
    model = ObjectModel()
    model.set_objects(objects(1), editable=False)
    flags = model.flags(model.index(0))
    assert not flags & (Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled)


def test_what_a_screen_reader_says_of_a_row(qtbot):
    model = ObjectModel()
    model.set_objects([VideoObject(1, "rabbit", (1, 2, 3), 1, visible=False, locked=True)], editable=True)
    model.set_states({1: MaskState(True, True, False, Origin.DRAWN, 1.0)})
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "rabbit, number 1, committed on this frame, hidden, locked"


def test_every_part_of_a_row_is_where_it_is_drawn():
    row = QRect(0, 64, 280, 32)
    for part in Part:
        assert part_at(row, place_of(row, part).center().x()) is part


@pytest.fixture
def dock(qtbot, session, actions, context, settle):
    """The dock with a rabbit, a rock and grass, the last selected."""
    dock = ObjectsDock(context)
    qtbot.addWidget(dock)
    dock.show()
    for name in ("rabbit", "rock", "grass"):
        actions["object.add"].trigger()
        settle()
        dock.model.setData(dock.model.index(0), name)
        settle()
    return dock


def test_adding_selects_and_renaming_is_kept(dock, session):
    assert names(dock.model) == ["grass", "rock", "rabbit"]
    assert session.selected == 3
    assert dock.view.currentIndex().row() == 0


def test_digits_and_the_list_select(dock, session, actions):
    actions["object.select_1"].trigger()
    assert dock.view.currentIndex().data() == "rabbit"
    dock.view.setCurrentIndex(dock.model.index(1))
    assert session.selected == 2
    actions["object.next"].trigger()
    assert session.selected == 1
    actions["object.next"].trigger()
    assert session.selected == 3


def test_buttons_of_a_row(dock, session, settle):
    for part in (Part.EYE, Part.LOCK, Part.SOLO):
        dock.delegate.clicked.emit(part, 2)
    settle()
    rock = session.objects[1]
    assert (rock.visible, rock.locked, session.solo) == (False, True, 2)
    dock.delegate.clicked.emit(Part.SOLO, 2)
    assert session.solo is None


def test_states_follow_frame_and_document(dock, session, settle):
    def states():
        return [dock.model.index(row).data(ObjectRole.STATE) for row in range(3)]

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


def test_deleting_several_is_one_step(dock, session, actions, settle):
    dock.view.selectAll()
    assert dock.chosen == [3, 2, 1]
    actions["object.delete"].trigger()
    settle()
    assert session.objects == []
    assert session.selected is None
    session.edit(lambda one: one.undo())
    settle()
    assert names(dock.model) == ["grass", "rock", "rabbit"]


def test_merging_the_rows_selected_into_the_current_one(dock, session, actions, settle):
    mask = np.zeros(SIZE, bool)
    mask[:5] = True
    session.edit(lambda one: one.project.apply(SetMasks(1, {1: mask, 2: mask[::-1], 3: mask})))
    settle()
    dock.view.selectAll()
    session.selected = 1
    actions["object.merge"].trigger()
    settle()
    assert [one.id for one in session.objects] == [1]
    assert np.array_equal(session.annotator.project.mask(1, 1), mask | mask[::-1])


def test_splitting_from_here_selects_the_new_object(dock, session, actions, settle):
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


def test_masks_are_deleted_over_the_range_only(dock, session, actions, settle):
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


def test_moving_in_the_order(dock, actions, settle):
    actions["object.lower"].trigger()
    settle()
    assert names(dock.model) == ["rock", "grass", "rabbit"]
    actions["object.raise"].trigger()
    settle()
    assert names(dock.model) == ["grass", "rock", "rabbit"]


def test_sentences_where_there_is_no_object(qtbot, empty_session, context):
    dock = ObjectsDock(context)
    qtbot.addWidget(dock)
    dock.show()
    assert not dock.view.isVisible()


def test_a_click_in_the_history_goes_there(qtbot, dock, session, actions, settle, context):
    history = HistoryDock(context)
    qtbot.addWidget(history)
    history.show()
    settle()
    model = history.model
    # Three objects, each added and renamed.
    assert (model.rowCount(), model.current) == (7, 6)
    history.go_to(3)
    history.go_to(3)
    settle()
    assert model.current == 3
    assert [one.name for one in session.objects] == ["rabbit", "object 2"]
    history.go_to(0)
    settle()
    assert session.objects == []
    history.go_to(6)
    settle()
    assert [one.name for one in session.objects] == ["rabbit", "rock", "grass"]
    actions["edit.undo"].trigger()
    settle()
    assert [one.name for one in session.objects][2] == "object 3"


def test_what_was_deleted_can_be_had_back_by_a_button(qtbot, dock, session, actions, settle):
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


def test_the_button_of_one_deletion_does_not_undo_another(qtbot, dock, session, actions, settle):
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


def add(session, settle, count):
    def work(annotator):
        for number in range(count):
            annotator.add_object(f"thing {number}")

    session.edit(work)
    settle()


def shown(dock):
    return [one for one in names(dock.model) if not dock.view.isRowHidden(names(dock.model).index(one))]


def test_from_ten_objects_on_they_are_filtered_by_name_or_number(dock, session, settle):
    assert dock.filter.isHidden()
    add(session, settle, 9)
    assert dock.filter.isVisible()
    dock.filter.setText(" RO ")
    assert shown(dock) == ["rock"]
    dock.filter.setText("7")
    assert shown(dock) == ["thing 7", "thing 3"]  # the number of an object, and the name of another
    dock.filter.clear()
    assert len(shown(dock)) == 12


def test_what_the_filter_hides_is_not_meant(dock, session, actions, settle):
    add(session, settle, 9)
    dock.view.selectAll()
    dock.filter.setText("thing")
    assert sorted(dock.chosen) == list(range(4, 13))
    actions["object.delete"].trigger()
    settle()
    assert names(dock.model) == ["grass", "rock", "rabbit"]
    assert dock.filter.isHidden()
    assert shown(dock) == ["grass", "rock", "rabbit"]


def test_several_are_hidden_and_locked_in_one_step(dock, session, actions, settle):
    dock.view.selectAll()
    steps = len(session.annotator.project.history)
    actions["object.visible"].trigger()
    settle()
    assert [one.visible for one in session.objects] == [False] * 3
    assert len(session.annotator.project.history) == steps + 1
    dock.delegate.clicked.emit(Part.LOCK, 2)
    settle()
    assert [one.locked for one in session.objects] == [True] * 3
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert [one.locked for one in session.objects] == [False] * 3


def test_some_hidden_and_some_shown_are_all_shown(dock, session, actions, settle):
    dock.delegate.clicked.emit(Part.EYE, 1)
    settle()
    dock.view.selectAll()
    actions["object.visible"].trigger()
    settle()
    assert [one.visible for one in session.objects] == [True] * 3


def choose(dock, *objects):
    dock.view.clearSelection()
    for one in objects:
        index = dock.model.index(dock.model.row_of(one))
        dock.view.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)
        dock.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)


def class_dialog(dock, actions) -> ClassDialog:
    actions["object.class"].trigger()
    (dialog,) = (one for one in dock.findChildren(ClassDialog) if one.isVisible())
    return dialog


def test_several_get_a_class_as_one_step_and_the_next_is_offered_those_in_use(dock, session, actions, settle):
    steps = len(session.annotator.project.history)
    choose(dock, 1, 3)
    dialog = class_dialog(dock, actions)
    assert dialog.field.text() == ""
    dialog.field.setText("  living   thing ")
    dialog.go.click()
    settle()
    assert [one.category for one in session.objects] == ["living thing", "", "living thing"]
    assert len(session.annotator.project.history) == steps + 1
    choose(dock, 2)
    dialog = class_dialog(dock, actions)
    assert [dialog.names.itemText(row) for row in range(dialog.names.count())] == ["living thing"]
    completer = dialog.names.completer()
    completer.setCompletionPrefix("THING")
    assert completer.currentCompletion() == "living thing"
    dialog.field.setText("rock")
    dialog.go.click()
    settle()
    choose(dock, 1, 2)
    assert class_dialog(dock, actions).field.text() == "", "they are of two classes"
    session.edit(lambda annotator: annotator.undo())
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert [one.category for one in session.objects] == ["", "", ""]


def test_an_empty_class_is_none_and_the_same_again_is_no_step(dock, session, actions, settle):
    choose(dock, 2)
    for text, expected in (("rock", 1), ("rock", 1), ("", 2)):
        steps = len(session.annotator.project.history)
        dialog = class_dialog(dock, actions)
        before = dialog.field.text()
        dialog.field.setText(text)
        dialog.go.click()
        settle()
        assert session.objects[1].category == text
        assert len(session.annotator.project.history) - steps == (text != before), expected


def test_nothing_is_asked_for_the_class_of_no_object(dock, session, actions, settle):
    session.selected = None
    settle()
    assert "Select" in actions.obstacle("object.class")
    assert not actions["object.class"].isEnabled()


def test_the_filter_finds_classes_and_the_row_says_them(dock, session, actions, settle):
    add(session, settle, 9)
    session.edit(lambda one: one.project.apply(ClassifyObjects((1, 4), "Animal")))
    settle()
    dock.filter.setText("anim")
    assert sorted(shown(dock)) == ["rabbit", "thing 0"]
    row = dock.model.index(dock.model.row_of(1))
    assert "class Animal" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert row.data() == "rabbit"


def test_a_class_is_drawn_under_the_name_whatever_their_lengths(dock, session, settle):
    def drawn(name: str, category: str) -> bytes:
        session.edit(lambda one: one.project.apply(ClassifyObjects((3,), category)))
        session.edit(lambda one: one.project.apply(ChangeObject(3, name=name)))
        settle()
        rect = place_of(dock.view.visualRect(dock.model.index(0)), Part.NAME)
        image = dock.view.viewport().grab(rect).toImage()
        return bytes(image.convertToFormat(QImage.Format.Format_RGB32).constBits())

    assert drawn("grass", "plant") != drawn("grass", "")
    assert drawn("grass", "plant") != drawn("grass", "stone")
    long = "words of which there are so many that there is no room left for them in the list"
    assert drawn(long, "plant") != drawn(long, "")
    assert drawn("grass", long) != drawn("grass", "plant")
    assert drawn("grass", "") == drawn("grass", "")


def test_what_is_chosen_in_the_list_is_known_to_all(dock, session, settle):
    heard = []
    session.chosen_changed.connect(lambda: heard.append(session.chosen))
    choose(dock, 1, 3)
    assert session.chosen == (1, 3)
    assert heard[-1] == (1, 3)
    session.pick(2)
    assert session.chosen == (2,)
    dock.view.selectAll()
    session.edit(lambda one: one.project.apply(DeleteObjects((3,))))
    settle()
    assert session.chosen == (1, 2)
    session.close()
    settle()
    assert session.chosen == ()


def test_several_are_deleted_as_one_step(dock, session, actions, settle):
    choose(dock, 1, 3)
    steps = len(session.annotator.project.history)
    actions["object.delete"].trigger()
    settle()
    assert names(dock.model) == ["rock"]
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


def test_without_steps_the_history_says_so(qtbot, session, context, settle):
    history = HistoryDock(context)
    qtbot.addWidget(history)
    history.show()
    settle()
    buttons = history.findChildren(QToolButton)
    assert history.sentence.startswith("Nothing to undo yet.")
    assert not any(one.isVisible() for one in buttons)
    session.edit(lambda one: one.add_object("rabbit"))
    settle()
    assert history.sentence == ""
    assert all(one.isVisible() for one in buttons)

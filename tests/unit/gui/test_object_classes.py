"""Classes of objects in the list: set, offered, drawn, and found by the filter."""

import pytest
from objects_dock_hand import add, choose, shown

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage

from xmem_gui.gui.docks.class_dialog import ClassDialog
from xmem_gui.gui.docks.object_delegate import Part, place_of
from xmem_gui.project import (
    ChangeObject,
    ClassifyObjects,
)


def class_dialog(objects_dock, actions) -> ClassDialog:
    actions["object.class"].trigger()
    (dialog,) = (one for one in objects_dock.findChildren(ClassDialog) if one.isVisible())
    return dialog


def test_several_get_a_class_as_one_step_and_the_next_is_offered_those_in_use(
    objects_dock, session, actions, settle
):
    steps = len(session.annotator.project.history)
    choose(objects_dock, 1, 3)
    dialog = class_dialog(objects_dock, actions)
    assert dialog.field.text() == ""
    dialog.field.setText("  living   thing ")
    dialog.go.click()
    settle()
    assert [one.category for one in session.objects] == ["living thing", "", "living thing"]
    assert len(session.annotator.project.history) == steps + 1
    choose(objects_dock, 2)
    dialog = class_dialog(objects_dock, actions)
    assert [dialog.names.itemText(row) for row in range(dialog.names.count())] == ["living thing"]
    completer = dialog.names.completer()
    completer.setCompletionPrefix("THING")
    assert completer.currentCompletion() == "living thing"
    dialog.field.setText("rock")
    dialog.go.click()
    settle()
    choose(objects_dock, 1, 2)
    assert class_dialog(objects_dock, actions).field.text() == "", "they are of two classes"
    session.edit(lambda annotator: annotator.undo())
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert [one.category for one in session.objects] == ["", "", ""]


def test_an_empty_class_is_none_and_the_same_again_is_no_step(objects_dock, session, actions, settle):
    choose(objects_dock, 2)
    for text, expected in (("rock", 1), ("rock", 1), ("", 2)):
        steps = len(session.annotator.project.history)
        dialog = class_dialog(objects_dock, actions)
        before = dialog.field.text()
        dialog.field.setText(text)
        dialog.go.click()
        settle()
        assert session.objects[1].category == text
        assert len(session.annotator.project.history) - steps == (text != before), expected


def test_nothing_is_asked_for_the_class_of_no_object(objects_dock, session, actions, settle):
    session.selected = None
    settle()
    assert "Select" in actions.obstacle("object.class")
    assert not actions["object.class"].isEnabled()


def test_the_filter_finds_classes_and_the_row_says_them(objects_dock, session, actions, settle):
    add(session, settle, 9)
    session.edit(lambda one: one.project.apply(ClassifyObjects((1, 4), "Animal")))
    settle()
    objects_dock.filter.setText("anim")
    assert sorted(shown(objects_dock)) == ["rabbit", "thing 0"]
    row = objects_dock.model.index(objects_dock.model.row_of(1))
    assert "class Animal" in row.data(Qt.ItemDataRole.AccessibleTextRole)
    assert row.data() == "rabbit"


def test_a_class_is_drawn_under_the_name_whatever_their_lengths(objects_dock, session, settle, qtbot):
    def drawn(name: str, category: str) -> bytes:
        session.edit(lambda one: one.project.apply(ClassifyObjects((3,), category)))
        session.edit(lambda one: one.project.apply(ChangeObject(3, name=name)))
        settle()
        rect = place_of(objects_dock.view.visualRect(objects_dock.model.index(0)), Part.NAME)
        image = objects_dock.view.viewport().grab(rect).toImage()
        return bytes(image.convertToFormat(QImage.Format.Format_RGB32).constBits())

    assert drawn("grass", "plant") != drawn("grass", "")
    assert drawn("grass", "plant") != drawn("grass", "stone")
    long = "words of which there are so many that there is no room left for them in the list"
    assert drawn(long, "plant") != drawn(long, "")
    assert drawn("grass", long) != drawn("grass", "plant")
    # The list may still come to its place after so long a name.
    qtbot.waitUntil(lambda: drawn("grass", "") == drawn("grass", ""), timeout=180_000)

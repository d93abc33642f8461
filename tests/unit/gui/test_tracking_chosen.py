"""Tracking only some objects: those that are chosen, or the selected one."""

from __future__ import annotations

import pytest
from engine_stand_in import MASK

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtWidgets import QWidget

from xmem_gui.gui.canvas.track_button import TrackButton
from xmem_gui.project import ChangeObject, SetMasks


def test_only_the_selected_object(session, actions, tracking, stand_in, rabbit, settle):
    session.annotator.add_object("rock")
    actions["propagate.only_selected"].setChecked(True)
    actions["propagate.forward"].trigger()
    settle()
    assert stand_in.calls == [("forward", 2, 0, 11, (1,))]


@pytest.fixture
def three(session, rabbit, settle):
    """A rock and grass beside the rabbit, with masks on its frame; rock and rabbit are chosen."""

    def fill(annotator):
        for name in ("rock", "grass"):
            annotator.project.apply(SetMasks(2, {annotator.add_object(name).id: MASK}))

    session.edit(fill)
    settle()
    session.chosen = (1, 2)


def test_several_chosen_objects_are_tracked_and_the_menu_says_how_many(
    session, actions, tracking, stand_in, three, settle
):
    one, only = actions["propagate.one_forward"], actions["propagate.only_selected"]
    assert one.text() == "Track only these 2 objects &forward"
    assert only.text() == "Only the 2 &selected objects"
    one.trigger()
    settle()
    assert stand_in.calls == [("forward", 2, 0, 11, (1, 2))]
    assert session.annotator.project.record(2, 3).committed is False, "the third object takes no part"
    session.selected = 3
    assert (one.text(), only.text()) == ("Track only this object &forward", "Only the &selected object")


def test_the_setting_for_selected_objects_means_all_that_are_chosen_and_the_button_says_so(
    session, context, actions, tracking, stand_in, three, settle, qtbot
):
    over = QWidget()
    qtbot.addWidget(over)
    button = TrackButton(context, over)
    assert button.go.text().split("  ")[0] == "Track"
    actions["propagate.only_selected"].setChecked(True)
    assert button.go.text().split("  ")[0] == "Track 2 objects"
    session.selected = 3
    assert button.go.text().split("  ")[0] == "Track 1 object"
    session.selected = 2
    assert button.go.text().split("  ")[0] == "Track 2 objects"
    actions["propagate.forward"].trigger()
    settle()
    assert stand_in.calls == [("forward", 2, 0, 11, (1, 2))]


def test_several_are_tracked_unless_all_are_locked(session, actions, tracking, three, settle):
    session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    settle()
    session.chosen, session.selected = (1, 2), 1
    assert actions.obstacle("propagate.one_forward") == ""
    session.edit(lambda a: a.project.apply(ChangeObject(2, locked=True)))
    settle()
    assert "locked" in actions.obstacle("propagate.one_forward")


@pytest.mark.parametrize("way", ["forward", "backward", "both"])
def test_one_object_is_tracked_whatever_the_setting_says(
    session, actions, tracking, stand_in, rabbit, settle, way
):
    session.edit(lambda a: a.project.apply(SetMasks(2, {a.add_object("rock").id: MASK})))
    settle()
    actions[f"propagate.one_{way}"].trigger()
    settle()
    assert stand_in.calls == [(way, 2, 0, 11, (1,))]
    assert session.annotator.project.record(2, 2).committed is False, "the other object takes no part"


def test_one_object_is_not_tracked_while_it_is_locked_or_none_is_selected(
    session, actions, tracking, rabbit, settle
):
    assert actions.obstacle("propagate.one_forward") == ""
    session.edit(lambda a: a.project.apply(ChangeObject(rabbit, locked=True)))
    settle()
    assert "locked" in actions.obstacle("propagate.one_forward")
    session.selected = None
    assert "Select" in actions.obstacle("propagate.one_forward")

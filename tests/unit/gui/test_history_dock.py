"""The list of steps: going to one, and what it says without any."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QToolButton

from xmem_gui.gui.docks import HistoryDock


def test_a_click_in_the_history_goes_there(qtbot, objects_dock, session, actions, settle, context):
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

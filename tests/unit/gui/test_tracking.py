"""What each action of the Track menu asks for, and what is said where it cannot."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from engine_stand_in import MASK, known

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QWidget

from xmem_gui.gui.canvas.track_button import TrackButton
from xmem_gui.gui.dialogs.track_count import TrackCountDialog
from xmem_gui.project import Origin, Rle, SetMasks


def test_forward_commits_what_was_drawn_says_so_and_runs(
    session, actions, tracking, stand_in, rabbit, notices, settle
):
    actions["propagate.forward"].trigger()
    settle()
    assert stand_in.calls == [("forward", 2, 0, 11, (1,))]
    assert session.annotator.project.query.key_frames() == [2]
    assert [notice.level for notice in notices] == ["info", "info"]
    assert "rabbit" in notices[0].text
    assert known(session) == list(range(2, 12))
    assert session.job is None
    session.edit(lambda a: a.undo())
    session.edit(lambda a: a.undo())
    settle()
    assert session.annotator.project.query.key_frames() == []
    assert known(session) == [2]


def test_the_track_button_says_what_it_would_do_when_it_is_pointed_at(
    session, context, tracking, stand_in, rabbit, settle, qtbot
):
    over = QWidget()
    qtbot.addWidget(over)
    button = TrackButton(context, over)
    before = button.go.toolTip()
    button.plan_wanted.connect(lambda: tracking.explain("forward", button.show_plan))
    QApplication.sendEvent(button.go, QEvent(QEvent.Type.Enter))
    settle()
    assert button.go.toolTip() == (
        "Tracks rabbit forward from frame 2 to frame 11 (10 frames).\n"
        "The mask of rabbit on frame 2 will be committed first."
    )
    QApplication.sendEvent(button.go, QEvent(QEvent.Type.Leave))
    assert button.go.toolTip() == before
    session.frame = 0
    QApplication.sendEvent(button.go, QEvent(QEvent.Type.Enter))
    settle()
    assert "no mask to track" in button.go.toolTip()
    assert session.annotator.project.query.key_frames() == []
    assert stand_in.calls == []


def test_soft_edges_are_kept_where_that_is_wanted_and_their_size_is_said(
    session, actions, tracking, stand_in, rabbit, notices, settle
):
    actions["propagate.keep_soft"].setChecked(True)
    settle()
    assert notices[-1].text == "Soft edges are kept for export: less than 1 MB, and never more than 1,074 MB."
    kept = session.annotator.probabilities
    kept.begin(1 << 20)
    kept.put(3, 1, Rle.from_mask(MASK), np.random.default_rng(0).integers(0, 256, (400, 500), np.uint8))
    actions["propagate.forward"].trigger()
    settle()
    assert stand_in.budgets == [1 << 30]
    assert notices[-1].text == "10 frames tracked. Soft edges take 0.2 MB."
    actions["propagate.keep_soft"].setChecked(False)
    session.frame = 2
    actions["propagate.forward"].trigger()
    settle()
    assert stand_in.budgets == [1 << 30, 0]
    assert notices[-1].text == "10 frames tracked."


def test_a_second_press_does_not_start_twice(session, actions, tracking, stand_in, rabbit, settle):
    tracking.start("forward")
    tracking.start("forward")
    settle()
    assert len(stand_in.calls) == 1


def test_backward_both_range_and_to_the_next_key_frame(session, actions, tracking, stand_in, rabbit, settle):
    session.annotator.commit(2)
    session.annotator.set_mask(8, rabbit, MASK)
    session.frame = 5
    session.marks = (1, 9)
    for name in ("backward", "both", "range", "next_key"):
        session.frame = 5
        actions["propagate." + name].trigger()
        settle()
    assert stand_in.calls == [
        ("backward", 8, 0, 11, (1,)),
        ("both", 2, 0, 11, (1,)),
        ("both", 2, 1, 9, (1,)),
        ("both", 2, 2, 8, (1,)),
    ]


def test_some_frames_are_tracked_from_where_one_stands(
    session, actions, tracking, stand_in, rabbit, settle, qtbot
):
    session.annotator.commit(2)
    for frame, count, way in ((2, 3, "forward"), (5, 3, "forward"), (2, 1, "backward"), (2, 99, "backward")):
        session.frame = frame
        actions["propagate.count"].trigger()
        dialogs = [one for one in QApplication.topLevelWidgets() if isinstance(one, TrackCountDialog)]
        (dialog,) = [one for one in dialogs if one.isVisible()]
        dialog.count.setValue(count)
        (dialog.forward if way == "forward" else dialog.backward).setChecked(True)
        dialog.go.click()
        settle()
    assert stand_in.calls == [
        ("forward", 2, 2, 5, (1,)),
        ("forward", 2, 2, 8, (1,)),
        ("backward", 2, 1, 2, (1,)),
        ("backward", 2, 0, 2, (1,)),
    ]


def test_with_nothing_to_follow_it_says_what_to_do(session, actions, tracking, stand_in, notices, settle):
    tracking.start("forward")
    settle()
    assert "no object" in notices[-1].text
    session.edit(lambda a: a.project.apply(SetMasks(2, {a.add_object().id: MASK}, Origin.PROPAGATED)))
    settle()
    tracking.start("both")
    settle()
    assert "no mask to track" in notices[-1].text
    assert {notice.level for notice in notices} == {"info"}
    assert stand_in.calls == []


def test_escape_gives_up_a_run_that_waits_for_a_click_and_leaves_the_click(
    session, actions, tracking, stand_in, rabbit, settle, notices
):
    answered = threading.Event()
    session.clicks.submit(lambda: answered.wait(60), lambda _: None)
    actions["propagate.forward"].trigger()
    assert session.starting
    assert not actions["prompts.clear"].isEnabled(), "Escape would take back what the click has made"
    assert not actions["propagate.forward"].isEnabled()
    actions["propagate.cancel"].trigger()
    assert not session.starting
    assert actions["prompts.clear"].isEnabled()
    answered.set()
    settle()
    assert stand_in.calls == []
    assert session.annotator.project.query.key_frames() == []
    assert notices == []
    actions["propagate.forward"].trigger()
    settle()
    assert len(stand_in.calls) == 1

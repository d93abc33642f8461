"""A run while it goes on and how it ends: cancelled, failed, finished."""

from __future__ import annotations

import pytest
from engine_stand_in import known
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtWidgets import QApplication, QMessageBox

from xmem_gui.annotator import EngineSettings, Propagation, Resumable
from xmem_gui.errors import DeviceMemoryError


def test_cancelling_keeps_what_is_finished_and_it_can_go_on(
    session, actions, tracking, stand_in, rabbit, notices, settle, qtbot
):
    stand_in.hold_at = 6
    actions["propagate.forward"].trigger()
    qtbot.waitUntil(lambda: session.job is not None and session.job.frame == 5, timeout=WAIT)
    assert session.job.label == "Tracking forward"
    assert (session.job.done, session.job.total) == (4, 10)
    assert actions["propagate.cancel"].isEnabled()
    actions["propagate.cancel"].trigger()
    assert session.job.stopping
    stand_in.go_on.set()
    settle()
    assert known(session) == [2, 3, 4, 5]
    assert "4 of 10" in notices[-1].text
    assert session.job is None
    (going_on,) = notices[-1].offers
    assert going_on.label == "Continue"
    going_on.do()
    settle()
    assert stand_in.calls[-1] == ("resume",)
    assert known(session) == list(range(2, 12))


def test_opening_tells_what_can_be_gone_on_with(session, tracking, stand_in, notices, settle, qtbot):
    session.opened.emit()
    settle()
    assert notices == []
    stand_in.left = Resumable(1_234, 5_000, Propagation(), "The model or its settings have changed.")
    session.opened.emit()
    settle()
    assert notices == []
    stand_in.left = Resumable(1_234, 5_000, Propagation())
    session.opened.emit()
    qtbot.waitUntil(lambda: len(notices) == 1, timeout=WAIT)
    assert notices[0].text == "A run was not finished: 3,766 frames are left."
    assert [one.label for one in notices[0].offers] == ["Continue"]


def test_a_run_that_is_stopped_before_its_first_frame_says_so(
    session, actions, tracking, stand_in, rabbit, notices, settle, qtbot
):
    stand_in.hold_at = 2
    actions["propagate.forward"].trigger()
    qtbot.waitUntil(lambda: session.job is not None, timeout=WAIT)
    actions["propagate.cancel"].trigger()
    stand_in.go_on.set()
    settle()
    assert notices[-1].text == "Stopped before the first frame was tracked."
    assert [offer.label for offer in notices[-1].offers] == ["Continue"]


def test_the_canvas_goes_along_until_the_person_goes_elsewhere(
    session, actions, tracking, stand_in, rabbit, settle, qtbot
):
    stand_in.hold_at = 6
    actions["propagate.forward"].trigger()
    qtbot.waitUntil(lambda: session.frame == 5, timeout=WAIT)
    session.frame = 0
    stand_in.go_on.set()
    settle()
    assert session.frame == 0
    actions["propagate.follow"].setChecked(False)
    session.frame = 2
    actions["propagate.forward"].trigger()
    settle()
    assert session.frame == 2


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_out_of_memory_offers_a_smaller_size(
    session, actions, tracking, stand_in, rabbit, notices, settle, qtbot, answer, preferences
):
    stand_in.fails = DeviceMemoryError("The device 'cuda' has not enough memory for frame 2.")
    session.annotator.settings = EngineSettings(size=1080)
    actions["propagate.forward"].trigger()

    def boxes():
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox)]

    qtbot.waitUntil(lambda: bool(boxes()), timeout=WAIT)
    (box,) = boxes()
    assert "720" in box.informativeText()
    stand_in.fails = None
    box.button(answer).click()
    settle()
    qtbot.waitUntil(lambda: not boxes(), timeout=WAIT)
    went_on = answer == QMessageBox.StandardButton.Yes
    assert session.annotator.settings.size == (720 if went_on else 1080)
    assert preferences.values.size == (720 if went_on else 480), "the settings show what computes"
    assert len(stand_in.calls) == (2 if went_on else 1)
    assert (known(session) == list(range(2, 12))) is went_on


def test_other_failures_are_shown(session, actions, tracking, stand_in, rabbit, notices, settle):
    stand_in.fails = ValueError("something inside")
    actions["propagate.forward"].trigger()
    settle()
    assert notices[-1].level == "error"
    assert "something inside" in notices[-1].text
    assert session.job is None


def test_what_was_tracked_is_said_with_the_way_back_and_to_what_needs_a_look(
    session, actions, tracking, stand_in, rabbit, notices, settle
):
    stand_in.confidence = {4: 0.3, 6: 0.5}
    wanted = []
    tracking.review_wanted.connect(lambda: wanted.append(session.frame))
    actions["propagate.forward"].trigger()
    settle()
    said = notices[-1]
    assert said.text == "10 frames tracked, 2 worth a look."
    review, back = said.offers
    assert back.label == "Back to frame 2"
    assert session.frame == 11
    back.do()
    assert session.frame == 2
    review.do()
    assert session.frame == 4
    assert wanted == [4]

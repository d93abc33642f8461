from __future__ import annotations

import threading
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from xmem_gui.annotator import EngineSettings, Propagation, Resumable
from xmem_gui.errors import DeviceMemoryError
from xmem_gui.gui.canvas.track_button import TrackButton
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.dialogs.track_count import TrackCountDialog
from xmem_gui.project import ChangeObject, Origin, Rle, SetMasks

MASK = np.ones((48, 64), bool)


class Engine:
    """What the annotator does, without a network; it can be held at a frame."""

    def __init__(self, annotator, monkeypatch) -> None:
        self.project = annotator.project
        self.calls: list[tuple] = []
        self.budgets: list[int] = []
        self.hold_at: int | None = None
        self.go_on = threading.Event()
        self.fails: Exception | None = None
        self.left: Resumable | None = None
        self.confidence: dict[int, float] = {}
        self.commit = annotator.commit
        for name in ("run", "resumable", "resume"):
            monkeypatch.setattr(annotator, name, getattr(self, name))

    def run(self, plan, *, cancelled):
        wanted = plan.settled
        self.budgets.append(plan.request.soft_budget)
        self.calls.append((wanted.direction, plan.start, wanted.first, wanted.last, wanted.objects))
        if plan.to_commit:
            self.commit(plan.start, plan.to_commit)
        yield from self.put([frame for leg in plan.legs for frame in leg.frames], cancelled)

    def resumable(self):
        return self.left

    def resume(self, *, cancelled):
        self.calls.append(("resume",))
        yield from self.put(range(5, 12), cancelled)

    def put(self, frames, cancelled):
        with self.project.run() as run:
            for at, frame in enumerate(frames):
                if frame == self.hold_at:
                    assert self.go_on.wait(180)
                if cancelled():
                    self.left = Resumable(at, len(frames), Propagation())
                    return
                if self.fails is not None:
                    raise self.fails
                run.put(frame, {1: MASK}, confidence=self.confidence.get(frame, 0.9))
                yield SimpleNamespace(frame=frame)


@pytest.fixture
def engine(session, monkeypatch):
    return Engine(session.annotator, monkeypatch)


@pytest.fixture
def notices(session):
    found = []
    session.notice.connect(found.append)
    return found


@pytest.fixture
def controller(session, context, engine):
    return Tracking(context)


@pytest.fixture
def rabbit(session, settle):
    """An object with a drawn mask on frame 2, not committed."""
    session.edit(lambda a: a.project.apply(SetMasks(2, {a.add_object("rabbit").id: MASK})))
    settle()
    session.frame, session.selected = 2, 1
    return 1


def known(session):
    return session.annotator.project.query.known_frames(1)


def test_forward_commits_what_was_drawn_says_so_and_runs(
    session, actions, controller, engine, rabbit, notices, settle
):
    actions["propagate.forward"].trigger()
    settle()
    assert engine.calls == [("forward", 2, 0, 11, (1,))]
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
    session, context, controller, engine, rabbit, settle, qtbot
):
    over = QWidget()
    qtbot.addWidget(over)
    button = TrackButton(context, over)
    before = button.go.toolTip()
    button.plan_wanted.connect(lambda: controller.explain("forward", button.show_plan))
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
    assert engine.calls == []


def test_soft_edges_are_kept_where_that_is_wanted_and_their_size_is_said(
    session, actions, controller, engine, rabbit, notices, settle
):
    actions["propagate.keep_soft"].setChecked(True)
    settle()
    assert notices[-1].text == "Soft edges are kept for export: less than 1 MB, and never more than 1,074 MB."
    kept = session.annotator.probabilities
    kept.begin(1 << 20)
    kept.put(3, 1, Rle.from_mask(MASK), np.random.default_rng(0).integers(0, 256, (400, 500), np.uint8))
    actions["propagate.forward"].trigger()
    settle()
    assert engine.budgets == [1 << 30]
    assert notices[-1].text == "10 frames tracked. Soft edges take 0.2 MB."
    actions["propagate.keep_soft"].setChecked(False)
    session.frame = 2
    actions["propagate.forward"].trigger()
    settle()
    assert engine.budgets == [1 << 30, 0]
    assert notices[-1].text == "10 frames tracked."


def test_a_second_press_does_not_start_twice(session, actions, controller, engine, rabbit, settle):
    controller.start("forward")
    controller.start("forward")
    settle()
    assert len(engine.calls) == 1


def test_backward_both_range_and_to_the_next_key_frame(session, actions, controller, engine, rabbit, settle):
    session.annotator.commit(2)
    session.annotator.set_mask(8, rabbit, MASK)
    session.frame = 5
    session.marks = (1, 9)
    for name in ("backward", "both", "range", "next_key"):
        session.frame = 5
        actions["propagate." + name].trigger()
        settle()
    assert engine.calls == [
        ("backward", 8, 0, 11, (1,)),
        ("both", 2, 0, 11, (1,)),
        ("both", 2, 1, 9, (1,)),
        ("both", 2, 2, 8, (1,)),
    ]


def test_only_the_selected_object(session, actions, controller, engine, rabbit, settle):
    session.annotator.add_object("rock")
    actions["propagate.only_selected"].setChecked(True)
    actions["propagate.forward"].trigger()
    settle()
    assert engine.calls == [("forward", 2, 0, 11, (1,))]


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
    session, actions, controller, engine, three, settle
):
    one, only = actions["propagate.one_forward"], actions["propagate.only_selected"]
    assert one.text() == "Track only these 2 objects &forward"
    assert only.text() == "Only the 2 &selected objects"
    one.trigger()
    settle()
    assert engine.calls == [("forward", 2, 0, 11, (1, 2))]
    assert session.annotator.project.record(2, 3).committed is False, "the third object takes no part"
    session.selected = 3
    assert (one.text(), only.text()) == ("Track only this object &forward", "Only the &selected object")


def test_the_setting_for_selected_objects_means_all_that_are_chosen_and_the_button_says_so(
    session, context, actions, controller, engine, three, settle, qtbot
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
    assert engine.calls == [("forward", 2, 0, 11, (1, 2))]


def test_several_are_tracked_unless_all_are_locked(session, actions, controller, three, settle):
    session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    settle()
    session.chosen, session.selected = (1, 2), 1
    assert actions.obstacle("propagate.one_forward") == ""
    session.edit(lambda a: a.project.apply(ChangeObject(2, locked=True)))
    settle()
    assert "locked" in actions.obstacle("propagate.one_forward")


@pytest.mark.parametrize("way", ["forward", "backward", "both"])
def test_one_object_is_tracked_whatever_the_setting_says(
    session, actions, controller, engine, rabbit, settle, way
):
    session.edit(lambda a: a.project.apply(SetMasks(2, {a.add_object("rock").id: MASK})))
    settle()
    actions[f"propagate.one_{way}"].trigger()
    settle()
    assert engine.calls == [(way, 2, 0, 11, (1,))]
    assert session.annotator.project.record(2, 2).committed is False, "the other object takes no part"


def test_one_object_is_not_tracked_while_it_is_locked_or_none_is_selected(
    session, actions, controller, rabbit, settle
):
    assert actions.obstacle("propagate.one_forward") == ""
    session.edit(lambda a: a.project.apply(ChangeObject(rabbit, locked=True)))
    settle()
    assert "locked" in actions.obstacle("propagate.one_forward")
    session.selected = None
    assert "Select" in actions.obstacle("propagate.one_forward")


def test_some_frames_are_tracked_from_where_one_stands(
    session, actions, controller, engine, rabbit, settle, qtbot
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
    assert engine.calls == [
        ("forward", 2, 2, 5, (1,)),
        ("forward", 2, 2, 8, (1,)),
        ("backward", 2, 1, 2, (1,)),
        ("backward", 2, 0, 2, (1,)),
    ]


def test_with_nothing_to_follow_it_says_what_to_do(session, actions, controller, engine, notices, settle):
    controller.start("forward")
    settle()
    assert "no object" in notices[-1].text
    session.edit(lambda a: a.project.apply(SetMasks(2, {a.add_object().id: MASK}, Origin.PROPAGATED)))
    settle()
    controller.start("both")
    settle()
    assert "no mask to track" in notices[-1].text
    assert {notice.level for notice in notices} == {"info"}
    assert engine.calls == []


def test_cancelling_keeps_what_is_finished_and_it_can_go_on(
    session, actions, controller, engine, rabbit, notices, settle, qtbot
):
    engine.hold_at = 6
    actions["propagate.forward"].trigger()
    qtbot.waitUntil(lambda: session.job is not None and session.job.frame == 5)
    assert session.job.label == "Tracking forward"
    assert (session.job.done, session.job.total) == (4, 10)
    assert actions["propagate.cancel"].isEnabled()
    actions["propagate.cancel"].trigger()
    assert session.job.stopping
    engine.go_on.set()
    settle()
    assert known(session) == [2, 3, 4, 5]
    assert "4 of 10" in notices[-1].text
    assert session.job is None
    actions["propagate.resume"].trigger()
    settle()
    assert engine.calls[-1] == ("resume",)
    assert known(session) == list(range(2, 12))


def test_opening_tells_what_can_be_gone_on_with(session, controller, engine, notices, settle, qtbot):
    session.opened.emit()
    settle()
    assert notices == []
    engine.left = Resumable(1_234, 5_000, Propagation(), "The model or its settings have changed.")
    session.opened.emit()
    settle()
    assert notices == []
    engine.left = Resumable(1_234, 5_000, Propagation())
    session.opened.emit()
    qtbot.waitUntil(lambda: len(notices) == 1)
    assert "Continue where it stopped to track the remaining 3,766 frames" in notices[0].text


def test_the_canvas_goes_along_until_the_person_goes_elsewhere(
    session, actions, controller, engine, rabbit, settle, qtbot
):
    engine.hold_at = 6
    actions["propagate.forward"].trigger()
    qtbot.waitUntil(lambda: session.frame == 5)
    session.frame = 0
    engine.go_on.set()
    settle()
    assert session.frame == 0
    actions["propagate.follow"].setChecked(False)
    session.frame = 2
    actions["propagate.forward"].trigger()
    settle()
    assert session.frame == 2


@pytest.mark.parametrize("answer", [QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No])
def test_out_of_memory_offers_a_smaller_size(
    session, actions, controller, engine, rabbit, notices, settle, qtbot, answer, preferences
):
    engine.fails = DeviceMemoryError("The device 'cuda' has not enough memory for frame 2.")
    session.annotator.settings = EngineSettings(size=1080)
    actions["propagate.forward"].trigger()

    def boxes():
        return [one for one in QApplication.topLevelWidgets() if isinstance(one, QMessageBox)]

    qtbot.waitUntil(lambda: bool(boxes()))
    (box,) = boxes()
    assert "720" in box.informativeText()
    engine.fails = None
    box.button(answer).click()
    settle()
    qtbot.waitUntil(lambda: not boxes())
    went_on = answer == QMessageBox.StandardButton.Yes
    assert session.annotator.settings.size == (720 if went_on else 1080)
    assert preferences.values.size == (720 if went_on else 480), "the settings show what computes"
    assert len(engine.calls) == (2 if went_on else 1)
    assert (known(session) == list(range(2, 12))) is went_on


def test_other_failures_are_shown(session, actions, controller, engine, rabbit, notices, settle):
    engine.fails = ValueError("something inside")
    actions["propagate.forward"].trigger()
    settle()
    assert notices[-1].level == "error"
    assert "something inside" in notices[-1].text
    assert session.job is None


def test_what_was_tracked_is_said_with_the_way_back_and_to_what_needs_a_look(
    session, actions, controller, engine, rabbit, notices, settle
):
    engine.confidence = {4: 0.3, 6: 0.5}
    wanted = []
    controller.review_wanted.connect(lambda: wanted.append(session.frame))
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

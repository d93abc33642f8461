from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from xmem_gui.gui.controllers.player import Player
from xmem_gui.project.writer import Pending


class StillFrames(QObject):
    """Frames of which a test says which are decoded."""

    failed = Signal(int, str)

    def __init__(self, held: set[int]) -> None:
        super().__init__()
        self.held = held
        self.asked: list[int] = []
        self.directions: list[int] = []

    def image(self, frame: int) -> QImage | None:
        return QImage(1, 1, QImage.Format.Format_RGB888) if frame in self.held else None

    def request(self, frame: int) -> None:
        self.asked.append(frame)

    def playing(self, direction: int, frame: int | None = None) -> None:
        self.directions.append(direction)


class Stage:
    """A player whose clock a test moves."""

    def __init__(self, context, times) -> None:
        session, actions = context.session, context.actions
        times = np.asarray(times, np.float64)
        session.annotator = SimpleNamespace(
            video=Video(times),
            project=SimpleNamespace(
                read_only=False, pending=Pending(0, "", 0.0), objects=(), next_undo=None, next_redo=None
            ),
            close=lambda **_: None,
        )
        self.session, self.actions, self.now = session, actions, 100.0
        actions.refresh()
        self.frames = StillFrames(set(range(len(times))))
        self.player = Player(replace(context, frames=self.frames), clock=lambda: self.now)
        self.seen: list[int] = []
        session.frame_changed.connect(self.seen.append)

    def wait(self, seconds: float, *, step: float = 0.01) -> list[int]:
        """Let time pass; return the frames shown meanwhile."""
        self.seen.clear()
        for _ in range(round(seconds / step)):
            self.now += step
            self.player.tick()
        return list(self.seen)


class Video:
    """Times of frames, none of which is cached."""

    rate = 25.0

    def __init__(self, times: np.ndarray) -> None:
        self.timestamps = times

    def __len__(self) -> int:
        return len(self.timestamps)

    def holds(self, frame: int) -> bool:
        return False


@pytest.fixture
def stage(context):
    return lambda times: Stage(context, times)


def test_it_plays_at_the_videos_rate(stage):
    stage = stage(np.arange(100) / 25)
    stage.player.play()
    assert stage.wait(1.0) == list(range(1, 26))
    assert stage.frames.directions == [1]


def test_frames_of_a_variable_rate_stand_as_long_as_they_should(stage):
    times = [0.0, 0.1, 0.15, 0.55, 0.6, 1.6]
    stage = stage(times)
    stage.player.play()
    shown = {}
    for _ in range(159):
        stage.wait(0.01)
        shown.setdefault(stage.session.frame, stage.now - 100)
    assert {frame: round(when, 1) for frame, when in shown.items()} == {
        0: 0.0, 1: 0.1, 2: 0.2, 3: 0.6, 4: 0.6,
    }  # fmt: skip


@pytest.mark.parametrize(("action", "frames"), [("play.half", 12), ("play.double", 50)])
def test_speed(stage, action, frames):
    stage = stage(np.arange(100) / 25)
    stage.actions[action].trigger()
    stage.player.play()
    stage.wait(1.0)
    assert abs(stage.session.frame - frames) <= 1


def test_speed_and_loop_are_kept_and_can_be_set_from_elsewhere(stage, preferences):
    stage = stage(np.arange(100) / 25)
    stage.actions["play.quarter"].trigger()
    stage.actions["play.loop"].setChecked(True)
    assert (preferences.values.speed, preferences.values.loop) == ("quarter", True)
    preferences.set(speed="double", loop=False)
    assert stage.player.speed == 2.0
    assert stage.actions["play.double"].isChecked()
    assert not stage.actions["play.loop"].isChecked()


def test_it_plays_backwards_and_stops_at_the_beginning(stage):
    stage = stage(np.arange(50) / 25)
    stage.session.frame = 20
    stage.player.play(-1)
    assert stage.wait(0.4) == [19, 18, 17, 16, 15, 14, 13, 12, 11, 10]
    stage.wait(1.0)
    assert stage.session.frame == 0
    assert stage.player.direction == 0


def test_it_stops_at_the_end_and_begins_again_from_there(stage):
    stage = stage(np.arange(10) / 25)
    stage.player.play()
    stage.wait(1.0)
    assert (stage.session.frame, stage.player.direction) == (9, 0)
    assert not stage.actions["play.forward"].isChecked()
    stage.player.play()
    assert (stage.session.frame, stage.player.direction) == (0, 1)


@pytest.mark.parametrize("direction", [1, -1])
def test_it_goes_round_within_the_range(stage, direction):
    stage = stage(np.arange(50) / 25)
    stage.session.marks = (10, 14)
    stage.actions["play.loop"].setChecked(True)
    stage.player.play(direction)
    seen = stage.wait(1.0)
    assert set(seen) <= set(range(10, 15))
    assert len(seen) >= 24
    assert stage.player.direction == direction


def test_late_it_leaves_frames_out(stage):
    stage = stage(np.arange(100) / 25)
    stage.player.play()
    assert stage.wait(0.4, step=0.2) == [5, 10]


def test_after_a_long_stop_it_does_not_leap(stage):
    stage = stage(np.arange(1000) / 25)
    stage.player.play()
    stage.wait(20.0, step=20.0)
    assert stage.session.frame <= 13


@pytest.mark.parametrize("direction", [1, -1])
def test_it_waits_for_a_frame_that_is_not_decoded(stage, direction):
    stage = stage(np.arange(100) / 25)
    stage.session.frame = 50
    stage.frames.held = {50 + direction, 50 + 2 * direction}
    stage.player.play(direction)
    stage.wait(1.0)
    assert stage.session.frame == 50 + 2 * direction
    assert stage.frames.asked == [50 + 3 * direction]
    stage.frames.held = set(range(100))
    assert stage.wait(0.04)[0] == 50 + 3 * direction
    stage.wait(0.16)
    assert abs(stage.session.frame - (50 + 7 * direction)) <= 1


def test_a_frame_that_cannot_be_decoded_holds_nothing_up(stage):
    stage = stage(np.arange(100) / 25)
    stage.frames.held = set(range(100)) - {5}
    stage.player.play()
    stage.wait(0.5)
    assert stage.session.frame == 4
    stage.frames.failed.emit(5, "damaged")
    stage.wait(0.5)
    assert stage.session.frame > 5


def test_playing_goes_on_from_where_the_person_goes(stage):
    stage = stage(np.arange(100) / 25)
    stage.player.play()
    stage.wait(0.1)
    stage.session.frame = 60
    assert stage.wait(0.1) == [61, 62]


def test_the_action_plays_and_a_step_stops(stage):
    stage = stage(np.arange(100) / 25)
    stage.actions["play.forward"].trigger()
    assert stage.player.direction == 1
    stage.actions["play.backward"].trigger()
    assert stage.player.direction == -1
    assert not stage.actions["play.forward"].isChecked()
    stage.session.frame = 50
    stage.actions["go.next"].trigger()
    assert (stage.session.frame, stage.player.direction) == (51, 0)


def test_a_key_held_down_does_not_run_ahead_of_the_picture(stage):
    stage = stage(np.arange(100) / 25)
    stage.frames.held = {0}
    for _ in range(30):
        stage.now += 0.03
        stage.actions["go.next"].trigger()
    assert stage.session.frame == 1
    stage.frames.held = {0, 1}
    stage.now += 0.03
    stage.actions["go.next"].trigger()
    assert stage.session.frame == 2


def test_taps_all_count(stage):
    stage = stage(np.arange(100) / 25)
    stage.frames.held = set()
    for name in ("go.next", "go.next", "go.next_ten", "go.previous"):
        stage.now += 0.1
        stage.actions[name].trigger()
    assert stage.session.frame == 11


def test_ends_and_marks(stage):
    stage = stage(np.arange(100) / 25)
    stage.actions["go.last"].trigger()
    assert stage.session.frame == 99
    stage.actions["range.out"].trigger()
    stage.actions["go.first"].trigger()
    stage.actions["range.in"].trigger()
    assert stage.session.marks == (0, 99)
    stage.actions["range.clear"].trigger()
    assert stage.session.marks == (None, None)


def test_key_frames_and_low_confidence(session, actions, context, settle):
    from xmem_gui.project import Origin, SetMasks

    mask = np.ones((48, 64), bool)
    frames = StillFrames(set())
    Player(replace(context, frames=frames))
    thing = session.annotator.add_object("thing").id
    session.annotator.set_mask(3, thing, mask)
    session.annotator.set_mask(8, thing, mask)
    session.annotator.project.apply(SetMasks(6, {thing: mask}, Origin.PROPAGATED, 0.2))
    notices = []
    session.notice.connect(lambda notice: notices.append(notice.text))

    def trigger(name: str) -> int:
        actions[name].trigger()
        settle()
        return session.frame

    assert [trigger("go.next_key") for _ in range(3)] == [3, 8, 8]
    assert len(notices) == 1
    assert trigger("review.previous") == 6
    assert trigger("go.previous_key") == 3
    assert trigger("review.next") == 6
    context.preferences.set(low_confidence=0.1)
    assert trigger("go.previous_key") == 3
    assert trigger("review.next") == 3
    assert len(notices) == 2


def test_the_first_and_the_last_frame_of_the_selected_object(session, actions, context, settle):
    Player(replace(context, frames=StillFrames(set())))
    assert "Add an object" in actions.obstacle("go.object_first")
    for name, frames in (("thing", (3, 4, 8)), ("other", (1, 10))):
        one = session.annotator.add_object(name).id
        for frame in frames:
            session.annotator.set_mask(frame, one, np.ones((48, 64), bool))
    session.annotator.add_object("none")
    session.annotator.editing.clear(11, [1])
    settle()
    notices = []
    session.notice.connect(lambda notice: notices.append(notice.text))
    found = []
    for session.selected in (1, 2, 3):
        for name in ("go.object_first", "go.object_last"):
            actions[name].trigger()
            settle()
            found.append(session.frame)
    assert found == [3, 8, 1, 10, 10, 10]
    assert notices == ["The object has no mask yet."] * 2


def test_a_held_key_waits_for_frames_but_passes_those_that_cannot_be_shown(stage):
    stage = stage(np.arange(20) / 25)
    stage.frames.held = set(range(20)) - {4, 5, 9}
    step = stage.player.navigation.step

    def hold(times):
        for _ in range(times):
            stage.now += 0.03
            step(1)

    hold(10)
    assert stage.session.frame == 4
    stage.frames.failed.emit(4, "It is damaged.")
    hold(10)
    assert stage.session.frame == 5
    stage.frames.held.add(5)
    hold(10)
    assert stage.session.frame == 9
    stage.frames.failed.emit(9, "It is damaged.")
    hold(20)
    assert stage.session.frame == 19

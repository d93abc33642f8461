"""Tracking as many frames as one says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.track_count import TrackCountDialog, frames_from

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session


@given(st.integers(1, 1000), st.data(), st.integers(1, 2000), st.sampled_from(["forward", "backward"]))
def test_the_frames_are_of_the_video_and_at_most_so_many(frames, data, count, way) -> None:
    frame = data.draw(st.integers(0, frames - 1))
    first, last = frames_from(frame, count, way, frames)
    assert 0 <= first <= last < frames
    assert frame == (first if way == "forward" else last)
    assert last - first <= count
    if last - first < count:
        assert (last == frames - 1) if way == "forward" else (first == 0)


@pytest.fixture
def dialog(qtbot: QtBot, session: Session, context: Context) -> TrackCountDialog:
    session.frame = 4
    made = TrackCountDialog(context)
    qtbot.addWidget(made)
    made.show()
    return made


def test_it_says_which_frames_and_why_there_are_none(dialog: TrackCountDialog, session: Session) -> None:
    dialog.count.setValue(3)
    assert dialog.told.text() == "From frame 4 to frame 7."
    dialog.count.setValue(9)
    assert dialog.told.text() == "From frame 4 to frame 11, the last."
    dialog.backward.setChecked(True)
    assert dialog.told.text() == "From frame 4 to frame 0, the first."
    session.frame = 0
    dialog.count.setValue(2)
    assert not dialog.go.isEnabled()
    assert "the first" in dialog.told.text()
    dialog.forward.setChecked(True)
    assert dialog.go.isEnabled()


def test_number_and_way_are_remembered(qtbot: QtBot, dialog: TrackCountDialog, context: Context) -> None:
    dialog.count.setValue(3)
    dialog.backward.setChecked(True)
    with qtbot.waitSignal(dialog.wanted, timeout=WAIT) as asked:
        dialog.go.click()
    assert asked.args == [3, "backward"]
    again = TrackCountDialog(context)
    qtbot.addWidget(again)
    assert (again.count.value(), again.way) == (3, "backward")


def test_given_up_it_remembers_and_asks_nothing(dialog: TrackCountDialog, preferences: Preferences) -> None:
    asked: list[int] = []
    dialog.wanted.connect(lambda count, _: asked.append(count))
    dialog.count.setValue(3)
    dialog.reject()
    assert preferences.values.track_count == 50
    assert asked == []

"""What the canvas shows and where: zoom, place, view, names, and why it shows nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from canvas_hand import Settle, add_square, at, drag, move, under
from waits import WAIT

from xmem_gui.errors import XmemGuiError

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session


def test_the_wheel_zooms_at_the_pointer(panel: CanvasPanel) -> None:
    from PySide6.QtCore import QPointF

    point = at(panel, 20, 30)
    before, scale = under(panel, point), panel.view.place.scale
    panel.view.zoom(2.0, QPointF(point))
    assert panel.view.place.scale == 2 * scale
    assert under(panel, point) == pytest.approx(before, abs=0.1)
    assert not panel.view.is_fitted


def test_the_place_stays_across_frames_and_fit_comes_back(
    session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    actions["view.actual"].trigger()
    place = panel.view.place
    assert place.scale == 1
    session.frame = 5
    assert panel.view.place == place
    actions["view.fit"].trigger()
    assert panel.view.is_fitted
    panel.resize(400, 300)
    assert panel.view.place.scale < 400 / 64


def test_dragging_while_panning_moves_the_picture(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.brush")
    panel.set_panning(True)
    before = panel.view.place
    drag(qtbot, panel, [at(panel, 20, 20), at(panel, 20, 20) + at(panel, 0, 0)])
    panel.set_panning(False)
    settle()
    assert panel.view.place != before
    assert panel.view.place.scale == before.scale
    assert not session.objects


def test_the_zoom_is_told_only_while_there_is_a_picture(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    from PySide6.QtWidgets import QToolButton

    field = next(one for one in panel.findChildren(QToolButton) if one.accessibleName() == "Zoom")
    actions["view.actual"].trigger()
    assert field.text() == "100 %"
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()
    assert field.text() == "–"


def test_views_follow_the_actions_and_are_remembered(
    qtbot: QtBot, panel: CanvasPanel, actions: Actions, preferences: Preferences
) -> None:
    from xmem_gui.gui.canvas.look import Mode

    actions["view.faded"].trigger()
    assert panel.view.look.mode is Mode.FADED
    actions["view.cycle"].trigger()
    assert panel.view.look.mode is Mode.IMAGE
    actions["view.cycle"].trigger()
    assert panel.view.look.mode is Mode.OVERLAY
    actions["view.hide"].setChecked(True)
    assert panel.view.look.mode is Mode.IMAGE
    actions["view.hide"].setChecked(False)
    assert panel.view.look.mode is Mode.OVERLAY
    actions["view.opacity_up"].trigger()
    qtbot.waitUntil(lambda: preferences.values.opacity == pytest.approx(0.6), timeout=WAIT)


def test_the_name_under_the_pointer_is_told(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    qtbot.waitUntil(lambda: panel.view.rendition.layers.at(10, 20) is not None, timeout=WAIT)
    move(panel, at(panel, 10.5, 20.5))
    assert panel.view.named == "square"
    move(panel, at(panel, 40.5, 20.5))
    assert panel.view.named == ""


def test_the_name_is_of_what_comes_under_a_pointer_that_rests(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    qtbot.waitUntil(lambda: panel.view.rendition.layers.at(10, 20) is not None, timeout=WAIT)
    move(panel, at(panel, 10.5, 20.5))
    session.frame = 1
    qtbot.waitUntil(lambda: panel.view.named == "", timeout=WAIT)
    session.frame = 0
    qtbot.waitUntil(lambda: panel.view.named == "square", timeout=WAIT)
    panel.view.place = panel.view.place.zoomed(panel.view.place.scale * 8, 0, 0)
    assert panel.view.named == ""


def test_a_frame_that_cannot_be_read_is_explained(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames
) -> None:
    with qtbot.waitSignal(frames.failed, timeout=WAIT) as told:
        frames.work(0, _fail, lambda _: None, key="test")
    assert told.args == [0, "Frame 0 is damaged."]
    assert panel.view.problem == "Frame 0 is damaged."
    assert panel.view.rendition is None
    panel.view.draw()
    qtbot.waitUntil(lambda: panel.view.rendition is not None, timeout=WAIT)
    assert panel.view.problem == ""


def _fail(*_: object) -> None:
    raise XmemGuiError("Frame 0 is damaged.")


def test_a_click_on_a_frame_that_cannot_be_shown_says_so_and_makes_nothing(
    qtbot: QtBot, session: Session, frames: Frames, panel: CanvasPanel, settle: Settle
) -> None:
    said: list[str] = []
    session.notice.connect(lambda notice: said.append(notice.text))
    frames.failed.emit(session.frame, "00000.png does not exist.")
    for tool in ("tool.click", "tool.brush", "tool.polygon"):
        panel.choose(tool)
        drag(qtbot, panel, [at(panel, 10, 20), at(panel, 14, 20)])
    settle()
    assert said == ["00000.png does not exist."] * 3
    assert session.objects == []

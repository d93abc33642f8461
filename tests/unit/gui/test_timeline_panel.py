from __future__ import annotations

import numpy as np
import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QContextMenuEvent, QWheelEvent
from PySide6.QtWidgets import QApplication, QMenu

from xmem_gui.gui.controllers.player import Player
from xmem_gui.gui.docks.objects import ObjectsDock
from xmem_gui.gui.timeline import TimelinePanel
from xmem_gui.gui.timeline.lane_track import LANE
from xmem_gui.gui.timeline.place_edit import PlaceEdit
from xmem_gui.project import SetMasks

MASK = np.ones((48, 64), bool)
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def panel(session, context, settle, qtbot):
    """The panel with three objects, each with a mask on frame 4."""
    panel = TimelinePanel(context, Player(context))
    qtbot.addWidget(panel)
    panel.resize(1000, 180)
    panel.show()
    for name in ("rabbit", "rock", "hand"):
        session.edit(lambda a, name=name: a.project.apply(SetMasks(4, {a.add_object(name).id: MASK})))
    settle()
    settle()
    return panel


def at(track, frame: int, y: int = 10) -> QPoint:
    return QPoint(round(track.viewport.scale.centre_of(frame)), y)


def wheel(track, position: QPoint, down: int, modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    place = QPointF(position)
    event = QWheelEvent(
        place, track.mapToGlobal(place), QPoint(), QPoint(0, down), Qt.MouseButton.NoButton, modifiers,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(track, event)


@pytest.mark.parametrize("name", ["ruler", "filmstrip", "lanes"])
def test_a_click_and_a_drag_scrub(panel, session, qtbot, name):
    track = getattr(panel, name)
    qtbot.mousePress(track, LEFT, pos=at(track, 7))
    assert session.frame == 7
    qtbot.mouseMove(track, at(track, 2))
    QApplication.processEvents()
    assert session.frame == 2
    qtbot.mouseMove(track, QPoint(5000, 10))
    QApplication.processEvents()
    assert session.frame == 11
    qtbot.mouseRelease(track, LEFT, pos=at(track, 2))


def test_a_click_on_a_lane_selects_its_object(panel, session, qtbot):
    qtbot.mouseClick(panel.lanes, LEFT, pos=at(panel.lanes, 3, LANE + 5))
    assert (session.selected, session.frame) == (2, 3)
    qtbot.mouseClick(panel.headers, LEFT, pos=QPoint(40, 5))
    assert session.selected == 3, "lanes are in the list's order, the topmost object first"
    assert session.frame == 3
    assert panel.lanes.object_at(100 * LANE) is None


def test_lanes_that_do_not_fit_are_scrolled_to(panel, session, qtbot):
    panel.lanes.resize(panel.lanes.width(), 2 * LANE)
    panel.headers.resize(panel.headers.width(), 2 * LANE)
    session.selected = 3
    qtbot.keyClick(panel.headers, Qt.Key.Key_Down)
    qtbot.keyClick(panel.headers, Qt.Key.Key_Down)
    assert session.selected == 1
    assert panel.viewport.top == LANE
    assert panel.lanes.object_at(5) == 2


def test_the_wheel_zooms_at_the_mouse_and_moves_with_shift(panel):
    lanes, viewport = panel.lanes, panel.viewport
    place = at(lanes, 8)
    wheel(lanes, place, 240)
    assert viewport.scale.visible < 12
    assert viewport.scale.frame_at(place.x()) == 8
    first = viewport.scale.first
    wheel(lanes, place, -120, Qt.KeyboardModifier.ShiftModifier)
    assert viewport.scale.first > first
    wheel(lanes, place, -2400)
    assert viewport.scale.shows_all


def test_the_wheel_zooms_with_ctrl_and_goes_down_the_lanes_with_alt(panel):
    lanes, viewport = panel.lanes, panel.viewport
    lanes.resize(lanes.width(), LANE)
    place = at(lanes, 8)
    wheel(lanes, place, 240, Qt.KeyboardModifier.ControlModifier)
    assert viewport.scale.visible < 12
    assert viewport.scale.frame_at(place.x()) == 8
    assert viewport.top == 0
    seen = viewport.scale
    wheel(lanes, place, -120, Qt.KeyboardModifier.AltModifier)
    assert viewport.top > 0
    assert viewport.scale == seen


def test_zoom_actions_and_the_scroll_bar(panel, session, actions):
    session.frame = 11
    actions["timeline.zoom_in"].trigger()
    assert 11 in panel.viewport.scale.seen()
    panel._across.setValue(0)
    assert panel.viewport.scale.first == 0
    session.frame = 0
    session.frame = 11
    assert 11 in panel.viewport.scale.seen()
    actions["timeline.fit"].trigger()
    assert panel.viewport.scale.shows_all


def test_handles_of_the_range_are_dragged(panel, session, qtbot):
    ruler, scale = panel.ruler, panel.viewport.scale
    session.marks = (3, 8)
    assert ruler.handle_at(scale.x_of(3) + 3) == "in"
    assert ruler.handle_at(scale.x_of(9) - 3) == "out"
    assert ruler.handle_at(scale.x_of(6)) == ""
    qtbot.mousePress(ruler, LEFT, pos=QPoint(round(scale.x_of(3)), 8))
    qtbot.mouseMove(ruler, QPoint(round(scale.x_of(5)), 8))
    QApplication.processEvents()
    assert session.marks == (5, 8)
    qtbot.mouseMove(ruler, QPoint(round(scale.x_of(11)), 8))
    QApplication.processEvents()
    assert session.marks == (8, 8)
    qtbot.mouseRelease(ruler, LEFT, pos=QPoint(round(scale.x_of(5)), 8))
    assert session.frame == 0


def drag(qtbot, track, frames: list[int], modifiers=Qt.KeyboardModifier.NoModifier) -> None:
    qtbot.mousePress(track, LEFT, modifiers, at(track, frames[0]))
    for frame in frames[1:]:
        qtbot.mouseMove(track, at(track, frame))
        QApplication.processEvents()
    qtbot.mouseRelease(track, LEFT, modifiers, at(track, frames[-1]))


def test_a_drag_on_the_ruler_selects_a_range_either_way(panel, session, qtbot):
    drag(qtbot, panel.ruler, [4, 6, 8])
    assert session.marks == (4, 8)
    assert session.frame == 8
    drag(qtbot, panel.ruler, [6, 2])
    assert session.marks == (2, 6)
    drag(qtbot, panel.ruler, [9, 11, 9])
    assert session.marks == (9, 9)


def test_a_click_on_the_ruler_or_a_hand_that_shakes_selects_nothing(panel, session, qtbot):
    place = at(panel.ruler, 5)
    qtbot.mousePress(panel.ruler, LEFT, pos=place)
    qtbot.mouseMove(panel.ruler, place + QPoint(3, 1))
    QApplication.processEvents()
    qtbot.mouseRelease(panel.ruler, LEFT, pos=place + QPoint(3, 1))
    assert session.marks == (None, None)
    assert session.frame == 5


def test_the_playhead_is_dragged_on_the_ruler_unless_with_shift(panel, session, qtbot):
    session.frame = 3
    drag(qtbot, panel.ruler, [3, 7])
    assert session.marks == (None, None)
    assert session.frame == 7
    drag(qtbot, panel.ruler, [7, 5], Qt.KeyboardModifier.ShiftModifier)
    assert session.marks == (5, 7)


@pytest.mark.parametrize(("frame", "cleared"), [(2, False), (4, True), (6, True), (8, True), (10, False)])
def test_a_double_click_on_the_range_clears_it(panel, session, qtbot, frame, cleared):
    session.marks = (4, 8)
    place = at(panel.ruler, frame)
    qtbot.mouseClick(panel.ruler, LEFT, pos=place)
    qtbot.mouseDClick(panel.ruler, LEFT, pos=place)
    assert session.marks == ((None, None) if cleared else (4, 8))
    assert session.frame == frame


def test_the_mouse_shows_which_frame_it_is_on(panel, qtbot):
    qtbot.mouseMove(panel.filmstrip, at(panel.filmstrip, 9))
    qtbot.waitUntil(lambda: panel._preview.frame == 9, timeout=WAIT)
    panel.viewport.hover = None
    assert panel._preview.frame is None


def ask_menu(widget, position: QPoint, *, by_key: bool = False) -> None:
    reason = QContextMenuEvent.Reason.Keyboard if by_key else QContextMenuEvent.Reason.Mouse
    QApplication.sendEvent(widget, QContextMenuEvent(reason, position, widget.mapToGlobal(position)))


def menu_of(panel) -> list[str]:
    (menu,) = panel.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    names = [action.objectName() for action in menu.actions() if not action.isSeparator()]
    menu.close()
    return names


@pytest.mark.parametrize("name", ["lanes", "headers"])
def test_the_menu_of_a_lane_is_that_of_its_object(panel, session, actions, context, name, qtbot):
    objects = ObjectsDock(context)
    qtbot.addWidget(objects)
    objects.view.selectAll()
    ask_menu(getattr(panel, name), QPoint(30, LANE + 5))
    assert session.selected == 2
    assert objects.chosen == [2], "what is deleted from a lane is that lane's object alone"
    names = menu_of(panel)
    assert names[:3] == ["propagate.one_forward", "propagate.one_backward", "propagate.one_both"]
    assert {"go.object_first", "object.rename", "object.visible", "object.lock", "object.delete"} < set(names)
    listed = [one.objectName() for one in objects.make_menu().actions() if not one.isSeparator()]
    assert names[: len(listed)] == listed


def test_the_menu_key_opens_the_menu_of_the_selected_lane(panel, session):
    session.selected = 2
    ask_menu(panel.headers, QPoint(5, 5), by_key=True)
    assert session.selected == 2
    assert "propagate.one_forward" in menu_of(panel)


def test_away_from_the_lanes_the_menu_is_of_the_frame(panel, session):
    session.selected = 2
    ask_menu(panel.ruler, at(panel.ruler, 6))
    assert session.frame == 6
    names = menu_of(panel)
    assert "range.in" in names
    assert "object.delete" not in names


def test_the_menu_is_of_the_frame_and_the_object_under_the_mouse(panel, session, qtbot):
    panel.lanes.picked(QPoint(10, 2 * LANE + 3))
    assert session.selected == 1
    panel._show_menu(QPointF(10, 10))
    (menu,) = panel.findChildren(QMenu, options=Qt.FindChildOption.FindDirectChildrenOnly)
    texts = [action.text() for action in menu.actions() if not action.isSeparator()]
    assert any("in point" in text for text in texts)
    menu.close()


def places(panel) -> tuple[PlaceEdit, PlaceEdit]:
    return panel.transport._time, panel.transport._frame


def test_the_row_tells_frame_and_time_and_takes_either(panel, session, actions, qtbot):
    time, frame = places(panel)
    session.frame = 6
    assert (time.text(), frame.text()) == ("00:00.250", "6")
    actions["go.frame"].trigger()
    for text, there in (("9", 9), ("0:00.125", 3), ("99", 11)):
        frame.setFocus()
        frame.selectAll()
        qtbot.keyClicks(frame, text)
        qtbot.keyClick(frame, Qt.Key.Key_Return)
        assert session.frame == there
    assert frame.text() == "11"


def test_nonsense_is_not_gone_to_and_escape_forgets_it(panel, session, qtbot):
    _, frame = places(panel)
    notices = []
    session.notice.connect(notices.append)
    frame.selectAll()
    qtbot.keyClicks(frame, "x9")
    qtbot.keyClick(frame, Qt.Key.Key_Return)
    assert session.frame == 0
    assert len(notices) == 1
    qtbot.keyClick(frame, Qt.Key.Key_Escape)
    assert frame.text() == "0"


def test_it_is_drawn_when_empty_and_while_a_run_goes_on(panel, session, qtbot):
    from xmem_gui.gui.state.jobs import JobState

    session.job_changed.emit(JobState("Forward", 3, 12, 6, 10.0))
    assert not panel.grab().isNull()
    session.job_changed.emit(None)
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()
    assert not panel.grab().isNull()
    assert panel.viewport.scale.frames == 0


def test_every_part_has_a_name_for_those_who_do_not_see_it(panel):
    for one in (panel, panel.ruler, panel.filmstrip, panel.lanes, panel.headers, *places(panel)):
        assert one.accessibleName()

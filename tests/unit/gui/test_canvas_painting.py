"""Painting on a real document: mouse and keys in, masks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from canvas_hand import Settle, add_square, at, colour_at, drag, left, mask, under
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session


def test_a_stroke_by_mouse_is_the_same_as_by_the_annotator(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    assert session.annotator is not None
    session.edit(lambda a: (a.add_object("twin"), None)[1])
    settle()
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(3)
    points = [at(panel, x, y) for x, y in ((30, 35), (40, 38), (52, 30), (60, 44))]
    session.selected = 2
    drag(qtbot, panel, points)
    settle()
    painted = mask(session, 2)
    places = [under(panel, point) for point in points]
    session.edit(lambda a: a.undo())
    session.edit(lambda a: a.editing.brush(0, 2, places, 3.0))
    settle()
    assert painted is not None
    assert painted.any()
    assert (painted == mask(session, 2)).all()


def test_what_is_painted_is_seen_at_once_and_stays(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    qtbot.waitUntil(lambda: panel.view.rendition.layers.slot(1) > 0, timeout=WAIT)
    plain = colour_at(panel, 40, 38)
    panel.choose("tool.brush")
    qtbot.mousePress(panel.view, left(), pos=at(panel, 40, 38))
    during = colour_at(panel, 40, 38)
    assert during != plain
    qtbot.mouseRelease(panel.view, left(), pos=at(panel, 40, 38))
    settle()
    qtbot.waitUntil(lambda: not panel.desk.touches(0), timeout=WAIT)
    assert colour_at(panel, 40, 38) == during


def test_the_first_stroke_adds_an_object(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.brush")
    drag(qtbot, panel, [at(panel, 20, 20), at(panel, 30, 20)])
    settle()
    assert [one.id for one in session.objects] == [1]
    assert session.selected == 1
    found = mask(session)
    assert found is not None
    assert found[20, 25]
    for _ in range(2):
        session.edit(lambda a: a.undo())
    settle()
    assert not session.objects


def test_the_right_button_erases(qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle) -> None:
    square = add_square(session, settle)
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(2)
    drag(qtbot, panel, [at(panel, 10, 15), at(panel, 14, 15)], right=True)
    settle()
    found = mask(session)
    assert found is not None
    assert not found[15, 12]
    assert 0 < found.sum() < square.sum()


def test_a_locked_object_is_not_painted(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    from xmem_gui.project import ChangeObject

    square = add_square(session, settle)
    session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    settle()
    panel.choose("tool.brush")
    with qtbot.waitSignal(session.notice, timeout=WAIT) as said:
        drag(qtbot, panel, [at(panel, 40, 40), at(panel, 50, 40)])
    settle()
    assert "locked" in said.args[0].text
    assert (mask(session) == square).all()


def test_a_polygon_by_clicks_and_enter(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    from PySide6.QtCore import Qt

    panel.choose("tool.polygon")
    for place in ((30, 10), (50, 10), (50, 30), (30, 30)):
        qtbot.mouseClick(panel.view, left(), pos=at(panel, *place))
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 40]
    assert found.sum() == pytest.approx(400, abs=60)


def test_a_polygon_is_done_when_one_goes_on(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.polygon")
    for place in ((30, 10), (50, 10), (50, 30)):
        qtbot.mouseClick(panel.view, left(), pos=at(panel, *place))
    session.frame = 1
    settle()
    assert mask(session) is not None
    assert mask(session, frame=1) is None


@pytest.mark.parametrize(
    ("name", "area"),
    [("mask.grow", 432), ("mask.shrink", 182), ("mask.largest", 300), ("mask.clear", None)],
)
def test_repairs_change_the_mask(
    session: Session, panel: CanvasPanel, settle: Settle, actions: Actions, name: str, area: int | None
) -> None:
    from dataclasses import replace

    square = add_square(session, settle)
    panel.desk.options = replace(panel.desk.options, amount=2.0 if name != "mask.shrink" else 1.0)
    if name == "mask.largest":
        square[40, 40] = True
        session.edit(lambda a: a.set_mask(0, 1, square))
        settle()
    actions[name].trigger()
    settle()
    found = mask(session)
    assert (None if found is None else int(found.sum())) == pytest.approx(area, abs=60)


def test_copying_from_a_frame_without_a_mask_says_so(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, actions: Actions
) -> None:
    square = add_square(session, settle)
    session.frame = 1
    actions["mask.copy_previous"].trigger()
    settle()
    assert (mask(session, frame=1) == square).all()
    with qtbot.waitSignal(session.notice, timeout=WAIT):
        actions["mask.copy_next"].trigger()
    session.frame = 0
    with qtbot.waitSignal(session.notice, timeout=WAIT):
        actions["mask.copy_previous"].trigger()

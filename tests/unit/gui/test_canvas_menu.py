"""The menu of the canvas: how it opens, where the right button stays the tool's, and what is in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from canvas_hand import Settle, add_square, at, mask, move
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session


def press_right(qtbot: QtBot, panel: CanvasPanel, x: float, y: float, *, ctrl: bool = False) -> Any:
    """Click with the right button at a place of the video; return the menu that is open then, or None."""
    from PySide6.QtCore import Qt

    held = Qt.KeyboardModifier.ControlModifier if ctrl else Qt.KeyboardModifier.NoModifier
    qtbot.mousePress(panel.view, Qt.MouseButton.RightButton, held, at(panel, x, y))
    found = opened(panel)
    qtbot.mouseRelease(panel.view, Qt.MouseButton.RightButton, held, at(panel, x, y))
    return found


def opened(panel: CanvasPanel) -> Any:
    from PySide6.QtCore import Qt
    from PySide6.QtWidgets import QMenu

    here = Qt.FindChildOption.FindDirectChildrenOnly
    return next((one for one in panel.view.findChildren(QMenu, options=here) if one.isVisible()), None)


def names(menu: Any) -> list[str]:
    return [one.objectName() for one in menu.actions() if one.objectName()]


def texts(menu: Any) -> list[str]:
    return [one.text() for one in menu.actions() if not one.isSeparator()]


@pytest.fixture
def two(qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle) -> None:
    """Add two objects beside each other; the first is selected."""
    add_square(session, settle)
    other = np.zeros((48, 64), np.bool_)
    other[35:45, 40:60] = True
    session.edit(lambda a: (a.add_object("other & more"), a.set_mask(0, 2, other))[1])
    settle()
    session.selected = 1
    qtbot.waitUntil(lambda: panel.view.rendition.layers.at(50, 40) is not None, timeout=WAIT)


@pytest.mark.usefixtures("two")
def test_ctrl_and_the_right_button_open_it_for_the_object_under_the_pointer(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    before = mask(session, 2)
    menu = press_right(qtbot, panel, 50, 40, ctrl=True)
    assert session.selected == 2
    assert texts(menu)[0] == "other && more"
    wanted = {"view.object", "mask.copy_previous", "mask.clear", "frame.commit", "propagate.one_forward"}
    wanted |= {"mask.copy", "mask.paste", "mask.absent", "mask.interpolate"}
    assert wanted < set(names(menu))
    menu.close()
    settle()
    assert (mask(session, 2) == before).all(), "the tool has had nothing of it"


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("tool", ["tool.brush", "tool.eraser", "tool.click", "tool.scribble", "tool.polygon"])
def test_the_right_button_alone_stays_the_tools(qtbot: QtBot, panel: CanvasPanel, tool: str) -> None:
    panel.choose(tool)
    pressed: list[str] = []
    panel.view.tool.press = lambda pointer: pressed.append(pointer.button)
    panel.view.tool.release = lambda _: None
    assert press_right(qtbot, panel, 10, 20) is None
    assert pressed == ["right"]


@pytest.mark.usefixtures("two")
def test_where_it_means_nothing_the_right_button_opens_it_alone(
    qtbot: QtBot, session: Session, panel: CanvasPanel
) -> None:
    from PySide6.QtCore import QPointF

    panel.choose("tool.box")
    menu = press_right(qtbot, panel, 10, 20)
    assert menu is not None
    menu.close()
    panel.choose("tool.click")
    assert session.selected == 1
    panel.view.zoom(0.5, QPointF(panel.view.rect().center()))
    menu = press_right(qtbot, panel, -10, -5)
    assert session.selected == 1, "nothing is under the pointer"
    menu.close()


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("by", ["menu", "f10"])
def test_a_key_opens_it_at_the_pointer_for_the_selected_object(
    qtbot: QtBot, session: Session, panel: CanvasPanel, by: str
) -> None:
    from PySide6.QtCore import QPoint, Qt
    from PySide6.QtGui import QContextMenuEvent
    from PySide6.QtWidgets import QApplication

    session.selected = 2
    move(panel, at(panel, 8, 12))
    if by == "menu":
        reason = QContextMenuEvent.Reason.Keyboard
        QApplication.sendEvent(panel.view, QContextMenuEvent(reason, QPoint(1, 1), QPoint(1, 1)))
    else:
        qtbot.keyClick(panel.view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    menu = opened(panel)
    assert session.selected == 2, "the mouse is not meant"
    assert texts(menu)[0] == "other && more"
    assert (menu.pos() - panel.view.mapToGlobal(at(panel, 8, 12))).manhattanLength() <= 2
    menu.close()


@pytest.mark.usefixtures("two")
def test_objects_are_listed_the_topmost_first_and_chosen_there(
    session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    menu = panel.menu.make()
    objects = next(one.menu() for one in menu.actions() if one.text() == "&Objects")
    assert texts(objects)[:2] == ["other && more", "square"]
    assert [one.isChecked() for one in objects.actions()[:2]] == [False, True]
    objects.actions()[0].trigger()
    assert session.selected == 2
    assert actions["object.add"] in objects.actions()


@pytest.mark.usefixtures("two")
def test_its_title_wears_the_objects_colour(session: Session, panel: CanvasPanel) -> None:
    from PySide6.QtGui import QIcon

    title = panel.menu.make().actions()[0]
    assert not title.isEnabled()
    colour = title.icon().pixmap(20, QIcon.Mode.Disabled).toImage().pixelColor(10, 10)
    assert (colour.red(), colour.green(), colour.blue()) == tuple(session.objects[0].colour)


@pytest.mark.usefixtures("two")
def test_what_cannot_be_done_says_why_in_the_menu(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    session.frame = 3
    settle()
    menu = panel.menu.make()
    assert menu.toolTipsVisible()
    zoom = next(one for one in menu.actions() if one is actions["view.object"])
    assert not zoom.isEnabled()
    assert "no mask" in zoom.toolTip()


def test_with_nothing_open_there_is_no_menu(qtbot: QtBot, session: Session, panel: CanvasPanel) -> None:
    from PySide6.QtCore import Qt

    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()
    assert press_right(qtbot, panel, 10, 20, ctrl=True) is None
    qtbot.keyClick(panel.view, Qt.Key.Key_F10, Qt.KeyboardModifier.ShiftModifier)
    assert opened(panel) is None

"""Zooming to an object, a range on the ruler, and tracking one object from its lane, in the real window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMenu

from xmem_gui.gui.dialogs.track_count import TrackCountDialog
from xmem_gui.gui.timeline.lane_track import LANE

if TYPE_CHECKING:
    from hand import Hand

RABBIT = 90.0, 85.0
HERE = Qt.FindChildOption.FindDirectChildrenOnly


def test_one_object_is_found_tracked_and_the_others_stay(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(*RABBIT)
    other = np.zeros(hand.masks()[1][0].shape, np.bool_)
    other[5:20, 5:30] = True
    hand.session.edit(lambda a: (a.add_object("sky"), a.set_mask(0, 2, other))[1])
    for frame in (1, 2):
        hand.session.edit(lambda a, frame=frame: a.set_mask(frame, 2, other))  # type: ignore[misc]
    hand.settle()
    before = hand.masks()[2]

    timeline = hand.window.workspace.timeline  # type: ignore[union-attr]
    lane_of_rabbit = QPoint(4, LANE + LANE // 2)
    assert timeline.lanes.object_at(lane_of_rabbit.y()) == 1, "the topmost object is in the first lane"
    hand.session.selected = 2
    reason = QContextMenuEvent.Reason.Mouse
    over = timeline.lanes.mapToGlobal(lane_of_rabbit)
    QApplication.sendEvent(timeline.lanes, QContextMenuEvent(reason, lane_of_rabbit, over))
    (menu,) = timeline.findChildren(QMenu, options=HERE)
    assert hand.session.selected == 1
    action = hand.action("propagate.one_forward")
    assert action in menu.actions()
    menu.close()
    # Without a window manager, the menu leaves no window in front.
    hand.window.activateWindow()
    hand.wait(hand.window.isActiveWindow, "the window to be in front")
    hand.canvas.setFocus()
    action.trigger()
    hand.said("frames tracked")
    hand.settle()
    masks = hand.masks()
    assert len(masks[1]) == hand.session.frames
    assert masks[2].keys() == before.keys()
    assert all(np.array_equal(masks[2][frame], mask) for frame, mask in before.items())

    hand.key(Qt.Key.Key_Home, Qt.KeyboardModifier.ControlModifier)
    hand.wait(lambda: hand.session.frame == 0, "the object's first frame")
    hand.settle()
    scale = hand.canvas.place.scale
    hand.key(Qt.Key.Key_Z)
    hand.wait(lambda: hand.canvas.place.scale > scale, "the picture to be zoomed")
    hand.key(Qt.Key.Key_Z)
    hand.wait(lambda: hand.canvas.is_fitted, "the picture to fit again")


def test_a_range_is_dragged_and_some_frames_are_tracked(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(*RABBIT)
    hand.key(Qt.Key.Key_T, Qt.KeyboardModifier.ControlModifier)
    dialog = hand.dialog(TrackCountDialog)
    dialog.count.setValue(2)
    dialog.go.click()
    hand.said("3 frames tracked")
    hand.settle()
    assert sorted(hand.masks()[1]) == [0, 1, 2]

    ruler = hand.window.workspace.timeline.ruler  # type: ignore[union-attr]
    first, last = (QPoint(round(ruler.viewport.scale.centre_of(frame)), 8) for frame in (4, 7))
    QTest.mousePress(ruler, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, first)
    QTest.mouseMove(ruler, last)
    hand.wait(lambda: hand.session.marks == (4, 7), "the range")
    QTest.mouseRelease(ruler, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)
    assert hand.action("range.clear").isEnabled()
    QTest.mouseDClick(ruler, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, last)
    assert hand.session.marks == (None, None)

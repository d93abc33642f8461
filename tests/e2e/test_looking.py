"""Looking closely, by keys and menus: before and after a run, onion skin, the loupe, the soft matte."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PIL import Image
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QApplication

from xmem_gui.gui.canvas.look import Mode
from xmem_gui.project import Origin, SetMasks

if TYPE_CHECKING:
    from hand import Hand

    from xmem_gui.gui.canvas.panel import CanvasPanel

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NONE = Qt.KeyboardModifier.NoModifier
KEY = Qt.Key


def panel_of(hand: Hand) -> CanvasPanel:
    assert hand.window.workspace is not None
    return hand.window.workspace.canvas


def square(hand: Hand, left: int) -> np.ndarray:
    annotator = hand.session.annotator
    assert annotator is not None
    mask = np.zeros((annotator.video.height, annotator.video.width), np.bool_)
    mask[40:70, left : left + 30] = True
    return mask


def put(hand: Hand, frame: int, left: int) -> None:
    """Give the selected object a square on a frame, which is not committed."""
    one = hand.session.selected
    assert one is not None
    edit = SetMasks(frame, {one: square(hand, left)}, Origin.PROPAGATED)
    hand.session.edit(lambda a: a.project.apply(edit))
    hand.settle()


def mode(hand: Hand) -> Mode:
    """Return how masks are drawn now."""
    assert hand.canvas.rendition is not None
    return hand.canvas.rendition.sight.look.mode


def test_before_the_last_run_while_a_key_is_held(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(90, 85)
    put(hand, 3, 20)
    hand.key(KEY.Key_F)
    hand.finished()
    tracked = hand.masks()
    hand.go(3)
    hand.settle()
    panel, focus = panel_of(hand), QApplication.focusWidget()
    assert focus is not None
    QTest.keyPress(focus, KEY.Key_Y)
    for _ in range(3):
        again = QKeyEvent(QEvent.Type.KeyPress, KEY.Key_Y, NONE, "y", True)
        QApplication.sendEvent(focus, again)
    hand.wait(lambda: panel.before.past is not None and mode(hand) is Mode.IMAGE, "what was")
    assert panel.before.title.startswith("Before Track – ")
    assert panel.before.title.endswith(", frames 1–15")
    assert len(panel.before.past.ghosts) == 1
    QTest.keyRelease(focus, KEY.Key_Y)
    assert panel.before.past is None
    hand.wait(lambda: mode(hand) is Mode.OVERLAY, "what is")
    assert len(hand.masks()[1]) == hand.session.frames

    hand.key(KEY.Key_Y, SHIFT)
    hand.settle()
    assert (hand.masks()[1][3] == square(hand, 20)).all()
    step = hand.session.next_undo
    assert step is not None
    assert step.label.startswith("Restore – ")
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    assert (hand.masks()[1][3] == tracked[1][3]).all()


def test_it_can_be_switched_on_in_the_menu_and_off_by_its_key(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    put(hand, 0, 20)
    panel = panel_of(hand)
    assert hand.action("view.before") in panel.menu.make().actions()
    hand.do("view.before")
    hand.wait(lambda: panel.before.past is not None, "what was")
    assert "no masks on this frame" in panel.before.title
    QTest.keyPress(QApplication.focusWidget() or hand.window, KEY.Key_Y)
    QTest.keyRelease(QApplication.focusWidget() or hand.window, KEY.Key_Y)
    assert not panel.before.is_on
    QTest.keyPress(QApplication.focusWidget() or hand.window, KEY.Key_Y)
    assert panel.before.is_on
    QApplication.sendEvent(hand.window, QEvent(QEvent.Type.WindowDeactivate))
    assert not panel.before.is_on, "a key let go elsewhere is not held for ever"


def test_escape_ends_it_and_nothing_else(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(90, 85)
    clicked = hand.masks()
    panel = panel_of(hand)
    hand.do("view.before")
    hand.wait(lambda: panel.before.past is not None, "what was")
    hand.canvas.setFocus()
    hand.key(KEY.Key_Escape)
    hand.settle()
    assert not panel.before.is_on
    assert (hand.masks()[1][0] == clicked[1][0]).all(), "the prompts are still there"
    hand.key(KEY.Key_Escape)
    hand.settle()
    hand.wait(lambda: 0 not in hand.masks()[1] or not hand.masks()[1][0].any(), "the prompts to go")


def test_a_letter_typed_in_a_field_is_typed(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.do("tool.brush")
    field = next(one for one in hand.window.findChildren(QAbstractSpinBox) if one.isVisible())
    field.setFocus()
    hand.key(KEY.Key_Y)
    hand.key(KEY.Key_M)
    assert not panel_of(hand).before.is_on
    assert not hand.action("view.loupe").isChecked()


def test_onion_skin_and_loupe_by_their_keys(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    for frame in range(3):
        put(hand, frame, 20 + 40 * frame)
    hand.go(1)
    panel = panel_of(hand)
    hand.key(KEY.Key_O, SHIFT)
    hand.wait(lambda: panel.onion.skins is not None and panel.onion.skins.frame == 1, "onion skin")
    assert [one.frame for one in (panel.onion.skins.before, panel.onion.skins.after)] == [0, 2]
    hand.key(KEY.Key_M)
    hand.hover(150, 100)
    assert panel.loupe.area() is None, "the click tool is in hand"
    hand.key(KEY.Key_D)
    hand.hover(150, 100)
    first = panel.loupe.area()
    assert first is not None
    hand.stroke([(150, 100), (160, 100)])
    assert panel.loupe.area() == first
    assert hand.masks()[1][1][100, 155], "it is no obstacle to painting"
    hand.close()
    other: Hand = start()
    other.open(clip)
    assert other.action("view.onion").isChecked(), "both are remembered"
    assert other.action("view.loupe").isChecked()


def test_the_soft_matte_that_is_seen_is_exported(start, clip: Path, tmp_path: Path) -> None:
    from xmem_gui.formats import MatteEdge
    from xmem_gui.gui.dialogs import ExportDialog
    from xmem_gui.gui.dialogs.matte_edge import MatteEdgeDialog

    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    put(hand, 0, 20)
    put(hand, 1, 30)
    hand.do("view.matte_edge")
    dialog = hand.dialog(MatteEdgeDialog)
    hand.wait(lambda: mode(hand) is Mode.MATTE, "the soft matte")
    dialog.boxes["feather"].setValue(5)
    dialog.boxes["refine"].setValue(4)
    hand.do("view.matte_edge")
    assert len(hand.window.findChildren(MatteEdgeDialog)) == 1
    hand.window.activateWindow()
    hand.wait(hand.window.isActiveWindow, "the window to be in front")
    hand.canvas.setFocus()
    hand.wait(hand.canvas.hasFocus, "the canvas to have the keys")
    hand.go(1)
    hand.wait(lambda: hand.canvas.rendition.sight.look.edge == (5.0, 0.0, 4.0), "the edge")
    assert dialog.isVisible(), "it does not stand in the way of going on"
    dialog.close()

    hand.do("file.export")
    export = hand.dialog(ExportDialog)
    export.formats.choose("matte-png")
    export.form.destination.setText(str(tmp_path / "out"))
    hand.settle()
    hand.wait(export.bar.begin.isEnabled, "the preview")
    QTest.mouseClick(export.bar.begin, Qt.MouseButton.LeftButton)
    hand.said("Exported to")
    export.close()
    annotator = hand.session.annotator
    assert annotator is not None
    shown = annotator.annotation.with_edge(MatteEdge(5.0, 0.0, 4.0)).matte(1, [1])
    written = np.asarray(Image.open(sorted((tmp_path / "out").rglob("*.png"))[1]))
    assert (written == np.rint(shown * 255)).all()
    assert ((written > 20) & (written < 235)).any()

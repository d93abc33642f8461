"""The main job without a mouse: every step is a key."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from xmem_gui.gui.canvas.key_pointer import STEP

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
KEY = Qt.Key


def test_by_keyboard(start, clip: Path, tmp_path: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    point_at(hand, 90, 85)
    hand.key(KEY.Key_Return, ALT)
    hand.answered()
    point_at(hand, 30, 95)
    hand.key(KEY.Key_Return, ALT | SHIFT)
    hand.answered()
    mask = hand.masks()[1][0]
    said = annotator_of(hand).prompting.prompts_of(0, 1).points
    assert [point.positive for point in said] == [True, False]
    assert [bool(mask[int(point.y), int(point.x)]) for point in said] == [True, False]
    hand.key(KEY.Key_F)
    hand.finished()
    assert len(hand.masks()[1]) == hand.session.frames

    hand.key(KEY.Key_Home)
    hand.go(11)
    hand.key(KEY.Key_E)
    point_at(hand, 90, 85)
    hand.key(KEY.Key_Period, ALT)
    hand.key(KEY.Key_Down, ALT, times=3)
    hand.key(KEY.Key_Period, ALT)
    hand.settle()
    assert annotator_of(hand).project.query.key_frames() == [0, 11]
    hand.key(KEY.Key_F, CTRL | SHIFT)
    hand.finished()

    hand.key(KEY.Key_Home)
    hand.key(KEY.Key_Right, CTRL)
    hand.settle()
    assert hand.session.frame == 11
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    hand.key(KEY.Key_Z, CTRL | SHIFT)
    hand.settle()
    export_by_keys(hand, tmp_path / "out")
    assert len(list((tmp_path / "out").rglob("*.png"))) == hand.session.frames


def export_by_keys(hand: Hand, place: Path) -> None:
    from PySide6.QtTest import QTest

    from xmem_gui.gui.dialogs import ExportDialog

    hand.key(KEY.Key_E, CTRL)
    dialog = hand.dialog(ExportDialog)
    for _ in range(30):
        if QApplication.focusWidget() is dialog.form.destination:
            break
        hand.key(KEY.Key_Tab)
    assert QApplication.focusWidget() is dialog.form.destination
    hand.key(KEY.Key_A, CTRL)
    QTest.keyClicks(dialog.form.destination, str(place))
    hand.settle()
    hand.wait(dialog.bar.begin.isEnabled, "the preview")
    hand.key(KEY.Key_Return)
    hand.said("Exported to")
    hand.key(KEY.Key_Escape)
    hand.wait(lambda: not dialog.isVisible(), "the dialog to close")


def point_at(hand: Hand, x: float, y: float) -> None:
    """Bring the pointer to a place of the video, by keys."""
    assert hand.window.workspace is not None
    pointer = hand.window.workspace.canvas.pointer
    away = hand.place(x, y) - pointer.at
    for distance, less, more in (
        (away.x(), KEY.Key_Left, KEY.Key_Right),
        (away.y(), KEY.Key_Up, KEY.Key_Down),
    ):
        key = more if distance > 0 else less
        hand.key(key, ALT, times=abs(distance) // STEP)
        hand.key(key, ALT | SHIFT, times=abs(distance) % STEP)
    assert pointer.at == hand.place(x, y)


def annotator_of(hand: Hand) -> Annotator:
    assert hand.session.annotator is not None
    return hand.session.annotator

"""Masks copied, pasted and said to be absent, by keys and menus."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QAbstractSpinBox

from xmem_gui.project import ChangeObject, Origin, SetMasks

if TYPE_CHECKING:
    from hand import Hand
    from numpy.typing import NDArray

CTRL, SHIFT = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
KEY = Qt.Key


def put(hand: Hand, frame: int, left: int, *, commit: bool = True) -> NDArray[np.bool_]:
    """Give the selected object a square on a frame."""
    one, annotator = hand.session.selected, hand.session.annotator
    assert one is not None
    assert annotator is not None
    mask = np.zeros((annotator.video.height, annotator.video.width), np.bool_)
    mask[40:70, left : left + 30] = True
    edit = SetMasks(frame, {one: mask}, Origin.DRAWN if commit else Origin.PROPAGATED, commit=commit)
    hand.session.edit(lambda a: a.project.apply(edit))
    hand.settle()
    return mask


def newest(hand: Hand) -> str:
    """Return the label of the newest step."""
    step = hand.session.next_undo
    return "" if step is None else step.label


def why_not(hand: Hand, name: str) -> str:
    """Return the reason that a disabled action gives."""
    action = hand.action(name)
    assert not action.isEnabled()
    return action.toolTip()


def test_copy_and_paste(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    assert "object" in why_not(hand, "mask.copy")
    hand.add_object()
    assert "Ctrl+C" in why_not(hand, "mask.paste")
    hand.key(KEY.Key_C, CTRL)
    hand.said("has no mask on frame 0 to copy")
    assert hand.session.copied is None
    mask = put(hand, 0, 20)
    hand.key(KEY.Key_C, CTRL)
    hand.said("Copied the mask of")
    hand.go(5)
    hand.key(KEY.Key_V, CTRL)
    hand.settle()
    assert (hand.masks()[1][5] == mask).all()
    assert newest(hand).startswith("Paste – ")
    hand.key(KEY.Key_V, CTRL)
    hand.said("nothing to change")
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    assert set(hand.masks()[1]) == {0}

    assert "in or out point" in why_not(hand, "mask.paste_range")
    kept = put(hand, 7, 60)
    hand.key(KEY.Key_I)
    hand.go(9)
    hand.key(KEY.Key_O)
    hand.key(KEY.Key_V, CTRL | SHIFT)
    hand.said("Pasted on 4 frames. Kept 1 frame")
    hand.settle()
    found = hand.masks()[1]
    assert sorted(found) == [0, 5, 6, 7, 8, 9]
    assert (found[7] == kept).all()
    assert newest(hand).endswith("frames 5–9")
    hand.notices[-1].offers[0].do()
    hand.settle()
    assert (hand.masks()[1][7] == mask).all()
    for _ in range(2):
        hand.key(KEY.Key_Z, CTRL)
        hand.settle()
    assert sorted(hand.masks()[1]) == [0, 7]

    hand.session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    hand.settle()
    for name in ("mask.paste", "mask.paste_range", "mask.absent", "mask.absent_range"):
        assert "locked" in why_not(hand, name)


def test_a_field_keeps_its_own_copy_and_paste(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    put(hand, 0, 20)
    hand.do("tool.brush")
    field = next(one for one in hand.window.findChildren(QAbstractSpinBox) if one.isVisible())
    field.setFocus()
    field.selectAll()
    hand.key(KEY.Key_C, CTRL)
    hand.settle()
    assert hand.session.copied is None
    assert QGuiApplication.clipboard().text() in field.text()
    assert QGuiApplication.clipboard().text() != ""
    before = hand.session.next_undo
    hand.key(KEY.Key_V, CTRL)
    hand.settle()
    assert hand.session.next_undo == before


def test_not_in_this_frame(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    put(hand, 0, 20)
    put(hand, 3, 20, commit=False)
    hand.go(3)
    hand.key(KEY.Key_U)
    hand.said("is marked as not visible on frame 3")
    hand.settle()
    annotator = hand.session.annotator
    assert annotator is not None
    assert annotator.project.query.key_frames([1]) == [0, 3]
    assert not hand.masks()[1][3].any()
    assert newest(hand).startswith("Not in this frame – ")
    assert "in or out point" in why_not(hand, "mask.absent_range")
    hand.key(KEY.Key_O)
    hand.key(KEY.Key_U, SHIFT)
    hand.said("is marked as not visible on 2 frames. Kept 1 frame")
    hand.settle()
    assert annotator.project.query.key_frames([1]) == [0, 1, 2, 3]
    assert hand.masks()[1][0].any()
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    assert annotator.project.query.key_frames([1]) == [0, 3]


def test_interpolate_between_key_frames(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    put(hand, 0, 20)
    hand.go(2)
    hand.key(KEY.Key_I, SHIFT)
    hand.said("Frame 2 is not between two key frames")
    hand.settle()
    put(hand, 8, 60)
    put(hand, 12, 60)
    hand.key(KEY.Key_I, SHIFT)
    hand.said("Interpolated 7 frames.")
    hand.settle()
    found = hand.masks()[1]
    assert sorted(found) == [*range(9), 12]
    assert np.flatnonzero(found[4].any(axis=0)).tolist() == list(range(40, 70))
    assert newest(hand).startswith("Interpolate – ")
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    assert sorted(hand.masks()[1]) == [0, 8, 12]
    assert "in or out point" in why_not(hand, "mask.interpolate_range")
    hand.key(KEY.Key_I)
    hand.do("mask.interpolate_range")
    hand.said("Interpolated 3 frames.")
    hand.settle()
    assert sorted(hand.masks()[1]) == [0, *range(8, 13)]

"""Classes and several objects, by keys, in the real window."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

import numpy as np
from hand import Hand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from xmem_gui.gui.docks import ObjectsDock
from xmem_gui.gui.docks.class_dialog import ClassDialog
from xmem_gui.project import SetMasks


def test_classes_by_keys(start, clip: Path, tmp_path: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    annotator = hand.session.annotator
    assert annotator is not None
    mask = np.zeros((annotator.video.height, annotator.video.width), bool)
    mask[10:40, 10:40] = True

    def fill(one) -> None:
        for name in ("Anna", "Ben", "ball"):
            one.project.apply(SetMasks(0, {one.add_object(name).id: mask}))

    hand.session.edit(fill)
    hand.settle()
    (dock,) = hand.window.findChildren(ObjectsDock)
    dock.view.setCurrentIndex(dock.model.index(dock.model.row_of(1)))
    dock.view.setFocus()
    # The list has the topmost first: Ben is above Anna.
    QTest.keyClick(dock.view, Qt.Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    hand.settle()
    assert hand.session.chosen == (1, 2)
    assert hand.action("propagate.one_forward").text() == "Track only these 2 objects &forward"
    hand.do("object.class")
    dialog = hand.dialog(ClassDialog)
    QTest.keyClicks(dialog.field, "person")
    QTest.keyClick(dialog.field, Qt.Key.Key_Return)
    hand.window.activateWindow()
    hand.wait(hand.window.isActiveWindow, "the window to be in front again")
    hand.settle()
    assert [one.category for one in hand.session.objects] == ["person", "person", ""]
    annotator.export("coco", tmp_path / "coco.json")
    document = json.loads((tmp_path / "coco.json").read_text())
    assert [one["name"] for one in document["categories"]] == ["person", "ball"]
    hand.key(Qt.Key.Key_Delete, Qt.KeyboardModifier.ShiftModifier)
    hand.settle()
    assert [one.name for one in hand.session.objects] == ["ball"]
    hand.key(Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    hand.settle()
    assert [one.category for one in hand.session.objects] == ["person", "person", ""]

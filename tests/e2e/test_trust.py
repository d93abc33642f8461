"""What a stranger tries in the first hour, and what the window must answer so that it is trusted."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QFileDialog, QLineEdit, QListWidget

from xmem_gui.gui.dialogs import ExportDialog, ModelsDialog
from xmem_gui.gui.dialogs.command_palette import CommandPalette
from xmem_gui.gui.docks.object_model import ObjectRole

RABBIT, ROCKS = (90.0, 85.0), (30.0, 90.0)
KEY, CTRL, SHIFT = Qt.Key, Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
ALT = Qt.KeyboardModifier.AltModifier


def clicked(start, clip: Path) -> Hand:
    """Give a window with a rabbit that was clicked."""
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(*RABBIT)
    return hand


def test_a_second_export_to_the_same_place_is_asked_about(start, clip: Path) -> None:
    hand = clicked(start, clip)
    hand.key(KEY.Key_E, CTRL)
    dialog = hand.dialog(ExportDialog)
    hand.wait(dialog.bar.begin.isEnabled, "the preview")
    place = Path(dialog.form.destination.text())
    dialog.bar.begin.click()
    hand.wait(lambda: dialog.bar.message.text().startswith("Exported to"), "success")
    hand.settle()
    assert dialog.bar.message.text().startswith("Exported to"), "it stays"
    assert dialog.bar.show_result.isVisible()
    dialog.close()
    hand.window.activateWindow()
    hand.wait(hand.window.isActiveWindow, "the window to be in front")
    hand.canvas.setFocus()
    hand.key(KEY.Key_E, CTRL)
    again = hand.dialog(ExportDialog)
    hand.wait(lambda: again.bar.begin.isEnabled() and again.bar.begin.text() == "Replace", "the question")
    assert again._rename.isVisible()
    again._rename.click()
    hand.wait(lambda: again.bar.begin.isEnabled() and again.bar.begin.text() == "Export", "a new name")
    assert Path(again.form.destination.text()) == place.with_name(f"{place.name}-2")
    again.close()


def test_undo_cancels_a_prompt_that_is_being_answered(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    free = threading.Event()
    hand.session.clicks.submit(free.wait)
    hand.press([RABBIT])
    assert hand.window.workspace.canvas.prompter.is_busy
    hand.key(KEY.Key_Z, CTRL)
    free.set()
    hand.answered()
    assert len(hand.session.objects) == 1, "the object stays"
    assert hand.masks()[1] == {}
    assert [one.text for one in hand.notices if one.level != "info"] == []
    assert not hand.window.workspace.canvas.prompter.is_busy
    free.clear()
    hand.session.clicks.submit(free.wait)
    hand.press([RABBIT])
    hand.press([ROCKS])
    hand.key(KEY.Key_Z, CTRL)
    free.set()
    hand.answered()
    assert hand.masks()[1][0][85, 90], "the first of two is found, though it was given up for both"
    assert len(hand.window.workspace.canvas.prompter.prompts.points) == 1


def test_during_a_run_what_cannot_be_done_says_so(start, clip: Path) -> None:
    hand = clicked(start, clip)
    free = threading.Event()
    hand.session.run("Tracking forward", lambda *_: free.wait())
    for key in (KEY.Key_Z, KEY.Key_E):
        hand.notices.clear()
        hand.key(key, CTRL)
        hand.said("Not available during a run. Press Esc to stop the run.")
    free.set()
    hand.settle()


def test_a_broken_file_leaves_what_is_open(start, clip: Path) -> None:
    hand = clicked(start, clip)
    before = hand.session.annotator
    broken = clip.with_name("broken.mp4")
    broken.write_bytes(clip.read_bytes()[:2000])
    hand.window.openers.open(broken)
    hand.said("broken.mp4")
    hand.wait(lambda: any(one.level == "error" for one in hand.notices), "why not")
    assert hand.session.annotator is before
    assert 0 in hand.masks()[1]


def test_a_run_that_begins_again_says_why(start, clip: Path) -> None:
    hand = clicked(start, clip)
    hand.key(KEY.Key_F)
    hand.wait(lambda: hand.session.job is not None and hand.session.job.done >= 4, "four frames")
    hand.key(KEY.Key_Escape)
    hand.said("Stopped after")
    hand.settle()
    assert [one.label for one in hand.notices[-1].offers] == ["Continue"]
    hand.go(3)
    hand.click(RABBIT[0], RABBIT[1] - 30)
    hand.key(KEY.Key_F, CTRL | ALT)
    hand.said("The committed masks of frame 3 have changed since: tracking begins again from frame 0.")
    hand.finished()


def test_what_was_tracked_is_said_with_the_way_back(start, clip: Path) -> None:
    hand = clicked(start, clip)
    hand.key(KEY.Key_F)
    hand.said("16 frames tracked")
    ended = next(one for one in hand.notices if "16 frames tracked" in one.text)
    assert hand.session.frame == 15
    next(one for one in ended.offers if one.label == "Back to frame 0").do()
    assert hand.session.frame == 0


def test_a_file_that_is_no_model_is_not_taken(start, clip: Path, tmp_path: Path, monkeypatch) -> None:
    hand: Hand = start()
    hand.open(clip)
    garbage = tmp_path / "x.pth"
    garbage.write_text("garbage")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(garbage), ""))
    before = hand.window.context.preferences.values.model
    hand.do("file.models")
    dialog = hand.dialog(ModelsDialog)
    dialog._browse("vos", "Track with another file…")
    hand.wait(lambda: "Nothing has changed." in dialog._own["vos"].text(), "why not")
    assert hand.window.context.preferences.values.model == before
    dialog.close()


def test_a_double_click_on_a_mark_does_nothing(start, clip: Path) -> None:
    hand = clicked(start, clip)
    before = hand.masks()[1][0]
    for _ in range(2):
        QTest.mouseDClick(hand.canvas, Qt.MouseButton.LeftButton, pos=hand.place(*RABBIT))
    hand.answered()
    assert (hand.masks()[1][0] == before).all()
    assert len(hand.window.workspace.canvas.prompter.prompts.points) == 1


def test_enter_in_a_field_gives_the_keys_back_to_the_canvas(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.key(KEY.Key_D)
    canvas = hand.window.workspace.canvas
    size = next(
        one
        for one in canvas.options.findChildren(QAbstractSpinBox)
        if one.accessibleName() == "Brush diameter in pixels"
    )
    size.setFocus()
    size.selectAll()
    for key in (KEY.Key_4, KEY.Key_0):
        hand.key(key)
    assert hand.session.selected is None
    hand.key(KEY.Key_Return)
    hand.key(KEY.Key_E)
    assert canvas.desk.options.radius == 20
    assert canvas.view.tool is canvas.tools["tool.eraser"]
    assert size.text() == "40 px"


def test_keys_without_an_object_say_why_and_a_deletion_can_be_undone(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    for key in (KEY.Key_F, KEY.Key_Q, KEY.Key_Z):
        hand.notices.clear()
        hand.key(key)
        hand.said("Add an object first: press A.")
    hand.add_object()
    hand.click(*RABBIT)
    second = hand.add_object()
    hand.click(*ROCKS)
    masks = hand.masks()
    hand.notices.clear()
    hand.key(KEY.Key_Delete, SHIFT)
    hand.said("Deleted object 2.")
    hand.settle()
    hand.key(KEY.Key_Z, CTRL)
    hand.settle()
    assert hand.session.selected == second
    assert (hand.masks()[second][0] == masks[second][0]).all()
    told = [card.notice.text for card in hand.window.notices._shown()]
    assert "Deleted object 2." not in told, "nothing is told of what was undone"
    rows = hand.window.workspace.objects.model
    shown = {rows.index(row).data(ObjectRole.NUMBER): rows.index(row).data() for row in range(2)}
    assert shown == {1: "object 1", 2: "object 2"}
    lanes = [one.id for one in hand.window.workspace.timeline.store.objects]
    assert lanes == list(rows.ids)


def test_the_palette_puts_beginnings_first_with_the_reason(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.key(KEY.Key_K, CTRL)
    palette = hand.dialog(CommandPalette)
    QTest.keyClicks(palette.findChild(QLineEdit), "mer")
    first = palette.findChild(QListWidget).item(0).data(Qt.ItemDataRole.UserRole)
    assert (first.text, first.obstacle) == ("Merge with", "This needs at least two objects.")
    palette.close()


def test_one_file_stays_beside_the_video(start, clip: Path) -> None:
    hand = clicked(start, clip)
    hand.wait(lambda: hand.window._status._saved.text() == "Saved", "it to be saved")
    assert [step.label for step in hand.session.annotator.project.history][-1] == "Click – object 1, frame 0"
    hand.close()
    seen = sorted(one.name for one in clip.parent.iterdir() if not one.name.startswith("."))
    assert seen == ["sample.mp4", "sample.xmem"]


def test_what_is_locked_can_be_unlocked_where_that_is_said(start, clip: Path) -> None:
    hand = clicked(start, clip)
    before = hand.masks()[1][0]
    hand.key(KEY.Key_L, SHIFT)
    hand.settle()
    hand.key(KEY.Key_D)
    stroke = [(200.0, 20.0), (220.0, 20.0)]
    hand.stroke(stroke)
    hand.said("object 1 is locked: unlock it to change it.")
    assert (hand.masks()[1][0] == before).all()
    (unlock,) = hand.notices[-1].offers
    unlock.do()
    hand.settle()
    hand.stroke(stroke)
    assert hand.masks()[1][0][20, 210]

"""The import dialog: the plan in words, what a person answers, and one step for all of it."""

import pytest
from dialog_hand import wait_for
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from xmem_gui.gui.dialogs import ImportDialog

SIZE = (48, 64)


@pytest.fixture
def importing(qtbot, session, context):
    dialog = ImportDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def write_masks(folder, count, *, blended=False):
    """Write index masks of a disc; blended, its edge has values between those of object and background."""
    folder.mkdir()
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    inside = np.clip(15 - np.hypot(rows - 24, columns - 30), 0, 1)
    for frame in range(count):
        mask = (inside * 20).astype(np.uint8) if blended else (inside > 0).astype(np.uint8)
        Image.fromarray(mask).save(folder / f"{frame:05d}.png")


def test_masks_come_in_as_one_step(qtbot, importing, session, settle, tmp_path):
    write_masks(tmp_path / "masks", 3)
    steps = len(session.annotator.project.history)
    importing.path.setText(str(tmp_path / "masks"))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "3 masks of 1 object")
    assert [combo.currentText() for combo in importing.destinations.combos.values()] == ["New object 1"]
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    assert len(session.objects) == 1
    assert len(session.annotator.project.history) == steps + 1


def choose(combo, text):
    """Choose an item as a person does."""
    combo.setCurrentIndex(combo.findText(text))
    combo.activated.emit(combo.currentIndex())


def test_objects_go_where_the_person_says(qtbot, importing, session, settle, tmp_path):
    folder = tmp_path / "masks"
    write_masks(folder, 3)
    other = np.zeros(SIZE, np.uint8)
    other[2:6, 2:6] = 2
    Image.fromarray(other).save(folder / "00003.png")
    for name in ("fox", "hare"):
        session.annotator.add_object(name)
    session.annotator.set_mask(0, 2, np.ones(SIZE, bool))
    importing.path.setText(str(folder))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "4 masks of 2 objects")
    first, second = importing.destinations.combos.values()
    importing.options.by_class.setFocus()
    for combo in (first, second):  # the keyboard goes through them in their order
        qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Tab)
        assert combo.hasFocus()
    assert (first.currentText(), second.currentText()) == ("New object 3", "New object 4")
    choose(second, "hare (object 2)")
    assert "replaced" not in importing.summary.text
    choose(first, "hare (object 2)")
    assert (
        "1 mask of hare (object 2) is there already: replaced where it is another." in importing.summary.text
    )
    assert second.currentText() == "New object 3"  # never two into one
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    project = session.annotator.project
    assert [one.name for one in project.objects] == ["fox", "hare", "object 2"]
    assert project.mask(0, 2).sum() < 1000
    assert project.mask(3, 3).sum() == 16


def test_masks_of_another_size_are_scaled_in_the_window(qtbot, importing, tmp_path):
    folder = tmp_path / "masks"
    folder.mkdir()
    Image.fromarray(np.ones((SIZE[0] * 2, SIZE[1] * 2), np.uint8)).save(folder / "00000.png")
    importing.path.setText(str(folder))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: "but the video has" in importing.bar.message.text(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()
    importing.options.scale.setChecked(True)
    wait_for(qtbot, importing, "1 mask of 1 object")


def test_outlines_and_classes_as_the_person_says(qtbot, importing, session, settle, tmp_path):
    box = [(0.25, 0.25), (0.5, 0.25), (0.5, 0.5), (0.25, 0.5)]
    other = [(x + 0.3, y) for x, y in box]
    lines = "".join(
        "0 " + " ".join(f"{v:.6f}" for corner in ring for v in corner) + "\n" for ring in (box, other)
    )
    (tmp_path / "labels").mkdir()
    (tmp_path / "labels" / "00000.txt").write_text(lines)
    importing.path.setText(str(tmp_path / "labels"))
    importing.path.editingFinished.emit()
    wait_for(qtbot, importing, "2 masks of 2 objects")
    importing.options.by_class.setChecked(True)
    wait_for(qtbot, importing, "1 mask of 1 object")
    (with_outline,) = importing.found.plan.read()
    importing.options.outlines.setCurrentIndex(2)
    qtbot.waitUntil(lambda: importing.found is not None, timeout=WAIT)
    settle()
    (inside,) = importing.found.plan.read()
    assert inside.rle.area < with_outline.rle.area


def test_repairs_need_a_yes(qtbot, importing, session, settle, tmp_path):
    write_masks(tmp_path / "masks", 2, blended=True)
    importing.path.setText(str(tmp_path / "masks"))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: importing.repair.isVisible(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()
    importing.repair.setChecked(True)
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    assert len(session.objects) == 1


def test_files_without_masks_are_said_to_be_so(qtbot, importing, tmp_path):
    (tmp_path / "notes.txt").write_text("no masks")
    importing.path.setText(str(tmp_path / "notes.txt"))
    importing.path.editingFinished.emit()
    qtbot.waitUntil(lambda: "no masks of a format" in importing.bar.message.text(), timeout=WAIT)
    assert not importing.bar.begin.isEnabled()

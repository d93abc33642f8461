"""An import whose numbers can be read in two ways: the window asks, with pictures, by mouse and by keys."""

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from waits import WAIT

from xmem_gui.gui.dialogs.importing import ImportDialog

SIZE = (48, 64)


@pytest.fixture
def importing(qtbot, session, context):
    dialog = ImportDialog(context)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


@pytest.fixture
def masks(tmp_path):
    """Write masks of two frames, that may count from 0 or from 1."""
    folder = tmp_path / "masks"
    folder.mkdir()
    for number in (3, 5):
        mask = np.zeros(SIZE, np.uint8)
        mask[10:30, 5 + 3 * number : 20 + 3 * number] = 1
        Image.fromarray(mask).save(folder / f"m{number}.png")
    return folder


def answers(dialog):
    return dialog.numbering.buttons.buttons()


def asked(qtbot, dialog, folder):
    dialog.path.setText(str(folder))
    dialog.path.editingFinished.emit()
    qtbot.waitUntil(dialog.numbering.isVisible, timeout=WAIT)
    qtbot.waitUntil(lambda: dialog._session.job is None, timeout=WAIT)


def looked(qtbot, dialog, frames):
    qtbot.waitUntil(lambda: dialog.found is not None and dialog.found.plan.frames == frames, timeout=WAIT)
    qtbot.waitUntil(lambda: dialog._session.job is None, timeout=WAIT)


def test_nothing_is_imported_before_the_person_has_answered(qtbot, importing, session, settle, masks):
    asked(qtbot, importing, masks)
    assert not importing.bar.begin.isEnabled()
    texts = [button.text() for button in answers(importing)]
    assert texts[:2] == ["'m3' is frame 3", "'m3' is frame 2"]
    assert not any(button.isChecked() for button in answers(importing))
    assert set(importing.found.pictures) == {0, 1}
    # The pictures show the mask where it lies, on the frames that it could be of.
    assert not np.array_equal(importing.found.pictures[0], importing.found.pictures[1])
    answers(importing)[1].click()
    looked(qtbot, importing, (2, 4))
    assert importing.bar.begin.isEnabled()
    importing.bar.begin.click()
    qtbot.waitUntil(lambda: "one undo" in importing.bar.message.text(), timeout=WAIT)
    settle()
    project = session.annotator.project
    assert sorted(project.query.known_frames(project.objects[0].id)) == [2, 4]


def test_the_keyboard_answers_and_changes_its_mind(qtbot, importing, masks):
    asked(qtbot, importing, masks)
    first, second, other = answers(importing)
    first.setFocus()
    qtbot.keyClick(first, Qt.Key.Key_Space)
    looked(qtbot, importing, (3, 5))
    qtbot.keyClick(first, Qt.Key.Key_Right)
    if not second.isChecked():
        qtbot.keyClick(second, Qt.Key.Key_Space)
    looked(qtbot, importing, (2, 4))
    importing.numbering.number.setFocus()
    importing.numbering.number.setValue(3)
    qtbot.keyClick(importing.numbering.number, Qt.Key.Key_Return)
    looked(qtbot, importing, (0, 2))
    assert other.isChecked()


def test_other_files_are_asked_of_anew_or_not_at_all(qtbot, importing, masks):
    asked(qtbot, importing, masks)
    answers(importing)[0].click()
    looked(qtbot, importing, (3, 5))
    (masks / "m3.png").rename(masks / "m0.png")
    importing.path.setText(str(masks) + "/")
    importing.path.editingFinished.emit()
    looked(qtbot, importing, (0, 5))
    assert not importing.numbering.isVisible()
    assert importing.bar.begin.isEnabled()

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtWidgets import QWidget

# Now, for loading torch may take long where the machine is busy.
import xmem_gui.evaluation  # noqa: F401
from xmem_gui.gui.dialogs.measuring import MeasureDialog, measure
from xmem_gui.project import SetMasks

SIZE = (48, 64)


def square(frame: int) -> np.ndarray:
    mask = np.zeros(SIZE, bool)
    mask[10:30, 5 + 3 * frame : 20 + 3 * frame] = True
    return mask


def test_scores_of_committed_frames_are_shown_and_nothing_is_changed(qtbot, session, settle) -> None:
    def fill(annotator):
        rabbit, rock = (annotator.add_object(name).id for name in ("<b>rabbit</b>", "rock"))
        for frame in (0, 3, 6):
            annotator.project.apply(SetMasks(frame, {rabbit: square(frame)}, commit=True))
        annotator.project.apply(SetMasks(2, {rock: ~square(2)}, commit=True))

    session.edit(fill)
    settle()
    steps = len(session.annotator.project.history)
    window = QWidget()
    qtbot.addWidget(window)
    measure(session, window)
    qtbot.waitUntil(lambda: window.findChild(MeasureDialog) is not None, timeout=WAIT)
    table = window.findChild(MeasureDialog).table
    assert table.rowCount() == 1
    assert table.item(0, 0).text() == "<b>rabbit</b>"
    assert table.item(0, 1).text() == "2"
    assert 0 <= float(table.item(0, 4).text()) <= 100
    assert len(session.annotator.project.history) == steps
    assert session.job is None


def test_what_cannot_be_measured_is_said(qtbot, session, settle) -> None:
    session.edit(lambda annotator: annotator.add_object("one") and None)
    settle()
    window = QWidget()
    qtbot.addWidget(window)
    with qtbot.waitSignal(session.notice, timeout=WAIT) as said:
        measure(session, window)
    assert "two frames or more" in said.args[0].text
    assert window.findChild(MeasureDialog) is None

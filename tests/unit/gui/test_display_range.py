"""The window tells what is wrong with pictures, whenever it is found, and has a dialog for deep ones."""

from __future__ import annotations

import numpy as np
import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PIL import Image
from PySide6.QtWidgets import QDialogButtonBox, QLabel, QWidget

from xmem_gui.gui.dialogs.display_range import ask_display_range
from xmem_gui.gui.shell.statusbar import StatusBar


@pytest.fixture
def said(empty_session):
    texts = []
    empty_session.notice.connect(lambda notice: texts.append((notice.level, notice.text)))
    return texts


def _open(qtbot, session, path):
    with qtbot.waitSignals([session.opened, session.document_changed], timeout=WAIT):
        session.open(path)


def test_bad_pictures_are_told_at_opening(qtbot, empty_session, clip, said):
    (clip / "00004.png").write_bytes(b"")
    _open(qtbot, empty_session, clip)
    text = "Frame 4 of clip (00004.png) is empty (0 bytes). The nearest good frame is shown instead."
    assert said == [("warning", text)]


def test_a_bad_picture_is_marked_where_the_frame_is_named(qtbot, empty_session, context, clip):
    (clip / "00004.png").write_bytes(b"")
    bar = StatusBar(context)
    qtbot.addWidget(bar)
    _open(qtbot, empty_session, clip)
    place = next(label for label in bar.findChildren(QLabel) if label.accessibleName() == "Frame")
    assert "cannot be shown" not in place.text()
    empty_session.frame = 4
    assert place.text().endswith("cannot be shown")
    assert "nearest good one is shown" in place.toolTip()
    empty_session.frame = 5
    assert place.toolTip() == ""


def test_those_found_later_are_told_then(qtbot, empty_session, clip, said):
    data = bytearray((clip / "00004.png").read_bytes())
    data[60:200] = bytes(140)
    (clip / "00004.png").write_bytes(data)
    _open(qtbot, empty_session, clip)
    assert said == []
    video = empty_session.annotator.video
    # As an engine's thread or a thumbnail would.
    assert np.array_equal(video.frame(4), video.frame(3))
    qtbot.waitUntil(lambda: bool(said), timeout=WAIT)
    assert [level for level, _ in said] == ["warning"]
    assert "Frame 4 of clip (00004.png)" in said[0][1]


@pytest.fixture
def deep(tmp_path):
    folder = tmp_path / "deep"
    folder.mkdir()
    for number in range(4):
        values = np.linspace(100, 4000, 48 * 64).reshape(48, 64).astype(np.uint16)
        Image.fromarray(values).save(folder / f"{number:05d}.png")
    return folder


def test_a_range_is_chosen_and_kept(qtbot, empty_session, deep, said):
    session = empty_session
    _open(qtbot, session, deep)
    session.frame = 2
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ask_display_range(session, parent)
    found = session.annotator.video.display_range
    assert (dialog.low.value(), dialog.high.value()) == (found.low, found.high)
    ok = dialog.findChild(QDialogButtonBox).button(QDialogButtonBox.StandardButton.Ok)
    dialog.low.setValue(5000)
    assert not ok.isEnabled()
    dialog.low.setValue(500)
    dialog.high.setValue(900)
    assert ok.isEnabled()
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        ok.click()
    assert str(session.annotator.video.display_range) == "500:900"
    assert session.frame == 2
    qtbot.waitUntil(lambda: ("info", "Values from 500 to 900 are shown.") in said, timeout=WAIT)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        ask_display_range(session, parent).automatic.click()
    assert session.annotator.video.display_range == found


def test_with_eight_bits_there_is_nothing_to_choose(qtbot, session, said):
    assert ask_display_range(session, None) is None
    assert said == [("info", "clip has 8 bits per value, so there is no display range to choose.")]

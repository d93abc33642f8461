"""What is offered where a project does not open: relinking its video, salvaging its masks."""

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

from PIL import Image
from PySide6.QtWidgets import QWidget

from xmem_gui.gui.dialogs import RelinkDialog, Rescue, SalvageDialog

SIZE = (48, 64)


@pytest.fixture
def troubled(qtbot, session, masks, clip):
    """A session whose project is closed, and what shows dialogs."""
    rescue = Rescue(session, (window := QWidget()))
    qtbot.addWidget(window)
    closed = []
    session.close(closed.append)
    qtbot.waitUntil(lambda: bool(closed), timeout=WAIT)
    return session, rescue, clip.with_name("clip.xmem")


def test_a_moved_video_is_relinked(qtbot, troubled, clip):
    session, rescue, project = troubled
    (clip.parent / "elsewhere").mkdir()
    moved = clip.parent / "elsewhere" / "clip"
    clip.rename(moved)
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(project)
    dialog = rescue.dialog
    assert isinstance(dialog, RelinkDialog)
    dialog.offer(moved)
    qtbot.waitUntil(lambda: dialog.relink.isEnabled(), timeout=WAIT)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.relink.click()
    assert [one.name for one in session.objects] == ["rabbit", "rock"]


def test_a_changed_video_needs_a_yes(qtbot, troubled, clip):
    session, rescue, project = troubled
    Image.new("RGB", SIZE[::-1]).save(clip / "99999.png")
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(project)
    dialog = rescue.dialog
    qtbot.waitUntil(lambda: dialog.accept_changes.isVisible(), timeout=WAIT)
    assert "1 picture came into it" in dialog.message.text()
    assert not dialog.relink.isEnabled()
    dialog.accept_changes.setChecked(True)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.relink.click()
    assert session.frames == 13


def test_a_damaged_project_is_repaired(qtbot, troubled, clip):
    session, rescue, project = troubled
    data = bytearray(project.read_bytes())
    data[:100] = bytes(100)
    project.write_bytes(data)
    with qtbot.waitSignal(session.troubled, timeout=WAIT):
        session.open(clip)
    dialog = rescue.dialog
    assert isinstance(dialog, SalvageDialog)
    dialog.repair.click()
    qtbot.waitUntil(lambda: "were saved" in dialog.message.text(), timeout=WAIT)
    with qtbot.waitSignal(session.opened, timeout=WAIT):
        dialog.repair.click()
    assert [one.name for one in session.objects] == ["rabbit", "rock"]

"""The batch's dialog: clips are listed, run, stopped, and opened."""

from pathlib import Path

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

from cluster_hand import HerePool, make_clips, poison
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from xmem_gui.annotator import EngineSettings
from xmem_gui.gui.dialogs.batch import BatchDialog
from xmem_gui.gui.dialogs.batch_runner import BatchRunner


@pytest.fixture
def clips(tmp_path):
    return make_clips(tmp_path, 3, frames=2)


@pytest.fixture
def runner(qtbot, clips):
    settings = EngineSettings(model=str(clips.model), device="cpu")
    made = BatchRunner(lambda: settings, lambda _: HerePool())
    yield made
    made.stop()


@pytest.fixture
def opened():
    return []


@pytest.fixture
def dialog(qtbot, runner, preferences, opened):
    made = BatchDialog(preferences, runner, opened.append)
    qtbot.addWidget(made)
    made.show()
    return made


def texts(dialog: BatchDialog, column: int) -> list[str]:
    return [dialog.table.item(at, column).text() for at in range(dialog.table.rowCount())]


def add(qtbot, dialog, runner, folder: Path, monkeypatch) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(folder))
    with qtbot.waitSignal(runner.said, timeout=WAIT):
        qtbot.mouseClick(dialog.add_folder, Qt.MouseButton.LeftButton)


def test_clips_are_listed_run_and_opened(qtbot, dialog, runner, clips, opened, monkeypatch):
    assert not dialog.start.isEnabled()
    poison(clips, 1)
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    assert texts(dialog, 0) == ["clip0", "clip1", "clip2"]
    assert texts(dialog, 1) == ["waiting"] * 3
    assert dialog.out.text() == str(clips.folder.with_name("clips-results"))
    ended = lambda: not runner.is_running and bool(dialog.said.text())  # noqa: E731
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    assert dialog.cancel.isEnabled()
    assert not dialog.start.isEnabled()
    qtbot.waitUntil(ended, timeout=WAIT)
    first, second, third = texts(dialog, 1)
    assert (second, {first, third} <= {"done", "worth a look"}) == ("failed", True)
    assert texts(dialog, 3)[1]
    assert "1 failed" in dialog.said.text()
    assert dialog.everything.value() == 3
    assert dialog.finished_clips.text() == "3 of 3 clips"
    assert dialog.start.isEnabled()
    dialog.table.selectRow(2)
    qtbot.mouseClick(dialog.look, Qt.MouseButton.LeftButton)
    assert opened == [clips.folder.with_name("clips-results") / "clip2/clip2.xmem"]
    assert not dialog.isVisible()


def test_a_clip_that_was_not_tracked_opens_as_its_video(qtbot, dialog, runner, clips, opened, monkeypatch):
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    dialog.table.selectRow(1)
    dialog.table.itemDoubleClicked.emit(dialog.table.item(1, 0))
    assert opened == [clips.folder / "clip1"]


def test_clips_are_listed_once_and_can_be_removed(qtbot, dialog, runner, clips, monkeypatch):
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    assert "is in the list already" in dialog.said.text()
    assert dialog.table.rowCount() == 3
    dialog.table.selectRow(0)
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert texts(dialog, 0) == ["clip1", "clip2"]


class StoppedPool(HerePool):
    """The person presses Stop while the first clip is tracked."""

    def __init__(self, runner: BatchRunner) -> None:
        super().__init__()
        self._runner = runner

    def start(self, task) -> None:
        super().start(task)
        self._runner.cancel()


def test_stopping_leaves_what_is_finished_and_start_goes_on(qtbot, preferences, clips, monkeypatch):
    settings = EngineSettings(model=str(clips.model), device="cpu")
    pools = iter([StoppedPool, lambda _: HerePool()])
    runner = BatchRunner(lambda: settings, lambda _: next(pools)(runner))
    dialog = BatchDialog(preferences, runner, lambda _: None)
    qtbot.addWidget(dialog)
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    for expected in (["stopped"] * 2, []):
        with qtbot.waitSignal(runner.running, timeout=WAIT, check_params_cb=lambda on: not on):
            runner.start(dialog.out.text(), ())
        assert [one for one in texts(dialog, 1) if one == "stopped"] == expected
    assert texts(dialog, 1)[0] == "done before" or texts(dialog, 1)[0] == "worth a look"
    runner.stop()


def test_without_clips_a_sentence_says_how_to_add_some(qtbot, dialog, runner, clips, monkeypatch):
    def shown() -> list[bool]:
        return [one.isVisible() for one in (dialog.empty, dialog.table, dialog.remove, dialog.look)]

    assert shown() == [True, False, False, False]
    assert not dialog.finished_clips.isVisible()
    assert dialog.empty.text().startswith("No clips yet.")
    add(qtbot, dialog, runner, clips.folder, monkeypatch)
    assert shown() == [False, True, True, True]
    dialog.table.selectAll()
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: shown() == [True, False, False, False], timeout=WAIT)


def test_a_folder_without_clips_says_so(qtbot, dialog, runner, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    add(qtbot, dialog, runner, tmp_path / "empty", monkeypatch)
    assert "has no job" in dialog.said.text()
    assert not runner.is_running

"""What goes wrong is said, nothing finished is lost, and the program lives on."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QApplication, QMessageBox, QPushButton

from xmem_gui.gui.state.jobs import JobControl
from xmem_gui.propagation import Engine

RABBIT = (90.0, 85.0)


def test_a_failing_worker_is_said_and_the_program_lives_on(start, clip: Path, monkeypatch) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()

    def fail(*_args: object, **_options: object) -> None:
        raise RuntimeError("the network tripped")

    annotator = hand.session.annotator
    assert annotator is not None
    with monkeypatch.context() as patch:
        patch.setattr(annotator.prompting, "propose", fail)
        hand.press([RABBIT])
        hand.said("the network tripped")
    button = next(
        one for one in hand.window.findChildren(QPushButton) if one.text().startswith("Copy diagnostics")
    )
    button.click()
    assert "RuntimeError: the network tripped" in QApplication.clipboard().text()
    hand.answered()
    hand.click(RABBIT[0] + 2, RABBIT[1])
    assert 0 in hand.masks()[1]


def test_closing_during_a_run_asks_and_keeps_what_is_finished(start, clip: Path, monkeypatch) -> None:
    with monkeypatch.context() as patch:
        stop_when_asked(patch, frames=5)
        hand: Hand = start()
        hand.open(clip)
        hand.add_object()
        hand.click(*RABBIT)
        hand.key(Qt.Key.Key_F)
        hand.wait(lambda: hand.session.job is not None and hand.session.job.done >= 2, "two frames")
        answer("Keep running")
        hand.window.close()
        assert hand.session.job is not None
        assert hand.session.annotator is not None
        answer("Stop and close")
        hand.close()

    again: Hand = start()
    again.open(clip)
    finished = len(again.masks()[1])
    assert 2 < finished < again.session.frames
    again.key(Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier)
    again.finished()
    assert len(again.masks()[1]) == again.session.frames


def test_a_damaged_project_is_offered_to_be_salvaged(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.close()
    project = clip.with_suffix(".xmem")
    whole = project.read_bytes()
    project.write_bytes(b"\0" * 4096 + whole[4096:])

    again: Hand = start()
    again.window.openers.open(clip)
    again.wait(lambda: bool(dialogs()), "a dialog")
    dialog = dialogs()[0]
    assert "Salvage" in type(dialog).__name__
    dialog.close()
    assert again.session.annotator is None


def test_a_video_that_has_moved_is_found_again(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.close()
    moved = clip.parent.parent / "elsewhere" / "other.mp4"
    moved.parent.mkdir()
    clip.rename(moved)

    again: Hand = start()
    again.window.openers.open(clip.with_suffix(".xmem"))
    again.wait(lambda: bool(dialogs()), "a dialog")
    dialog = dialogs()[0]
    dialog.offer(moved)
    again.wait(dialog.relink.isEnabled, "the video to be looked at")
    dialog.relink.click()
    again.wait(lambda: again.session.annotator is not None, "the project to open")
    again.settle()
    assert len(again.session.objects) == 1


def test_no_video_at_all_is_said(start, tmp_path: Path) -> None:
    hand: Hand = start()
    text = tmp_path / "words.mp4"
    text.write_text("no video")
    hand.window.openers.open(text)
    hand.said("words.mp4")
    assert hand.session.annotator is None


def dialogs() -> list:
    from xmem_gui.gui.dialogs import RelinkDialog, SalvageDialog

    shown = QApplication.topLevelWidgets()
    return [one for one in shown if isinstance(one, RelinkDialog | SalvageDialog) and one.isVisible()]


def stop_when_asked(monkeypatch: pytest.MonkeyPatch, *, frames: int) -> None:
    """Let a run come no further than so many frames before it is cancelled, however fast the machine is."""
    asked, left = threading.Event(), iter(range(frames))
    step, cancel = Engine.step, JobControl.cancel

    def held(engine: Engine, *args: Any, **options: Any) -> Any:
        if next(left, None) is None:
            asked.wait(180)
        return step(engine, *args, **options)

    def told(control: JobControl) -> None:
        cancel(control)
        asked.set()

    monkeypatch.setattr(Engine, "step", held)
    monkeypatch.setattr(JobControl, "cancel", told)


def answer(words: str) -> None:
    """Press the button of the next question that has these words."""

    def press() -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            next(button for button in box.buttons() if button.text() == words).click()
        else:
            QTimer.singleShot(10, press)

    QTimer.singleShot(10, press)

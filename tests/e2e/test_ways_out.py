"""A project that cannot be saved in its place never holds the window, and nothing of it is lost."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand
from PySide6.QtWidgets import QMessageBox, QPushButton

from xmem_gui.project import Project, batch


@pytest.fixture
def stuck(start, clip: Path) -> Hand:
    """Give a window with two objects, of which one was saved before another file took the project's place."""
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    project = hand.session.annotator.project
    project.flush()
    other = project.path.with_name("other")
    shutil.copyfile(project.path, other)
    other.replace(project.path)
    hand.add_object()
    return hand


def box_of(hand: Hand) -> QMessageBox:
    hand.wait(lambda: hand.window.ways_out.box is not None, "the question")
    box = hand.window.ways_out.box
    assert box is not None
    return box


def press(hand: Hand, words: str) -> None:
    box = box_of(hand)
    next(button for button in box.buttons() if words in button.text()).click()
    hand.wait(lambda: hand.window.ways_out.box is not box, "the question to go")


def add(hand: Hand) -> None:
    """Add an object, whatever has the focus after a question."""
    hand.session.edit(lambda annotator: annotator.add_object() and None)
    hand.settle()


def names_in(path: Path) -> list[str]:
    with Project.open(path, backup_every=None) as project:
        return [one.name for one in project.objects]


def choose(monkeypatch: pytest.MonkeyPatch, place: Path | None) -> None:
    """Let the person choose a file, in place of the system's dialog."""
    monkeypatch.setattr("xmem_gui.gui.dialogs.unsaved.ask_place", lambda *_: place)


def test_it_is_told_with_a_button_and_closing_asks_too(stuck: Hand) -> None:
    stuck.said("another file in the place of sample.xmem")
    stuck.wait(lambda: bool(stuck.window.findChildren(QPushButton)), "a button")
    button = next(one for one in stuck.window.findChildren(QPushButton) if one.text() == "What to do…")
    button.click()
    texts = {one.text() for one in box_of(stuck).buttons()}
    assert texts == {"Save a copy…", "Take over that file", "Close without saving", "Cancel"}
    press(stuck, "Cancel")
    stuck.window.close()
    press(stuck, "Cancel")
    assert not stuck.window.is_gone
    assert len(stuck.session.objects) == 2
    stuck.window.close()
    press(stuck, "Close without saving")
    stuck.wait(lambda: stuck.window.is_gone, "the window to go")
    stuck.closed = True


def test_a_copy_is_saved_and_the_window_closes(stuck: Hand, monkeypatch, tmp_path: Path) -> None:
    choose(monkeypatch, None)
    stuck.window.close()
    press(stuck, "Save a copy")
    choose(monkeypatch, tmp_path / "copy.xmem")
    press(stuck, "Save a copy")
    stuck.wait(lambda: stuck.window.is_gone, "the window to go")
    stuck.closed = True
    assert names_in(tmp_path / "copy.xmem") == ["object 1", "object 2"]


def test_a_copy_is_gone_on_with(stuck: Hand, clip: Path, monkeypatch) -> None:
    stuck.wait(lambda: bool(stuck.session.annotator.project.pending.error), "a try to save")
    choose(monkeypatch, clip.with_name("copy.xmem"))
    stuck.session.ask_ways_out()
    press(stuck, "Save a copy")
    stuck.wait(
        lambda: (
            stuck.session.annotator is not None and stuck.session.annotator.project.path.name == "copy.xmem"
        ),
        "the copy to open",
    )
    stuck.settle()
    add(stuck)
    assert len(stuck.session.objects) == 3
    assert stuck.session.annotator.project.pending.error == ""


def test_the_place_is_taken_over_and_work_goes_on(stuck: Hand, clip: Path) -> None:
    stuck.wait(lambda: bool(stuck.session.annotator.project.pending.error), "a try to save")
    stuck.session.ask_ways_out()
    press(stuck, "Take over")
    stuck.said("The file that was there is kept as sample.other-")
    add(stuck)
    stuck.close()
    assert len(names_in(clip.with_suffix(".xmem"))) == 3
    (kept,) = clip.parent.glob("sample.other-*.xmem")
    assert len(names_in(kept)) == 1


def test_another_video_can_be_opened(stuck: Hand, clip: Path, small_sample: Path) -> None:
    other = clip.with_name("second.mp4")
    shutil.copyfile(small_sample, other)
    stuck.wait(lambda: bool(stuck.session.annotator.project.pending.error), "a try to save")
    stuck.window.openers.open(other)
    press(stuck, "Take over")
    stuck.wait(
        lambda: stuck.session.annotator is not None and stuck.session.annotator.video.name == "second",
        "the other video",
    )
    assert len(names_in(clip.with_suffix(".xmem"))) == 2


def test_a_disk_that_is_full_can_be_tried_again(start, clip: Path, monkeypatch) -> None:
    hand: Hand = start()
    hand.open(clip)

    def full(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(batch.Batch, "write", full)
        hand.add_object()
        hand.window.close()
        press(hand, "Try again")
        texts = [one.text() for one in box_of(hand).buttons()]
        assert "Try again" in texts
        assert "The disk is full" in box_of(hand).informativeText()
    press(hand, "Try again")
    hand.wait(lambda: hand.window.is_gone, "the window to go")
    hand.closed = True
    assert names_in(clip.with_suffix(".xmem")) == ["object 1"]

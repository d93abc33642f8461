"""The window follows the document, whoever changes it: itself, a script beside it, or several threads."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

import numpy as np
from PySide6.QtCore import QThread

from xmem_gui.annotator.memory_report import MemoryReport, TierReport
from xmem_gui.gui.canvas.desk import Desk, Target
from xmem_gui.gui.canvas.rendition import Touch
from xmem_gui.gui.docks import MemoryDock, ObjectsDock
from xmem_gui.project import ANY_CHANGE, ClearMasks, Remedy, SetMasks

SIZE = (48, 64)
MASK = np.ones(SIZE, bool)


def beside(work):
    """Do something as a script beside the window does: in a thread of its own, on the same annotator."""
    failed: list[BaseException] = []

    def run():
        try:
            work()
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(WAIT / 1000)
    assert not thread.is_alive(), "whoever edits never waits for the window"
    assert not failed


@pytest.fixture
def heard(session, settle):
    settle()
    changes = []
    session.document_changed.connect(changes.append)
    return changes


@pytest.fixture
def said(session):
    messages = []
    session.notice.connect(messages.append)
    return messages


def test_opening_tells_that_all_may_be_different(qtbot, empty_session, clip):
    told = []
    empty_session.document_changed.connect(told.append)
    with qtbot.waitSignals([empty_session.opened, empty_session.document_changed], timeout=WAIT):
        empty_session.open(clip)
    assert told == [ANY_CHANGE]


def test_an_edit_of_a_script_is_seen_at_once(qtbot, session, context, heard):
    """It waits for nothing but a frame of the screen, and the window's thread hears of it."""
    dock = ObjectsDock(context)
    qtbot.addWidget(dock)
    threads = []
    session.document_changed.connect(lambda _: threads.append(QThread.currentThread() is session.thread()))
    annotator = session.annotator

    def script():
        rabbit = annotator.add_object("rabbit")
        annotator.set_mask(3, rabbit.id, MASK)

    beside(script)
    qtbot.waitUntil(lambda: bool(heard) and not session.telling, timeout=WAIT)
    assert all(threads)
    assert dock.model.ids == [1]
    assert any(one.touches(3) and one.concerns(1) for one in heard)
    assert not any(one.touches(4) for one in heard)
    assert session.next_undo == annotator.project.next_undo is not None


def test_two_threads_and_a_script_edit_and_the_window_follows(qtbot, session, settle):
    """What the window knows only from what it is told is what the document holds in the end."""
    annotator, known = session.annotator, {}
    for name in ("rabbit", "rock", "stone"):
        annotator.add_object(name)

    def follow(change):
        for frame in range(session.frames) if change.frames is None else change.frames:
            known[frame] = annotator.project.records(frame)

    session.document_changed.connect(follow)
    begin = threading.Barrier(3)

    def work(one):
        begin.wait(WAIT / 1000)
        for number in range(20):
            mask = MASK.copy()
            mask[: one + number] = False
            annotator.project.apply(SetMasks((number * one) % 12, {one: mask}))
            if number % 5 == 4:
                annotator.undo()

    def run():
        begin.wait(WAIT / 1000)
        with annotator.project.run() as run:
            for frame in range(12):
                run.put(frame, {3: MASK})

    threads = [
        threading.Thread(target=work, args=(1,), daemon=True),
        threading.Thread(target=work, args=(2,), daemon=True),
        threading.Thread(target=run, daemon=True),
    ]
    for thread in threads:
        thread.start()
    session.edit(lambda a: a.project.apply(ClearMasks([1], range(6))))
    for thread in threads:
        qtbot.waitUntil(lambda thread=thread: not thread.is_alive(), timeout=WAIT)
    settle()
    qtbot.waitUntil(lambda: not session.telling, timeout=WAIT)
    there = {frame: annotator.project.records(frame) for frame in range(12)}
    assert {frame: masks for frame, masks in known.items() if masks} == {f: m for f, m in there.items() if m}
    assert session.next_undo == annotator.project.next_undo


def test_what_is_deleted_beside_the_window_is_no_longer_selected(qtbot, session, settle):
    from xmem_gui.project import DeleteObjects

    annotator = session.annotator
    annotator.add_object("rabbit")
    settle()
    session.selected = session.solo = 1
    beside(lambda: annotator.project.apply(DeleteObjects([1])))
    qtbot.waitUntil(lambda: session.selected is None, timeout=WAIT)
    assert session.solo is None


def test_what_is_closed_is_no_longer_heard(qtbot, session, heard):
    annotator = session.annotator
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        annotator.add_object("rabbit")
        session.close()
    told = (
        annotator.project.changed,
        annotator.project.noticed,
        annotator.video.warned,
        annotator.memory_changed,
    )
    assert [len(one) for one in told] == [1, 0, 0, 0], "but by the annotator itself, whose prompts follow"
    assert not heard
    assert session.objects == []


def test_what_was_shown_live_goes_when_the_edit_has_changed_nothing(session, settle):
    """Nothing is told then, and the picture is drawn again all the same."""
    annotator, desk = session.annotator, Desk(session)
    annotator.add_object("rabbit")
    annotator.set_mask(2, 1, MASK)
    settle()
    stale = []
    desk.stale.connect(lambda: stale.append(1))
    desk.live(Touch(2, 1, 0, 0, MASK))
    assert desk.touches(2)
    desk.edit(Target(1), lambda a, one: a.project.apply(SetMasks(2, {one: MASK}, commit=True)))
    settle()
    assert desk.touches(2) == ()
    assert stale


# What people should know, when it comes late


def test_notices_and_warnings_reach_the_window_from_any_thread(qtbot, session, said):
    annotator = session.annotator
    beside(lambda: annotator.project.say("The memory cannot be saved.", "warning"))
    beside(lambda: annotator.video.warned.tell("Frame 3 is damaged: the nearest good frame is shown."))
    beside(lambda: annotator.project.say("The disk is full.", "error", Remedy.SAVE_ELSEWHERE))
    qtbot.waitUntil(lambda: len(said) == 3, timeout=WAIT)
    assert [(one.text, one.level) for one in said] == [
        ("The memory cannot be saved.", "warning"),
        ("Frame 3 is damaged: the nearest good frame is shown.", "warning"),
        ("The disk is full.", "error"),
    ]


def test_what_was_said_before_the_window_listened_is_said_too(qtbot, empty_session, clip, said_early):
    said = []
    empty_session.notice.connect(lambda message: said.append(message.text))
    with qtbot.waitSignal(empty_session.opened, timeout=WAIT):
        empty_session.open(clip)
    qtbot.waitUntil(lambda: said_early in said, timeout=WAIT)
    assert said.count(said_early) == 1


@pytest.fixture
def said_early(monkeypatch):
    """Have every project say something as it is opened, before anybody listens."""
    from xmem_gui.annotator import Annotator

    usual = Annotator.open

    def opening(*arguments, **options):
        made = usual(*arguments, **options)
        made.project.say("A backup failed.")
        return made

    monkeypatch.setattr(Annotator, "open", opening)
    return "A backup failed."


# The engine


def _report(frames):
    tiers = (
        TierReport("sensory", 0, 0, None, 0), TierReport("working", frames, frames * 100, 6, 0),
        TierReport("long_term", 0, 0, 10_000, 0), TierReport("permanent", 0, 0, None, 0),
    )  # fmt: skip
    return MemoryReport(tiers, (), "cpu", None, None)


def test_clearing_temporary_memory_refreshes_its_own_dock(qtbot, session, context, settle, monkeypatch):
    annotator, report = session.annotator, [_report(4)]
    monkeypatch.setattr(annotator, "memory_report", lambda: report[0])
    dock = MemoryDock(context)
    qtbot.addWidget(dock)
    dock.show()
    settle()
    shown = []
    monkeypatch.setattr(dock.bars, "show_report", shown.append)
    report[0] = _report(0)
    beside(annotator.clear_temporary)
    qtbot.waitUntil(lambda: shown == [report[0]], timeout=WAIT)


def test_settings_of_a_script_are_told(qtbot, session):
    annotator = session.annotator
    with qtbot.waitSignal(session.settings_changed, timeout=WAIT):
        beside(lambda: setattr(annotator, "settings", replace(annotator.settings, size=96)))
    assert annotator.settings.size == 96

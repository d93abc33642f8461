"""Views are told of a job's steps as often as a screen shows them, and of the first and the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtCore import QCoreApplication, QObject

from xmem_gui.gui.state.jobs import JobState, RunningJob

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

WAIT = 180_000


def test_thousands_of_steps_are_told_few_at_a_time(qtbot: QtBot) -> None:
    parent = QObject()
    job, told = RunningJob(parent), list[JobState | None]()
    job.changed.connect(told.append)
    control = job.begin("Import")
    assert control is not None
    for done in range(1, 2001):
        control.progress(done, 2000, done - 1)
    QCoreApplication.processEvents()
    assert job.state is not None
    assert (job.state.done, job.state.frame) == (2000, 1999)
    qtbot.waitUntil(lambda: told[-1] is not None and told[-1].done == 2000, timeout=WAIT)
    steps = [one.done for one in told if one is not None]
    assert steps[:2] == [0, 1]
    assert len(steps) < 1000


def test_the_last_step_is_told_before_the_end(qtbot: QtBot) -> None:
    parent = QObject()
    job, told = RunningJob(parent), list[JobState | None]()
    control = job.begin("Track")
    assert control is not None
    job.changed.connect(told.append)
    for done in (1, 2, 3):
        control.progress(done, 3, 10 * done)
    QCoreApplication.processEvents()
    job.end()
    assert told[-1] is None
    assert told[-2] is not None
    assert (told[-2].done, told[-2].frame) == (3, 30)
    qtbot.wait(100)
    assert told[-1] is None
    # The next one begins with nothing of this.
    assert job.begin("Export") is not None
    assert told[-1] is not None
    assert (told[-1].label, told[-1].done) == ("Export", 0)

"""A person who is elsewhere is called back when something long has ended."""

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from PySide6.QtWidgets import QApplication, QWidget

from xmem_gui.gui.controllers.attention import LONG, Attention
from xmem_gui.gui.state.jobs import JobState


@pytest.fixture
def called(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    calls: list[str] = []
    monkeypatch.setattr(QApplication, "alert", lambda *_: calls.append("flash"))
    monkeypatch.setattr(QApplication, "beep", lambda: calls.append("sound"))
    monkeypatch.setattr(QApplication, "activeWindow", lambda: None)
    return calls


@pytest.mark.parametrize(
    ("how", "seconds", "wanted"),
    [
        ("flash", LONG + 0.1, ["flash"]),
        ("sound", LONG + 0.1, ["flash", "sound"]),
        ("nothing", 60 * LONG, []),
        ("sound", LONG - 0.1, []),
    ],
)
def test_the_end_of_a_long_job_calls(how, seconds, wanted, qtbot, empty_session, context, called) -> None:
    context.preferences.set(at_end=how)
    window, now = QWidget(), [100.0]
    qtbot.addWidget(window)
    attention = Attention(context, window, clock=lambda: now[0])
    assert attention is not None
    for step in range(3):
        empty_session.job_changed.emit(JobState("Export", step, 3))
        now[0] += seconds / 3
    empty_session.job_changed.emit(None)
    assert called == wanted
    empty_session.job_changed.emit(None)
    assert called == wanted


def test_nobody_is_called_who_is_there(qtbot, empty_session, context, called, monkeypatch) -> None:
    window, now = QWidget(), [0.0]
    qtbot.addWidget(window)
    attention = Attention(context, window, clock=lambda: now[0])
    assert attention is not None
    monkeypatch.setattr(QApplication, "activeWindow", lambda: window)
    empty_session.job_changed.emit(JobState("Export", 0, 3))
    now[0] += 100 * LONG
    empty_session.job_changed.emit(None)
    assert called == []

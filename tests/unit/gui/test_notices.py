import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QPushButton, QWidget

from xmem_gui.errors import CheckpointError
from xmem_gui.gui.controllers.tracking import Tracking
from xmem_gui.gui.shell.hints import Hints
from xmem_gui.gui.shell.notices import Notices
from xmem_gui.gui.state.values import RUN, Message, Offer, notice_of


@pytest.fixture
def shown(qtbot, empty_session, context):
    over = QWidget()
    over.resize(800, 600)
    qtbot.addWidget(over)
    over.show()
    return Notices(context, over)


def test_an_offer_is_a_button_that_does_it_and_ends_the_notice(qtbot, shown, empty_session) -> None:
    done: list[str] = []
    empty_session.say("88 frames tracked.", "info", Offer("Review", lambda: done.append("review")))
    (button,) = [one for one in shown.findChildren(QPushButton) if one.text() == "Review"]
    assert shown.isVisible()
    button.click()
    assert done == ["review"]
    qtbot.waitUntil(lambda: not shown.isVisible(), timeout=WAIT)


def test_trouble_with_a_model_offers_the_models(shown, empty_session, actions) -> None:
    opened: list[bool] = []
    actions.bind("file.models", lambda: opened.append(True))
    empty_session.notice.emit(notice_of(CheckpointError("x.pth is not an XMem checkpoint.")))
    (button,) = [one for one in shown.findChildren(QPushButton) if one.text().startswith("Models")]
    button.click()
    assert opened == [True]


def test_what_is_offered_for_a_project_goes_with_it(qtbot, shown, session) -> None:
    session.say("88 frames tracked.", "info", Offer("Back to frame 8", lambda: None))
    session.say("Exported.", "info", Offer("Open folder", lambda: None, lasting=True))
    session.say("Saved.")
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()

    def left() -> list[str]:
        return [one.text() for one in shown.findChildren(QPushButton) if one.isVisible()]

    qtbot.waitUntil(lambda: left() == ["Open folder"], timeout=WAIT)


def test_what_has_been_undone_is_told_of_no_more(qtbot, shown, session, settle) -> None:
    session.edit(lambda annotator: annotator.add_object("rabbit") and None)
    settle()
    session.notice.emit(Message("Added rabbit.", step=session.next_undo.id))
    session.say("Something else.")
    session.edit(lambda annotator: annotator.undo())
    settle()
    assert [card.notice.text for card in shown._shown()] == ["Something else."]


def test_how_a_run_ended_is_told_until_the_next_job_begins(shown, session, settle) -> None:
    session.notice.emit(Message("Stopped after 3 of 12 frames.", key=RUN))
    assert [card.notice.text for card in shown._shown()] == ["Stopped after 3 of 12 frames."]
    session.run("Tracking forward", lambda *_: None)
    assert shown._shown() == []
    settle()


def test_every_notice_goes_by_itself(qtbot, shown, empty_session, monkeypatch) -> None:
    monkeypatch.setattr("xmem_gui.gui.shell.notices._SHOWN_MS", {"info": 20, "warning": 20, "error": 20})
    for level in ("info", "warning", "error"):
        empty_session.say(f"Something of level {level}.", level)
    qtbot.waitUntil(lambda: not shown.isVisible(), timeout=WAIT)


def test_hints_go_on_when_their_step_is_done(qtbot, session, context, preferences, settle) -> None:
    import numpy as np

    from xmem_gui.project import SetMasks

    tracking = Tracking(context)
    hints = Hints(preferences, QWidget())
    qtbot.addWidget(hints)
    hints.follow(session, tracking)
    hints.begin()
    first = hints.text
    tracking.ended.emit()
    assert hints.text == first, "a run does not stand for the click"
    session.edit(lambda a: a.project.apply(SetMasks(0, {a.add_object("one").id: np.ones((48, 64), bool)})))
    settle()
    second = hints.text
    assert second != first
    tracking.ended.emit()
    assert hints.text not in (first, second)
    tracking.ended.emit()
    assert not hints.isVisible()

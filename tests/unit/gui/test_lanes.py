"""Clicks have a lane of their own: whatever else goes on, stands still in the midst of a step, or waits."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from waits import WAIT

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from canvas_hand import Settle, add_square, at, left, mask
from prompting_hand import DiscPrompting

from xmem_gui.formats import ExportRequest

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session


class Standstill:
    """Stands still where it is called first, until it is let go."""

    def __init__(self) -> None:
        self.reached, self.go_on = threading.Event(), threading.Event()

    def __call__(self, *_: object) -> None:
        self.reached.set()
        assert self.go_on.wait(WAIT / 1000)


@pytest.fixture
def still(session: Session):
    made = Standstill()
    yield made
    made.go_on.set()


@pytest.fixture
def prompting(session: Session) -> DiscPrompting:
    assert session.annotator is not None
    session.annotator.prompting = made = DiscPrompting(session.annotator)
    return made


def click_lands(qtbot: QtBot, session: Session, panel: CanvasPanel, still: Standstill) -> None:
    """Click twice while nothing else moves; both masks are there, and can be undone, before it goes on."""
    assert still.reached.wait(WAIT / 1000)
    panel.choose("tool.click")
    for x in (45, 52):
        before = mask(session)
        qtbot.mouseClick(panel.view, left(), pos=at(panel, x, 30))
        qtbot.waitUntil(lambda: (now := mask(session)) is not None and now[30, x], timeout=WAIT)  # noqa: B023
        assert before is None or not before[30, x]
    assert not still.go_on.is_set()
    still.go_on.set()


def test_a_run_that_stands_still_within_a_step_keeps_no_click_waiting(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting, still
) -> None:
    square = add_square(session, settle)

    def work(annotator, control):
        with annotator.project.run() as run:
            run.put(3, {1: square})
            still()
            run.put(4, {1: square})

    assert session.run("Track", work)
    click_lands(qtbot, session, panel, still)
    settle()
    assert session.annotator is not None
    assert [bool(session.annotator.project.records(frame)) for frame in (3, 4)] == [True, True]


def test_an_export_keeps_no_click_waiting(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting, still,
    tmp_path: Path,
) -> None:  # fmt: skip
    add_square(session, settle)
    done: list[object] = []

    def work(annotator, control):
        return annotator.export("davis", tmp_path / "out", ExportRequest(), progress=still)

    assert session.run("Export", work, done.append)
    click_lands(qtbot, session, panel, still)
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)


def test_an_import_keeps_no_click_waiting(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting, still,
    tmp_path: Path,
) -> None:  # fmt: skip
    add_square(session, settle)
    assert session.annotator is not None
    session.annotator.export("davis", tmp_path / "out", ExportRequest())
    done: list[object] = []

    def work(annotator, control):
        plan = annotator.plan_import(tmp_path / "out", objects={1: None})
        return annotator.import_masks(plan, progress=still)

    assert session.run("Import", work, done.append)
    click_lands(qtbot, session, panel, still)
    qtbot.waitUntil(lambda: bool(done), timeout=WAIT)
    assert len(session.annotator.project.objects) == 2


def test_a_long_look_at_the_document_keeps_no_click_waiting(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting, still
) -> None:
    add_square(session, settle)
    session.look(still, lambda _: None)
    click_lands(qtbot, session, panel, still)


def test_closing_waits_for_a_click_that_is_being_answered(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting, still,
    monkeypatch,
) -> None:  # fmt: skip
    add_square(session, settle)
    annotator, usual = session.annotator, prompting.propose
    assert annotator is not None

    def slow(*arguments, **options):
        still()
        annotator.video.frame(0)
        return usual(*arguments, **options)

    monkeypatch.setattr(prompting, "propose", slow)
    panel.choose("tool.click")
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 45, 30))
    assert still.reached.wait(WAIT / 1000)
    saved: list[bool] = []
    session.close(saved.append)
    said: list[object] = []
    session.notice.connect(said.append)
    assert not saved
    still.go_on.set()
    qtbot.waitUntil(lambda: bool(saved), timeout=WAIT)
    assert (saved, said) == ([True], [])

"""Clicks on a real document: prompts in, committed masks out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle, add_square, at, leave, left, mask, move
from prompting_hand import DiscPrompting
from waits import WAIT

from xmem_gui.errors import XmemGuiError
from xmem_gui.project import ChangeObject

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session


@pytest.fixture
def prompting(session: Session) -> DiscPrompting:
    annotator = session.annotator
    assert annotator is not None
    annotator.prompting = made = DiscPrompting(annotator)
    return made


def test_a_click_becomes_a_committed_mask_and_undo_takes_it_back(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    panel.choose("tool.click")
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 20, 20))
    qtbot.waitUntil(lambda: mask(session) is not None, timeout=WAIT)
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 40, 20))
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 20]
    assert found[20, 40]
    assert session.annotator is not None
    record = session.annotator.project.record(0, 1)
    assert record is not None
    assert record.committed
    session.edit(lambda a: a.undo())
    settle()
    assert panel.prompter.prompts is not None
    assert len(panel.prompter.prompts.points) == 1
    session.edit(lambda a: a.redo())
    settle()
    assert len(panel.prompter.prompts.points) == 2


def test_escape_goes_back_to_the_mask_before_and_enter_keeps(
    qtbot: QtBot,
    session: Session,
    panel: CanvasPanel,
    settle: Settle,
    prompting: DiscPrompting,
    actions: Actions,
) -> None:
    square = add_square(session, settle)
    panel.choose("tool.click")
    for x in (40, 50):
        qtbot.mouseClick(panel.view, left(), pos=at(panel, x, 40))
        settle()
    assert not (mask(session) == square).all()
    actions["prompts.clear"].trigger()
    settle()
    assert (mask(session) == square).all()
    assert panel.prompter.prompts is None
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 40, 40))
    settle()
    actions["prompts.accept"].trigger()
    settle()
    assert panel.prompter.prompts is None
    actions["prompts.clear"].trigger()
    settle()
    assert not (mask(session) == square).all()


def test_moving_on_keeps_the_mask(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    panel.choose("tool.click")
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 20, 20))
    settle()
    session.frame = 3
    assert panel.prompter.prompts is None
    session.frame = 0
    assert panel.prompter.prompts is not None
    panel.clear()
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 20]


def test_a_click_that_fails_says_why_and_leaves_nothing(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    add_square(session, settle)
    prompting.problem = XmemGuiError("The click model is not here: download it.")
    panel.choose("tool.click")
    with qtbot.waitSignal(session.notice, timeout=WAIT) as said:
        qtbot.mouseClick(panel.view, left(), pos=at(panel, 40, 40))
    assert said.args[0].text == "The click model is not here: download it."
    assert panel.prompter.prompts is None
    assert not panel.prompter.is_busy


def test_where_the_pointer_rests_it_shows_what_a_click_would_take(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    panel.choose("tool.click")
    prompter = panel.prompter
    move(panel, at(panel, 40, 30))
    qtbot.waitUntil(lambda: prompter.ghost is not None, timeout=WAIT)
    # Before the first click there is no object, and then still none.
    assert session.selected is None
    assert prompter.prompts is None
    assert prompter.ghost is not None
    assert prompter.ghost.frame == 0
    (outline,) = prompter.ghost.outlines
    assert np.mean(outline, axis=0) == pytest.approx((40, 30), abs=1)
    move(panel, at(panel, 41, 30))
    assert prompter.ghost is None
    qtbot.waitUntil(lambda: prompter.ghost is not None, timeout=WAIT)
    assert not panel.desk.touches(0)
    leave(panel)
    assert prompter.ghost is None
    settle()
    assert prompter.ghost is None


def test_the_ghost_goes_with_a_click_another_frame_and_a_locked_object(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    add_square(session, settle)
    panel.choose("tool.click")
    prompter = panel.prompter
    move(panel, at(panel, 40, 30))
    qtbot.waitUntil(lambda: prompter.ghost is not None, timeout=WAIT)
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 40, 30))
    assert prompter.ghost is None
    settle()
    move(panel, at(panel, 50, 30))
    qtbot.waitUntil(lambda: prompter.ghost is not None, timeout=WAIT)
    session.frame = 2
    assert prompter.ghost is None
    assert session.annotator is not None
    session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    settle()
    asked = prompting.hovered
    move(panel, at(panel, 30, 30))
    qtbot.waitUntil(lambda: not prompter._hover.isActive(), timeout=WAIT)
    settle()
    assert prompter.ghost is None
    assert prompting.hovered == asked


def test_a_ghost_is_dashed_and_leaves_the_picture_as_it_was(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: DiscPrompting
) -> None:
    panel.choose("tool.click")
    leave(panel)
    settle()
    before = panel.view.grab().toImage()
    move(panel, at(panel, 40, 30))
    qtbot.waitUntil(lambda: panel.prompter.ghost is not None, timeout=WAIT)
    drawn = panel.view.grab().toImage()
    line = [at(panel, 40 + 4.3 * np.cos(turn), 30 + 4.3 * np.sin(turn)) for turn in np.linspace(0, 6.28, 200)]
    changed = [drawn.pixelColor(place) != before.pixelColor(place) for place in line]
    assert any(changed)
    far = at(panel, 10, 10)
    assert drawn.pixelColor(far) == before.pixelColor(far)
    leave(panel)
    assert panel.view.grab().toImage() == before


def test_all_prompts_can_be_asked_again(
    qtbot: QtBot,
    session: Session,
    panel: CanvasPanel,
    settle: Settle,
    prompting: DiscPrompting,
    actions: Actions,
) -> None:
    panel.choose("tool.click")
    assert not actions["prompts.again"].isEnabled()
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 40, 30))
    settle()
    assert prompting.whole == [False]
    actions["prompts.again"].trigger()
    settle()
    assert prompting.whole == [False, True]
    assert panel.prompter.prompts is not None
    assert len(panel.prompter.prompts.points) == 1

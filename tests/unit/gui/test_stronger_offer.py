"""The offer of a stronger click model, after a first mask that had to be corrected twice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from canvas_hand import Settle, add_square, at, left
from prompting_hand import DiscPrompting

from xmem_gui.annotator import FirstLook
from xmem_gui.gui.dialogs.first_looks import FirstLooks
from xmem_gui.model import MODELS

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.canvas.stronger_offer import StrongerOffer
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session


@pytest.fixture
def prompting(session: Session) -> DiscPrompting:
    annotator = session.annotator
    assert annotator is not None
    annotator.prompting = made = DiscPrompting(annotator)
    return made


@pytest.fixture
def offer(panel: CanvasPanel, prompting: DiscPrompting) -> StrongerOffer:
    panel.choose("tool.click")
    panel.resize(1400, 500)
    panel.view.fit()
    return panel._tool_row.offer


@pytest.fixture
def click(qtbot: QtBot, panel: CanvasPanel, settle: Settle):
    def act(x: int, *, right: bool = False) -> None:
        from PySide6.QtCore import Qt

        qtbot.mouseClick(panel.view, Qt.MouseButton.RightButton if right else left(), pos=at(panel, x, 20))
        settle()

    return act


def test_it_is_offered_after_the_second_correction_without_taking_focus_or_room(
    offer: StrongerOffer, panel: CanvasPanel, click
) -> None:
    place, focus = panel.view.geometry(), panel.window().focusWidget()
    click(20)
    click(30)
    assert not offer.isVisible()
    click(40, right=True)
    assert offer.isVisible()
    assert panel.view.geometry() == place
    assert panel.window().focusWidget() is focus
    panel.choose("tool.brush")
    assert not offer.isVisible()
    panel.choose("tool.scribble")
    assert offer.isVisible()


def test_where_there_is_little_room_it_says_it_in_fewer_words(
    offer: StrongerOffer, panel: CanvasPanel, click
) -> None:
    for x in (20, 30, 40):
        click(x)
    assert offer.take.text() == "Use a stronger click model…"
    row = panel._tool_row
    for width in range(row.width(), 0, -10):
        row.resize(width, row.height())
        row.grab()
        if offer.take.text() == "Stronger click model…":
            break
    # Before that, all else that can be found elsewhere has gone.
    assert not row._said.isVisible()
    assert not any(extra.isVisible() for extra in row._extras)
    assert offer.isVisible()
    row.resize(row.width() - offer.width(), row.height())
    assert not offer.isVisible()
    assert all(sign.isVisible() for sign in row._signs)
    row.resize(1200, row.height())
    assert offer.isVisible()
    assert offer.take.text() == "Use a stronger click model…"


def test_once_put_away_it_never_comes_again(
    qtbot: QtBot, offer: StrongerOffer, preferences: Preferences, click
) -> None:
    for x in (20, 30, 40):
        click(x)
    qtbot.mouseClick(offer.dismiss, left())
    assert not offer.isVisible()
    assert preferences.values.stronger_offered
    click(50)
    assert not offer.isVisible()


def test_it_opens_the_list_of_click_models(
    qtbot: QtBot, offer: StrongerOffer, preferences: Preferences, actions: Actions, click
) -> None:
    opened: list[None] = []
    actions.bind("prompts.models", lambda: opened.append(None))
    for x in (20, 30, 40):
        click(x)
    qtbot.mouseClick(offer.take, left())
    assert opened == [None]
    assert not offer.isVisible()
    assert preferences.values.stronger_offered


def test_who_uses_a_stronger_one_is_not_offered_one(
    offer: StrongerOffer, preferences: Preferences, click
) -> None:
    preferences.set(click_model="mobile_sam")
    for x in (20, 30, 40):
        click(x)
    assert not offer.isVisible()
    preferences.set(click_model="compact-click")
    click(50)
    assert offer.isVisible()
    preferences.set(click_model="sam_vit_b")
    assert not offer.isVisible()


def test_corrections_of_a_mask_that_no_click_has_made_do_not_count(
    offer: StrongerOffer, session: Session, settle: Settle, click
) -> None:
    add_square(session, settle)
    for x in (20, 30, 40, 50):
        click(x)
    assert not offer.isVisible()


def test_a_box_is_a_first_prompt_too(prompting: DiscPrompting, session: Session, settle: Settle) -> None:
    from xmem_gui.annotator.prompt_log import PromptLog
    from xmem_gui.interaction import Box, Point, Prompts, Stroke

    log = PromptLog(0, 1, begun=True)
    first = Prompts(box=Box(1, 1, 9, 9))
    for prompts, corrections in (
        (first, 0),
        (first.plus(Point(3, 3)), 1),
        (first.plus(Point(3, 3)).plus(Point(4, 4, positive=False)), 2),
        (Prompts((Point(3, 3),)), 0),
        (Prompts(strokes=(Stroke([(1, 1), (5, 5)]),)), 0),
    ):
        log.add(prompts)
        assert log.corrections == corrections


def test_what_to_expect_is_said_from_what_was_measured_only() -> None:
    compact, mobile, xmem = MODELS["compact-click"], MODELS["mobile_sam"], MODELS["xmem"]
    assert mobile.look is not None
    assert mobile.look > 1
    nothing = FirstLooks()
    assert nothing.sentence(mobile) == (
        f"First look at a frame: up to {mobile.look:.0f} times as long as the compact click model's, on a"
        " processor."
    )
    assert nothing.sentence(compact) == "The quickest to look at a frame."
    assert nothing.sentence(xmem) == ""
    here = FirstLooks(FirstLook("compact", "cpu", 10 / mobile.look))
    assert here.sentence(mobile) == (
        "First look at a frame: up to 10 s on this processor, reckoned from the model in use."
    )
    assert FirstLooks(FirstLook("compact", "cpu", 0.3)).sentence(compact) == (
        "First look at a frame: 0.3 s here, as measured."
    )
    # Of one device nothing follows for another, nor of a model that was not measured.
    others = (
        FirstLook("compact", "cuda", 0.02),
        FirstLook("/my/own.pth", "cpu", 1),
        FirstLook("sam_vit_b", "cpu", 9),
    )
    for seen in others:
        assert FirstLooks(seen).sentence(mobile) == nothing.sentence(mobile)

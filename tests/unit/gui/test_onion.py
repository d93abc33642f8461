"""Onion skin: outlines of the frames around this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle, at, grabbed
from waits import WAIT

from xmem_gui.project import Origin, SetMasks

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.onion import Skins
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.context import Context
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session


@pytest.fixture
def moving(session: Session, panel: CanvasPanel, settle: Settle) -> None:
    """Give an object a square on frames 0 to 6 that goes to the right; 0 and 6 are key frames."""
    session.edit(lambda a: (a.add_object("square"), None)[1])
    for frame in range(7):
        square = np.zeros((48, 64), np.bool_)
        square[10:30, 5 + 5 * frame : 15 + 5 * frame] = True
        edit = SetMasks(frame, {1: square}, Origin.PROPAGATED, commit=frame in (0, 6))
        session.edit(lambda a, edit=edit: a.project.apply(edit))
    settle()
    session.selected = 1
    session.frame = 3
    settle()


def skins_of(qtbot: QtBot, panel: CanvasPanel, frame: int) -> Skins:
    """Return what is drawn on a frame, once it is known."""
    qtbot.waitUntil(lambda: panel.onion.skins is not None and panel.onion.skins.frame == frame, timeout=WAIT)
    assert panel.onion.skins is not None
    return panel.onion.skins


def lefts(skins: Skins) -> list[tuple[int, float] | None]:
    """Return the frame of each skin, and where its outline begins at the left; -1 if it has none."""
    return [
        one and (one.frame, min((x for line in one.outlines for x, _ in line), default=-1.0))
        for one in (skins.before, skins.after)
    ]


@pytest.mark.usefixtures("moving")
def test_the_frames_beside_this_one_are_outlined(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    assert panel.onion.skins is None
    actions["view.onion"].setChecked(True)
    assert lefts(skins_of(qtbot, panel, 3)) == [(2, 15.5), (4, 25.5)]
    session.frame = 4
    assert lefts(skins_of(qtbot, panel, 4)) == [(3, 20.5), (5, 30.5)]
    session.frame = 0
    assert lefts(skins_of(qtbot, panel, 0)) == [None, (1, 10.5)]
    session.frame = 7
    assert lefts(skins_of(qtbot, panel, 7)) == [(6, 35.5), (8, -1.0)]
    actions["view.onion"].setChecked(False)
    assert panel.onion.skins is None


@pytest.mark.usefixtures("moving")
def test_key_frames_are_outlined_where_that_is_chosen(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    actions["view.onion_keys"].setChecked(True)
    assert actions["view.onion"].isChecked(), "who asks for it wants to see it"
    assert lefts(skins_of(qtbot, panel, 3)) == [(0, 5.5), (6, 35.5)]
    session.edit(lambda a: a.project.commit(5))
    qtbot.waitUntil(lambda: lefts(panel.onion.skins) == [(0, 5.5), (5, 30.5)], timeout=WAIT)


@pytest.mark.usefixtures("moving")
def test_they_follow_the_document_and_the_object(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    actions["view.onion"].setChecked(True)
    skins_of(qtbot, panel, 3)
    session.edit(lambda a: a.editing.clear(4, [1]))
    qtbot.waitUntil(lambda: lefts(panel.onion.skins) == [(2, 15.5), (4, -1.0)], timeout=WAIT)
    session.selected = None
    assert panel.onion.skins is None


@pytest.mark.usefixtures("moving")
def test_they_are_drawn_in_two_colours_with_a_legend(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    from PySide6.QtGui import QColor

    from xmem_gui.gui.canvas.onion import AFTER, BEFORE, told_apart

    actions["view.onion"].setChecked(True)
    skins_of(qtbot, panel, 3)
    shown = grabbed(panel)
    actions["view.onion"].setChecked(False)
    plain = grabbed(panel)
    assert (shown[-60:, :200] != plain[-60:, :200]).any(), "the legend"

    rows = slice(at(panel, 0, 12).y(), at(panel, 0, 28).y())
    drawn, under = shown[rows].astype(float), plain[rows].astype(float)
    ways = [
        np.array([one.red(), one.green(), one.blue()]) - under
        for one in (told_apart(pair, QColor(*session.objects[0].colour)) for pair in (BEFORE, AFTER))
    ]
    # How much of a line a pixel has (it may fall between two), and what of its change that leaves unsaid.
    shares = [((drawn - under) * way).sum(axis=2) / np.maximum((way**2).sum(axis=2), 1) for way in ways]
    unsaid = [
        np.abs(drawn - under - share[..., None] * way).sum(axis=2)
        for share, way in zip(shares, ways, strict=True)
    ]
    for number, left in enumerate((15.5, 25.5)):
        of_line = (shares[number] > 0.4) & (unsaid[number] < unsaid[1 - number])
        columns = np.flatnonzero(of_line.mean(axis=0) > 0.5)
        assert (np.abs(columns - at(panel, left, 0).x()) <= 1).any(), (number, columns)


@pytest.mark.parametrize("number", range(1, 13))
def test_no_colour_is_nearly_the_objects(number: int) -> None:
    from PySide6.QtGui import QColor

    from xmem_gui.gui.canvas.onion import AFTER, BEFORE, told_apart
    from xmem_gui.project import default_colour

    own = default_colour(number)
    for pair in (BEFORE, AFTER):
        chosen = told_apart(pair, QColor(*own))
        apart = np.array([chosen.red(), chosen.green(), chosen.blue()]) - own
        assert np.hypot.reduce(apart.astype(float)) > 100, (number, chosen.name())
    assert told_apart(BEFORE, QColor(*own)) != told_apart(AFTER, QColor(*own))


@pytest.mark.usefixtures("moving")
def test_nothing_is_drawn_while_it_plays(
    qtbot: QtBot, panel: CanvasPanel, context: Context, actions: Actions
) -> None:
    actions["view.onion"].setChecked(True)
    skins_of(qtbot, panel, 3)
    context.frames.playing(1)
    assert panel.onion.skins is None
    context.frames.playing(0)
    skins_of(qtbot, panel, 3)


@pytest.mark.usefixtures("moving")
def test_what_is_chosen_is_remembered(panel: CanvasPanel, actions: Actions, preferences: Preferences) -> None:
    assert not preferences.values.onion
    actions["view.onion_keys"].setChecked(True)
    assert preferences.values.onion
    assert preferences.values.onion_keys
    actions["view.onion"].setChecked(False)
    assert not preferences.values.onion

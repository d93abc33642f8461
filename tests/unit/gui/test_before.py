"""Masks as they were before the last change: shown in place of what is there, and restored."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle, add_square, at, grabbed, left, mask
from waits import WAIT

from xmem_gui.project import Origin, SetMasks

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session


def add_run(session: Session, settle: Settle) -> np.ndarray:
    """Track the square of frame 0 somewhere else, on two frames; return the mask of it."""
    tracked = np.zeros((48, 64), np.bool_)
    tracked[20:40, 30:50] = True

    def work(annotator):
        with annotator.project.run() as run:
            run.put(0, {1: tracked})
            return run.put(1, {1: tracked})

    session.edit(lambda a: a.project.uncommit(0))
    session.edit(work)
    settle()
    return tracked


def ready(qtbot: QtBot, panel: CanvasPanel) -> None:
    """Wait until the past is known and the present is off the screen."""
    from xmem_gui.gui.canvas.look import Mode

    qtbot.waitUntil(
        lambda: panel.before.past is not None and panel.view.rendition.sight.look.mode is Mode.IMAGE,
        timeout=WAIT,
    )


def test_what_was_is_shown_in_place_of_what_is(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    from xmem_gui.gui.canvas.look import Mode

    square = add_square(session, settle)
    add_run(session, settle)
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    past = panel.before.past
    assert past is not None
    assert panel.before.title == "Before Track – square, frames 0–1"
    ((colour, ghost),) = past.ghosts
    assert colour == session.objects[0].colour
    rows, columns = np.nonzero(square)
    xs, ys = np.array(ghost.outlines[0]).T
    assert (xs.min(), xs.max()) == (columns.min() + 0.5, columns.max() + 0.5)
    assert (ys.min(), ys.max()) == (rows.min() + 0.5, rows.max() + 0.5)
    assert panel.view.bare
    actions["view.before"].setChecked(False)
    qtbot.waitUntil(lambda: panel.view.rendition.sight.look.mode is Mode.OVERLAY, timeout=WAIT)
    assert panel.before.past is None
    assert not panel.view.bare


def test_it_is_drawn_where_it_was_and_nowhere_else(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    from xmem_gui.gui.canvas.look import Mode

    add_square(session, settle)
    add_run(session, settle)
    actions["view.image"].trigger()
    qtbot.waitUntil(lambda: panel.view.rendition.sight.look.mode is Mode.IMAGE, timeout=WAIT)
    plain = grabbed(panel)
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    changed = np.abs(grabbed(panel) - plain).sum(axis=2) > 0
    inside, outside = at(panel, 12, 20), at(panel, 45, 36)
    assert changed[inside.y(), inside.x()], "a shade says what was inside"
    assert not changed[outside.y(), outside.x()], "what is there now is not drawn"
    edge = at(panel, 5.5, 10.5), at(panel, 5.5, 29.5)
    line = changed[edge[0].y() : edge[1].y(), edge[0].x()]
    colours = grabbed(panel)[edge[0].y() : edge[1].y(), edge[0].x()]
    assert line.all()
    assert len(np.unique(colours.sum(axis=1) > colours.sum(axis=1).mean())) == 2, "dashed"
    title = changed[: panel.view.height() // 8, panel.view.width() // 2 - 20 : panel.view.width() // 2 + 20]
    assert title.any()


def test_it_follows_the_frame_and_the_document(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    add_run(session, settle)
    actions["view.before"].setChecked(True)
    session.frame = 1
    qtbot.waitUntil(lambda: panel.before.past is not None and panel.before.past.frame == 1, timeout=WAIT)
    assert panel.before.title == "Before Track – square, frames 0–1: no masks on this frame"
    session.frame = 5
    qtbot.waitUntil(lambda: panel.before.past.frame == 5, timeout=WAIT)
    assert panel.before.title == "No earlier masks of frame 5 are known"
    session.edit(lambda a: a.editing.brush(5, 1, [(20, 20)], 4))
    qtbot.waitUntil(lambda: panel.before.title.startswith("Before Paint"), timeout=WAIT)


def test_a_hidden_object_is_not_shown(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    from xmem_gui.project import ChangeObject

    add_square(session, settle)
    add_run(session, settle)
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    session.edit(lambda a: a.project.apply(ChangeObject(1, visible=False)))
    qtbot.waitUntil(lambda: panel.before.past is not None and not panel.before.past.ghosts, timeout=WAIT)


@pytest.mark.parametrize("tool", ["tool.brush", "tool.click"])
def test_the_first_press_brings_the_present_back_and_changes_nothing(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle, tool: str
) -> None:
    add_square(session, settle)
    tracked = add_run(session, settle)
    panel.choose(tool)
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 55, 10))
    assert not actions["view.before"].isChecked()
    settle()
    found = mask(session)
    assert found is not None
    assert (found == tracked).all()
    assert not panel.prompter.is_busy
    panel.choose("tool.brush")
    qtbot.mouseClick(panel.view, left(), pos=at(panel, 55, 10))
    settle()
    found = mask(session)
    assert found is not None
    assert found[10, 55], "the next press is the tool's again"


def test_restoring_is_one_step_and_shows_the_present(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    square = add_square(session, settle)
    tracked = add_run(session, settle)
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    names = [one.objectName() for one in panel.menu.make().actions()]
    assert "mask.restore" in names
    actions["mask.restore"].trigger()
    settle()
    assert not actions["view.before"].isChecked()
    found = mask(session)
    assert found is not None
    assert (found == square).all()
    assert session.annotator is not None
    assert session.annotator.project.query.key_frames([1]) == [0], "as everything a person does, committed"
    session.edit(lambda a: a.undo())
    settle()
    found = mask(session)
    assert found is not None
    assert (found == tracked).all()


def test_with_nothing_to_restore_it_says_so(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    said: list[str] = []
    session.notice.connect(lambda notice: said.append(notice.text))
    session.frame = 4
    settle()
    actions["mask.restore"].trigger()
    settle()
    assert said == ["No earlier masks of frame 4 are known."]


def test_closing_ends_it(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    session.edit(lambda a: a.project.apply(SetMasks(0, {1: np.ones((48, 64), bool)}, Origin.DRAWN)))
    actions["view.before"].setChecked(True)
    ready(qtbot, panel)
    with qtbot.waitSignal(session.closed, timeout=WAIT):
        session.close()
    assert not actions["view.before"].isChecked()
    assert not panel.view.bare

"""Zoom to the selected object, and back."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle, add_square

if TYPE_CHECKING:
    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session

BOX = (5, 10, 20, 30)
"""Left, top, right and bottom of the square."""


def shown(panel: CanvasPanel) -> tuple[float, float, float, float]:
    """Return what of the video the canvas shows: left, top, right, bottom in its pixels."""
    view = panel.view
    return *view.place.to_video(0, 0), *view.place.to_video(*view.canvas)


def test_the_mask_fills_the_canvas_with_a_margin_and_again_goes_back(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    scale = panel.view.place.scale
    actions["view.object"].trigger()
    settle()
    left, top, right, bottom = shown(panel)
    assert left < BOX[0] - 2
    assert top < BOX[1] - 2
    assert right > BOX[2] + 2
    assert bottom > BOX[3] + 2
    assert bottom - top < 2 * (BOX[3] - BOX[1])
    assert panel.view.place.scale > 1.2 * scale
    actions["view.object"].trigger()
    settle()
    assert panel.view.is_fitted
    assert panel.view.place.scale == scale


def test_it_goes_back_to_where_the_person_was(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    actions["view.actual"].trigger()
    before = panel.view.place
    actions["view.object"].trigger()
    settle()
    assert panel.view.place != before
    actions["view.object"].trigger()
    settle()
    assert panel.view.place == before


def test_on_another_frame_it_follows_the_object(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    moved = np.zeros((48, 64), np.bool_)
    moved[30:40, 50:60] = True
    session.edit(lambda a: a.set_mask(3, 1, moved))
    settle()
    before = panel.view.place
    actions["view.object"].trigger()
    settle()
    session.frame = 3
    settle()
    actions["view.object"].trigger()
    settle()
    left, top, right, bottom = shown(panel)
    assert left < 50 < 60 < right
    assert top < 30 < 40 < bottom
    actions["view.object"].trigger()
    settle()
    assert panel.view.place == before


def test_moved_by_hand_it_zooms_anew(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    actions["view.object"].trigger()
    settle()
    zoomed = panel.view.place
    panel.view.place = zoomed.moved(40, 0)
    actions["view.object"].trigger()
    settle()
    assert panel.view.place == zoomed


@pytest.mark.parametrize("frame", [0, 3])
def test_without_a_mask_it_says_why(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle, frame: int
) -> None:
    assert actions.obstacle("view.object") == "Add an object first: press A."
    add_square(session, settle)
    session.frame = frame
    settle()
    assert actions["view.object"].isEnabled() == (frame == 0)
    assert ("no mask on this frame" in actions.obstacle("view.object")) == (frame == 3)
    session.frame = 0
    session.edit(lambda a: a.editing.clear(0, [1]))
    settle()
    assert "no mask on this frame" in actions.obstacle("view.object")


def test_a_mask_gone_in_the_meantime_moves_nothing(
    session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    add_square(session, settle)
    said: list[str] = []
    session.notice.connect(lambda notice: said.append(notice.text))
    before = panel.view.place
    session.edit(lambda a: a.editing.clear(0, [1]))
    actions["view.object"].trigger()
    settle()
    assert panel.view.place == before
    assert said == ["The object has no mask on this frame."]

"""Where the pointer rests, the window shows what a click would take, with the shipped click model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

if TYPE_CHECKING:
    from hand import Hand

RABBIT = 90.0, 85.0
NEAR = 91.0, 86.0


def test_what_is_shown_dashed_is_what_a_click_takes(start, clip: Path) -> None:
    from xmem_gui.gui.canvas.ghost import make_ghost

    hand: Hand = start()
    hand.open(clip)
    hand.do("tool.click")
    assert hand.window.workspace is not None
    prompter = hand.window.workspace.canvas.prompter
    hand.hover(*RABBIT)
    hand.wait(lambda: prompter.ghost is not None, "what a click would take")
    ghost = prompter.ghost
    assert ghost is not None
    assert not hand.session.objects
    hand.leave()
    assert prompter.ghost is None
    hand.settle()
    assert prompter.ghost is None

    hand.click(*RABBIT)
    mask = hand.masks()[1][0]
    assert mask.any()
    assert make_ghost(0, mask).outlines == ghost.outlines
    # Inside the mask a click asks for nothing, and so nothing is shown.
    hand.leave()
    hand.hover(*NEAR)
    hand.settle()
    assert prompter.ghost is None

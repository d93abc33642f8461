"""Masks over many frames as a job: it can be stopped, and others wait for it."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from canvas_hand import Settle, add_square, mask

if TYPE_CHECKING:
    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session
    from xmem_gui.gui.state.values import Message


def test_a_paste_over_the_range_can_be_stopped(
    session: Session, panel: CanvasPanel, settle: Settle, actions: Actions
) -> None:
    said: list[Message] = []
    session.notice.connect(said.append)
    add_square(session, settle)
    actions["mask.copy"].trigger()
    settle()
    session.marks = (2, 9)
    free = threading.Event()
    session.engine.submit(free.wait)
    actions["mask.paste_range"].trigger()
    assert session.job is not None
    assert session.job.label == "Paste"
    names = ("mask.paste_range", "mask.absent_range", "mask.interpolate", "mask.interpolate_range")
    assert {actions.obstacle(name) for name in names} == {
        "Not available during a run. Press Esc to stop the run."
    }
    assert actions.obstacle("mask.paste") == actions.obstacle("mask.absent") == ""
    session.cancel_job()
    free.set()
    settle()
    assert session.job is None
    assert said[-1].text == "Pasted on 0 frames. Then it was stopped."
    assert mask(session, frame=2) is None


def test_what_was_kept_is_replaced_where_it_was_kept(
    session: Session, panel: CanvasPanel, settle: Settle, actions: Actions
) -> None:
    said: list[Message] = []
    session.notice.connect(said.append)
    square = add_square(session, settle)
    session.edit(lambda a: (a.add_object("other"), a.set_mask(4, 1, ~square))[1])
    settle()
    actions["mask.copy"].trigger()
    settle()
    session.marks = (3, 5)
    actions["mask.paste_range"].trigger()
    settle()
    assert said[-1].text == "Pasted on 2 frames. Kept 1 frame already committed or reviewed."
    (replace,) = said[-1].offers
    session.selected, session.marks, session.copied = 2, (7, 9), None
    replace.do()
    settle()
    assert np.array_equal(mask(session, 1, 4), square)
    assert mask(session, 2, 8) is None


def test_a_mask_of_another_size_is_not_pasted(
    session: Session, panel: CanvasPanel, settle: Settle, actions: Actions
) -> None:
    from xmem_gui.gui.state.values import CopiedMask
    from xmem_gui.project import Rle

    add_square(session, settle)
    session.copied = CopiedMask("other", 3, Rle.empty(10, 10))
    assert "another size" in actions.obstacle("mask.paste")
    session.copied = None
    assert "Copy a mask first" in actions.obstacle("mask.paste")

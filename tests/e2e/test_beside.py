"""A script works on the project beside the open window, and the window shows it."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from xmem_gui.annotator import Propagation
from xmem_gui.interaction import Point

if TYPE_CHECKING:
    from hand import Hand

SECONDS = 180


def test_a_script_clicks_tracks_and_warns_and_the_window_shows_all_of_it(start, clip: Path) -> None:
    hand: Hand = start()
    hand.open(clip)
    annotator = hand.session.annotator
    assert annotator is not None
    failed: list[BaseException] = []

    def script() -> None:
        try:
            rabbit = annotator.add_object("rabbit")
            annotator.prompting.add(0, rabbit.id, Point(90, 85))
            for _ in annotator.run(Propagation(last=5)):
                pass
            sky = annotator.add_object("sky")
            mask = np.zeros(annotator.project.size, np.bool_)
            mask[5:30, 5:90] = True
            annotator.set_mask(0, sky.id, mask)
            annotator.project.say("The script has done its work.")
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=script, daemon=True)
    thread.start()
    hand.said("The script has done its work.")
    thread.join(SECONDS)
    assert not failed
    hand.settle()
    assert [one.name for one in hand.session.objects] == ["rabbit", "sky"]
    hand.session.selected = 1
    assert hand.session.next_undo == annotator.project.next_undo
    lanes = hand.window.workspace.timeline.store  # type: ignore[union-attr]
    assert [one.name for one in lanes.objects] == ["sky", "rabbit"]
    hand.wait(lambda: lanes.picture(1) is not None, "the lane's picture")
    prompts = hand.window.workspace.canvas.prompter.prompts  # type: ignore[union-attr]
    assert prompts is not None
    assert len(prompts.points) == 1
    if place := os.environ.get("XMEM_GUI_PICTURES"):
        hand.window.grab().save(f"{place}/beside.png")
    hand.do("edit.undo")
    hand.settle()
    assert 2 not in hand.masks() or 0 not in hand.masks()[2]

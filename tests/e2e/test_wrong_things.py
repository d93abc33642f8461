"""Keys and clicks that mean nothing there say so in a line, and make nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("PySide6.QtWidgets", exc_type=ImportError)

from hand import Hand
from PySide6.QtCore import Qt

RABBIT = (90.0, 85.0)
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.mark.parametrize(
    ("tool", "right"),
    [
        (Qt.Key.Key_C, True), (Qt.Key.Key_S, True), (Qt.Key.Key_D, True), (Qt.Key.Key_E, False),
    ],
)  # fmt: skip
def test_taking_away_without_an_object_makes_none(start, clip: Path, tool: Qt.Key, right: bool) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.key(tool)
    hand.press([RABBIT, (RABBIT[0] + 9, RABBIT[1])], right=right)
    hand.said("There is nothing to take away from. Select an object first.")
    hand.settle()
    assert hand.session.objects == []


def test_another_video_opened_during_a_run_is_shown_without_the_offers_of_the_first(
    start, clip: Path, small_sample: Path
) -> None:
    hand: Hand = start()
    hand.open(clip)
    hand.add_object()
    hand.click(*RABBIT)
    hand.key(Qt.Key.Key_F)
    hand.wait(lambda: hand.session.job is not None and hand.session.job.done >= 1, "a frame")
    other = clip.with_name("second.mp4")
    other.write_bytes(small_sample.read_bytes())
    hand.open(other)
    hand.settle()
    assert not [one.text for one in hand.notices if one.offers]
    assert not any("Continue" in one.text for one in hand.notices)
    assert any(one.text.startswith("sample: Stopped after ") for one in hand.notices)
    assert hand.session.annotator is not None
    assert hand.session.annotator.video.name == "second"

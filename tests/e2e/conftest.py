"""The real window on a small copy of the sample, with the shipped models."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import pytest

from xmem_gui.assets import asset

if TYPE_CHECKING:  # this file is loaded even where Qt cannot be
    from hand import Hand
    from pytestqt.qtbot import QtBot

FRAMES, WIDTH, HEIGHT = 16, 256, 144
EVERY = 4
"""Every which frame of the sample is taken."""

Start = Callable[[], "Hand"]


@pytest.fixture(scope="session")
def small_sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a short and small copy of the sample."""
    from xmem_gui.video import VideoWriter, open_source

    path = tmp_path_factory.mktemp("sample") / "sample.mp4"
    with (
        open_source(asset("sample/sample.mp4")) as source,
        VideoWriter(path, size=(WIDTH, HEIGHT), rate=12) as writer,
    ):
        for frame in range(FRAMES):
            picture = source.frame(EVERY * frame)
            writer.write(cv2.resize(picture, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA))
    return path


@pytest.fixture
def clip(small_sample: Path, tmp_path: Path) -> Path:
    """Copy it to where its project may be."""
    path = tmp_path / "clip" / "sample.mp4"
    path.parent.mkdir()
    path.write_bytes(small_sample.read_bytes())
    return path


@pytest.fixture
def start(qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Give a function that starts the program; what it has started ends with the test."""
    from hand import Hand
    from PySide6.QtWidgets import QApplication
    from taking_down import take_down

    from xmem_gui.gui.app import make_window
    from xmem_gui.gui.state.preferences import Preferences

    for name in ("CONFIG", "DATA", "CACHE", "STATE"):
        monkeypatch.setenv(f"XDG_{name}_HOME", str(tmp_path / name.lower()))
    hands: list[Hand] = []

    def begin() -> Hand:
        preferences = Preferences(tmp_path / "settings")
        # The small clip at its own size; hints would lie over the canvas.
        preferences.set(size=HEIGHT, hints_shown=True)
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        hands.append(Hand(*make_window(application, preferences)))
        return hands[-1]

    yield begin
    for hand in hands:
        hand.close()
        take_down(hand.window, hand.session)
    # What they kept in circles goes now, not when Python sees fit: networks and frames are large.
    gc.collect()

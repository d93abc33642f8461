"""A large video is played in the size of the canvas, and shown in all its pixels when it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from canvas_hand import Settle
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.context import Context
    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.gui.state.session import Session

WIDTH, HEIGHT, FRAMES = 1920, 1152, 24


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """Make a large video: a bright square goes to the right."""
    from xmem_gui.video import VideoWriter

    path = tmp_path / "large.mp4"
    with VideoWriter(path, size=(WIDTH, HEIGHT), rate=25) as writer:
        for frame in range(FRAMES):
            image = np.full((HEIGHT, WIDTH, 3), 40, np.uint8)
            image[200:700, 100 + 40 * frame : 500 + 40 * frame] = (200, 160, 90)
            writer.write(image)
    return path


@pytest.fixture
def masked(session: Session, settle: Settle) -> None:
    """Give every frame a mask of its square."""
    for frame in range(FRAMES):
        mask = np.zeros((HEIGHT, WIDTH), np.bool_)
        mask[200:700, 100 + 40 * frame : 500 + 40 * frame] = True
        if not frame:
            session.edit(lambda a: (a.add_object(), None)[1])
        session.edit(lambda a, frame=frame, mask=mask: a.set_mask(frame, 1, mask))
    settle()


def shows(qtbot: QtBot, panel: CanvasPanel, frame: int, *, whole: bool) -> None:
    """Wait until the canvas shows a frame, made of all its pixels or of those of the canvas."""

    def is_shown() -> bool:
        rendition = panel.view.rendition
        if rendition is None or rendition.sight.frame != frame:
            return False
        return (rendition.layers.index.shape == (HEIGHT, WIDTH)) is whole

    qtbot.waitUntil(is_shown, timeout=WAIT)


def go(qtbot: QtBot, session: Session, frame: int) -> None:
    """Go where a player goes: to a frame that is decoded."""
    qtbot.waitUntil(lambda: session.annotator.video.holds(frame), timeout=WAIT)
    session.frame = frame


def picture(panel: CanvasPanel) -> np.ndarray:
    image = panel.view.rendition.image
    rows = np.frombuffer(image.constBits(), np.uint8)
    return rows.reshape(image.height(), -1, 4)[:, : image.width(), :3].astype(int)


def test_it_is_played_small_and_stands_whole(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames, masked: None
) -> None:
    frames.playing(1)
    for frame in (1, 2, 3, 9):
        go(qtbot, session, frame)
        shows(qtbot, panel, frame, whole=False)
        assert frames.image(frame) is None
    going = picture(panel)
    layers = panel.view.rendition.layers
    frames.playing(0)
    shows(qtbot, panel, 9, whole=True)
    image = frames.image(9)
    assert image is not None
    assert (image.width(), image.height()) == (WIDTH, HEIGHT)
    # The same picture, and the same masks at the same places.
    assert np.abs(going - picture(panel)).mean() < 2
    for x, y in ((500, 400), (470, 300), (450, 400), (855, 690), (870, 400), (500, 710)):
        assert layers.at(x, y) == panel.view.rendition.layers.at(x, y), (x, y)


def test_masks_lie_on_the_pixels_on_which_they_lie_when_it_stands(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames, actions: Actions, masked: None
) -> None:
    from xmem_gui.gui.canvas.look import Mode

    while panel.view.look.mode is not Mode.MASK:
        actions["view.cycle"].trigger()
    frames.playing(1)
    go(qtbot, session, 7)
    shows(qtbot, panel, 7, whole=False)
    going = picture(panel)
    frames.playing(0)
    shows(qtbot, panel, 7, whole=True)
    assert np.array_equal(going, picture(panel))
    assert going.any()


def test_a_step_shows_all_pixels(
    qtbot: QtBot, session: Session, panel: CanvasPanel, context: Context, actions: Actions
) -> None:
    from xmem_gui.gui.controllers.player import Player

    player = Player(context)
    actions["play.forward"].trigger()
    qtbot.waitUntil(lambda: session.frame >= 3, timeout=WAIT)
    actions["go.next"].trigger()
    assert player.direction == 0
    shows(qtbot, panel, session.frame, whole=True)
    assert context.frames.image(session.frame) is not None


def test_it_plays_every_frame_to_the_end(
    qtbot: QtBot, session: Session, panel: CanvasPanel, context: Context, actions: Actions
) -> None:
    from xmem_gui.gui.controllers.player import Player

    now, player = [0.0], None
    player = Player(context, clock=lambda: now[0])
    actions["play.forward"].trigger()
    for frame in range(1, FRAMES):
        while session.frame < frame:
            now[0] += 0.005
            player.tick()
            qtbot.wait(1)
        assert session.frame == frame
        shows(qtbot, panel, frame, whole=False)


def test_zoomed_in_it_is_played_in_all_its_pixels(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames, actions: Actions
) -> None:
    actions["view.actual"].trigger()
    shows(qtbot, panel, 0, whole=True)
    frames.playing(1)
    session.frame = 2
    shows(qtbot, panel, 2, whole=True)
    assert frames.image(2) is not None


def test_a_frame_that_the_player_has_left_behind_is_not_decoded_again(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames
) -> None:
    shows(qtbot, panel, 0, whole=True)
    frames.playing(1)
    go(qtbot, session, 3)
    shows(qtbot, panel, 3, whole=False)
    video = session.annotator.video
    with video._shelf.changed:
        video._shelf.frames.pop(1)
    session.frame = 1
    go(qtbot, session, 4)
    shows(qtbot, panel, 4, whole=False)
    qtbot.waitUntil(lambda: frames.is_idle, timeout=WAIT)
    assert not video.holds(1)


def test_a_frame_that_cannot_be_decoded_holds_nothing_up(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames, monkeypatch: pytest.MonkeyPatch
) -> None:
    from xmem_gui.errors import MediaError

    frames.playing(1)
    go(qtbot, session, 1)
    shows(qtbot, panel, 1, whole=False)

    def decoded(index: int) -> None:
        raise MediaError("It is damaged.")

    monkeypatch.setattr(session.annotator.video, "decoded", decoded)
    with qtbot.waitSignal(frames.failed, timeout=WAIT) as told:
        frames.request(5)
    assert told.args == [5, "It is damaged."]

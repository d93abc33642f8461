"""The decode thread: frames, layers and thumbnails come when they are asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.pictures.frames import Frames
    from xmem_gui.gui.state.session import Session


def test_a_frame_is_there_when_ready_says_so(qtbot: QtBot, session: Session, frames: Frames) -> None:
    assert frames.size == (48, 64)
    assert frames.image(4) is None
    with qtbot.waitSignal(frames.ready, timeout=WAIT) as told:
        frames.request(4)
    assert told.args == [4]
    image, pixels = frames.image(4), frames.array(4)
    assert image is not None
    assert pixels is not None
    assert (image.width(), image.height()) == (64, 48)
    assert image.pixelColor(20, 15).getRgb()[:3] == tuple(pixels[15, 20])
    with qtbot.waitSignal(frames.ready, timeout=WAIT):
        frames.request(4)


def test_the_newest_request_is_answered(qtbot: QtBot, frames: Frames) -> None:
    for frame in range(8):
        frames.request(frame)
    qtbot.waitUntil(lambda: frames.image(7) is not None, timeout=WAIT)
    assert sum(frames.image(frame) is not None for frame in range(8)) <= 3


def test_images_are_bounded_by_bytes(qtbot: QtBot, session: Session) -> None:
    from xmem_gui.gui.pictures.frames import Frames

    frames = Frames(session, budget_bytes=3 * 48 * 64 * 3)
    for frame in range(6):
        with qtbot.waitSignal(frames.ready, timeout=WAIT):
            frames.request(frame)
    assert [frame for frame in range(6) if frames.image(frame) is not None] == [3, 4, 5]
    frames.stop()


def test_layers_follow_the_document(session: Session, frames: Frames, settle: Callable[[], None]) -> None:
    annotator = session.annotator
    assert annotator is not None
    mask = np.zeros((48, 64), np.bool_)
    mask[5:9, 5:9] = True
    session.edit(lambda a: (a.add_object("one"), a.set_mask(0, 1, mask))[1])
    settle()
    layers = frames.layers(annotator, 0)
    assert (layers.index == mask).all()
    assert frames.layers(annotator, 0) is layers
    session.edit(lambda a: a.editing.grow(0, 1, 1))
    settle()
    assert frames.layers(annotator, 0).index.sum() > mask.sum()
    session.solo = 99
    assert not frames.layers(annotator, 0).index.any()


def test_thumbnails_come_small_and_rest_while_playing(qtbot: QtBot, session: Session, frames: Frames) -> None:
    frames.playing(1)
    assert frames.thumbnail(3, 12) is None
    with qtbot.waitSignal(frames.thumbnail_ready, timeout=WAIT) as told:
        frames.playing(0)
    assert told.args == [3]
    image = frames.thumbnail(3, 12)
    assert image is not None
    assert (image.width(), image.height()) == (16, 12)


def test_closing_forgets_everything(qtbot: QtBot, session: Session, frames: Frames) -> None:
    with qtbot.waitSignal(frames.ready, timeout=WAIT):
        frames.request(2)
    ended: list[bool] = []
    session.close(ended.append)
    qtbot.waitUntil(lambda: bool(ended), timeout=WAIT)
    assert frames.image(2) is None
    assert frames.size == (0, 0)
    frames.request(2)
    assert frames.thumbnail(2, 12) is None

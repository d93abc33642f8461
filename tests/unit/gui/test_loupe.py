"""The loupe: where it is, what it shows, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from canvas_hand import Settle, add_square, at, colour_at, grabbed, leave, left, move
from waits import WAIT

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.preferences import Preferences
    from xmem_gui.gui.state.session import Session


@pytest.fixture
def small(qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle) -> None:
    """Show the clip with its square at 200 %, and take the brush."""
    add_square(session, settle)
    panel.view.place = panel.view.place.zoomed(2.0, *(side / 2 for side in panel.view.canvas))
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(3)
    settle()
    qtbot.waitUntil(
        lambda: panel.view.rendition.layers.at(10, 20) is not None and panel.view.rendition.sight.scale == 2,
        timeout=WAIT,
    )


def in_loupe(panel: CanvasPanel, area: Any, x: float, y: float, pointer: tuple[float, float]) -> Any:
    """Return the colour that the loupe shows of a place of the video while the pointer is on another."""
    scale = panel.loupe.scale
    column = area.center().x() + (x - pointer[0]) * scale
    row = area.center().y() + (y - pointer[1]) * scale
    return tuple(grabbed(panel)[round(row), round(column)])


@pytest.mark.usefixtures("small")
def test_it_is_shown_while_a_painting_tool_is_over_the_canvas(panel: CanvasPanel, actions: Actions) -> None:
    move(panel, at(panel, 40, 30))
    assert panel.loupe.area() is None
    actions["view.loupe"].setChecked(True)
    assert panel.loupe.area() is not None
    for name in panel.tools:
        panel.choose(name)
        painting = name in {"tool.brush", "tool.eraser", "tool.polygon", "tool.lasso", "tool.fill"}
        assert (panel.loupe.area() is not None) == painting, name
    panel.choose("tool.brush")
    panel.set_panning(True)
    assert panel.loupe.area() is None
    panel.set_panning(False)
    leave(panel)
    assert panel.loupe.area() is None


@pytest.mark.usefixtures("small")
def test_it_moves_to_the_other_corner_when_the_pointer_comes_near(
    panel: CanvasPanel, actions: Actions
) -> None:
    from PySide6.QtCore import QPoint

    actions["view.loupe"].setChecked(True)
    width, height = panel.view.width(), panel.view.height()
    move(panel, QPoint(width // 2, height - 10))
    first = panel.loupe.area()
    assert first.right() < width / 2
    move(panel, QPoint(round(first.right()) + 10, round(first.center().y())))
    second = panel.loupe.area()
    assert second.left() > width / 2
    move(panel, QPoint(width // 2, height - 10))
    assert panel.loupe.area() == second, "it stays there"
    move(panel, second.center().toPoint())
    assert panel.loupe.area() == first


@pytest.mark.usefixtures("small")
def test_it_shows_picture_and_mask_in_squares(panel: CanvasPanel, actions: Actions) -> None:
    actions["view.loupe"].setChecked(True)
    pointer = at(panel, 20, 30)
    ratio = panel.view.devicePixelRatioF()
    where = panel.view.place.to_video(pointer.x() * ratio, pointer.y() * ratio)
    move(panel, pointer)
    area = panel.loupe.area()
    assert panel.loupe.scale == 8
    assert not area.contains(pointer)
    for x, y in ((12, 22), (26, 35), (14, 36), (25, 24)):
        shown = in_loupe(panel, area, x + 0.5, y + 0.5, where)
        assert shown == pytest.approx(colour_at(panel, x, y), abs=2), (x, y)
    square = [in_loupe(panel, area, 26 + i, 35 + j, where) for i in (0.3, 0.5, 0.7) for j in (0.3, 0.5, 0.7)]
    assert len(set(square)) == 1, "a pixel is a square of one colour"


@pytest.mark.usefixtures("small")
def test_a_stroke_is_in_it_at_once(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, settle: Settle
) -> None:
    actions["view.loupe"].setChecked(True)
    pointers = [at(panel, 45, 36), at(panel, 48, 36), at(panel, 50, 36)]
    ratio = panel.view.devicePixelRatioF()
    where = panel.view.place.to_video(pointers[-1].x() * ratio, pointers[-1].y() * ratio)
    move(panel, pointers[-1])
    plain = in_loupe(panel, panel.loupe.area(), 47.5, 36.5, where)
    qtbot.mousePress(panel.view, left(), pos=pointers[0])
    for point in pointers[1:]:
        move(panel, point, held=left())
    during = in_loupe(panel, panel.loupe.area(), 47.5, 36.5, where)
    assert during != plain
    assert during == pytest.approx(colour_at(panel, 47, 36), abs=2)
    qtbot.mouseRelease(panel.view, left(), pos=pointers[-1])
    settle()
    qtbot.waitUntil(lambda: panel.view.rendition.layers.at(47, 36) is not None, timeout=WAIT)
    assert in_loupe(panel, panel.loupe.area(), 47.5, 36.5, where) == pytest.approx(during, abs=2)


@pytest.mark.usefixtures("small")
def test_the_soft_matte_is_in_it_and_what_is_painted_there(
    qtbot: QtBot, session: Session, panel: CanvasPanel, actions: Actions, preferences: Preferences
) -> None:
    session.selected = 1
    preferences.set(feather=6.0, cutout="#00b140")
    actions["view.loupe"].setChecked(True)
    actions["view.matte"].trigger()
    qtbot.waitUntil(lambda: colour_at(panel, 45, 36) == (0, 177, 64), timeout=WAIT)
    pointer = at(panel, 18, 27)
    ratio = panel.view.devicePixelRatioF()
    where = panel.view.place.to_video(pointer.x() * ratio, pointer.y() * ratio)
    move(panel, pointer)
    area = panel.loupe.area()
    inside, edge, outside = (10, 26), (19, 26), (25, 26)
    for x, y in (inside, edge, outside):
        shown = in_loupe(panel, area, x + 0.5, y + 0.5, where)
        assert shown == pytest.approx(colour_at(panel, x, y), abs=2), (x, y)
    assert len({colour_at(panel, *one) for one in (inside, edge, outside)}) == 3, "the edge is soft"
    pointers = [at(panel, 45, 36), at(panel, 48, 36)]
    where = panel.view.place.to_video(pointers[-1].x() * ratio, pointers[-1].y() * ratio)
    qtbot.mousePress(panel.view, left(), pos=pointers[0])
    move(panel, pointers[-1], held=left())
    for x, y in ((46, 36), (46, 44)):
        shown = in_loupe(panel, panel.loupe.area(), x + 0.5, y + 0.5, where)
        assert shown == pytest.approx(colour_at(panel, x, y), abs=2), (x, y)
    assert colour_at(panel, 46, 36) != (0, 177, 64) == colour_at(panel, 46, 44)
    qtbot.mouseRelease(panel.view, left(), pos=pointers[-1])


@pytest.mark.usefixtures("small")
def test_a_large_brush_is_magnified_less_and_a_large_picture_not_at_all(
    panel: CanvasPanel, actions: Actions
) -> None:
    actions["view.loupe"].setChecked(True)
    move(panel, at(panel, 40, 30))
    scales = []
    for radius in (3, 8, 40):
        panel.desk.options = panel.desk.options.with_radius(radius)
        scales.append(panel.loupe.scale)
    assert scales == [8, 6, 4]
    panel.view.zoom(2.5)
    move(panel, at(panel, 40, 30))
    assert panel.loupe.scale == 10
    panel.view.zoom(2)
    move(panel, at(panel, 40, 30))
    assert panel.loupe.area() is None


@pytest.mark.usefixtures("small")
def test_it_is_remembered(panel: CanvasPanel, actions: Actions, preferences: Preferences) -> None:
    assert not preferences.values.loupe
    actions["view.loupe"].setChecked(True)
    assert preferences.values.loupe


def test_live_layers_are_what_a_rendition_shows() -> None:
    """Touches, one by one or together, change the index at the video's size as they do on the screen."""
    from xmem_gui.gui.canvas.geometry import Region
    from xmem_gui.gui.canvas.look import Look, Mode
    from xmem_gui.gui.canvas.rendition import LiveLayers, Rendition, Sight, Touch
    from xmem_gui.gui.pictures.layers import Layers
    from xmem_gui.project import VideoObject

    rng = np.random.default_rng(1)
    objects = tuple(VideoObject(n, str(n), (10 * n, 255 - 10 * n, 99), locked=n == 3) for n in (1, 2, 3))
    layers = Layers(rng.integers(0, 4, (48, 64), np.uint8), objects, (48, 64))
    before = layers.index.copy()
    touches = [
        Touch(0, int(rng.integers(1, 4)), int(rng.integers(-5, 60)), int(rng.integers(-5, 44)),
              rng.random((9, 7)) < 0.7, erase=bool(rng.integers(2)), alone=number == 4)
        for number in range(8)
    ]  # fmt: skip
    sight = Sight(0, Region(0, 0, 64, 48), 1.0, Look(Mode.MASK))
    pixels = np.zeros((48, 64, 3), np.uint8)
    live = LiveLayers()
    for count in (0, 1, 2, 5, 8, 3):
        chosen = tuple(touches[:count])
        shown = Rendition(sight, pixels, live.of(layers, chosen)).image
        assert shown == Rendition(sight, pixels, layers, chosen).image, count
    assert (layers.index == before).all()

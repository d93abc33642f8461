"""The canvas on a real document: mouse and keys in, masks and pictures out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from numpy.typing import NDArray

from xmem_gui.errors import XmemGuiError

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.actions import Actions
    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.frames import Frames
    from xmem_gui.gui.preferences import Preferences
    from xmem_gui.gui.session import Session

WAIT = 20_000
Settle = Callable[[], None]


@pytest.fixture
def frames(session: Session) -> Iterator[Frames]:
    from xmem_gui.gui.frames import Frames

    made = Frames(session)
    yield made
    made.stop()


@pytest.fixture
def panel(
    qtbot: QtBot, session: Session, frames: Frames, actions: Actions, preferences: Preferences
) -> CanvasPanel:
    from xmem_gui.gui.canvas import CanvasPanel

    made = CanvasPanel(session, frames, actions, preferences)
    qtbot.addWidget(made)
    made.resize(700, 500)
    made.show()
    made.view.fit()
    made.view.draw()
    qtbot.waitUntil(lambda: made.view.rendition is not None, timeout=WAIT)
    return made


def at(panel: CanvasPanel, x: float, y: float) -> Any:
    from PySide6.QtCore import QPoint

    place = panel.view.place.to_canvas(x, y)
    ratio = panel.view.devicePixelRatioF()
    return QPoint(round(place[0] / ratio), round(place[1] / ratio))


def under(panel: CanvasPanel, point: Any) -> tuple[float, float]:
    ratio = panel.view.devicePixelRatioF()
    return panel.view.place.to_video(point.x() * ratio, point.y() * ratio)


def drag(qtbot: QtBot, panel: CanvasPanel, points: list[Any], *, right: bool = False) -> None:
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    button = Qt.MouseButton.RightButton if right else Qt.MouseButton.LeftButton
    qtbot.mousePress(panel.view, button, pos=points[0])
    for point in points[1:]:
        # QTest's own moves have no button down.
        event = QMouseEvent(
            QEvent.Type.MouseMove, QPointF(point), panel.view.mapToGlobal(QPointF(point)),
            Qt.MouseButton.NoButton, button, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        QApplication.sendEvent(panel.view, event)
    qtbot.mouseRelease(panel.view, button, pos=points[-1])


def mask(session: Session, object_id: int = 1, frame: int = 0) -> NDArray[np.bool_] | None:
    assert session.annotator is not None
    return session.annotator.project.mask(frame, object_id)


def add_square(session: Session, settle: Settle) -> NDArray[np.bool_]:
    square = np.zeros((48, 64), np.bool_)
    square[10:30, 5:20] = True
    assert session.annotator is not None
    session.edit(lambda a: (a.add_object("square"), a.set_mask(0, 1, square))[1])
    settle()
    session.selected = 1
    return square


def test_a_stroke_by_mouse_is_the_same_as_by_the_annotator(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    assert session.annotator is not None
    session.edit(lambda a: (a.add_object("twin"), None)[1])
    settle()
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(3)
    points = [at(panel, x, y) for x, y in ((30, 35), (40, 38), (52, 30), (60, 44))]
    session.selected = 2
    drag(qtbot, panel, points)
    settle()
    painted = mask(session, 2)
    places = [under(panel, point) for point in points]
    session.edit(lambda a: a.undo())
    session.edit(lambda a: a.editing.brush(0, 2, places, 3.0))
    settle()
    assert painted is not None
    assert painted.any()
    assert (painted == mask(session, 2)).all()


def test_what_is_painted_is_seen_at_once_and_stays(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    qtbot.waitUntil(lambda: _colour(panel, 10, 20) != _colour(panel, 45, 20), timeout=WAIT)
    plain = _colour(panel, 40, 38)
    panel.choose("tool.brush")
    qtbot.mousePress(panel.view, _left(), pos=at(panel, 40, 38))
    during = _colour(panel, 40, 38)
    assert during != plain
    qtbot.mouseRelease(panel.view, _left(), pos=at(panel, 40, 38))
    settle()
    qtbot.waitUntil(lambda: not panel.desk.touches(0), timeout=WAIT)
    assert _colour(panel, 40, 38) == during


def test_the_first_stroke_adds_an_object(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.brush")
    drag(qtbot, panel, [at(panel, 20, 20), at(panel, 30, 20)])
    settle()
    assert [one.id for one in session.objects] == [1]
    assert session.selected == 1
    found = mask(session)
    assert found is not None
    assert found[20, 25]
    for _ in range(2):
        session.edit(lambda a: a.undo())
    settle()
    assert not session.objects


def test_the_right_button_erases(qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle) -> None:
    square = add_square(session, settle)
    panel.choose("tool.brush")
    panel.desk.options = panel.desk.options.with_radius(2)
    drag(qtbot, panel, [at(panel, 10, 15), at(panel, 14, 15)], right=True)
    settle()
    found = mask(session)
    assert found is not None
    assert not found[15, 12]
    assert 0 < found.sum() < square.sum()


def test_a_locked_object_is_not_painted(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    from xmem_gui.project import ChangeObject

    square = add_square(session, settle)
    session.edit(lambda a: a.project.apply(ChangeObject(1, locked=True)))
    settle()
    panel.choose("tool.brush")
    with qtbot.waitSignal(session.notice) as said:
        drag(qtbot, panel, [at(panel, 40, 40), at(panel, 50, 40)])
    settle()
    assert "locked" in said.args[0].text
    assert (mask(session) == square).all()


def test_a_polygon_by_clicks_and_enter(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    from PySide6.QtCore import Qt

    panel.choose("tool.polygon")
    for place in ((30, 10), (50, 10), (50, 30), (30, 30)):
        qtbot.mouseClick(panel.view, _left(), pos=at(panel, *place))
    qtbot.keyClick(panel.view, Qt.Key.Key_Return)
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 40]
    assert found.sum() == pytest.approx(400, abs=60)


def test_a_polygon_is_done_when_one_goes_on(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.polygon")
    for place in ((30, 10), (50, 10), (50, 30)):
        qtbot.mouseClick(panel.view, _left(), pos=at(panel, *place))
    session.frame = 1
    settle()
    assert mask(session) is not None
    assert mask(session, frame=1) is None


@pytest.mark.parametrize(
    ("name", "area"),
    [("mask.grow", 432), ("mask.shrink", 182), ("mask.largest", 300), ("mask.clear", None)],
)
def test_repairs_change_the_mask(
    session: Session, panel: CanvasPanel, settle: Settle, actions: Actions, name: str, area: int | None
) -> None:
    from dataclasses import replace

    square = add_square(session, settle)
    panel.desk.options = replace(panel.desk.options, amount=2.0 if name != "mask.shrink" else 1.0)
    if name == "mask.largest":
        square[40, 40] = True
        session.edit(lambda a: a.set_mask(0, 1, square))
        settle()
    actions[name].trigger()
    settle()
    found = mask(session)
    assert (None if found is None else int(found.sum())) == pytest.approx(area, abs=60)


def test_copying_from_a_frame_without_a_mask_says_so(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, actions: Actions
) -> None:
    square = add_square(session, settle)
    session.frame = 1
    actions["mask.copy_previous"].trigger()
    settle()
    assert (mask(session, frame=1) == square).all()
    with qtbot.waitSignal(session.notice, timeout=WAIT):
        actions["mask.copy_next"].trigger()
    session.frame = 0
    with qtbot.waitSignal(session.notice, timeout=WAIT):
        actions["mask.copy_previous"].trigger()


def test_the_wheel_zooms_at_the_pointer(panel: CanvasPanel) -> None:
    from PySide6.QtCore import QPointF

    point = at(panel, 20, 30)
    before, scale = under(panel, point), panel.view.place.scale
    panel.view.zoom(2.0, QPointF(point))
    assert panel.view.place.scale == 2 * scale
    assert under(panel, point) == pytest.approx(before, abs=0.1)
    assert not panel.view.is_fitted


def test_the_place_stays_across_frames_and_fit_comes_back(
    session: Session, panel: CanvasPanel, actions: Actions
) -> None:
    actions["view.actual"].trigger()
    place = panel.view.place
    assert place.scale == 1
    session.frame = 5
    assert panel.view.place == place
    actions["view.fit"].trigger()
    assert panel.view.is_fitted
    panel.resize(400, 300)
    assert panel.view.place.scale < 400 / 64


def test_dragging_while_panning_moves_the_picture(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    panel.choose("tool.brush")
    panel.set_panning(True)
    before = panel.view.place
    drag(qtbot, panel, [at(panel, 20, 20), at(panel, 20, 20) + at(panel, 0, 0)])
    panel.set_panning(False)
    settle()
    assert panel.view.place != before
    assert panel.view.place.scale == before.scale
    assert not session.objects


def test_views_follow_the_actions_and_are_remembered(
    qtbot: QtBot, panel: CanvasPanel, actions: Actions, preferences: Preferences
) -> None:
    from xmem_gui.gui.canvas.look import Mode

    actions["view.faded"].trigger()
    assert panel.view.look.mode is Mode.FADED
    actions["view.cycle"].trigger()
    assert panel.view.look.mode is Mode.IMAGE
    actions["view.cycle"].trigger()
    assert panel.view.look.mode is Mode.OVERLAY
    actions["view.hide"].setChecked(True)
    assert panel.view.look.mode is Mode.IMAGE
    actions["view.hide"].setChecked(False)
    assert panel.view.look.mode is Mode.OVERLAY
    actions["view.opacity_up"].trigger()
    qtbot.waitUntil(lambda: preferences.values.opacity == pytest.approx(0.6), timeout=WAIT)


def test_the_name_under_the_pointer_is_told(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle
) -> None:
    add_square(session, settle)
    qtbot.waitUntil(lambda: panel.view.rendition.layers.at(10, 20) is not None, timeout=WAIT)
    with qtbot.waitSignal(panel.pointed) as told:
        qtbot.mouseMove(panel.view, at(panel, 10.5, 20.5))
    column, row, one = told.args[0]
    assert (column, row) == (10, 20)
    assert one.name == "square"


class Prompting:
    """Answers clicks with discs around them."""

    def __init__(self, project: Any, editing: Any) -> None:
        self._project, self._editing = project, editing
        self.problem: Exception | None = None

    def prepare(self, frame: int) -> None:
        pass

    def forget(self, frame: int, object_id: int) -> None:
        pass

    def propose(self, frame: int, object_id: int, prompts: Any, *, preview: bool = False) -> Any:
        if self.problem is not None:
            raise self.problem
        rows, columns = np.mgrid[:48, :64] + 0.5
        found = np.zeros((48, 64), np.bool_)
        for point in prompts.points:
            disc = (rows - point.y) ** 2 + (columns - point.x) ** 2 < 25
            found = found | disc if point.positive else found & ~disc
        return SimpleNamespace(frame=frame, object_id=object_id, mask=found)

    def accept(self, proposal: Any) -> Any:
        return self._editing.set_mask(proposal.frame, proposal.object_id, proposal.mask)


@pytest.fixture
def prompting(session: Session) -> Prompting:
    annotator = session.annotator
    assert annotator is not None
    annotator.prompting = made = Prompting(annotator.project, annotator.editing)  # type: ignore[assignment]
    return made


def test_a_click_becomes_a_committed_mask_and_undo_takes_it_back(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: Prompting
) -> None:
    panel.choose("tool.click")
    qtbot.mouseClick(panel.view, _left(), pos=at(panel, 20, 20))
    qtbot.waitUntil(lambda: mask(session) is not None, timeout=WAIT)
    qtbot.mouseClick(panel.view, _left(), pos=at(panel, 40, 20))
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 20]
    assert found[20, 40]
    assert session.annotator is not None
    record = session.annotator.project.record(0, 1)
    assert record is not None
    assert record.committed
    session.edit(lambda a: a.undo())
    settle()
    assert panel.prompter.prompts is not None
    assert len(panel.prompter.prompts.points) == 1
    session.edit(lambda a: a.redo())
    settle()
    assert len(panel.prompter.prompts.points) == 2


def test_escape_goes_back_to_the_mask_before_and_enter_keeps(
    qtbot: QtBot,
    session: Session,
    panel: CanvasPanel,
    settle: Settle,
    prompting: Prompting,
    actions: Actions,
) -> None:
    square = add_square(session, settle)
    panel.choose("tool.click")
    for x in (40, 50):
        qtbot.mouseClick(panel.view, _left(), pos=at(panel, x, 40))
        settle()
    assert not (mask(session) == square).all()
    actions["prompts.clear"].trigger()
    settle()
    assert (mask(session) == square).all()
    assert panel.prompter.prompts is None
    qtbot.mouseClick(panel.view, _left(), pos=at(panel, 40, 40))
    settle()
    actions["prompts.accept"].trigger()
    settle()
    assert panel.prompter.prompts is None
    actions["prompts.clear"].trigger()
    settle()
    assert not (mask(session) == square).all()


def test_moving_on_keeps_the_mask(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: Prompting
) -> None:
    panel.choose("tool.click")
    qtbot.mouseClick(panel.view, _left(), pos=at(panel, 20, 20))
    settle()
    session.frame = 3
    assert panel.prompter.prompts is None
    session.frame = 0
    assert panel.prompter.prompts is not None
    panel.clear()
    settle()
    found = mask(session)
    assert found is not None
    assert found[20, 20]


def test_a_click_that_fails_says_why_and_leaves_nothing(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: Prompting
) -> None:
    add_square(session, settle)
    prompting.problem = XmemGuiError("The click model is not here: download it.")
    panel.choose("tool.click")
    with qtbot.waitSignal(session.notice, timeout=WAIT) as said:
        qtbot.mouseClick(panel.view, _left(), pos=at(panel, 40, 40))
    assert said.args[0].text == "The click model is not here: download it."
    assert panel.prompter.prompts is None
    assert not panel.prompter.is_busy


def test_shift_shows_what_a_click_would_give(
    qtbot: QtBot, session: Session, panel: CanvasPanel, settle: Settle, prompting: Prompting
) -> None:
    from xmem_gui.interaction import Point

    square = add_square(session, settle)
    panel.choose("tool.click")
    panel.prompter.try_at(Point(40, 40))
    qtbot.waitUntil(lambda: bool(panel.desk.touches(0)), timeout=WAIT)
    assert panel.desk.touches(0)[0].pixels[40, 40]
    panel.prompter.try_at(None)
    assert not panel.desk.touches(0)
    assert (mask(session) == square).all()


def test_a_frame_that_cannot_be_read_is_explained(
    qtbot: QtBot, session: Session, panel: CanvasPanel, frames: Frames
) -> None:
    with qtbot.waitSignal(frames.failed, timeout=WAIT):
        frames.work(0, _fail, lambda _: None, key="test")


def _fail(*_: object) -> None:
    raise XmemGuiError("Frame 0 is damaged.")


def _left() -> Any:
    from PySide6.QtCore import Qt

    return Qt.MouseButton.LeftButton


def _colour(panel: CanvasPanel, x: int, y: int) -> tuple[int, ...]:
    from PySide6.QtCore import QPoint

    image = panel.view.rendition.image  # type: ignore[union-attr]
    sight = panel.view.rendition.sight  # type: ignore[union-attr]
    point = QPoint(
        round((x + 0.5 - sight.region.left) * sight.scale), round((y + 0.5 - sight.region.top) * sight.scale)
    )
    colour = image.pixelColor(point)
    return colour.red(), colour.green(), colour.blue()

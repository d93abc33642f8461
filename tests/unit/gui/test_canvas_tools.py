"""What the tools make of a hand's gestures, without a window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import pytest

from xmem_gui.gui.canvas.desk import Target
from xmem_gui.gui.canvas.options import LARGEST, SMALLEST, ToolOptions
from xmem_gui.gui.canvas.states import Corners, Path, Span
from xmem_gui.gui.canvas.tools import (
    BoxTool,
    BrushTool,
    ClickTool,
    FillTool,
    LassoTool,
    Pointer,
    PolygonTool,
    ScribbleTool,
    Tool,
)
from xmem_gui.gui.canvas.tools.prompts import hit, moved, without
from xmem_gui.interaction import Box, Point, Prompts, Stroke


class Editing:
    """Writes down what it is asked for."""

    def __init__(self) -> None:
        self.calls: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **options: self.calls.append((name, *args, options))


class Desk:
    """What tools need, without a document."""

    def __init__(self) -> None:
        self.session = SimpleNamespace(frame=3)
        self.options = ToolOptions(radius=4)
        self.size = (50, 60)
        self.repaint = SimpleNamespace(emit=lambda: None)
        self.editing = Editing()
        self.touches: list[Any] = []
        self.object: Target | None = Target(7)

    def target(self, *, erase: bool = False) -> Target | None:
        self.erases = erase
        return self.object

    def live(self, touch: Any) -> None:
        self.touches.append(touch)

    def drop_live(self) -> None:
        self.touches.clear()

    def edit(self, target: Target, work: Callable[..., Any]) -> None:
        work(SimpleNamespace(editing=self.editing), target.known)


@dataclass
class Prompter:
    """Keeps what is said."""

    prompts: Prompts | None = None
    tried: list[Point | None] = field(default_factory=list)

    def add(self, prompt: Point | Stroke | Box) -> None:
        self.prompts = (self.prompts or Prompts()).plus(prompt)

    def set(self, prompts: Prompts) -> None:
        self.prompts = None if prompts.is_empty else prompts

    def try_at(self, point: Point | None) -> None:
        self.tried.append(point)


@pytest.fixture
def desk() -> Desk:
    return Desk()


def drag(tool: Tool, *places: tuple[float, float], **held: Any) -> None:
    pointers = [Pointer(x, y, **held) for x, y in places]
    tool.press(pointers[0])
    for pointer in pointers[1:]:
        tool.move(pointer)
    tool.release(pointers[-1])


def click(tool: Tool, x: float, y: float, **held: Any) -> None:
    drag(tool, (x, y), **held)


def test_a_stroke_is_one_edit_with_all_its_points(desk: Desk) -> None:
    drag(BrushTool(desk), (1, 1), (5, 1), (5, 1), (9, 4))  # type: ignore[arg-type]
    (call,) = desk.editing.calls
    assert call == ("brush", 3, 7, ((1, 1), (5, 1), (9, 4)), (4, 4, 4), {"erase": False})
    assert [touch.erase for touch in desk.touches] == [False] * len(desk.touches)
    assert len(desk.touches) >= 3


@pytest.mark.parametrize(
    ("eraser", "held", "erases"),
    [
        (False, {}, False),
        (False, {"alt": True}, True),
        (False, {"button": "right"}, True),
        (True, {}, True),
        (True, {"alt": True}, False),
    ],
)
def test_alt_and_the_right_button_do_the_other(
    desk: Desk, eraser: bool, held: dict[str, Any], erases: bool
) -> None:
    drag(BrushTool(desk, erase=eraser), (1, 1), (5, 1), **held)  # type: ignore[arg-type]
    assert desk.editing.calls[0][-1] == {"erase": erases}


def test_a_stroke_stays_on_the_frame_where_it_began(desk: Desk) -> None:
    brush = BrushTool(desk)  # type: ignore[arg-type]
    brush.press(Pointer(1, 1))
    desk.session.frame = 9
    brush.release(Pointer(1, 1))
    assert desk.editing.calls[0][1] == 3


def test_pressure_makes_a_stroke_thinner(desk: Desk) -> None:
    brush = BrushTool(desk)  # type: ignore[arg-type]
    brush.press(Pointer(1, 1, pressure=0.5))
    assert brush.path is not None
    assert brush.path.radii == (2.0,)
    desk.options = replace(desk.options, pressure=False)
    brush.move(Pointer(9, 1, pressure=0.5))
    assert brush.path.radii == (2.0, 4.0)


def test_shift_and_drag_sizes_the_brush(desk: Desk) -> None:
    drag(BrushTool(desk), (10, 10), (20, 10), shift=True)  # type: ignore[arg-type]
    assert desk.options.radius == 9
    assert not desk.editing.calls


def test_a_stroke_can_be_given_up(desk: Desk) -> None:
    brush = BrushTool(desk)  # type: ignore[arg-type]
    brush.press(Pointer(1, 1))
    assert brush.is_busy
    assert brush.cancel()
    brush.release(Pointer(5, 5))
    assert not desk.editing.calls
    assert not desk.touches
    assert not brush.cancel()


def test_nothing_is_painted_where_nothing_may_be(desk: Desk) -> None:
    desk.object = None
    drag(BrushTool(desk), (1, 1), (5, 1))  # type: ignore[arg-type]
    assert not desk.editing.calls


def test_a_polygon_closes_on_its_first_corner(desk: Desk) -> None:
    polygon = PolygonTool(desk)  # type: ignore[arg-type]
    for place in ((1, 1), (9, 1), (9, 9)):
        click(polygon, *place)
    assert polygon.is_busy
    click(polygon, 1.4, 1.2)
    assert desk.editing.calls == [("polygon", 3, 7, ((1, 1), (9, 1), (9, 9)), {"erase": False})]
    assert not polygon.is_busy


def test_a_polygon_closes_with_enter_and_a_double_click(desk: Desk) -> None:
    polygon = PolygonTool(desk)  # type: ignore[arg-type]
    assert not polygon.accept()
    for place in ((1, 1), (9, 1)):
        click(polygon, *place, alt=True)
    assert not polygon.accept()
    click(polygon, 9, 9)
    polygon.double(Pointer(9, 9))
    assert desk.editing.calls == [("polygon", 3, 7, ((1, 1), (9, 1), (9, 9)), {"erase": True})]


def test_a_polygon_stays_while_the_object_may_not_be_changed(desk: Desk) -> None:
    polygon = PolygonTool(desk)  # type: ignore[arg-type]
    for place in ((1, 1), (9, 1), (9, 9)):
        click(polygon, *place)
    desk.object = None
    assert not polygon.accept()
    assert polygon.is_busy
    desk.object = Target(7)
    assert polygon.accept()
    assert len(desk.editing.calls) == 1


def test_a_fill_beside_the_picture_does_nothing(desk: Desk) -> None:
    click(FillTool(desk), 70, 20)  # type: ignore[arg-type]
    assert not desk.editing.calls


def test_corners_can_be_taken_back(desk: Desk) -> None:
    polygon = PolygonTool(desk)  # type: ignore[arg-type]
    click(polygon, 1, 1)
    click(polygon, 9, 1)
    assert polygon.back()
    assert polygon.corners == Corners(((1, 1),))
    assert polygon.delete()
    assert not polygon.is_busy
    assert not polygon.back()


def test_a_lasso_needs_three_places(desk: Desk) -> None:
    lasso = LassoTool(desk)  # type: ignore[arg-type]
    drag(lasso, (1, 1), (9, 1))
    assert not desk.editing.calls
    drag(lasso, (1, 1), (9, 1), (9, 9), button="right")
    assert desk.editing.calls == [("polygon", 3, 7, ((1, 1), (9, 1), (9, 9)), {"erase": True})]


def test_a_flood_uses_the_tolerance(desk: Desk) -> None:
    desk.options = replace(desk.options, tolerance=40, subtract=True)
    click(FillTool(desk), 4.5, 5.5)  # type: ignore[arg-type]
    assert desk.editing.calls == [("flood_fill", 3, 7, 4.5, 5.5, {"tolerance": 40, "erase": True})]


def test_clicks_add_and_take_away(desk: Desk) -> None:
    prompter = Prompter()
    tool = ClickTool(desk, prompter)  # type: ignore[arg-type]
    click(tool, 5, 5)
    click(tool, 20, 5, button="right")
    click(tool, 30, 5, alt=True)
    click(tool, 70, 5)  # outside
    assert prompter.prompts is not None
    assert [point.positive for point in prompter.prompts.points] == [True, False, False]


def test_a_click_can_be_moved_and_deleted(desk: Desk) -> None:
    prompter = Prompter()
    tool = ClickTool(desk, prompter)  # type: ignore[arg-type]
    click(tool, 5, 5)
    click(tool, 30, 30)
    drag(tool, (5.5, 5), (10, 12))
    assert prompter.prompts is not None
    assert prompter.prompts.points[0] == Point(10, 12)
    tool.hover(Pointer(30, 30))
    assert tool.hot == ("point", 1)
    assert tool.delete()
    assert prompter.prompts.points == (Point(10, 12),)
    tool.hover(Pointer(10, 12))
    assert tool.delete()
    assert prompter.prompts is None


def test_a_double_click_on_a_mark_changes_nothing(desk: Desk) -> None:
    prompter = Prompter()
    tool = ClickTool(desk, prompter)  # type: ignore[arg-type]
    click(tool, 5, 5)
    before = prompter.prompts
    tool.double(Pointer(5, 5))
    tool.release(Pointer(5, 5))
    assert prompter.prompts is before


def test_a_click_let_go_where_it_was_is_not_asked_again(desk: Desk) -> None:
    prompter = Prompter()
    tool = ClickTool(desk, prompter)  # type: ignore[arg-type]
    click(tool, 5, 5)
    before = prompter.prompts
    click(tool, 5, 5)
    assert prompter.prompts is before


def test_a_click_is_tried_where_the_pointer_is_until_it_leaves_or_shift_is_let_go(desk: Desk) -> None:
    prompter = Prompter()
    tool = ClickTool(desk, prompter)  # type: ignore[arg-type]
    tool.hover(Pointer(5, 5, "none"))
    tool.hover(Pointer(6, 5, "none", alt=True))
    tool.leave()
    assert prompter.tried == [Point(5, 5), Point(6, 5, positive=False), None]
    prompter.tried.clear()
    tool.hover(Pointer(5, 5, "none", shift=True))
    tool.hover(Pointer(5, 5, "none"))
    tool.hover(Pointer(6, 5, "none"))
    tool.hover(Pointer(-6, 5, "none"))
    assert prompter.tried == [Point(5, 5), None, Point(6, 5), None]


def test_a_scribble_is_a_stroke(desk: Desk) -> None:
    prompter = Prompter()
    drag(ScribbleTool(desk, prompter), (1, 1), (9, 1), alt=True)  # type: ignore[arg-type]
    assert prompter.prompts == Prompts(strokes=(Stroke([(1, 1), (9, 1)], 3.0, False),))


def test_a_box_can_be_drawn_and_its_corners_moved(desk: Desk) -> None:
    prompter = Prompter()
    tool = BoxTool(desk, prompter)  # type: ignore[arg-type]
    drag(tool, (20, 20), (5, 8))
    assert prompter.prompts == Prompts(box=Box(5, 8, 20, 20))
    drag(tool, (5, 8), (2, 2))
    assert prompter.prompts.box == Box(2, 2, 20, 20)
    click(tool, 40, 40)  # no area
    assert prompter.prompts.box == Box(2, 2, 20, 20)


def test_a_box_can_be_given_up(desk: Desk) -> None:
    prompter = Prompter()
    tool = BoxTool(desk, prompter)  # type: ignore[arg-type]
    tool.press(Pointer(5, 5))
    tool.move(Pointer(20, 20))
    assert tool.cancel()
    tool.release(Pointer(20, 20))
    assert prompter.prompts is None


def test_marks_are_found_moved_and_taken_out() -> None:
    prompts = Prompts((Point(5, 5), Point(6, 5)), (Stroke([(20, 20), (30, 20)], 3),), Box(0, 0, 40, 40))
    assert hit(prompts, Pointer(5.6, 5)) == ("point", 1)
    assert hit(prompts, Pointer(20, 22)) == ("stroke", 0)
    assert hit(prompts, Pointer(40, 39.5)) == ("corner", 2)
    assert hit(prompts, Pointer(12, 12)) is None
    assert moved(prompts, ("corner", 2), 50, 60).box == Box(0, 0, 50, 60)
    for what in (("point", 0), ("stroke", 0), ("corner", 1)):
        assert hit(without(prompts, what), Pointer(20, 22)) != what  # type: ignore[arg-type]


def test_states_are_values() -> None:
    path = Path().to(1, 1, 2).to(1, 1, 5).to(3, 1, 2)
    assert path == Path(((1, 1), (3, 1)), (5, 2))
    assert path.tail(1) == Path(((3, 1),), (2,))
    assert not Corners(((0, 0), (9, 0))).closes_at(0, 0, 1)
    assert Span((5, 5), (5, 5)).to(9, 6).is_wider_than(0.5)
    assert not Span((5, 5), (9, 5)).is_wider_than(0.5)


def test_brush_sizes_are_bounded_and_always_change() -> None:
    options = ToolOptions(radius=SMALLEST)
    assert options.resized(1 / 1.15).radius == SMALLEST
    assert options.resized(1.15).radius == SMALLEST + 0.5
    assert replace(options, radius=LARGEST).resized(2).radius == LARGEST

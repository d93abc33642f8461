"""Click, scribble and box: what is said of an object; a network makes the mask."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

from PySide6.QtGui import QPainter

from xmem_gui.gui.canvas.states import Path, Span
from xmem_gui.gui.canvas.tools.base import IdleTool, Pointer

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk
    from xmem_gui.gui.canvas.prompter import Prompter
    from xmem_gui.gui.canvas.sketch import Sketch
    from xmem_gui.interaction import Prompts, Stroke

_REACH = 2.0
"""How far from a mark, in reaches of the pointer, it can be taken hold of."""

Hit = tuple[Literal["point", "stroke", "corner"], int]
"""A mark: which sort, and which of them."""


def hit(prompts: Prompts | None, pointer: Pointer) -> Hit | None:
    """Return the mark under the pointer, the newest first."""
    if prompts is None:
        return None
    reach, here = _REACH * pointer.reach, (pointer.x, pointer.y)
    if prompts.box is not None:
        for number, corner in enumerate(corners(prompts)):
            if math.dist(corner, here) <= reach:
                return "corner", number
    for number in reversed(range(len(prompts.points))):
        point = prompts.points[number]
        if math.dist((point.x, point.y), here) <= reach:
            return "point", number
    for number in reversed(range(len(prompts.strokes))):
        if _on_stroke(prompts.strokes[number], here, reach / 2):
            return "stroke", number
    return None


def corners(prompts: Prompts) -> tuple[tuple[float, float], ...]:
    """Return the corners of the box, clockwise from the upper left; none if there is no box."""
    box = prompts.box
    if box is None:
        return ()
    return (box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)


def moved(prompts: Prompts, what: Hit, x: float, y: float) -> Prompts:
    """Return the prompts with a point, or a corner of the box, elsewhere."""
    kind, number = what
    if kind == "point":
        points = list(prompts.points)
        points[number] = replace(points[number], x=x, y=y)
        return replace(prompts, points=tuple(points))
    if kind == "corner" and prompts.box is not None:
        from xmem_gui.interaction import Box

        opposite = corners(prompts)[(number + 2) % 4]
        return replace(prompts, box=Box(x, y, *opposite))
    return prompts


def without(prompts: Prompts, what: Hit) -> Prompts:
    """Return the prompts without one."""
    kind, number = what
    if kind == "point":
        return replace(prompts, points=prompts.points[:number] + prompts.points[number + 1 :])
    if kind == "stroke":
        return replace(prompts, strokes=prompts.strokes[:number] + prompts.strokes[number + 1 :])
    return replace(prompts, box=None)


class _PromptTool(IdleTool):
    """Marks can be moved and deleted with each of these tools."""

    def __init__(self, desk: Desk, prompter: Prompter) -> None:
        self._desk, self._prompter = desk, prompter
        self._hot: Hit | None = None
        self._held: tuple[Hit, Prompts] | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a mark is being moved."""
        return self._held is not None

    @property
    def hot(self) -> Hit | None:
        """The mark under the pointer."""
        return self._hot

    @property
    def shown(self) -> Prompts | None:
        """The prompts as they are to be drawn."""
        return self._prompter.prompts if self._held is None else self._held[1]

    def press(self, pointer: Pointer) -> None:
        """Take hold of a mark, or begin another one."""
        prompts = self._prompter.prompts
        self._hot = hit(prompts, pointer)
        if self._hot is not None and prompts is not None and pointer.button == "left":
            self._held = self._hot, prompts
        else:
            self._begin(pointer)

    def move(self, pointer: Pointer) -> None:
        """Move it."""
        if self._held is None:
            self._go_on(pointer)
            return
        what, prompts = self._held
        self._held = what, moved(prompts, what, pointer.x, pointer.y)
        self._desk.repaint.emit()

    def release(self, pointer: Pointer) -> None:
        """Let it go."""
        if self._held is None:
            self._end(pointer)
            return
        (_, prompts), self._held = self._held, None
        if prompts != self._prompter.prompts:
            self._prompter.set(prompts)
        self._desk.repaint.emit()

    def hover(self, pointer: Pointer) -> None:
        """Show which mark is under the pointer."""
        hot = hit(self._prompter.prompts, pointer)
        if hot != self._hot:
            self._hot = hot
            self._desk.repaint.emit()

    def leave(self) -> None:
        """Nothing is under the pointer."""
        self._hot = None
        self._prompter.try_at(None)
        self._desk.repaint.emit()

    def delete(self) -> bool:
        """Delete the mark under the pointer."""
        prompts, what = self._prompter.prompts, self._hot
        if prompts is None or what is None:
            return False
        self._hot = self._held = None
        self._prompter.set(without(prompts, what))
        return True

    def cancel(self) -> bool:
        """Let go of a mark where it was."""
        busy, self._held = self._held is not None, None
        if busy:
            self._desk.repaint.emit()
        return busy

    def _begin(self, pointer: Pointer) -> None:
        """Begin something beside all marks."""

    def _go_on(self, pointer: Pointer) -> None:
        """Go on with it."""

    def _end(self, pointer: Pointer) -> None:
        """End it."""

    def _inside(self, pointer: Pointer) -> bool:
        height, width = self._desk.size
        return 0 <= pointer.x < width and 0 <= pointer.y < height


class ClickTool(_PromptTool):
    """Left adds, right or Alt takes away; while the pointer rests, it shows what a click would take.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    prompter
        Turns the clicks into a mask.
    """

    id = "tool.click"

    def __init__(self, desk: Desk, prompter: Prompter) -> None:
        super().__init__(desk, prompter)
        self._last: Pointer | None = None

    def takes(self, pointer: Pointer) -> bool:
        """Take what is in the picture, and marks."""
        return self._inside(pointer) or pointer.button == "left"

    def hover(self, pointer: Pointer) -> None:
        """Show which mark is under the pointer, or else what a click would take."""
        from xmem_gui.interaction import Point

        super().hover(pointer)
        last, self._last = self._last, pointer
        released = last is not None and last.shift and last == replace(pointer, shift=True)
        if self._hot is None and self._inside(pointer) and not released:
            self._prompter.try_at(Point(pointer.x, pointer.y, self._adds(pointer)))
        else:
            self._prompter.try_at(None)

    def leave(self) -> None:
        """Nothing is under the pointer."""
        self._last = None
        super().leave()

    def _begin(self, pointer: Pointer) -> None:
        from xmem_gui.interaction import Point

        if self._inside(pointer):
            self._prompter.add(Point(pointer.x, pointer.y, self._adds(pointer)))

    def _adds(self, pointer: Pointer) -> bool:
        return pointer.subtracts == self._desk.options.subtract


class ScribbleTool(_PromptTool):
    """Left strokes add, right ones or those with Alt take away.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    prompter
        Turns the scribbles into a mask.
    """

    id = "tool.scribble"

    def __init__(self, desk: Desk, prompter: Prompter) -> None:
        super().__init__(desk, prompter)
        self._path: Path | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a stroke is being drawn or a mark moved."""
        return self._path is not None or super().is_busy

    def cancel(self) -> bool:
        """Give the stroke up."""
        busy, self._path = self._path is not None, None
        if busy:
            self._desk.repaint.emit()
        return super().cancel() or busy

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw the stroke."""
        if self._path is not None:
            colour = sketch.subtract if self._path.erase else sketch.add
            sketch.stroke(painter, self._path.points, self._desk.options.scribble, colour)

    def press(self, pointer: Pointer) -> None:
        """Begin a stroke: over other strokes too, for they are thick; they are deleted, not moved."""
        found = hit(self._prompter.prompts, pointer)
        if found is not None and found[0] == "stroke":
            self._begin(pointer)
        else:
            super().press(pointer)

    def _begin(self, pointer: Pointer) -> None:
        erase = pointer.subtracts != self._desk.options.subtract
        self._path = Path(erase=erase).to(pointer.x, pointer.y, 0)

    def _go_on(self, pointer: Pointer) -> None:
        if self._path is not None:
            self._path = self._path.to(pointer.x, pointer.y, 0)
            self._desk.repaint.emit()

    def _end(self, _: Pointer) -> None:
        from xmem_gui.interaction import Stroke

        path, self._path = self._path, None
        if path is not None:
            self._prompter.add(Stroke(path.points, self._desk.options.scribble, not path.erase))
            self._desk.repaint.emit()


class BoxTool(_PromptTool):
    """A rectangle around the object; its corners can be moved.

    Parameters
    ----------
    desk
        The frame, object and document that the tool works on.
    prompter
        Turns the box into a mask.
    """

    id = "tool.box"

    def __init__(self, desk: Desk, prompter: Prompter) -> None:
        super().__init__(desk, prompter)
        self._span: Span | None = None

    @property
    def is_busy(self) -> bool:
        """Whether a box is being drawn or a mark moved."""
        return self._span is not None or super().is_busy

    def takes(self, pointer: Pointer) -> bool:
        """Take the left button only: a box takes nothing away."""
        return pointer.button == "left"

    def cancel(self) -> bool:
        """Give the box up."""
        busy, self._span = self._span is not None, None
        if busy:
            self._desk.repaint.emit()
        return super().cancel() or busy

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw the box."""
        if self._span is not None:
            (x0, y0), (x1, y1) = self._span.start, self._span.end
            outline = ((x0, y0), (x1, y0), (x1, y1), (x0, y1), (x0, y0))
            sketch.line(painter, outline, sketch.add, dashed=False)

    def _begin(self, pointer: Pointer) -> None:
        if pointer.button == "left":
            self._span = Span((pointer.x, pointer.y), (pointer.x, pointer.y))

    def _go_on(self, pointer: Pointer) -> None:
        if self._span is not None:
            self._span = self._span.to(pointer.x, pointer.y)
            self._desk.repaint.emit()

    def _end(self, pointer: Pointer) -> None:
        from xmem_gui.interaction import Box

        span, self._span = self._span, None
        if span is not None and span.is_wider_than(min(pointer.reach, 1.0)):
            self._prompter.add(Box(*span.start, *span.end))
        self._desk.repaint.emit()


def _on_stroke(stroke: Stroke, here: tuple[float, float], reach: float) -> bool:
    points = stroke.points
    return bool(len(points)) and bool(
        ((points[:, 0] - here[0]) ** 2 + (points[:, 1] - here[1]) ** 2).min() <= (stroke.radius + reach) ** 2
    )

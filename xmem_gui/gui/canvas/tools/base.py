"""What every tool is: how the canvas talks to it, and what it may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from PySide6.QtGui import QPainter

    from xmem_gui.gui.canvas.sketch import Sketch


@dataclass(frozen=True)
class Pointer:
    """Where the pointer is and what is held.

    Attributes
    ----------
    x, y
        In pixels of the video, fractions included; may be outside.
    button
        Which one is down or has just been let go.
    alt, shift, ctrl
        Whether each of these keys is held down.
    pressure
        Of a pen, 0 to 1; 1 for a mouse.
    reach
        How many pixels of the video a hand may miss by.
    """

    x: float
    y: float
    button: Literal["left", "right", "none"] = "left"
    alt: bool = False
    shift: bool = False
    ctrl: bool = False
    pressure: float = 1.0
    reach: float = 1.0

    @property
    def subtracts(self) -> bool:
        """Whether it takes away: the right button, or Alt."""
        return self.button == "right" or self.alt


class Tool(Protocol):
    """Turns what a hand does into prompts and edits; a gesture goes from `press` to `release`."""

    id: str
    """That of its action."""
    cursor: Literal["cross", "none"]
    """``none`` if `paint` draws it."""

    @property
    def is_busy(self) -> bool:
        """Whether something is begun and not done."""

    def takes(self, pointer: Pointer) -> bool:
        """Whether a press of that button there means something to it."""

    def press(self, pointer: Pointer) -> None:
        """Take a button that went down."""

    def move(self, pointer: Pointer) -> None:
        """Follow the pointer with a button down."""

    def release(self, pointer: Pointer) -> None:
        """Take the button that went up."""

    def hover(self, pointer: Pointer) -> None:
        """Follow the pointer with no button down."""

    def double(self, pointer: Pointer) -> None:
        """Take a second click quickly after the first, in place of its press."""

    def leave(self) -> None:
        """Know that the pointer has left the canvas."""

    def accept(self) -> bool:
        """Finish what is begun; False if nothing is."""

    def cancel(self) -> bool:
        """Give up what is begun; False if nothing is."""

    def back(self) -> bool:
        """Take back the last small step, before the document's undo is asked; False if there is none."""

    def delete(self) -> bool:
        """Delete what is under the pointer; False if it is nothing of the tool's."""

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw what is begun, over everything else."""


class IdleTool:
    """A tool that does nothing: what the others need not write again."""

    id = ""
    cursor: Literal["cross", "none"] = "cross"

    @property
    def is_busy(self) -> bool:
        """Whether something is begun and not done."""
        return False

    def takes(self, pointer: Pointer) -> bool:
        """Take every press."""
        del pointer
        return True

    def press(self, pointer: Pointer) -> None:
        """Take a button that went down."""

    def move(self, pointer: Pointer) -> None:
        """Follow the pointer with a button down."""

    def release(self, pointer: Pointer) -> None:
        """Take the button that went up."""

    def hover(self, pointer: Pointer) -> None:
        """Follow the pointer with no button down."""

    def double(self, pointer: Pointer) -> None:
        """Take a second click as one more press."""
        self.press(pointer)

    def leave(self) -> None:
        """Know that the pointer has left the canvas."""

    def accept(self) -> bool:
        """Finish what is begun; False if nothing is."""
        return False

    def cancel(self) -> bool:
        """Give up what is begun; False if nothing is."""
        return False

    def back(self) -> bool:
        """Take back the last small step; False if there is none."""
        return False

    def delete(self) -> bool:
        """Delete what is under the pointer; False if it is nothing of the tool's."""
        return False

    def paint(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw what is begun, over everything else."""

"""The picture with what is drawn over it: what only shows, then the work at hand, then what lies over all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from xmem_gui.gui.canvas.picture import PictureView
from xmem_gui.gui.canvas.sketch import Sketch
from xmem_gui.gui.context import Context
from xmem_gui.gui.theme import colours

if TYPE_CHECKING:
    from xmem_gui.gui.canvas.desk import Desk

Paint = Callable[[QPainter, Sketch], None]
"""Draws something; the painter counts in logical pixels of the canvas."""


class LayeredView(PictureView):
    """The picture, and painters that draw over it.

    Parameters
    ----------
    context
        Its session has the frame that is shown; its frames decode it.
    desk
        What is shown beyond the document.
    """

    def __init__(self, context: Context, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(context, desk, parent)
        self._bare = False
        self._under: list[Paint] = []
        self._over: list[Paint] = []

    @property
    def bare(self) -> bool:
        """Whether the work at hand is left out: prompts, the tool, names."""
        return self._bare

    @bare.setter
    def bare(self, bare: bool) -> None:
        self._bare = bare
        self.update()

    def draw_also(self, paint: Paint, *, over: bool = False) -> None:
        """Have something drawn above the picture; ``over`` above the work at hand too."""
        (self._over if over else self._under).append(paint)

    def paint_work(self, painter: QPainter, sketch: Sketch) -> None:
        """Draw the work at hand; here there is none."""

    def sketch(self) -> Sketch:
        """Return what tools draw with now."""
        tokens = colours()
        selected = self._session.selected
        colour = next((QColor(*one.colour) for one in self._session.objects if one.id == selected), None)
        return Sketch(
            self.place,
            self.devicePixelRatioF(),
            colour or QColor(tokens.accent),
            QColor(tokens.success),
            QColor(tokens.danger),
        )

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw everything over the picture."""
        super().paintEvent(event)
        if self._session.annotator is None or self.rendition is None:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        sketch = self.sketch()
        for paint in self._under:
            paint(painter, sketch)
        if not self._bare:
            self.paint_work(painter, sketch)
            for paint in self._over:
                paint(painter, sketch)

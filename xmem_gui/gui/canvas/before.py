"""A frame's masks as they were before the last step that changed them, in place of those that are there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter

from xmem_gui.arrays import Colour
from xmem_gui.gui.canvas.ghost import Ghost, make_ghost, paint_ghost
from xmem_gui.gui.canvas.labels import paint_title
from xmem_gui.gui.canvas.look import Mode
from xmem_gui.gui.context import Context
from xmem_gui.gui.pictures.layers import make_layers, stacked
from xmem_gui.gui.widgets.plain import row_text

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.canvas.layered import LayeredView
    from xmem_gui.gui.canvas.sketch import Sketch
    from xmem_gui.project import DocumentChange, VideoObject

_PRESSES = {QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick}


@dataclass(frozen=True, eq=False)
class Past:
    """What is shown of a frame's past.

    Attributes
    ----------
    frame
        The 0-based frame number.
    step
        What the history calls the step before which it was so; "" if it knows of none.
    ghosts
        Colour and outlines of each object that was seen, the lowest first.
    """

    frame: int
    step: str = ""
    ghosts: tuple[tuple[Colour, Ghost], ...] = ()


class BeforeView(QObject):
    """Binds the action: while it is on, the canvas shows what was, dashed and under a title.

    Nothing can be changed meanwhile: the first press on the canvas, or Escape, brings the present back.

    Parameters
    ----------
    context
        Its session has the frame; its action turns this on and off.
    view
        The canvas that shows it.
    """

    changed = Signal()
    """It is on, or off."""

    def __init__(self, context: Context, view: LayeredView) -> None:
        super().__init__(view)
        self._session = session = context.session
        self._action = context.actions["view.before"]
        self._view = view
        self._past: Past | None = None
        context.actions.bind_toggle("view.before", self._set)
        session.closed.connect(self.leave)
        session.frame_changed.connect(lambda _: self._ask())
        session.solo_changed.connect(lambda _: self._ask())
        session.document_changed.connect(self._on_change)
        view.draw_also(self._paint)
        view.installEventFilter(self)

    @property
    def is_on(self) -> bool:
        """Whether the past is shown in place of the present."""
        return self._action.isChecked()

    @property
    def past(self) -> Past | None:
        """What is shown; None while it is not known yet, or not asked for."""
        return self._past

    @property
    def title(self) -> str:
        """What stands above the picture."""
        past = self._past
        if past is None:
            return ""
        if not past.step:
            return self.tr("No earlier masks of frame {:,} are known").format(past.frame)
        title = self.tr("Before {}").format(row_text(past.step))
        return title if past.ghosts else self.tr("{}: no masks on this frame").format(title)

    def leave(self) -> None:
        """Show the present again."""
        self._action.setChecked(False)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what a tool would take: whoever works wants to see what is there."""
        if not self.is_on or watched is not self._view:
            return False
        if isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            if event.type() == QEvent.Type.KeyPress:
                self.leave()
            # As a shortcut it would mean what is not seen now: prompts, or a run.
            event.accept()
            return True
        left = isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton
        if (event.type() in _PRESSES and left) or event.type() == QEvent.Type.TabletPress:
            self.leave()
            event.accept()
            return True
        return False

    # Inside

    def _set(self, on: bool) -> None:
        self._past = None
        self._view.bare = on
        self.changed.emit()
        self._ask()

    def _on_change(self, change: DocumentChange) -> None:
        if change.of_objects or change.touches(self._session.frame):
            self._ask()

    def _ask(self) -> None:
        if not self.is_on:
            return
        session, frame = self._session, self._session.frame
        objects = stacked(session.objects, solo=session.solo)

        def show(past: Past) -> None:
            if self.is_on and past.frame == session.frame:
                self._past = past
                self._view.update()

        session.look(lambda annotator: _find(annotator, frame, objects), show, key="before")

    def _paint(self, painter: QPainter, sketch: Sketch) -> None:
        past, rendition = self._past, self._view.rendition
        if past is None or rendition is None or past.frame != self._session.frame:
            return
        if rendition.sight.frame != past.frame or rendition.sight.look.mode is not Mode.IMAGE:
            # What is there is still on the screen.
            return
        for colour, ghost in past.ghosts:
            paint_ghost(painter, sketch, ghost, QColor(*colour))
        paint_title(painter, self._view.font(), self.title, QRectF(self._view.rect()))


def _find(annotator: Annotator, frame: int, objects: Sequence[VideoObject]) -> Past:
    """Return a frame's past: of objects that are shown, the lowest first."""
    earlier = annotator.project.earlier(frame)
    if earlier is None:
        return Past(frame)
    layers = make_layers(earlier.masks, tuple(objects), annotator.project.size)
    ghosts = (
        (one.colour, make_ghost(frame, layers.index == slot)) for slot, one in enumerate(objects, start=1)
    )
    step = earlier.step.label or earlier.step.kind.capitalize()
    return Past(frame, step, tuple((colour, ghost) for colour, ghost in ghosts if ghost.outlines))

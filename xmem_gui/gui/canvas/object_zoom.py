"""Zoom to the selected object, and back."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from xmem_gui.gui.canvas.geometry import Place, Region, framing
from xmem_gui.gui.context import Context

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.canvas.picture import PictureView


@dataclass(frozen=True)
class _Zoomed:
    """What was zoomed to.

    Attributes
    ----------
    frame, object
        The 0-based frame and the object whose mask it is.
    place
        Where the video lies since.
    before
        Where it lay; None if all of it was shown.
    """

    frame: int
    object: int
    place: Place
    before: Place | None


class ObjectZoom(QObject):
    """Binds the action: the mask fills the canvas; asked again, the picture goes back where it was.

    Parameters
    ----------
    context
        Its session has the selected object and the frame.
    view
        The canvas whose zoom follows the object.
    """

    def __init__(self, context: Context, view: PictureView) -> None:
        super().__init__(view)
        self._session = session = context.session
        actions = context.actions
        self._view = view
        self._zoomed: _Zoomed | None = None
        session.closed.connect(self._forget)
        actions.bind("view.object", self.toggle)

    def toggle(self) -> None:
        """Zoom to the selected object's mask on this frame, or back if that is what is seen."""
        session, zoomed, view = self._session, self._zoomed, self._view
        frame, selected = session.frame, session.selected
        if selected is None:
            return
        if zoomed is not None and view.place != zoomed.place:
            # The person has moved the picture since: there is nothing to go back to.
            zoomed = self._zoomed = None
        if zoomed is not None and (zoomed.frame, zoomed.object) == (frame, selected):
            self._go_back(zoomed)
            return

        def bounds(annotator: Annotator) -> tuple[int, int, int, int]:
            record = annotator.project.record(frame, selected)
            return (0, 0, 0, 0) if record is None else record.rle.bounds

        def show(box: tuple[int, int, int, int]) -> None:
            if (session.frame, session.selected) == (frame, selected):
                self._zoom(frame, selected, box)

        session.ask(bounds, show, key="object zoom")

    def _zoom(self, frame: int, object_id: int, box: tuple[int, int, int, int]) -> None:
        view, zoomed = self._view, self._zoomed
        left, top, width, height = box
        if not width or not height:
            self._session.say(self.tr("The object has no mask on this frame."))
            return
        before = (None if view.is_fitted else view.place) if zoomed is None else zoomed.before
        view.place = framing(Region(left, top, left + width, top + height), view.video, view.canvas)
        self._zoomed = _Zoomed(frame, object_id, view.place, before)

    def _go_back(self, zoomed: _Zoomed) -> None:
        self._forget()
        if zoomed.before is None:
            self._view.fit()
        else:
            self._view.place = zoomed.before

    def _forget(self) -> None:
        self._zoomed = None

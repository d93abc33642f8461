"""Onion skin: the outlines that the chosen object has on the frames before and after this one."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QRectF
from PySide6.QtGui import QColor, QPainter

from xmem_gui.gui.canvas.ghost import Ghost, make_ghost
from xmem_gui.gui.canvas.labels import paint_legend
from xmem_gui.gui.context import Context

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.canvas.layered import LayeredView
    from xmem_gui.gui.canvas.sketch import Sketch
    from xmem_gui.project import DocumentChange

BEFORE = QColor("#ff8c1a"), QColor("#d8ff3c")
"""Colours of what was: the second one beside an object that has nearly the first."""
AFTER = QColor("#5a8bff"), QColor("#ff4fd8")
"""Colours of what comes. Any two of both are apart for colour-blind eyes too."""
_APART = 130.0
"""Distance of two colours that are told apart, of 442 from black to white."""
_WIDTH = 1.25


@dataclass(frozen=True, eq=False)
class Skins:
    """An object's neighbours in time.

    Attributes
    ----------
    frame, object
        The 0-based frame that they lie around, and whose they are.
    before, after
        Outlines on an earlier and on a later frame; without any where the object has no mask there. None
        where there is no such frame.
    """

    frame: int
    object: int
    before: Ghost | None
    after: Ghost | None


class OnionSkin(QObject):
    """Binds the actions: thin outlines of the frames beside this one, or of the nearest key frames.

    Nothing is drawn while the video plays.

    Parameters
    ----------
    context
        Its session has the frame and the selected object; its preferences keep what is chosen.
    view
        The canvas that the outlines are drawn on.
    """

    def __init__(self, context: Context, view: LayeredView) -> None:
        super().__init__(view)
        self._session = session = context.session
        self._frames, self._preferences = context.frames, context.preferences
        self._view = view
        self._skins: Skins | None = None
        actions = context.actions
        self._on, self._keys = actions["view.onion"], actions["view.onion_keys"]
        self._on.setChecked(context.preferences.values.onion)
        self._keys.setChecked(context.preferences.values.onion_keys)
        actions.bind_toggle("view.onion", lambda on: self._choose(onion=on))
        actions.bind_toggle("view.onion_keys", lambda on: self._choose(onion_keys=on))
        for signal in (session.opened, session.frame_changed, session.object_selected):
            signal.connect(self._ask)
        session.document_changed.connect(self._on_change)
        session.closed.connect(self._forget)
        context.preferences.changed.connect(self._on_preference)
        context.frames.playing_changed.connect(self._ask)
        view.draw_also(self._paint)
        self._ask()

    @property
    def skins(self) -> Skins | None:
        """What is drawn; None for nothing, or if it is not known yet."""
        skins, session = self._skins, self._session
        if skins is None or self._frames.is_playing:
            return None
        return skins if (skins.frame, skins.object) == (session.frame, session.selected) else None

    # Inside

    def _on_preference(self, name: str) -> None:
        values = self._preferences.values
        if name == "onion":
            self._on.setChecked(values.onion)
        elif name == "onion_keys":
            self._keys.setChecked(values.onion_keys)

    def _choose(self, **values: bool) -> None:
        self._preferences.set(**values)
        if values.get("onion_keys"):
            # Whoever asks for it wants to see it.
            self._on.setChecked(True)
        self._ask()

    def _on_change(self, change: DocumentChange) -> None:
        frame = self._session.frame
        beside = change.touches(frame - 1) or change.touches(frame + 1)
        # Which frame is the next key frame may be another after any change.
        if beside or change.of_objects or self._keys.isChecked():
            self._ask()

    def _ask(self, *_: object) -> None:
        session, frame, chosen = self._session, self._session.frame, self._session.selected
        if not self._on.isChecked() or chosen is None or self._frames.is_playing:
            self._forget()
            return
        keys = self._keys.isChecked()
        session.look(lambda annotator: _find(annotator, frame, chosen, keys=keys), self._show, key="onion")

    def _show(self, skins: Skins) -> None:
        if self._on.isChecked():
            self._skins = skins
            self._view.update()

    def _forget(self) -> None:
        if self._skins is not None:
            self._skins = None
            self._view.update()

    def _paint(self, painter: QPainter, sketch: Sketch) -> None:
        skins = self.skins
        if skins is None or self._view.bare:
            return
        rows = []
        for ghost, colours in ((skins.before, BEFORE), (skins.after, AFTER)):
            if ghost is None:
                continue
            colour = told_apart(colours, sketch.colour)
            for outline in ghost.outlines:
                sketch.line(painter, outline, colour, dashed=False, width=_WIDTH)
            text = self.tr("Frame {:,}") if ghost.outlines else self.tr("Frame {:,}: no mask")
            rows.append((colour, text.format(ghost.frame)))
        if rows:
            paint_legend(painter, self._view.font(), rows, QRectF(self._view.rect()))


def told_apart(colours: tuple[QColor, QColor], other: QColor) -> QColor:
    """Return the first of two colours; the second if the first is like another one, and it is less so."""
    first, second = (
        math.dist((one.red(), one.green(), one.blue()), (other.red(), other.green(), other.blue()))
        for one in colours
    )
    return colours[1] if first < _APART and second > first else colours[0]


def _find(annotator: Annotator, frame: int, object_id: int, *, keys: bool) -> Skins:
    from xmem_gui.project import What

    query = annotator.project.query
    if keys:
        before = query.previous(What.KEY, frame, [object_id])
        after = query.next(What.KEY, frame, [object_id])
    else:
        before = frame - 1 if frame > 0 else None
        after = frame + 1 if frame + 1 < len(annotator.video) else None
    return Skins(frame, object_id, *(_ghost(annotator, one, object_id) for one in (before, after)))


def _ghost(annotator: Annotator, frame: int | None, object_id: int) -> Ghost | None:
    if frame is None:
        return None
    mask = annotator.project.mask(frame, object_id)
    return Ghost(frame, ()) if mask is None else make_ghost(frame, mask)

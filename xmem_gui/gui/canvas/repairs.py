"""Changes of the selected object's mask that need no gesture: fill, tidy, grow, snap, copy, clear."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QApplication, QInputDialog

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.canvas.desk import Desk
from xmem_gui.gui.canvas.options import ToolOptions

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import Outcome

_ISLANDS = "mask.remove_islands"

RepairWork = Callable[["Annotator", int, int, ToolOptions], "Outcome"]
"""From the annotator, frame, object and options to what became of it."""

REPAIRS: dict[str, RepairWork] = {
    "mask.fill_holes": lambda a, frame, one, _: a.editing.fill_holes(frame, one),
    "mask.remove_islands": lambda a, frame, one, o: a.editing.remove_islands(frame, one, min_area=o.island),
    "mask.largest": lambda a, frame, one, _: a.editing.keep_largest(frame, one),
    "mask.grow": lambda a, frame, one, o: a.editing.grow(frame, one, o.amount),
    "mask.shrink": lambda a, frame, one, o: a.editing.shrink(frame, one, o.amount),
    "mask.smooth": lambda a, frame, one, o: a.editing.smooth_edge(frame, one, o.amount),
    "mask.snap": lambda a, frame, one, o: a.editing.snap_to_edges(frame, one, band=2 * o.amount),
    "mask.copy_previous": lambda a, frame, one, _: a.editing.copy_from(frame - 1, frame, one),
    "mask.copy_next": lambda a, frame, one, _: a.editing.copy_from(frame + 1, frame, one),
    "mask.clear": lambda a, frame, one, _: a.editing.clear(frame, [one]),
}
"""By the ids of their actions."""


class Repairs(QObject):
    """Binds the actions; each is one undoable step, and says so if it finds nothing to do.

    Parameters
    ----------
    desk
        The frame, object and document that the commands work on.
    actions
        The actions that the commands are bound to.
    """

    def __init__(self, desk: Desk, actions: Actions, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        for name in REPAIRS:
            actions.bind(name, self._ask_size if name == _ISLANDS else partial(self.do, name))

    def _ask_size(self) -> None:
        """Ask below which size a part is an island, then remove those."""
        asked = QInputDialog(QApplication.activeWindow())
        asked.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        asked.setWindowTitle(self.tr("Remove islands"))
        asked.setLabelText(self.tr("Remove parts of fewer pixels than:"))
        asked.setInputMode(QInputDialog.InputMode.IntInput)
        asked.setIntRange(1, 10_000_000)
        asked.setIntValue(self._desk.options.island)

        def remove(size: int) -> None:
            self._desk.options = replace(self._desk.options, island=size)
            self.do(_ISLANDS)

        asked.intValueSelected.connect(remove)
        asked.open()

    def do(self, name: str) -> None:
        """Do one to the selected object on the current frame."""
        desk, session = self._desk, self._desk.session
        neighbour = {"mask.copy_previous": session.frame - 1, "mask.copy_next": session.frame + 1}.get(name)
        if neighbour is not None and not 0 <= neighbour < session.frames:
            session.say(self.tr("There is no frame on that side."))
            return
        target = None if session.selected is None else desk.target()
        if target is None:
            return
        repair, frame, options = REPAIRS[name], session.frame, desk.options

        def done(outcome: Outcome | None) -> None:
            if outcome is None or outcome.step is not None:
                return
            if name == _ISLANDS:
                text = self.tr("No part has fewer than {:,} pixels.").format(options.island)
            else:
                text = self.tr("There is nothing to change on this frame.")
            session.say(text)

        desk.edit(target, lambda annotator, one: repair(annotator, frame, one, options), done)

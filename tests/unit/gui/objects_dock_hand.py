"""A hand on the list of objects: more objects, choosing rows, and which are seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.gui.docks import ObjectsDock
    from xmem_gui.gui.docks.object_model import ObjectModel
    from xmem_gui.gui.state.session import Session


def names(model: ObjectModel) -> list[str]:
    return [model.index(row).data() for row in range(model.rowCount())]


def shown(dock: ObjectsDock) -> list[str]:
    """Return the names that the filter leaves."""
    return [one for one in names(dock.model) if not dock.view.isRowHidden(names(dock.model).index(one))]


def add(session: Session, settle: Callable[[], None], count: int) -> None:
    """Add so many objects: thing 0, thing 1, ..."""

    def work(annotator: Annotator) -> None:
        for number in range(count):
            annotator.add_object(f"thing {number}")

    session.edit(work)
    settle()


def choose(dock: ObjectsDock, *objects: int) -> None:
    """Choose just these objects, the last as the current one."""
    from PySide6.QtCore import QItemSelectionModel

    dock.view.clearSelection()
    for one in objects:
        index = dock.model.index(dock.model.row_of(one))
        dock.view.selectionModel().select(index, QItemSelectionModel.SelectionFlag.Select)
        dock.view.selectionModel().setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)

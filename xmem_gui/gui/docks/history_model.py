"""The undo history as rows: what there was at first, what is done, and what is undone."""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractListModel, Qt

from xmem_gui.gui.docks.model_index import Index
from xmem_gui.gui.widgets.plain import row_text
from xmem_gui.gui.widgets.times import said_when
from xmem_gui.project import StepInfo


class HistoryRole(IntEnum):
    """What a row can be asked for besides its label."""

    UNDONE = Qt.ItemDataRole.UserRole
    """Whether it has been undone."""
    TIME = Qt.ItemDataRole.UserRole + 1
    """When it was done, for people; "" for the first row."""
    CURRENT = Qt.ItemDataRole.UserRole + 2
    """Whether the document is as it was after this step."""


class HistoryModel(QAbstractListModel):
    """Row 0 is the document before all steps that are kept; the others are the steps, the oldest first."""

    def __init__(self) -> None:
        super().__init__()
        self._steps: Sequence[StepInfo] = ()
        self.current = 0
        """The row whose state the document has."""

    def set_steps(self, steps: Sequence[StepInfo]) -> None:
        """Show steps, those undone last."""
        from xmem_gui.project import StepState

        self.beginResetModel()
        self._steps = steps
        self.current = sum(step.state is not StepState.UNDONE for step in steps)
        self.endResetModel()

    def step_of(self, row: int) -> int:
        """Return the number of a row's step; 0 for the first row's, which has none."""
        return self._steps[row - 1].id if row else 0

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self._steps) + 1

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row has to say."""
        if not index.isValid():
            return None
        row = index.row()
        step = self._steps[row - 1] if row else None
        label = self.tr("The beginning") if step is None else row_text(step.label or step.kind.capitalize())
        if role == Qt.ItemDataRole.DisplayRole:
            return label
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self.tr("{}, undone").format(label) if row > self.current else label
        if role == HistoryRole.UNDONE:
            return row > self.current
        if role == HistoryRole.CURRENT:
            return row == self.current
        if role == HistoryRole.TIME:
            return "" if step is None else said_when(step.created)
        return None

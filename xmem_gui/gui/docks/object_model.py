"""The objects as rows, the topmost first, with what is known of each on the current frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import IntEnum
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import (
    QAbstractListModel,
    QByteArray,
    QCoreApplication,
    QMimeData,
    QModelIndex,
    Qt,
    Signal,
)

from xmem_gui.gui.docks.model_index import Index
from xmem_gui.gui.state.values import in_order
from xmem_gui.gui.widgets.plain import row_text
from xmem_gui.gui.widgets.sizes import in_percent

if TYPE_CHECKING:
    from xmem_gui.project import MaskState, VideoObject

_MIME = "application/x-xmem-objects"


class ObjectRole(IntEnum):
    """What a row can be asked for besides its name."""

    OBJECT = Qt.ItemDataRole.UserRole
    """The `VideoObject`."""
    STATE = Qt.ItemDataRole.UserRole + 1
    """Its `MaskState` on the current frame, or None."""
    NUMBER = Qt.ItemDataRole.UserRole + 2
    """Its id: the number that it has everywhere; up to 9, the key that selects it."""
    SOLO = Qt.ItemDataRole.UserRole + 3
    """True if it is shown alone, False if another is, None if none is."""


class ObjectModel(QAbstractListModel):
    """Rows of objects; what a person changes is asked for by signals, and comes back with `set_objects`."""

    renamed = Signal(int, str)
    """An object's id and the name it shall have."""
    reordered = Signal(list)
    """Ids of all objects in the order they shall have, the topmost first."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: list[VideoObject] = []
        self._states: Mapping[int, MaskState] = {}
        self._solo: int | None = None
        self._editable = True

    # What is shown

    def set_objects(self, objects: Sequence[VideoObject], *, editable: bool) -> None:
        """Show objects."""
        rows = in_order(objects)
        same = [one.id for one in rows] == [one.id for one in self._rows]
        if same and editable == self._editable:
            changed = [row for row, (old, new) in enumerate(zip(self._rows, rows, strict=True)) if old != new]
            self._rows = rows
            self._tell(changed)
            return
        self.beginResetModel()
        self._rows, self._editable = rows, editable
        self.endResetModel()

    def set_states(self, states: Mapping[int, MaskState]) -> None:
        """Show what is known of masks on the current frame."""
        before, self._states = self._states, states
        self._tell([row for row, one in enumerate(self._rows) if before.get(one.id) != states.get(one.id)])

    def set_solo(self, object_id: int | None) -> None:
        """Show which object is shown alone."""
        if object_id != self._solo:
            self._solo = object_id
            self._tell(range(len(self._rows)))

    def row_of(self, object_id: int | None) -> int:
        """Return an object's row, or -1."""
        return next((row for row, one in enumerate(self._rows) if one.id == object_id), -1)

    @property
    def ids(self) -> list[int]:
        """The objects' ids, the topmost first."""
        return [one.id for one in self._rows]

    # Qt's questions

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many objects there are."""
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row has to say."""
        if not index.isValid():
            return None
        one = self._rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row_text(one.name)
        if role == Qt.ItemDataRole.EditRole:
            return one.name
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return self._spoken(one)
        if role == ObjectRole.OBJECT:
            return one
        if role == ObjectRole.STATE:
            return self._states.get(one.id)
        if role == ObjectRole.NUMBER:
            return one.id
        if role == ObjectRole.SOLO:
            return None if self._solo is None else self._solo == one.id
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        """Ask for another name."""
        name = str(value).strip()
        if role != Qt.ItemDataRole.EditRole or not index.isValid() or not name:
            return False
        one = self._rows[index.row()]
        if name != one.name:
            self.renamed.emit(one.id, name)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a row; between rows others can be dropped."""
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemNeverHasChildren
        if self._editable:
            flags |= Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled
        return flags

    # Dragging

    def supportedDropActions(self) -> Qt.DropAction:
        """Return that rows are moved."""
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        """Return what can be dropped: rows of this list."""
        return [_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        """Return rows as what is dragged."""
        rows = sorted({index.row() for index in indexes})
        data = QMimeData()
        data.setData(_MIME, QByteArray(" ".join(str(self._rows[row].id) for row in rows).encode()))
        return data

    def dropMimeData(
        self,
        data: QMimeData,
        action: Qt.DropAction,
        row: int,
        column: int,  # noqa: ARG002
        parent: Index,  # noqa: ARG002
    ) -> bool:
        """Ask for the order that a drop between two rows makes."""
        if action != Qt.DropAction.MoveAction or not data.hasFormat(_MIME):
            return False
        moved = [int(one) for one in bytes(data.data(_MIME).data()).split()]
        place = row if row >= 0 else len(self._rows)
        above = [one for one in self.ids[:place] if one not in moved]
        below = [one for one in self.ids[place:] if one not in moved]
        order = [*above, *moved, *below]
        if order != self.ids:
            self.reordered.emit(order)
        # Not True: the view would then remove the rows; they move when the document has changed.
        return False

    def _tell(self, rows: Sequence[int]) -> None:
        for row in rows:
            self.dataChanged.emit(self.index(row), self.index(row))

    def _spoken(self, one: VideoObject) -> str:
        words = [row_text(one.name)]
        words += [self.tr("class {}").format(row_text(one.category))] if one.category else []
        words.append(self.tr("number {}").format(one.id))
        words.append(state_in_words(self._states.get(one.id)))
        words += [self.tr("hidden")] if not one.visible else []
        words += [self.tr("locked")] if one.locked else []
        words += [self.tr("shown alone")] if one.id == self._solo else []
        return ", ".join(words)


def state_in_words(state: MaskState | None) -> str:
    """Say what is known of a mask on the current frame."""
    if state is None:
        text = QCoreApplication.translate("objects", "no mask on this frame")
    elif state.committed:
        text = QCoreApplication.translate("objects", "committed on this frame")
    elif not state.present:
        text = QCoreApplication.translate("objects", "not visible on this frame")
    else:
        text = QCoreApplication.translate("objects", "mask on this frame, confidence {}")
        text = text.format(in_percent(state.confidence))
    return text

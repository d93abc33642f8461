"""The rows of the list of objects, without a list."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtCore import QModelIndex, QRect, Qt

from xmem_gui.gui.docks.object_delegate import Part, part_at, place_of
from xmem_gui.gui.docks.object_model import ObjectModel, ObjectRole
from xmem_gui.project import (
    MaskState,
    Origin,
    VideoObject,
)


def objects(count):
    return [VideoObject(one, f"object {one}", (one, 0, 0), one) for one in range(1, count + 1)]


def test_the_topmost_object_comes_first_and_each_wears_its_number(qtbot):
    model = ObjectModel()
    model.set_objects(objects(12), editable=True)
    assert model.ids == list(range(12, 0, -1))
    assert [model.index(row).data(ObjectRole.NUMBER) for row in (0, 3, 11)] == [12, 9, 1]


def test_only_rows_that_changed_are_told(qtbot):
    model = ObjectModel()
    model.set_objects(objects(3), editable=True)
    told = []
    model.dataChanged.connect(lambda first, last: told.append(first.row()))
    model.set_objects([*objects(2), VideoObject(3, "rock", (9, 9, 9), 3)], editable=True)
    model.set_states({1: MaskState(True, False, False, Origin.PROPAGATED, 0.5)})
    assert told == [0, 2]
    assert model.index(2).data(ObjectRole.STATE).confidence == 0.5


def test_a_drop_between_rows_asks_for_the_new_order(qtbot):
    model = ObjectModel()
    model.set_objects(objects(4), editable=True)
    asked = []
    model.reordered.connect(asked.append)
    data = model.mimeData([model.index(0), model.index(2)])
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, 4, 0, QModelIndex())
    assert not model.dropMimeData(data, Qt.DropAction.MoveAction, -1, 0, QModelIndex())
    model.dropMimeData(model.mimeData([model.index(1)]), Qt.DropAction.MoveAction, 1, 0, QModelIndex())
    assert asked == [[3, 1, 4, 2], [3, 1, 4, 2]]


def test_nothing_can_be_changed_in_a_read_only_project(qtbot):
    model = ObjectModel()
    model.set_objects(objects(1), editable=False)
    flags = model.flags(model.index(0))
    assert not flags & (Qt.ItemFlag.ItemIsEditable | Qt.ItemFlag.ItemIsDragEnabled)


def test_what_a_screen_reader_says_of_a_row(qtbot):
    model = ObjectModel()
    model.set_objects([VideoObject(1, "rabbit", (1, 2, 3), 1, visible=False, locked=True)], editable=True)
    model.set_states({1: MaskState(True, True, False, Origin.DRAWN, 1.0)})
    spoken = model.index(0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "rabbit, number 1, committed on this frame, hidden, locked"


def test_every_part_of_a_row_is_where_it_is_drawn():
    row = QRect(0, 64, 280, 32)
    for part in Part:
        assert part_at(row, place_of(row, part).center().x()) is part

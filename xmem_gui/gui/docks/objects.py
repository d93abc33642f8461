"""The Objects dock: the list of objects, and all that is done with them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QPoint, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QAbstractItemView, QDockWidget, QLineEdit, QListView, QMenu, QWidget

from xmem_gui.gui.actions.object_menu import fill_object_menu
from xmem_gui.gui.context import Context
from xmem_gui.gui.docks.class_dialog import ClassDialog
from xmem_gui.gui.docks.object_commands import ObjectCommands
from xmem_gui.gui.docks.object_delegate import ObjectDelegate, Part
from xmem_gui.gui.docks.object_model import ObjectModel, ObjectRole
from xmem_gui.gui.widgets.colour_menu import ColourMenu, swatch
from xmem_gui.gui.widgets.panel import Panel, row, tool_button
from xmem_gui.gui.widgets.plain import Label, menu_text

if TYPE_CHECKING:
    from xmem_gui.project import DocumentChange

_NUMBERS = range(1, 10)
_ABOVE, _FILTER, _EMPTY = 52, 34, 76
"""Pixels of the bar with its margins, of the filter, and of the sentence where there is no object."""
_ROW = 36
"""Pixels of a list of one object."""
_MANY = 10
"""From so many objects on they can be filtered."""


class ObjectsDock(Panel):
    """Objects, the topmost first, with their state on the current frame.

    Parameters
    ----------
    context
        Its session has the objects; its actions ``object.*`` are bound here; its preferences say below which
        confidence a mask needs a review.
    """

    content_changed = Signal()
    """It would be seen whole in another height."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        self._session = session = context.session
        self._actions = actions = context.actions
        preferences = context.preferences
        self.model = ObjectModel()
        self.view = _make_view()
        super().__init__(self.view, parent)
        self._commands = commands = ObjectCommands(session)
        self.view.setModel(self.model)
        self.delegate = ObjectDelegate(preferences, self.view)
        self.view.setItemDelegate(self.delegate)
        self._count = Label()
        self._count.setProperty("role", "muted")
        several = [tool_button(actions[f"object.{name}"]) for name in ("merge", "split", "delete")]
        self.add_bar(row(self._count, None, *several, tool_button(actions["object.add"])))
        self.only_with_content(*several)
        self.filter = QLineEdit()
        self.filter.setPlaceholderText(self.tr("Filter by name, class or number"))
        self.filter.setAccessibleName(self.tr("Filter objects"))
        self.filter.setClearButtonEnabled(True)
        self.filter.hide()
        self.add_bar(row(self.filter), at=1)
        self.filter.textChanged.connect(self._on_filter)
        self._bind()
        self.delegate.clicked.connect(self._on_part)
        self.model.renamed.connect(commands.rename)
        self.model.reordered.connect(commands.reorder)
        self.view.selectionModel().currentChanged.connect(self._on_current)
        self.view.selectionModel().selectionChanged.connect(self._on_chosen)
        self.view.customContextMenuRequested.connect(self._show_menu)
        session.opened.connect(self._refresh)
        session.closed.connect(self._refresh)
        session.document_changed.connect(self._on_document)
        session.frame_changed.connect(self._ask_states)
        session.object_selected.connect(self._select)
        session.picked.connect(self._choose_one)
        session.solo_changed.connect(self.model.set_solo)
        preferences.changed.connect(self._on_preference)
        for signal in (self.model.modelReset, self.model.rowsInserted, self.model.rowsRemoved):
            signal.connect(lambda *_: self.content_changed.emit())
        self._refresh()

    @property
    def content_height(self) -> int:
        """Pixels in which every object is seen, and what is said where there is none."""
        rows = sum(not self.view.isRowHidden(place) for place in range(self.model.rowCount()))
        above = _ABOVE + (_FILTER if self.model.rowCount() >= _MANY else 0)
        return above + (rows * max(self.view.sizeHintForRow(0), 1) + 8 if rows else _EMPTY)

    @property
    def chosen(self) -> list[int]:
        """Ids of the rows selected, the topmost first; of the selected object if there is none."""
        rows = sorted(index.row() for index in self.view.selectionModel().selectedRows())
        found = [self.model.ids[one] for one in rows]
        selected = self._session.selected
        return found or ([] if selected is None else [selected])

    # Following the session

    def _on_preference(self, name: str) -> None:
        if name == "low_confidence":
            self.view.viewport().update()

    def _on_document(self, change: DocumentChange) -> None:
        if change.of_objects:
            self._refresh()
        elif change.touches(self._session.frame):
            self._ask_states()

    def _refresh(self) -> None:
        objects, annotator = self._session.objects, self._session.annotator
        chosen = set(self.chosen)
        editable = annotator is not None and not annotator.project.read_only
        self.model.set_objects(objects, editable=editable)
        several = self.tr("{} objects").format(len(objects)) if objects else self.tr("Objects")
        self._count.setText(self.tr("1 object") if len(objects) == 1 else several)
        if annotator is None:
            self.say(self.tr("Open a video to begin."))
        elif not objects:
            self.say(self.tr("No objects yet.\nClick one in the picture."))
        else:
            self.say("")
        self.filter.setVisible(len(objects) >= _MANY)
        if len(objects) < _MANY:
            self.filter.clear()
        self._hide_rows()
        self._choose(chosen)
        self._select(self._session.selected)
        self._ask_states()

    def _on_filter(self) -> None:
        self._hide_rows()
        # What is not seen is not meant.
        self._choose({one for one in self.chosen if not self.view.isRowHidden(self.model.row_of(one))})
        self.content_changed.emit()

    def _hide_rows(self) -> None:
        wanted = self.filter.text().strip().casefold()
        for place, object_id in enumerate(self.model.ids):
            one = self.model.index(place).data(ObjectRole.OBJECT)
            found = any(wanted in text.casefold() for text in (one.name, one.category))
            self.view.setRowHidden(place, bool(wanted) and not found and wanted != str(object_id))

    def _ask_states(self) -> None:
        frame = self._session.frame
        self._session.ask(
            lambda annotator: annotator.project.query.states(frame),
            self.model.set_states,
            key="objects.states",
        )

    def _select(self, object_id: int | None) -> None:
        """Make an object's row the current one; a selection that holds it stays."""
        place = self.model.row_of(object_id)
        selection, index = self.view.selectionModel(), self.model.index(place)
        if place < 0:
            self.view.clearSelection()
        elif selection.isSelected(index):
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.NoUpdate)
        else:
            selection.setCurrentIndex(index, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        if place >= 0:
            self.view.scrollTo(index)
        self.view.viewport().update()

    def _choose_one(self, object_id: int) -> None:
        self._choose({object_id})

    def _choose(self, objects: set[int]) -> None:
        selection = QItemSelection()
        for object_id in objects:
            if (place := self.model.row_of(object_id)) >= 0:
                selection.select(self.model.index(place), self.model.index(place))
        self.view.selectionModel().select(selection, QItemSelectionModel.SelectionFlag.ClearAndSelect)

    # What the person does

    def _bind(self) -> None:
        commands, bind = self._commands, self._actions.bind
        bind("object.add", commands.add)
        bind("object.rename", self._rename)
        bind("object.class", self._classify)
        bind("object.colour", self._recolour)
        bind("object.delete", lambda: commands.delete(self.chosen))
        bind("object.delete_range", lambda: commands.delete_range(self.chosen))
        bind("object.merge", self._merge)
        for number in _NUMBERS:
            bind(f"object.select_{number}", partial(commands.select_number, number))
        bind("object.next", lambda: commands.select_next(self.model.ids, 1))
        bind("object.previous", lambda: commands.select_next(self.model.ids, -1))
        bind("object.raise", lambda: self._with(lambda one: commands.move(one, self.model.ids, -1)))
        bind("object.lower", lambda: self._with(lambda one: commands.move(one, self.model.ids, 1)))
        bind("object.split", lambda: self._with(commands.split))
        bind("object.visible", lambda: commands.toggle_visible(self.chosen))
        bind("object.lock", lambda: commands.toggle_locked(self.chosen))
        bind("object.solo", lambda: self._with(commands.toggle_solo))

    def _with(self, command: Callable[[int], None]) -> None:
        """Do something with the selected object, if there is one."""
        selected = self._session.selected
        if selected is not None:
            command(selected)

    def _on_part(self, part: Part, object_id: int) -> None:
        if part is Part.SOLO:
            self._commands.toggle_solo(object_id)
        elif not self._actions["object.add"].isEnabled():
            return
        elif part is Part.SWATCH:
            self._recolour(object_id)
        elif part is Part.LOCK:
            self._commands.toggle_locked(self._meant(object_id))
        elif part is Part.EYE:
            self._commands.toggle_visible(self._meant(object_id))

    def _meant(self, object_id: int) -> list[int]:
        """Return the rows selected if this one is among them, as its button is pressed for all then."""
        chosen = self.chosen
        return chosen if object_id in chosen else [object_id]

    def _on_current(self) -> None:
        place = self.view.currentIndex().row()
        if 0 <= place < len(self.model.ids):
            self._session.selected = self.model.ids[place]

    def _on_chosen(self) -> None:
        rows = self.view.selectionModel().selectedRows()
        self._session.chosen = tuple(sorted(self.model.ids[one.row()] for one in rows))

    def _classify(self) -> None:
        objects = [one for one in self._session.objects if one.id in self.chosen]
        if objects:
            dialog = ClassDialog(objects, self._session.objects, self)
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.wanted.connect(partial(self._commands.classify, [one.id for one in objects]))
            self._session.closed.connect(dialog.reject)
            dialog.open()

    def _rename(self) -> None:
        place = self.model.row_of(self._session.selected)
        if place >= 0:
            if isinstance(dock := self.parentWidget(), QDockWidget):
                # The name is edited in its row, which must be seen.
                dock.show()
                dock.raise_()
            self.view.edit(self.model.index(place))

    def _recolour(self, object_id: int | None = None) -> None:
        wanted = self._session.selected if object_id is None else object_id
        one = next((one for one in self._session.objects if one.id == wanted), None)
        if one is not None:
            menu = ColourMenu(one.colour, partial(self._commands.recolour, one.id), self)
            menu.aboutToHide.connect(menu.deleteLater)
            menu.open_at(self._below(one.id))

    def _merge(self) -> None:
        """Merge the rows selected into the current one, or ask into which."""
        chosen, selected = self.chosen, self._session.selected
        if selected is None:
            return
        if len(chosen) > 1:
            self._commands.merge([one for one in chosen if one != selected], selected)
            return
        menu = QMenu(self)
        menu.addSection(self.tr("Merge into"))
        for one in self._session.objects:
            if one.id != selected:
                item = menu.addAction(swatch(one.colour), menu_text(one.name))
                item.triggered.connect(partial(self._commands.merge, [selected], one.id))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self._below(selected))

    def _below(self, object_id: int) -> QPoint:
        rect = self.view.visualRect(self.model.index(self.model.row_of(object_id)))
        return self.view.viewport().mapToGlobal(rect.bottomLeft() + QPoint(32, 0))

    def _show_menu(self, place: QPoint) -> None:
        menu = self.make_menu()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.view.viewport().mapToGlobal(place))

    def make_menu(self) -> QMenu:
        """Return the menu of the rows selected."""
        menu = QMenu(self)
        if not self.chosen:
            menu.addAction(self._actions["object.add"])
            return menu
        fill_object_menu(menu, self._actions)
        if len(self.chosen) == 2:
            first, second = self.chosen
            swap = QAction(self.tr("Swap the two from here on"), menu)
            swap.setEnabled(self._actions["object.merge"].isEnabled())
            swap.triggered.connect(partial(self._commands.swap, first, second))
            menu.insertAction(self._actions["object.delete_range"], swap)
        return menu


def _make_view() -> QListView:
    view = QListView()
    view.setAccessibleName(view.tr("Objects, the topmost first"))
    view.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
    view.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
    view.setDefaultDropAction(Qt.DropAction.MoveAction)
    view.setEditTriggers(
        QAbstractItemView.EditTrigger.DoubleClicked | QAbstractItemView.EditTrigger.EditKeyPressed
    )
    view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
    view.setUniformItemSizes(True)
    # One row is as high as one row; by itself a list wants room for more.
    view.setMinimumHeight(_ROW)
    view.setMouseTracking(True)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    return view

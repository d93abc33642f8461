"""The History dock: all steps; a click goes to one, whether by undoing or by redoing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QAbstractItemView,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from xmem_gui.gui.context import Context
from xmem_gui.gui.docks.history_model import HistoryModel, HistoryRole
from xmem_gui.gui.docks.model_index import Index
from xmem_gui.gui.theme import colours
from xmem_gui.gui.widgets.panel import Panel, row, tool_button

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.project import DocumentChange


class HistoryDock(Panel):
    """What has been done, the oldest first.

    Parameters
    ----------
    context
        Its session has the project; its actions that undo and redo are shown above the list, and bound here.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        self._session = session = context.session
        actions = context.actions
        self.model = HistoryModel()
        self.view = QListView()
        super().__init__(self.view, parent)
        self.view.setModel(self.model)
        self.view.setItemDelegate(_Delegate(self.view))
        self.view.setAccessibleName(self.tr("Steps done and undone, the oldest first"))
        self.view.setUniformItemSizes(True)
        self.view.setMouseTracking(True)
        self.view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = [tool_button(actions[f"edit.{name}"]) for name in ("undo", "redo")]
        self.add_bar(row(*buttons, None))
        self.only_with_content(*buttons)
        actions.bind("edit.undo", session.undo)
        actions.bind("edit.redo", lambda: session.edit(lambda annotator: annotator.redo()))
        # Not `activated` alone: it needs a double click on some systems.
        self.view.clicked.connect(self._on_row)
        self.view.activated.connect(self._on_row)
        session.opened.connect(self._refresh)
        session.closed.connect(self._refresh)
        session.job_changed.connect(self._on_job)
        session.document_changed.connect(self._on_document)
        self._refresh()

    def go_to(self, place: int) -> None:
        """Make the document as it was after the step of a row, by undoing or redoing all between."""
        step = self.model.step_of(place)

        def work(annotator: Annotator) -> None:
            project = annotator.project
            # Steps are numbered as they were begun, those undone after those done.
            while (done := project.next_undo) is not None and done.id > step:
                annotator.undo()
            while (undone := project.next_redo) is not None and undone.id <= step:
                annotator.redo()

        if self._session.job is None:
            self._session.edit(work)

    def showEvent(self, event: object) -> None:  # noqa: ARG002
        """Catch up with what has been done while it was hidden."""
        self._refresh()

    def _on_row(self, index: QModelIndex) -> None:
        self.go_to(index.row())

    def _on_document(self, change: DocumentChange) -> None:
        # A run says with each frame what it is called by then: its step is shown when it has ended.
        if change.of_history and self._session.job is None:
            self._refresh()

    def _on_job(self, state: object) -> None:
        self.view.setEnabled(state is None)
        if state is None:
            self._refresh()

    def _refresh(self) -> None:
        if self._session.annotator is None:
            self.model.set_steps(())
            self.say(self.tr("Your steps are listed here. They can be undone one by one."))
        elif self.isVisible():
            self._session.ask(lambda annotator: annotator.project.history, self._show, key="history")

    def _show(self, steps: tuple[object, ...]) -> None:
        self.model.set_steps(steps)  # type: ignore[arg-type]
        self.say("" if steps else self.tr("Nothing to undo yet. Your steps are listed here."))
        index = self.model.index(self.model.current)
        self.view.setCurrentIndex(index)
        self.view.scrollTo(index)


class _Delegate(QStyledItemDelegate):
    """Draws the label and the time; fainter what is undone, marked where the document is."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(160, option.fontMetrics.height() + 12)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, rect, metrics = colours(), option.rect, option.fontMetrics
        painter.save()
        if index.data(HistoryRole.CURRENT):
            painter.fillRect(rect, QColor(tokens.pressed))
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tokens.accent))
        elif option.state & (QStyle.StateFlag.State_MouseOver | QStyle.StateFlag.State_HasFocus):
            painter.fillRect(rect, QColor(tokens.hover))
        when = index.data(HistoryRole.TIME)
        inner = rect.adjusted(12, 0, -8, 0)
        width = inner.width() - (metrics.horizontalAdvance(when) + 8 if when else 0)
        painter.setFont(option.font)
        painter.setPen(QColor(tokens.faint if index.data(HistoryRole.UNDONE) else tokens.text))
        label = metrics.elidedText(index.data(), Qt.TextElideMode.ElideRight, width)
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, label)
        painter.setPen(QColor(tokens.faint if index.data(HistoryRole.UNDONE) else tokens.muted))
        painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, when)
        painter.restore()

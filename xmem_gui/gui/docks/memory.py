"""The Memory dock: what the engine remembers, its limits, and the frames it never forgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QFrame,
    QListView,
    QMenu,
    QPushButton,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.actions import Actions
from xmem_gui.gui.context import Context
from xmem_gui.gui.dialogs.engine_form import EngineForm
from xmem_gui.gui.docks.picture_rows import PictureModel, PictureRow, make_picture_view
from xmem_gui.gui.docks.refresher import Refresher
from xmem_gui.gui.docks.tier_bars import TierBars
from xmem_gui.gui.widgets.panel import Panel, muted, row, tool_button
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.annotator import MemoryReport
    from xmem_gui.annotator.memory_report import PermanentFrame

_MOST_SHOWN = 4
"""So many key frames are shown without scrolling their list."""


class MemoryDock(Panel):
    """Tiers, key frames, settings.

    Parameters
    ----------
    context
        Its session has the engine, its frames the thumbnails; its preferences keep the settings.
    """

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        self._session = session = context.session
        self._actions = actions = context.actions
        frames = context.frames
        self.bars = TierBars()
        self.model = PictureModel()
        self.view = make_picture_view(self.model, frames, self.tr("Key frames"))
        self.form = EngineForm(context)
        super().__init__(self._make_content(actions), parent)
        self.view.clicked.connect(self._go)
        self.view.activated.connect(self._go)
        self.view.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.view.customContextMenuRequested.connect(self._show_menu)
        self.view.selectionModel().selectionChanged.connect(self._enable)
        delete = QShortcut(QKeySequence(QKeySequence.StandardKey.Delete), self.view, self.remove)
        delete.setContext(Qt.ShortcutContext.WidgetShortcut)
        session.settings_changed.connect(self._refresh)
        session.memory_changed.connect(self._refresh)
        Refresher(session, self, self._refresh)
        self._refresh()

    def remove(self) -> None:
        """Uncommit the key frames selected."""
        rows = [self.model.rows[one.row()].frame for one in self.view.selectionModel().selectedRows()]
        if not self._actions["object.add"].isEnabled():
            return
        for frame in rows:
            self._uncommit(frame)

    def _uncommit(self, frame: int) -> None:
        self._session.edit(lambda annotator: annotator.uncommit(frame))

    # Making it

    def _make_content(self, actions: Actions) -> QWidget:
        content = QWidget()
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, 0, 4, 0)
        layout.setSpacing(8)
        layout.addWidget(self.bars)
        clear = QPushButton(self.tr("Clear temporary memory"))
        clear.setToolTip(actions["propagate.clear_temporary"].toolTip())
        clear.clicked.connect(actions["propagate.clear_temporary"].trigger)
        clear.setEnabled(actions["propagate.clear_temporary"].isEnabled())
        actions["propagate.clear_temporary"].enabledChanged.connect(clear.setEnabled)
        layout.addWidget(clear)
        heading = Label(self.tr("Key frames"))
        heading.setProperty("role", "heading")
        self._remove = QToolButton()
        self._remove.setObjectName("remove")
        self._remove.setIcon(actions["frame.uncommit"].icon())
        self._remove.setToolTip(self.tr("Uncommit the frame selected"))
        self._remove.setAccessibleName(self.tr("Uncommit the frame selected"))
        self._remove.clicked.connect(self.remove)
        layout.addLayout(row(heading, None, self._remove, tool_button(actions["frame.commit"])))
        self._none = muted(
            self.tr("Commit a frame to keep it for good. Tracking uses it in both directions.")
        )
        layout.addWidget(self._none)
        self.view.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        layout.addWidget(self.view)
        layout.addWidget(self._make_settings())
        layout.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(content)
        return area

    def _make_settings(self) -> QWidget:
        holder = QWidget()
        layout = QVBoxLayout(holder)
        layout.setContentsMargins(0, 0, 0, 0)
        switch = QToolButton()
        switch.setText(self.tr("Settings"))
        switch.setCheckable(True)
        switch.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        switch.setArrowType(Qt.ArrowType.RightArrow)

        def toggle(on: bool) -> None:
            switch.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
            self.form.setVisible(on)

        switch.toggled.connect(toggle)
        self.form.hide()
        layout.addWidget(switch)
        layout.addWidget(self.form)
        return holder

    # Following the document

    def _refresh(self) -> None:
        if self._session.annotator is None:
            self._show(None)
            self.say(self.tr("Open a video to begin."))
        else:
            self.say("")
            self._session.look(lambda annotator: annotator.memory_report(), self._show, key="memory")

    def _show(self, report: MemoryReport | None) -> None:
        self.bars.show_report(report)
        self._show_frames(() if report is None else report.permanent_frames)
        self._enable()

    def _show_frames(self, frames: Sequence[PermanentFrame]) -> None:
        known = {one.id: one for one in self._session.objects}
        self.model.set_rows(
            [
                PictureRow(
                    one.frame,
                    self.tr("frame {:,}").format(one.frame),
                    self._detail(one, [known[name].name for name in one.objects if name in known]),
                    tuple(known[name].colour for name in one.objects if name in known),
                )
                for one in frames
            ]
        )
        self._none.setVisible(not frames)
        self._remove.setVisible(bool(frames))
        self.view.setVisible(bool(frames))
        shown = min(len(frames), _MOST_SHOWN)
        self.view.setFixedHeight(max(self.view.sizeHintForRow(0), 1) * shown + 2 * self.view.frameWidth())

    def _detail(self, one: PermanentFrame, names: list[str]) -> str:
        text = ", ".join(names)
        return text if one.in_memory else self.tr("{} (not read yet)").format(text)

    def _enable(self) -> None:
        chosen = self.view.selectionModel().hasSelection()
        self._remove.setEnabled(chosen and self._actions["object.add"].isEnabled())

    def _go(self, index: QModelIndex) -> None:
        self._session.frame = self.model.rows[index.row()].frame

    def _show_menu(self, place: QPoint) -> None:
        index = self.view.indexAt(place)
        if not index.isValid():
            return
        menu = QMenu(self)
        menu.addAction(self.tr("Go there")).triggered.connect(lambda: self._go(index))
        menu.addAction(self.tr("Uncommit")).triggered.connect(self.remove)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(self.view.viewport().mapToGlobal(place))

"""The timeline, put together."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPointF, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QMenu, QScrollBar, QToolButton, QVBoxLayout, QWidget

from xmem_gui.gui.actions.object_menu import add_parts, fill_object_menu
from xmem_gui.gui.context import Context
from xmem_gui.gui.controllers.player import Player
from xmem_gui.gui.timeline.filmstrip import Filmstrip
from xmem_gui.gui.timeline.headers import LaneHeaders
from xmem_gui.gui.timeline.hover import HoverPreview
from xmem_gui.gui.timeline.lane_store import LaneStore
from xmem_gui.gui.timeline.lane_track import LANE, LaneTrack
from xmem_gui.gui.timeline.ruler import Ruler
from xmem_gui.gui.timeline.transport import Transport
from xmem_gui.gui.timeline.viewport import Viewport

_FINE = 64
"""Steps of the scroll bar for one frame."""
_ZOOM = 1.6
_BELOW = 4
"""Pixels under the last lane."""
_MENU = (
    ("range.in", "range.out", "range.clear"),
    ("frame.commit", "frame.uncommit", "review.accept"),
    ("propagate.forward", "propagate.backward", "propagate.both", "propagate.next_key", "propagate.range"),
    ("timeline.zoom_in", "timeline.zoom_out", "timeline.fit"),
)
_ON_A_LANE = (("range.in", "range.out", "frame.commit"),)


class TimelinePanel(QWidget):
    """Transport row, ruler, thumbnails and lanes; as tall as its content, if there is room.

    Parameters
    ----------
    context
        The session, actions, preferences and recents that all parts share.
    player
        Plays the video from the current frame.
    """

    content_changed = Signal()
    """It would be seen whole in another height."""

    def __init__(self, context: Context, player: Player, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._actions = actions = context.actions
        self._player = player
        self.setAccessibleName(self.tr("Timeline"))
        self.viewport = Viewport(session)
        self.store = LaneStore(context, self.viewport)
        self.transport = Transport(context, player)
        self.ruler = Ruler(session, self.viewport, self._show_menu)
        self.filmstrip = Filmstrip(context, self.viewport, self._show_menu)
        self.lanes = LaneTrack(session, self.viewport, self.store, self._show_menu, self._show_lane_menu)
        self.headers = LaneHeaders(
            session, self.viewport, self.store,
            menu=self._show_lane_menu, rename=lambda: actions["object.rename"].trigger(),
        )  # fmt: skip
        self._preview = HoverPreview(context, self.viewport, self)
        self._across = QScrollBar(Qt.Orientation.Horizontal)
        self._down = QScrollBar(Qt.Orientation.Vertical)
        self._lay_out()
        self._connect()

    def sizeHint(self) -> QSize:
        """Return as tall as the content."""
        return QSize(900, self.content_height)

    @property
    def content_height(self) -> int:
        """Pixels in which everything is seen: the rows, and a lane for each object."""
        rows = (self.transport, self.ruler, self.filmstrip)
        bar = 0 if self._across.isHidden() else self._across.sizeHint().height()
        lanes = LANE * max(1, len(self.store.objects))
        return sum(row.sizeHint().height() for row in rows) + lanes + bar + _BELOW

    def _lay_out(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.transport)
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(0)
        for at, track in enumerate((self.ruler, self.filmstrip, self.lanes)):
            grid.addWidget(track, at, 1)
        grid.addWidget(self.headers, 2, 0)
        grid.addWidget(self._down, 2, 2)
        grid.addWidget(self._across, 3, 1)
        self.transport.add_right(self._zoom_buttons())
        grid.setRowStretch(2, 1)
        grid.setColumnStretch(1, 1)
        whole.addLayout(grid, 1)
        self._across.setAccessibleName(self.tr("Scroll through the video"))
        self._down.setAccessibleName(self.tr("Scroll through the lanes"))
        self.setTabOrder(self.transport, self.headers)

    def _zoom_buttons(self) -> QWidget:
        bar = QWidget()
        row = QHBoxLayout(bar)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name in ("timeline.zoom_out", "timeline.fit", "timeline.zoom_in"):
            button = QToolButton()
            button.setDefaultAction(self._actions[name])
            button.setIconSize(QSize(16, 16))
            button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            button.setAccessibleName(self._actions.specs[name].plain)
            row.addWidget(button)
        return bar

    def _connect(self) -> None:
        actions, viewport, session = self._actions, self.viewport, self._session
        actions.bind("go.frame", self.transport.edit_frame)
        actions.bind("timeline.zoom_in", lambda: viewport.zoom(_ZOOM))
        actions.bind("timeline.zoom_out", lambda: viewport.zoom(1 / _ZOOM))
        actions.bind("timeline.fit", viewport.fit)
        viewport.changed.connect(self._show_across)
        viewport.scrolled.connect(lambda: self._down.setValue(viewport.top))
        self.store.objects_changed.connect(self._show_down)
        self.store.objects_changed.connect(self.content_changed)
        self._across.valueChanged.connect(lambda value: viewport.move_to(value / _FINE))
        self._down.valueChanged.connect(lambda value: setattr(viewport, "top", value))
        session.frame_changed.connect(viewport.show_frame)
        self._show_across()
        self._show_down()

    def _show_across(self) -> None:
        scale = self.viewport.scale
        self._across.blockSignals(True)
        self._across.setRange(0, max(0, round((scale.frames - scale.visible) * _FINE)))
        self._across.setPageStep(max(1, round(scale.visible * _FINE)))
        self._across.setSingleStep(max(1, round(scale.visible * _FINE / 20)))
        self._across.setValue(round(scale.first * _FINE))
        self._across.blockSignals(False)
        if self._across.isHidden() != scale.shows_all:
            self._across.setHidden(scale.shows_all)
            self.content_changed.emit()

    def _show_down(self) -> None:
        lanes, seen = LANE * len(self.store.objects), self.lanes.height()
        self._down.setRange(0, max(0, lanes - seen))
        self._down.setPageStep(max(1, seen))
        self._down.setSingleStep(LANE)
        self._down.setVisible(lanes > seen)

    def _show_menu(self, place: QPointF) -> None:
        menu = QMenu(self)
        add_parts(menu, self._actions, _MENU)
        self._pop_up(menu, place)

    def _show_lane_menu(self, place: QPointF) -> None:
        menu = QMenu(self)
        fill_object_menu(menu, self._actions)
        add_parts(menu, self._actions, _ON_A_LANE)
        self._pop_up(menu, place)

    def _pop_up(self, menu: QMenu, place: QPointF) -> None:
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place.toPoint())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the scroll bars true."""
        super().resizeEvent(event)
        self.store.pixel_ratio = self.devicePixelRatioF()
        self._show_down()

    def changeEvent(self, event: QEvent) -> None:
        """Draw again in another theme's colours."""
        super().changeEvent(event)
        if event.type() in {QEvent.Type.PaletteChange, QEvent.Type.StyleChange} and hasattr(self, "store"):
            self.store.redraw()
            self.update()

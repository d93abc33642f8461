"""The lanes' names beside them."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline.lane_store import LaneStore
from xmem_gui.gui.timeline.lane_track import LANE
from xmem_gui.gui.timeline.viewport import Viewport
from xmem_gui.gui.widgets.plain import row_text

WIDTH = 136


class LaneHeaders(QWidget):
    """Colour and name of each object; a click selects it, up and down go from one to the next.

    Parameters
    ----------
    session
        The session whose selected object is marked.
    viewport
        Tells which lanes and frames are in sight.
    store
        Gives the objects and the lanes of their masks.
    menu
        Called with a position on the screen for the menu of the selected object.
    rename
        Called on a double click.
    """

    def __init__(
        self,
        session: Session,
        viewport: Viewport,
        store: LaneStore,
        *,
        menu: Callable[[QPointF], None],
        rename: Callable[[], object],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session, self._viewport, self._store = session, viewport, store
        self._menu, self._rename = menu, rename
        self.setFixedWidth(WIDTH)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(self.tr("Objects of the lanes"))
        viewport.scrolled.connect(self.update)
        store.objects_changed.connect(self.update)
        session.object_selected.connect(self._on_selected)

    def sizeHint(self) -> QSize:
        """As wide as names usually are."""
        return QSize(WIDTH, 4 * LANE)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the names seen."""
        colours, top = theme.colours(), self._viewport.top
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(colours.window))
        first = max(0, (event.rect().top() + top) // LANE)
        for at, item in enumerate(self._store.objects[first:], start=first):
            row = QRect(0, at * LANE - top, self.width(), LANE)
            if row.top() > event.rect().bottom():
                break
            chosen = item.id == self._session.selected
            if chosen:
                painter.fillRect(row, QColor(colours.pressed))
                painter.fillRect(QRect(0, row.top(), 3, LANE), QColor(colours.accent))
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*item.colour))
            painter.setOpacity(1.0 if item.visible else 0.35)
            painter.drawRoundedRect(QRectF(10, row.center().y() - 5, 11, 11), 2, 2)
            painter.setOpacity(1.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
            painter.setPen(QColor(colours.text if item.visible else colours.faint))
            room = row.adjusted(26, 0, -24 if item.locked else -8, 0)
            name = self.fontMetrics().elidedText(
                row_text(item.name), Qt.TextElideMode.ElideRight, room.width()
            )
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, name)
            if item.locked:
                _draw_lock(painter, QPointF(self.width() - 16, row.center().y()), QColor(colours.muted))
        painter.fillRect(QRect(self.width() - 1, 0, 1, self.height()), QColor(colours.border))
        if self.hasFocus():
            painter.setPen(QColor(colours.accent))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select."""
        self._select(self._at(event.position().y()))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Rename."""
        if self._at(event.position().y()) is not None:
            self._rename()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next lane or the one before."""
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        ids = [one.id for one in self._store.objects]
        if step is None or not ids:
            super().keyPressEvent(event)
            return
        selected = self._session.selected
        at = ids.index(selected) + step if selected in ids else 0
        self._select(max(0, min(at, len(ids) - 1)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Go down the lanes."""
        self._viewport.top -= round(event.angleDelta().y() / 3)
        event.accept()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select and show what can be done."""
        place = event.globalPos()
        if event.reason() == QContextMenuEvent.Reason.Mouse:
            at = self._at(event.pos().y())
        else:
            ids = [one.id for one in self._store.objects]
            at = ids.index(self._session.selected) if self._session.selected in ids else None
            if at is not None:
                place = self.mapToGlobal(QPoint(LANE, (at + 1) * LANE - self._viewport.top))
        if at is not None:
            self._select(at)
            self._menu(QPointF(place))

    def _at(self, y: float) -> int | None:
        at = int(y + self._viewport.top) // LANE
        return at if 0 <= at < len(self._store.objects) else None

    def _select(self, at: int | None) -> None:
        if at is not None:
            self._session.pick(self._store.objects[at].id)

    def _on_selected(self, object_id: int | None) -> None:
        for at, item in enumerate(self._store.objects):
            if item.id == object_id:
                top, seen = self._viewport.top, self.height()
                if at * LANE < top:
                    self._viewport.top = at * LANE
                elif (at + 1) * LANE > top + seen:
                    self._viewport.top = (at + 1) * LANE - seen
        self.update()


def _draw_lock(painter: QPainter, centre: QPointF, colour: QColor) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(colour)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawArc(QRectF(centre.x() - 3, centre.y() - 6, 6, 8), 0, 180 * 16)
    painter.setBrush(colour)
    painter.drawRoundedRect(QRectF(centre.x() - 4.5, centre.y() - 1, 9, 6), 1, 1)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

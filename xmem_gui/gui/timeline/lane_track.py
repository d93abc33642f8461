"""The lanes: where each object is seen, its key frames, and how sure the masks are."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.state.session import Session
from xmem_gui.gui.timeline.lane_pictures import LanePicture
from xmem_gui.gui.timeline.lane_store import LaneStore
from xmem_gui.gui.timeline.track import Track
from xmem_gui.gui.timeline.viewport import Viewport

LANE = 28
"""Pixels of one lane."""
_BAR = QRect(0, 6, 0, 16)
"""Top and height of the bar that says where it is seen; it is hatched where that is in doubt."""
_HATCH = 8
"""Pixels between two lines of the hatching, across."""
_APART = 8
"""Pixels between two key frames' diamonds, at least."""


class LaneTrack(Track):
    """One lane an object.

    Parameters
    ----------
    session, viewport, menu
        The session, what is in sight, and the context menu, as in `Track`.
    store
        Where the pictures come from.
    lane_menu
        Called with a position on the screen for the menu of a lane's object.
    """

    def __init__(
        self,
        session: Session,
        viewport: Viewport,
        store: LaneStore,
        menu: Callable[[QPointF], None],
        lane_menu: Callable[[QPointF], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(session, viewport, menu, parent)
        self._store, self._lane_menu = store, lane_menu
        self.setMinimumHeight(LANE)
        self.setAccessibleName(self.tr("Lanes of the objects"))
        store.changed.connect(self._on_pictures)
        store.objects_changed.connect(self._on_objects)
        viewport.scrolled.connect(self.update)
        session.object_selected.connect(self.update)

    def object_at(self, y: float) -> int | None:
        """Return the id of the object whose lane is at a height, or None."""
        at = int(y + self.viewport.top) // LANE
        objects = self._store.objects
        return objects[at].id if 0 <= at < len(objects) else None

    def draw(self, painter: QPainter, area: QRect) -> None:
        """Draw the lanes seen."""
        colours, top = theme.colours(), self.viewport.top
        if not self._store.objects:
            painter.setPen(QColor(colours.muted))
            hint = self.tr("No objects yet: click one in the picture.")
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, hint)
            return
        diamond = _diamond(colours.text, colours.surface, self.devicePixelRatioF())
        border = QColor(colours.border)
        border.setAlphaF(0.5)
        chosen = QColor(colours.accent)
        chosen.setAlphaF(0.10)
        first = max(0, (area.top() + top) // LANE)
        for at, item in enumerate(self._store.objects[first:], start=first):
            y = at * LANE - top
            if y > area.bottom():
                break
            if item.id == self.session.selected:
                painter.fillRect(QRect(area.left(), y, area.width(), LANE), chosen)
            painter.fillRect(QRect(area.left(), y + LANE - 1, area.width(), 1), border)
            picture = self._store.picture(item.id)
            if picture is not None and len(self._store.window):
                self._draw_lane(painter, area, y, picture, diamond)

    def _draw_lane(
        self, painter: QPainter, area: QRect, y: int, picture: LanePicture, diamond: QPixmap
    ) -> None:
        window, scale = self._store.window, self.viewport.scale
        count = picture.image.width()
        # Only what is in the area: stretching the rest would take as long again.
        low = max(0, int((scale.first + area.left() / scale.pixels - window.start) / window.step) - 1)
        high = int((scale.first + (area.right() + 1) / scale.pixels - window.start) / window.step) + 2
        high = min(count, high)
        if low >= high:
            return
        left = scale.x_of(window.start + low * window.step)
        # The last part may reach beyond the video's end.
        right = scale.x_of(min(window.start + high * window.step, scale.frames))
        wide = right - left
        share = (high - low) - (max(0, window.start + high * window.step - scale.frames) / window.step)
        bar = QRectF(left, y + _BAR.top(), wide, _BAR.height())
        painter.drawImage(bar, picture.image, QRectF(low, 0, share, 1))
        self._hatch(painter, area, bar, picture, QRectF(low, 1, share, 1))
        self._draw_keys(painter, area, y, picture, diamond)

    def _hatch(self, painter: QPainter, area: QRect, bar: QRectF, picture: LanePicture, part: QRectF) -> None:
        """Hatch a bar where the picture's second row says that it is in doubt."""
        first, last = int(part.left()), int(np.ceil(part.right()))
        if not picture.has_doubt(first, last):
            return
        seen = bar.intersected(QRectF(area.left(), bar.top(), area.width(), bar.height())).toAlignedRect()
        ratio = self.devicePixelRatioF()
        drawn = QPixmap(round(seen.width() * ratio), round(seen.height() * ratio))
        drawn.setDevicePixelRatio(ratio)
        drawn.fill(Qt.GlobalColor.transparent)
        brush = QPainter(drawn)
        brush.setRenderHint(QPainter.RenderHint.Antialiasing)
        brush.fillRect(QRect(QPoint(), seen.size()), QColor(0, 0, 0, 70))
        brush.setPen(QPen(QColor(255, 255, 255, 230), 2.5))
        # Lines stay where they are on the timeline, whatever part of it is drawn.
        begin = -((seen.left() + round(self.viewport.scale.first * self.viewport.scale.pixels)) % _HATCH)
        for x in range(begin - 2 * _HATCH, seen.width() + _HATCH, _HATCH):
            brush.drawLine(QPointF(x, seen.height() + 1), QPointF(x + seen.height(), -1))
        brush.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
        brush.drawImage(bar.translated(-seen.left(), -seen.top()), picture.image, part)
        brush.end()
        painter.drawPixmap(seen.topLeft(), drawn)

    def _draw_keys(
        self, painter: QPainter, area: QRect, y: int, picture: LanePicture, diamond: QPixmap
    ) -> None:
        window, scale = self._store.window, self.viewport.scale
        size = diamond.width() / diamond.devicePixelRatio()
        centres = (window.start + picture.keys * window.step + 0.5 * min(window.step, 1)) - scale.first
        centres = centres * scale.pixels
        seen = centres[(centres > area.left() - size) & (centres < area.right() + size)]
        if not seen.size:
            return
        # Of those that would overlap only the first is drawn, whatever part of the lane is drawn again.
        slots = np.floor((seen + scale.first * scale.pixels) / _APART)
        seen = seen[np.flatnonzero(np.diff(slots, prepend=-1.0))]
        middle = y + _BAR.top() + _BAR.height() / 2 - size / 2
        for x in seen.tolist():
            painter.drawPixmap(QPointF(x - size / 2, middle), diamond)

    # Changes

    def _on_pictures(self, ids: frozenset[int] | None) -> None:
        if ids is None:
            self.update()
            return
        for at, item in enumerate(self._store.objects):
            if item.id in ids:
                self.update(0, at * LANE - self.viewport.top, self.width(), LANE)

    def _on_objects(self) -> None:
        self.viewport.set_heights(LANE * len(self._store.objects), self.height())
        self.update()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep to the lanes there are."""
        super().resizeEvent(event)
        self.viewport.set_heights(LANE * len(self._store.objects), self.height())

    # The mouse

    def pressed(self, event: QMouseEvent) -> bool:
        """Select the object and scrub."""
        self.picked(event.position().toPoint())
        return super().pressed(event)

    def picked(self, position: object) -> None:
        """Select the object at a position."""
        found = self.object_at(position.y())  # type: ignore[attr-defined]
        if found is not None:
            self.session.pick(found)

    def open_menu(self, event: QContextMenuEvent) -> None:
        """Show what can be done with the lane's object there."""
        if self.object_at(event.pos().y()) is None:
            super().open_menu(event)
        else:
            self._lane_menu(QPointF(event.globalPos()))


def _diamond(fill: str, edge: str, ratio: float) -> QPixmap:
    """Return a key frame's mark, drawn once for all."""
    size = 13
    drawn = QPixmap(round(size * ratio), round(size * ratio))
    drawn.setDevicePixelRatio(ratio)
    drawn.fill(Qt.GlobalColor.transparent)
    painter = QPainter(drawn)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QColor(edge))
    painter.setBrush(QColor(fill))
    middle, reach = size / 2, size / 2 - 0.75
    painter.drawPolygon(
        QPolygonF(
            [
                QPointF(middle, middle - reach), QPointF(middle + reach, middle),
                QPointF(middle, middle + reach), QPointF(middle - reach, middle),
            ]
        )
    )  # fmt: skip
    painter.end()
    return drawn

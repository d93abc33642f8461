"""How a row of the object list looks, and which part of it the mouse is on."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from PySide6.QtCore import QAbstractItemModel, QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QHelpEvent,
    QMouseEvent,
    QPainter,
    QPen,
    QPixmap,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
    QWidget,
)

from xmem_gui.gui.docks.model_index import Index
from xmem_gui.gui.docks.object_model import ObjectRole, state_in_words
from xmem_gui.gui.state.preferences import Preferences
from xmem_gui.gui.theme import colours, pixmap
from xmem_gui.gui.widgets.plain import row_text, tip

if TYPE_CHECKING:
    from xmem_gui.project import MaskState, VideoObject

_HEIGHT, _PAD, _BUTTON, _ICON = 32, 8, 24, 16


class Part(str, Enum):
    """What of a row can be clicked."""

    SWATCH = "swatch"
    NAME = "name"
    SOLO = "solo"
    LOCK = "lock"
    EYE = "eye"


_BUTTONS = (Part.SOLO, Part.LOCK, Part.EYE)


def part_at(row: QRect, x: int) -> Part:
    """Return the part of a row at a position across the list."""
    for part in (Part.SWATCH, *_BUTTONS):
        place = place_of(row, part)
        if place.left() <= x <= place.right():
            return part
    return Part.NAME


def place_of(row: QRect, part: Part) -> QRect:
    """Return where a part of a row is; every part is as high as the row."""
    if part is Part.SWATCH:
        return QRect(row.left() + 32, row.top(), _BUTTON, row.height())
    if part is Part.NAME:
        left = row.left() + 32 + _BUTTON + 4
        return QRect(left, row.top(), max(row.right() - left - 3 * _BUTTON - 20 - _PAD, 0), row.height())
    from_right = len(_BUTTONS) - _BUTTONS.index(part)
    return QRect(row.right() - 4 - from_right * _BUTTON, row.top(), _BUTTON, row.height())


class ObjectDelegate(QStyledItemDelegate):
    """Draws number key, swatch, name, class, state on the frame, and the buttons solo, lock and eye.

    Parameters
    ----------
    preferences
        Say below which confidence a mask is one to review.
    """

    clicked = Signal(object, int)
    """A `Part` other than the name, and the object's id."""

    def __init__(self, preferences: Preferences, parent: QWidget) -> None:
        super().__init__(parent)
        self._preferences = preferences

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        """Return a row's size."""
        return QSize(200, max(_HEIGHT, option.fontMetrics.height() + 12))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Draw a row."""
        tokens = colours()
        one = cast("VideoObject", index.data(ObjectRole.OBJECT))
        rect, state = option.rect, option.state
        selected = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        current = selected and bool(option.widget) and _is_current(option.widget, index)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected or hovered:
            painter.fillRect(rect, QColor(tokens.pressed if selected else tokens.hover))
        if current:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tokens.accent))
        solo = index.data(ObjectRole.SOLO)
        shown = one.visible if solo is None else bool(solo)
        self._draw_number(painter, rect, index.data(ObjectRole.NUMBER), option.font)
        _draw_swatch(painter, place_of(rect, Part.SWATCH), one.colour, filled=shown)
        painter.setFont(option.font)
        painter.setPen(QColor(tokens.text if shown else tokens.faint))
        self._draw_name(painter, place_of(rect, Part.NAME), one)
        low = self._preferences.values.low_confidence
        _draw_state(painter, _state_place(rect), index.data(ObjectRole.STATE), low)
        for part, name, on in (
            (Part.SOLO, "solo", bool(solo)),
            (Part.LOCK, "lock" if one.locked else "unlock", one.locked),
            (Part.EYE, "eye" if one.visible else "eye-off", True),
        ):
            if on or hovered or selected:
                shade = tokens.accent if part is Part.SOLO and on else tokens.text if on else tokens.faint
                if part is Part.EYE and not one.visible:
                    shade = tokens.faint
                _draw_icon(painter, place_of(rect, part), name, shade)
        painter.restore()

    def editorEvent(
        self, event: QEvent, model: QAbstractItemModel, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Take clicks on the swatch and the buttons."""
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonRelease):
            mouse = cast("QMouseEvent", event)
            part = part_at(option.rect, mouse.position().toPoint().x())
            if part is not Part.NAME and mouse.button() == Qt.MouseButton.LeftButton:
                if event.type() == QEvent.Type.MouseButtonRelease:
                    self.clicked.emit(part, cast("VideoObject", index.data(ObjectRole.OBJECT)).id)
                return True
        return super().editorEvent(event, model, option, index)

    def helpEvent(
        self, event: QHelpEvent, view: QAbstractItemView, option: QStyleOptionViewItem, index: Index
    ) -> bool:
        """Say what the part under the mouse is."""
        if event.type() != QEvent.Type.ToolTip or not index.isValid():
            return super().helpEvent(event, view, option, index)
        one = cast("VideoObject", index.data(ObjectRole.OBJECT))
        x = event.pos().x()
        if _state_place(option.rect).contains(QPoint(x, option.rect.center().y())):
            text = state_in_words(index.data(ObjectRole.STATE))
        else:
            text = {
                Part.SWATCH: self.tr("Colour"),
                Part.NAME: tip(f"{one.name} – {one.category}" if one.category else one.name),
                Part.SOLO: self.tr("Show only this"),
                Part.LOCK: self.tr("Unlock") if one.locked else self.tr("Lock: keep its masks as they are"),
                Part.EYE: self.tr("Hide") if one.visible else self.tr("Show"),
            }[part_at(option.rect, x)]
        QToolTip.showText(event.globalPos(), text[:1].upper() + text[1:], view)
        return True

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:  # noqa: ARG002
        """Return the field in which the name is changed."""
        editor = QLineEdit(parent)
        editor.setAccessibleName(self.tr("Name of the object"))
        editor.setMaxLength(200)
        return editor

    def updateEditorGeometry(
        self,
        editor: QWidget,
        option: QStyleOptionViewItem,
        index: Index,  # noqa: ARG002
    ) -> None:
        """Put the field where the name is, with room for it."""
        place = place_of(option.rect, Part.NAME)
        editor.setGeometry(place.adjusted(-6, 2, 20, -2))

    def _draw_name(self, painter: QPainter, place: QRect, one: VideoObject) -> None:
        """Draw the name, and under it, smaller and fainter, the class if there is one."""
        left, right = Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideRight
        font, metrics = QFont(painter.font()), painter.fontMetrics()
        name = metrics.elidedText(row_text(one.name), right, place.width())
        if not one.category:
            painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | left, name)
            return
        small = _small(font)
        below = QFontMetrics(small)
        above = (place.height() - metrics.height() - below.height()) // 2
        line = QRect(place.left(), place.top() + above, place.width(), metrics.height())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | left, name)
        line = QRect(place.left(), line.bottom(), place.width(), below.height())
        painter.setFont(small)
        painter.setPen(QColor(colours().muted))
        category = below.elidedText(row_text(one.category), right, place.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | left, category)

    def _draw_number(self, painter: QPainter, row: QRect, number: int | None, font: QFont) -> None:
        if number is None:
            return
        tokens = colours()
        place = QRectF(row.left() + 9, row.center().y() - 8.5, 17, 17)
        painter.setPen(QPen(QColor(tokens.border), 1))
        painter.setBrush(QColor(tokens.window))
        painter.drawRoundedRect(place, 4, 4)
        painter.setFont(_small(font))
        painter.setPen(QColor(tokens.muted))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))


def _small(font: QFont) -> QFont:
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * 0.85)
    return small


def _is_current(widget: QWidget, index: Index) -> bool:
    return isinstance(widget, QAbstractItemView) and widget.currentIndex() == index


def _state_place(row: QRect) -> QRect:
    right = row.right() - 4 - len(_BUTTONS) * _BUTTON
    return QRect(right - 20, row.top(), 20, row.height())


def _draw_swatch(painter: QPainter, place: QRect, colour: tuple[int, int, int], *, filled: bool) -> None:
    centre = QPointF(place.center())
    shade = QColor(*colour)
    square = QRectF(centre.x() - 7, centre.y() - 7, 14, 14)
    # A line of the text's colour keeps swatches apart from the ground whatever their colour.
    edge = QColor(colours().text)
    edge.setAlpha(70)
    painter.setPen(QPen(edge if filled else shade, 1 if filled else 2))
    painter.setBrush(shade if filled else Qt.BrushStyle.NoBrush)
    painter.drawRoundedRect(square, 4, 4)


def _draw_state(painter: QPainter, place: QRect, state: MaskState | None, low: float) -> None:
    """Draw a diamond for committed, a dot for a mask, a ring for known not to be seen, a dash for none."""
    tokens = colours()
    centre = QPointF(place.center()) + QPointF(0.5, 0.5)
    if state is None:
        painter.setPen(QPen(QColor(tokens.faint), 1.5))
        painter.drawLine(centre - QPointF(4, 0), centre + QPointF(4, 0))
    elif state.committed:
        painter.setPen(QPen(QColor(tokens.accent), 1.5))
        painter.setBrush(QColor(tokens.accent) if state.present else Qt.BrushStyle.NoBrush)
        corners = [QPointF(0, -5), QPointF(5, 0), QPointF(0, 5), QPointF(-5, 0)]
        painter.drawPolygon(QPolygonF([centre + one for one in corners]))
    else:
        doubtful = state.confidence < low and not state.reviewed
        shade = QColor(tokens.warning if doubtful else tokens.muted)
        painter.setPen(QPen(shade, 1.5))
        painter.setBrush(shade if state.present else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, 3.5, 3.5)


def _draw_icon(painter: QPainter, place: QRect, name: str, shade: str) -> None:
    square = QRect(0, 0, _ICON, _ICON)
    square.moveCenter(place.center())
    painter.drawPixmap(square, _glyph(name, shade, painter.device().devicePixelRatioF()))


@lru_cache(maxsize=64)
def _glyph(name: str, shade: str, scale: float) -> QPixmap:
    return pixmap(name, _ICON, colour=shade, scale=scale)

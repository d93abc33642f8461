"""Rows with a frame's thumbnail: a title, what explains it, and a value from 0 to 1 as a small bar."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, cast

from PySide6.QtCore import (
    QAbstractListModel,
    QPointF,
    QRect,
    QRectF,
    QSize,
    Qt,
)
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from xmem_gui.gui.docks.model_index import Index
from xmem_gui.gui.pictures.frames import Frames
from xmem_gui.gui.theme import colours
from xmem_gui.gui.widgets.plain import row_text, tip
from xmem_gui.gui.widgets.sizes import in_percent

if TYPE_CHECKING:
    from xmem_gui.arrays import Colour

_PICTURE = QSize(64, 36)


class PictureRole(IntEnum):
    """What a row can be asked for besides its title."""

    ROW = Qt.ItemDataRole.UserRole
    """The `PictureRow`."""


@dataclass(frozen=True)
class PictureRow:
    """A frame in a list.

    Attributes
    ----------
    frame
        The 0-based frame number.
    title, detail
        The upper and the lower line of text.
    colours
        Dots beside the title: of the objects it is about.
    object
        The object it is about, or None.
    value
        Shown as a bar and in per cent; None for no bar.
    low
        Below this the bar is in the colour of what is worth a look.
    mask
        What of the frame is the object, as coverage (alpha); drawn in its colour.
    """

    frame: int
    title: str
    detail: str
    colours: tuple[Colour, ...] = ()
    object: int | None = None
    value: float | None = None
    low: float = 0.0
    mask: QImage | None = None


class PictureModel(QAbstractListModel):
    """A list of `PictureRow`."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: tuple[PictureRow, ...] = ()

    def set_rows(self, rows: Sequence[PictureRow]) -> None:
        """Show rows; where only their content differs the view stays where it is."""
        rows = tuple(rows)
        if [(one.frame, one.object) for one in rows] == [(one.frame, one.object) for one in self.rows]:
            before, self.rows = self.rows, rows
            for place, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self.dataChanged.emit(self.index(place), self.index(place))
            return
        self.beginResetModel()
        self.rows = rows
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return how many rows there are."""
        return 0 if parent is not None and parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        """Return what a row has to say."""
        if not index.isValid():
            return None
        one = self.rows[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return row_text(one.title)
        if role in (Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.AccessibleTextRole):
            value = "" if one.value is None else f" ({in_percent(one.value)})"
            text = f"{row_text(one.title)}: {one.detail}{value}"
            return tip(text) if role == Qt.ItemDataRole.ToolTipRole else text
        return one if role == PictureRole.ROW else None


class _Delegate(QStyledItemDelegate):
    def __init__(self, frames: Frames, view: QListView) -> None:
        super().__init__(view)
        self._frames, self._view = frames, view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: ARG002
        return QSize(200, max(_PICTURE.height() + 12, 2 * option.fontMetrics.height() + 14))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        tokens, rect, metrics = colours(), option.rect, option.fontMetrics
        one = cast("PictureRow", index.data(PictureRole.ROW))
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if selected or option.state & QStyle.StateFlag.State_MouseOver:
            painter.fillRect(rect, QColor(tokens.pressed if selected else tokens.hover))
        if selected:
            painter.fillRect(QRect(rect.left(), rect.top(), 3, rect.height()), QColor(tokens.accent))
        place = QRect(rect.left() + 8, rect.center().y() - _PICTURE.height() // 2 + 1, 64, 36)
        scale = painter.device().devicePixelRatioF()
        _draw_picture(painter, place, self._frames.thumbnail(one.frame, round(place.height() * scale)))
        if one.mask is not None and one.colours:
            _draw_picture(painter, place, _tinted(one.mask, one.colours[0]))
        text = rect.adjusted(place.width() + 18, 6, -8, -6)
        if one.value is not None:
            place = QRect(text.right() - 36, text.top(), 36, text.height())
            _draw_value(painter, place, one.value, one.low, metrics.height())
            text.setRight(text.right() - 44)
        title = QRect(text.left(), text.top(), text.width(), metrics.height())
        for colour in one.colours[:4]:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(*colour))
            painter.drawEllipse(QPointF(title.left() + 4, title.center().y() + 1), 4, 4)
            title.setLeft(title.left() + 13)
        left, elide = Qt.AlignmentFlag.AlignLeft, Qt.TextElideMode.ElideRight
        painter.setFont(option.font)
        painter.setPen(QColor(tokens.text))
        painter.drawText(title, left, metrics.elidedText(row_text(one.title), elide, title.width()))
        painter.setPen(QColor(tokens.muted))
        detail = QRect(text.left(), text.bottom() - metrics.height(), text.width(), metrics.height())
        painter.drawText(detail, left, metrics.elidedText(row_text(one.detail), elide, detail.width()))
        painter.restore()


def _draw_picture(painter: QPainter, place: QRect, image: QImage | None) -> None:
    """Draw a thumbnail so that it fills its place; a plain ground until it has come."""
    shape = QPainterPath()
    shape.addRoundedRect(QRectF(place), 3, 3)
    if image is None or image.isNull():
        painter.fillPath(shape, QColor(colours().border))
        return
    painter.save()
    painter.setClipPath(shape)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    scale = max(place.width() / image.width(), place.height() / image.height())
    drawn = QRectF(0, 0, image.width() * scale, image.height() * scale)
    drawn.moveCenter(QRectF(place).center())
    painter.drawImage(drawn, image)
    painter.restore()


def _tinted(mask: QImage, colour: Colour) -> QImage:
    """Return a mask's coverage in a colour, half transparent."""
    picture = QImage(mask.size(), QImage.Format.Format_ARGB32_Premultiplied)
    picture.fill(QColor(*colour, 150))
    painter = QPainter(picture)
    painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_DestinationIn)
    painter.drawImage(0, 0, mask)
    painter.end()
    return picture


def _draw_value(painter: QPainter, place: QRect, value: float, low: float, height: int) -> None:
    tokens = colours()
    bad = low * 4 / 7
    shade = QColor(tokens.danger if value < bad else tokens.warning if value < low else tokens.success)
    painter.setPen(QPen(QColor(tokens.text)))
    words = QRect(place.left(), place.top(), place.width(), height)
    painter.drawText(words, Qt.AlignmentFlag.AlignRight, in_percent(value))
    bar = QRectF(place.left(), place.bottom() - height / 2 - 1, place.width(), 4)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(tokens.track))
    painter.drawRoundedRect(bar, 2, 2)
    painter.setBrush(shade)
    painter.drawRoundedRect(QRectF(bar.left(), bar.top(), max(bar.width() * value, 4), bar.height()), 2, 2)


def make_picture_view(model: PictureModel, frames: Frames, name: str) -> QListView:
    """Return a list of such rows."""
    view = QListView()
    view.setAccessibleName(name)
    view.setModel(model)
    view.setItemDelegate(_Delegate(frames, view))
    view.setUniformItemSizes(True)
    view.setMouseTracking(True)
    view.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    frames.thumbnail_ready.connect(lambda _: view.viewport().update())
    return view

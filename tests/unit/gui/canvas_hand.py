"""A hand on the canvas: where a pixel of the video is, clicks, drags, and what came of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from xmem_gui.gui.canvas.panel import CanvasPanel
    from xmem_gui.gui.state.session import Session

Settle = Callable[[], None]


def at(panel: CanvasPanel, x: float, y: float) -> Any:
    from PySide6.QtCore import QPoint

    place = panel.view.place.to_canvas(x, y)
    ratio = panel.view.devicePixelRatioF()
    return QPoint(round(place[0] / ratio), round(place[1] / ratio))


def under(panel: CanvasPanel, point: Any) -> tuple[float, float]:
    ratio = panel.view.devicePixelRatioF()
    return panel.view.place.to_video(point.x() * ratio, point.y() * ratio)


def move(panel: CanvasPanel, point: Any, *, held: Any = None) -> None:
    """Move the mouse; QTest's own moves have no button down, and go to whatever window is on top."""
    from PySide6.QtCore import QEvent, QPointF, Qt
    from PySide6.QtGui import QMouseEvent
    from PySide6.QtWidgets import QApplication

    none = Qt.MouseButton.NoButton
    event = QMouseEvent(
        QEvent.Type.MouseMove, QPointF(point), panel.view.mapToGlobal(QPointF(point)),
        none, held or none, Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(panel.view, event)


def leave(panel: CanvasPanel) -> None:
    """Take the mouse away from the canvas."""
    from PySide6.QtCore import QEvent
    from PySide6.QtWidgets import QApplication

    QApplication.sendEvent(panel.view, QEvent(QEvent.Type.Leave))


def drag(qtbot: QtBot, panel: CanvasPanel, points: list[Any], *, right: bool = False) -> None:
    from PySide6.QtCore import Qt

    button = Qt.MouseButton.RightButton if right else Qt.MouseButton.LeftButton
    qtbot.mousePress(panel.view, button, pos=points[0])
    for point in points[1:]:
        move(panel, point, held=button)
    qtbot.mouseRelease(panel.view, button, pos=points[-1])


def mask(session: Session, object_id: int = 1, frame: int = 0) -> NDArray[np.bool_] | None:
    assert session.annotator is not None
    return session.annotator.project.mask(frame, object_id)


def add_square(session: Session, settle: Settle) -> NDArray[np.bool_]:
    square = np.zeros((48, 64), np.bool_)
    square[10:30, 5:20] = True
    assert session.annotator is not None
    session.edit(lambda a: (a.add_object("square"), a.set_mask(0, 1, square))[1])
    settle()
    session.selected = 1
    return square


def left() -> Any:
    from PySide6.QtCore import Qt

    return Qt.MouseButton.LeftButton


def colour_at(panel: CanvasPanel, x: int, y: int) -> tuple[int, ...]:
    from PySide6.QtCore import QPoint

    image = panel.view.rendition.image  # type: ignore[union-attr]
    sight = panel.view.rendition.sight  # type: ignore[union-attr]
    point = QPoint(
        round((x + 0.5 - sight.region.left) * sight.scale), round((y + 0.5 - sight.region.top) * sight.scale)
    )
    colour = image.pixelColor(point)
    return colour.red(), colour.green(), colour.blue()


def grabbed(panel: CanvasPanel) -> NDArray[np.int64]:
    """Return what the canvas shows, as (H, W, 3) numbers that can be subtracted."""
    from PySide6.QtGui import QImage

    image = panel.view.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(np.int64)

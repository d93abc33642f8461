"""A strip of thumbnails."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRect, QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.timeline.track import Track
from xmem_gui.gui.timeline.viewport import Viewport

FILMSTRIP_HEIGHT = 38
_MARGIN = 2


def thumbnail_step(width: float, pixels: float) -> int:
    """Return after how many frames the next thumbnail stands: 1, 2, 3, 4, 6, 8, 12, 16, ...

    It is the most whose place is no wider than a thumbnail, so that the strip has no holes.

    Parameters
    ----------
    width
        Of a thumbnail, in pixels.
    pixels
        Width of a frame on the timeline, in pixels.
    """
    step = 1
    while True:
        # Halving the zoom then leaves every other thumbnail where it is.
        more = step + (step // 2 if step & (step - 1) == 0 and step > 1 else step // 3 if step > 1 else 1)
        if more * pixels > width:
            return step
        step = more


class Filmstrip(Track):
    """Thumbnails of the frames seen; parameters as `Track`, with the frames of ``context``."""

    def __init__(
        self,
        context: Context,
        viewport: Viewport,
        menu: Callable[[QPointF], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(context.session, viewport, menu, parent)
        self._frames = frames = context.frames
        self.setFixedHeight(FILMSTRIP_HEIGHT)
        self.setAccessibleName(self.tr("Thumbnails"))
        frames.thumbnail_ready.connect(self._on_ready)

    def sizeHint(self) -> QSize:
        """As high as the thumbnails."""
        return QSize(400, FILMSTRIP_HEIGHT)

    def draw(self, painter: QPainter, area: QRect) -> None:
        """Draw the thumbnails there are, and empty places for the others."""
        scale, ratio = self.viewport.scale, self.devicePixelRatioF()
        height, width = self._size()
        step = thumbnail_step(width, scale.pixels)
        empty = QColor(theme.colours().hover)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        begin = scale.frame_at(area.left() - width) // step * step
        wanted = range(begin, scale.frame_at(area.right() + 1) + 1, step)
        # What is asked for last is made first: what is near the playhead.
        for frame in sorted(wanted, key=lambda one: -abs(one - self.session.frame)):
            # As wide as the frames that it stands for; the picture fills it and is cut.
            place = QRectF(scale.x_of(frame), _MARGIN, min(step, scale.frames - frame) * scale.pixels, height)
            image = self._frames.thumbnail(frame, round(height * ratio))
            if image is None:
                painter.fillRect(place, empty)
            else:
                painter.drawImage(place, image, _cut(image, place))

    def _size(self) -> tuple[float, float]:
        """Return (height, width) of a thumbnail."""
        tall, wide = self._frames.size
        height = self.height() - 2.0 * _MARGIN
        return height, height * wide / tall if tall else height

    def _on_ready(self, frame: int) -> None:
        scale = self.viewport.scale
        height, width = self._size()
        del height
        self.update(QRectF(scale.x_of(frame) - 1, 0, width + 2, self.height()).toAlignedRect())


def _cut(image: QImage, place: QRectF) -> QRectF:
    """Return the middle of an image that has a place's shape."""
    scale = max(place.width() / image.width(), place.height() / image.height())
    part = QRectF(0, 0, place.width() / scale, place.height() / scale)
    part.moveCenter(QRectF(image.rect()).center())
    return part

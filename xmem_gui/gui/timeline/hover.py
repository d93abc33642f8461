"""What a frame under the mouse looks like: thumbnail, number and time, above the timeline."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from xmem_gui.gui import theme
from xmem_gui.gui.context import Context
from xmem_gui.gui.timeline.headers import WIDTH
from xmem_gui.gui.timeline.timecode import timecode
from xmem_gui.gui.timeline.viewport import Viewport

_TALL, _LINE, _MARGIN = 90, 18, 6
_DELAY = 150
"""Milliseconds that the mouse rests on the timeline before the preview comes."""


class HoverPreview(QWidget):
    """A small picture above the frame that the mouse is on; a child of the window, not one of its own.

    Parameters
    ----------
    context
        Its session has the times; its frames make the thumbnails.
    viewport
        Tells which frame lies under the pointer.
    anchor
        The timeline; the preview stands above it.
    """

    def __init__(self, context: Context, viewport: Viewport, anchor: QWidget) -> None:
        super().__init__(anchor)
        self._frames = frames = context.frames
        self._session = context.session
        self._viewport, self._anchor = viewport, anchor
        self._frame: int | None = None
        self._delay = QTimer(self, singleShot=True, interval=_DELAY)
        self._delay.timeout.connect(self._appear)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.hide()
        viewport.hovered.connect(self._on_hover)
        frames.thumbnail_ready.connect(self._on_thumbnail)

    @property
    def frame(self) -> int | None:
        """The frame shown, or None."""
        return None if self.isHidden() else self._frame

    def _on_hover(self, frame: int | None) -> None:
        self._frame = frame
        if frame is None:
            self._delay.stop()
            self.hide()
        elif self.isHidden():
            self._delay.start()
        else:
            self._place()

    def _appear(self) -> None:
        window = self._anchor.window()
        if self.parentWidget() is not window:
            self.setParent(window)
        self._place()
        self.show()
        self.raise_()

    def _place(self) -> None:
        window = self._anchor.window()
        tall, wide = self._frames.size
        width = max(120, round(_TALL * wide / tall) if tall else 0) + 2 * _MARGIN
        height = _TALL + _LINE + 2 * _MARGIN
        assert self._frame is not None
        across = WIDTH + self._viewport.scale.centre_of(self._frame)
        place = self._anchor.mapTo(window, QPoint(round(across), 0))
        left = max(4, min(place.x() - width // 2, window.width() - width - 4))
        self.setGeometry(QRect(left, max(4, place.y() - height - 4), width, height))
        self.update()

    def _on_thumbnail(self, frame: int) -> None:
        if frame == self._frame and self.isVisible():
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the picture and the text."""
        del event
        if self._frame is None:
            return
        colours = theme.colours()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        outline = QPainterPath()
        outline.addRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        painter.fillPath(outline, QColor(colours.raised))
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawPath(outline)
        image = self._frames.thumbnail(self._frame, round(_TALL * self.devicePixelRatioF()))
        place = QRectF(_MARGIN, _MARGIN, self.width() - 2 * _MARGIN, _TALL)
        if image is None:
            painter.fillRect(place, QColor(colours.surface))
        else:
            wide = _TALL * image.width() / image.height()
            painter.drawImage(QRectF((self.width() - wide) / 2, _MARGIN, wide, _TALL), image)
        painter.setPen(QColor(colours.text))
        line = QRectF(_MARGIN + 2, _MARGIN + _TALL + 2, self.width() - 2 * _MARGIN - 4, _LINE)
        painter.drawText(
            line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, f"f {self._frame:,}"
        )
        painter.setPen(QColor(colours.muted))
        annotator = self._session.annotator
        if annotator is not None and self._frame < len(annotator.video.timestamps):
            times = annotator.video.timestamps
            text = timecode(float(times[self._frame] - times[0]))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight, text)

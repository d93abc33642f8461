"""Frames as a project remembers them beside what a video shows: the eye decides what a number cannot."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.project import Sample

_SIZE = QSize(310, 200)
_LARGEST = 1024
"""Pixels; a kept picture that says it is larger is none of ours."""

Pairs = Sequence[tuple["Sample", "Sample"]]


class FramePairs(QWidget):
    """Two pictures side by side, and buttons to go to the next two."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._pairs: Pairs = ()
        self._at = 0
        self._captions = (muted(wrap=False), muted(wrap=False))
        self._pictures = (_picture(), _picture())
        grid = QGridLayout()
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(12)
        grid.setVerticalSpacing(4)
        for column, (caption, picture) in enumerate(zip(self._captions, self._pictures, strict=True)):
            grid.addWidget(caption, 0, column, Qt.AlignmentFlag.AlignHCenter)
            grid.addWidget(picture, 1, column)
            grid.setColumnStretch(column, 1)
        self.less, self.more = QPushButton(self.tr("Previous frame")), QPushButton(self.tr("Next frame"))
        self._count = muted(wrap=False)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addStretch(1)
        for widget in (self.less, self._count, self.more):
            row.addWidget(widget)
        row.addStretch(1)
        for button, step in ((self.less, -1), (self.more, 1)):
            button.setAutoDefault(False)
            button.clicked.connect(lambda _=False, step=step: self._go(self._at + step))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addLayout(grid)
        layout.addLayout(row)
        self.hide()

    def show_pairs(self, pairs: Pairs) -> None:
        """Show frames, the first of them first; nothing is shown if there are none."""
        self._pairs = pairs
        self.setVisible(bool(pairs))
        if pairs:
            self._go(0)

    def _go(self, at: int) -> None:
        self._at = at
        known, found = self._pairs[at]
        self._captions[0].setText(self.tr("Frame {0} as the project remembers it").format(known.frame))
        self._captions[1].setText(self.tr("Frame {0} of this video").format(found.frame))
        height = 0
        for picture, caption, jpeg in zip(
            self._pictures, self._captions, (known.picture, found.picture), strict=True
        ):
            height = max(height, _fill(picture, jpeg))
            picture.setAccessibleName(caption.text())
        for picture in self._pictures:
            picture.setFixedHeight(height)
        self.less.setEnabled(at > 0)
        self.more.setEnabled(at + 1 < len(self._pairs))
        self._count.setText(self.tr("{0} of {1}").format(at + 1, len(self._pairs)))


def _picture() -> QLabel:
    label = Label()
    label.setMinimumWidth(_SIZE.width())
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    return label


def _fill(label: QLabel, jpeg: bytes) -> int:
    """Show a picture, or say that there is none; return how high it is."""
    image = QImage.fromData(jpeg) if _is_small(jpeg) else QImage()
    if image.isNull():
        label.setText(label.tr("no picture"))
        return label.fontMetrics().height()
    ratio = label.devicePixelRatioF()
    scaled = image.scaled(
        _SIZE * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    pixmap = QPixmap.fromImage(scaled)
    pixmap.setDevicePixelRatio(ratio)
    label.setPixmap(pixmap)
    return round(pixmap.height() / ratio)


def _is_small(jpeg: bytes) -> bool:
    """Whether a picture of somebody's file is as small as it should be; only its head is read."""
    from io import BytesIO

    from PIL import Image

    try:
        with Image.open(BytesIO(jpeg), formats=("JPEG",)) as picture:
            return bool(max(picture.size) <= _LARGEST)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return False

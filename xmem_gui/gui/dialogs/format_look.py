"""The small picture of what an export will hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QVBoxLayout, QWidget

from xmem_gui.gui.widgets.panel import muted
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_SIZE = QSize(184, 120)


class FormatLook(QWidget):
    """One frame's masks, as the format chosen shows them, and which frame that is."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.picture = Label()
        self.picture.setAccessibleName(self.tr("What one frame will look like"))
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption = muted(wrap=False)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignRight)
        layout.addWidget(self.caption, 0, Qt.AlignmentFlag.AlignRight)
        layout.addStretch(1)
        self.hide()

    def show_look(self, look: tuple[int, NDArray[np.uint8]] | None) -> None:
        """Show a frame's picture, (H, W, 3) RGB; nothing if there is none."""
        self.setVisible(look is not None)
        if look is None:
            return
        frame, pixels = look
        height, width = pixels.shape[:2]
        image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
        ratio = self.devicePixelRatioF()
        fitted = QPixmap.fromImage(image).scaled(
            _SIZE * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        fitted.setDevicePixelRatio(ratio)
        self.picture.setPixmap(fitted)
        self.caption.setText(self.tr("Frame {}").format(frame))

"""A field that shows where one is, and takes a frame or a time to go to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from xmem_gui.gui.timeline.timecode import parse_place

if TYPE_CHECKING:
    from numpy import float64
    from numpy.typing import NDArray


class PlaceEdit(QLineEdit):
    """Shows a text until somebody types; Enter goes there, Esc forgets it.

    Parameters
    ----------
    longest
        What it has to have room for.
    """

    chosen = Signal(int)
    """The frame that was typed."""
    refused = Signal()
    """What was typed is neither a frame nor a time."""

    def __init__(self, longest: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self._times: NDArray[float64] | None = None
        self.longest = longest
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setToolTip(self.tr("Type a frame, such as 120, or a time, such as 0:08.8"))

    def sizeHint(self) -> QSize:
        """As wide as the longest text."""
        hint = super().sizeHint()
        hint.setWidth(self.fontMetrics().horizontalAdvance(self.longest) + 20)
        return hint

    def minimumSizeHint(self) -> QSize:
        """No narrower than that."""
        return self.sizeHint()

    def show_place(self, text: str) -> None:
        """Show where one is, unless something is being typed."""
        self._shown = text
        if not (self.hasFocus() and self.isModified()):
            self.setText(text)

    def set_times(self, times: NDArray[float64] | None) -> None:
        """Take the timestamps of the video, (N,) seconds, or None if there is none."""
        self._times = times

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go there, or forget it."""
        if event.key() == Qt.Key.Key_Escape:
            self._give_up()
        elif event.key() in {Qt.Key.Key_Return, Qt.Key.Key_Enter}:
            self._go()
        else:
            super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Keep Enter and Esc, which are also shortcuts of the window, while typing."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            keys = {Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape}
            if event.key() in keys:
                event.accept()
                return True
        return super().event(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select all, to be typed over."""
        super().focusInEvent(event)
        self.selectAll()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Forget what was typed."""
        super().focusOutEvent(event)
        self._restore()

    def _go(self) -> None:
        frame = None if self._times is None else parse_place(self.text(), self._times)
        if frame is None:
            self.selectAll()
            self.refused.emit()
            return
        self._give_up()
        self.chosen.emit(frame)

    def _give_up(self) -> None:
        self._restore()
        self.clearFocus()

    def _restore(self) -> None:
        self.setText(self._shown)
        self.setModified(False)
        self.deselect()

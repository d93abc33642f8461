"""The options of the tool and of the view in one strip: the view's give way to the tool's."""

from __future__ import annotations

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QWidget

from xmem_gui.gui.canvas.tool_options import ToolOptionsRow
from xmem_gui.gui.canvas.view_options import ViewOptionsRow

_MARGIN, _GAP = 8, 8


class OptionsStrip(QWidget):
    """The rows side by side.

    Parameters
    ----------
    tool, view
        The rows; the view's is as narrow as it must be for the tool's to be seen whole.
    """

    def __init__(self, tool: ToolOptionsRow, view: ViewOptionsRow, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tool, self._view = tool, view
        row = QHBoxLayout(self)
        row.setContentsMargins(_MARGIN, 0, _MARGIN, 0)
        row.setSpacing(_GAP)
        row.addWidget(tool, 1)
        row.addWidget(view)
        tool.least_changed.connect(self._share)
        view.width_changed.connect(self._share)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Share the room."""
        super().resizeEvent(event)
        self._share()

    def _share(self) -> None:
        room = self.width() - 2 * _MARGIN - _GAP - self._tool.least
        for one in self._view.findChildren(QWidget):
            one.ensurePolished()
        for step in self._view.STEPS:
            self._view.narrow(step)
            if self._view.sizeHint().width() <= room:
                break

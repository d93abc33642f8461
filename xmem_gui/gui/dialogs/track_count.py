"""How many frames are to be tracked, and which way."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QRadioButton, QWidget

from xmem_gui.gui.context import Context
from xmem_gui.gui.theme import SpinBox
from xmem_gui.gui.widgets.dialog import question_buttons, roomy_column
from xmem_gui.gui.widgets.plain import Label

Way = Literal["forward", "backward"]


def frames_from(frame: int, count: int, way: Way, frames: int) -> tuple[int, int]:
    """Return the first and the last of so many frames beyond one, as far as a video has them."""
    return (frame, min(frame + count, frames - 1)) if way == "forward" else (max(frame - count, 0), frame)


class TrackCountDialog(QDialog):
    """A number and a direction, both remembered; says which frames that are.

    Parameters
    ----------
    context
        Its session has the current frame, where tracking begins; its preferences remember both answers.
    """

    wanted = Signal(int, str)
    """So many frames are to be tracked, ``forward`` or ``backward``."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session = context.session
        self._preferences = preferences = context.preferences
        values = preferences.values
        self.setWindowTitle(self.tr("Track some frames"))
        self.count = SpinBox()
        self.count.setRange(1, max(session.frames - 1, 1))
        self.count.setGroupSeparatorShown(True)
        self.count.setValue(values.track_count)
        self.count.setAccessibleName(self.tr("How many frames"))
        self.forward, self.backward = QRadioButton(self.tr("&Forward")), QRadioButton(self.tr("&Backward"))
        (self.backward if values.track_way == "backward" else self.forward).setChecked(True)
        self.told = Label(wordWrap=True)
        self.told.setProperty("role", "muted")
        row = QHBoxLayout()
        for one in (Label(self.tr("Track")), self.count, Label(self.tr("frames"))):
            row.addWidget(one)
        row.addStretch(1)
        buttons, self.go = question_buttons(self, self.tr("Track"))
        column = roomy_column(self)
        column.addLayout(row)
        for widget in (self.forward, self.backward, self.told, buttons):
            column.addWidget(widget)
        self.setMinimumWidth(340)
        self.count.valueChanged.connect(self._tell)
        self.forward.toggled.connect(self._tell)
        session.closed.connect(self.reject)
        self._tell()
        self.count.selectAll()

    @property
    def way(self) -> Way:
        """The direction chosen."""
        return "forward" if self.forward.isChecked() else "backward"

    def accept(self) -> None:
        """Remember both, and ask for it."""
        self._preferences.set(track_count=self.count.value(), track_way=self.way)
        super().accept()
        self.wanted.emit(self.count.value(), self.way)

    def _tell(self) -> None:
        frame, last = self._session.frame, self._session.frames - 1
        first, end = frames_from(frame, self.count.value(), self.way, last + 1)
        self.go.setEnabled(first < end)
        there = end if self.way == "forward" else first
        if first == end:
            text = (
                self.tr("Frame {0:,} is the last: there is nothing to track forward.")
                if self.way == "forward"
                else self.tr("Frame {0:,} is the first: there is nothing to track backward.")
            )
        elif there == last:
            text = self.tr("From frame {0:,} to frame {1:,}, the last.")
        elif there == 0:
            text = self.tr("From frame {0:,} to frame {1:,}, the first.")
        else:
            text = self.tr("From frame {0:,} to frame {1:,}.")
        self.told.setText(text.format(frame, there))

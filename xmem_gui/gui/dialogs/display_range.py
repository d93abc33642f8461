"""Which values of deep pictures are shown as black and as white."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QWidget,
)

from xmem_gui.gui.state.session import Session
from xmem_gui.gui.theme import DoubleSpinBox
from xmem_gui.gui.widgets.dialog import roomy_column
from xmem_gui.gui.widgets.plain import Label

if TYPE_CHECKING:
    from xmem_gui.annotator import Annotator
    from xmem_gui.video import DisplayRange

_MOST = 1e12
_FINE, _DECIMALS = 20.0, 4
"""A range up to this wide is set in fractions, with so many digits."""


class DisplayRangeDialog(QDialog):
    """Two numbers and a button that finds them; accepting opens the project again with them.

    Parameters
    ----------
    session
        With a video whose pictures have more than 8 bits.
    shown
        The range of values that is used now.
    """

    def __init__(self, session: Session, shown: DisplayRange, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle(self.tr("Display range"))
        about = Label(
            self.tr(
                "Pictures of this video have more than 8 bits. Choose the values that are shown as black and "
                "as white. The networks see what you see, and the range is kept with the project. Masks stay "
                "as they are."
            )
        )
        about.setWordWrap(True)
        self._fine = shown.high - shown.low <= _FINE or not (
            shown.low.is_integer() and shown.high.is_integer()
        )
        self.low, self.high = self._number(shown.low), self._number(shown.high)
        form = QFormLayout()
        form.addRow(self.tr("Shown as &black"), self.low)
        form.addRow(self.tr("Shown as &white"), self.high)
        buttons = QDialogButtonBox(
            QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel
        )
        self._ok = buttons.button(QDialogButtonBox.StandardButton.Ok)
        self.automatic = buttons.addButton(self.tr("&Automatic"), QDialogButtonBox.ButtonRole.ResetRole)
        self.automatic.setToolTip(self.tr("Find the range automatically from the pictures."))
        self.automatic.clicked.connect(lambda: self._take(None))
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = roomy_column(self)
        column.addWidget(about)
        column.addLayout(form)
        column.addWidget(buttons)
        for box in (self.low, self.high):
            box.valueChanged.connect(self._check)
        self.setMinimumWidth(380)

    def _number(self, value: float) -> DoubleSpinBox:
        box = DoubleSpinBox()
        box.setRange(-_MOST, _MOST)
        # Whole numbers of 16 bits, or floats that mostly lie between 0 and 1.
        box.setDecimals(_DECIMALS if self._fine else 0)
        box.setStepType(DoubleSpinBox.StepType.AdaptiveDecimalStepType)
        box.setValue(value)
        return box

    def _check(self) -> None:
        self._ok.setEnabled(self.low.value() < self.high.value())

    def _accept(self) -> None:
        from xmem_gui.video import DisplayRange

        self._take(DisplayRange(self.low.value(), self.high.value()))

    def _take(self, shown: DisplayRange | None) -> None:
        session = self._session
        annotator = session.annotator
        self.accept()
        if annotator is None:
            return
        frame, project = session.frame, annotator.project.path

        def work(annotator: Annotator) -> DisplayRange:
            return annotator.set_display_range(shown)

        def kept(found: DisplayRange) -> None:
            session.close(lambda saved: session.open(project, frame=frame) if saved else None)
            session.say(self.tr("Values from {0:g} to {1:g} are shown.").format(found.low, found.high))

        session.ask(work, kept)


def ask_display_range(session: Session, parent: QWidget) -> DisplayRangeDialog | None:
    """Return the dialog, to be shown; None, and the reason in a notice, where there is nothing to choose."""
    annotator = session.annotator
    if annotator is None:
        return None
    shown = annotator.video.display_range
    if shown is not None:
        return DisplayRangeDialog(session, shown, parent)
    text = session.tr("{0} has 8 bits per value, so there is no display range to choose.")
    session.say(text.format(annotator.video.path.name))
    return None

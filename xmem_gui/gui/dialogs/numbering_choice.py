"""The choice which frame the numbers in names mean, with a picture of what each answer does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QButtonGroup,
    QGridLayout,
    QHBoxLayout,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from xmem_gui.gui.pixels import Pixels, image_of
from xmem_gui.gui.plain import Label
from xmem_gui.gui.theme import SpinBox

if TYPE_CHECKING:
    from xmem_gui.formats import NumberingQuestion

_PICTURE = (200, 130)
"""Width and height that a picture has room for."""


class NumberingChoice(QWidget):
    """Asks a `NumberingQuestion`; nothing is chosen beforehand."""

    answered = Signal(int)
    """The number that the video's first frame has."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(self.tr("Numbering"))
        self.sentence = Label()
        self.sentence.setProperty("role", "heading")
        self.sentence.setWordWrap(True)
        self.buttons = QButtonGroup(self)
        self.other = QRadioButton(self.tr("&Other: the first frame has the number"))
        self.number = SpinBox()
        self.number.setAccessibleName(self.tr("Number of the first frame"))
        self._answers = QGridLayout()
        self._answers.setHorizontalSpacing(16)
        self._answers.setVerticalSpacing(4)
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(self.other)
        row.addWidget(self.number)
        row.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        layout.addWidget(self.sentence)
        layout.addLayout(self._answers)
        layout.addLayout(row)
        self._shown: list[QWidget] = []
        self._firsts: dict[QAbstractButton, int] = {}
        self._said: int | None = None
        self.buttons.buttonToggled.connect(self._on_toggled)
        self.number.valueChanged.connect(lambda _: self.other.setChecked(True))
        self.number.editingFinished.connect(lambda: self._on_toggled(self.other, self.other.isChecked()))
        self.hide()

    def ask(self, question: NumberingQuestion, pictures: Mapping[int, Pixels]) -> None:
        """Show a question, with pictures (H, W, 3) RGB by first number."""
        self.clear()
        self.sentence.setText(question.sentence)
        for column, answer in enumerate(question.answers):
            sentence = answer.sentence[:1].upper() + answer.sentence[1:]
            button = QRadioButton(f"&{column + 1}  {sentence.replace('&', '&&')}")
            button.setToolTip(self.tr("The first frame has the number {}.").format(answer.first_number))
            self._firsts[button] = answer.first_number
            self.buttons.addButton(button)
            picture = Label()
            picture.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
            picture.setAccessibleName(sentence)
            if answer.first_number in pictures:
                picture.setPixmap(_pixmap(pictures[answer.first_number], self.devicePixelRatioF()))
            picture.setBuddy(button)
            self._answers.addWidget(picture, 0, column)
            self._answers.addWidget(button, 1, column)
            self._shown += [picture, button]
        self.buttons.addButton(self.other)
        with QSignalBlocker(self.number):
            self.number.setRange(question.lowest, question.highest)
            self.number.setValue(question.answers[0].first_number)
        self.show()

    def clear(self) -> None:
        """Ask nothing."""
        self.hide()
        for button in self.buttons.buttons():
            self.buttons.removeButton(button)
        for widget in self._shown:
            self._answers.removeWidget(widget)
            widget.deleteLater()
        self._shown, self._firsts, self._said = [], {}, None
        # A button alone in no group can be let go of.
        self.other.setAutoExclusive(False)
        self.other.setChecked(False)
        self.other.setAutoExclusive(True)

    def _on_toggled(self, button: QAbstractButton, checked: bool) -> None:
        first = self._firsts.get(button, self.number.value())
        if checked and first != self._said:
            self._said = first
            self.answered.emit(first)


def _pixmap(pixels: Pixels, ratio: float) -> QPixmap:
    """Return a picture as large as there is room for, sharp on the screen it is on."""
    found = QPixmap.fromImage(image_of(pixels)).scaled(
        round(_PICTURE[0] * ratio),
        round(_PICTURE[1] * ratio),
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    found.setDevicePixelRatio(ratio)
    return found
